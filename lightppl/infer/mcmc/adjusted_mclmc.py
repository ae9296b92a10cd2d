"""`AdjustedMCLMC`: what users say to it, and what it reports."""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.microcanonical import COLUMNS, MicrocanonicalKernel
from lightppl.kernels import adjusted_mclmc
from lightppl.kernels.adaptation.gradient_metric import FISHER
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.adaptation.windows import gradient_phases
from lightppl.kernels.isokinetic import INTEGRATORS


class AdjustedMCLMCAdaptState(NamedTuple):
    """What warmup has learnt, and what it needs to go on.

    Attributes
    ----------
    step_size, trajectory_length : float
        In coordinates scaled by the roots of the inverse mass matrix.
    inverse_mass_matrix : dict of tuple of str to array
        Diagonal.
    warmup : object
        What makes it possible to go on in the middle of warmup.
    """

    step_size: object
    trajectory_length: object
    inverse_mass_matrix: object
    warmup: object = None


class AdjustedMCLMCState(NamedTuple):
    """State of `AdjustedMCLMC`.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z, z_grad : dict of str to array
        Unconstrained values of latent sites, and the gradient of the potential energy.
    potential_energy : float
    energy_error : float
        Of the last trajectory.
    num_steps : int
        Steps of the last trajectory.
    accept_prob : float
    diverging : bool
    adapt_state : AdjustedMCLMCAdaptState
    rng_key : Key
    """

    i: object
    z: object
    z_grad: object
    potential_energy: object
    energy_error: object
    num_steps: object
    accept_prob: object
    diverging: object
    adapt_state: object
    rng_key: object


class AdjustedMCLMC(MicrocanonicalKernel):
    """Microcanonical trajectories that are accepted or refused: `MCLMC` without its bias.

    Each transition draws a direction, follows it at constant speed for a random length, and accepts
    or refuses where it ends, so that its draws are those of the density whatever the step size.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    step_size : float, optional
        Length of a step in scaled coordinates, where adaptation begins; a quarter of sqrt(D) by
        default.
    trajectory_length : float, optional
        Mean length of trajectories in scaled coordinates, where adaptation begins;
        (pi/2) sqrt(D) by default.  Lengths are uniform between zero and twice as much.
    inverse_mass_matrix : array or dict, optional
        Variances that are believed at first: (D,) in the order of sorted site names, or a dict from
        tuples of names to vectors.
    adapt_step_size, adapt_trajectory_length, adapt_mass_matrix : bool
    target_accept_prob : float
        In (0, 1); larger values make smaller steps.
    integrator : {"mclachlan", "leapfrog"}
        McLachlan's scheme takes two gradients a step and has far smaller errors.
    init_strategy : callable
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ModelError
        When it runs, if the model has fewer than two dimensions.

    References
    ----------
    Robnik, Cohn-Gordon, Seljak (2025), "Metropolis adjusted microcanonical Hamiltonian Monte
    Carlo", arXiv:2503.01707.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import AdjustedMCLMC, MCMC
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0).expand([50]))
    >>> mcmc = MCMC(AdjustedMCLMC(model), num_warmup=300, num_samples=500, progress_bar=False)
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (500, 50)
    """

    algorithm = adjusted_mclmc.ALGORITHM
    columns = (
        *COLUMNS,
        Column("accept_prob", "accept_prob", is_statistic=True),
        Column("num_steps", "num_steps", int, is_statistic=True),
        Column("trajectory_length", "length"),
        Column("adapt_state.trajectory_length", "length"),
    )
    State = AdjustedMCLMCState

    def __init__(
        self,
        model=None,
        potential_fn=None,
        step_size=None,
        trajectory_length=None,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_trajectory_length=True,
        adapt_mass_matrix=True,
        target_accept_prob=0.9,
        integrator="mclachlan",
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(
            model, potential_fn, init_strategy, jit_compile, step_size=step_size,
            length=trajectory_length, length_name="trajectory_length",
            inverse_mass_matrix=inverse_mass_matrix, adapt_step_size=adapt_step_size,
            adapt_length=adapt_trajectory_length, adapt_mass_matrix=adapt_mass_matrix,
            integrator=integrator,
        )  # fmt: skip
        self.target_accept_prob = check_number(
            target_accept_prob, "target_accept_prob", above=0, below=1
        )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        warmup = WarmupOptions(self.target_accept_prob, self.adapt_step_size, False, True, FISHER)
        return adjusted_mclmc.Options(INTEGRATORS[self.integrator], self.adapt_length, warmup)

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        return gradient_phases(num_warmup, self.adapt_mass_matrix)

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        metric = self.metric_of(density, state)
        is_learning = self.adapt_mass_matrix and state is None
        _, L = self.numbers_of(state)
        return adjusted_mclmc.make_work(q, metric, L, make_moments(metric, is_learning))

    def first_state(self, state):
        """Return where adaptation begins, or the step size of an `AdjustedMCLMCState`."""
        return first_state(self.numbers_of(state)[0], must_prepare=state is None)

    def adapt_state(self, chain, warmup):
        """Return what warmup has learnt so far."""
        return AdjustedMCLMCAdaptState(
            chain.state.step_size, float(chain.work.length[0]), self.inverse_mass_matrix_of(chain),
            warmup,
        )  # fmt: skip

    def take_over(self, chain, state):
        """Give a chain what users may have changed in an `AdjustedMCLMCState`."""
        super().take_over(chain, state)
        step_size, chain.work.length[0] = self.numbers_of(state)
        chain.state = chain.state._replace(step_size=step_size)
        chain.work.metric.diagonal[:] = self.metric_of(chain.density, state).diagonal
        chain.work.scale[:] = np.sqrt(chain.work.metric.diagonal)
