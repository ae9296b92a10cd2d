"""`MCLMC`: what users say to it, and what it reports."""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.microcanonical import COLUMNS, MicrocanonicalKernel
from lightppl.kernels import mclmc
from lightppl.kernels.adaptation.windows import FAST, SLOW, SLOW_END
from lightppl.kernels.isokinetic import INTEGRATORS

WINDOW_ENDS = (0.1, 0.25, 0.5, 0.9)
"""Of warmup, as shares: the first windows find scales, the last one how long draws remember."""

SHORTEST_WARMUP = 200
"""From which on there are windows."""


class MCLMCAdaptState(NamedTuple):
    """What warmup has learnt, and what it needs to go on.

    Attributes
    ----------
    step_size, decoherence_length : float
        In coordinates scaled by the roots of the inverse mass matrix.
    inverse_mass_matrix : dict of tuple of str to array
        Diagonal.
    warmup : object
        What makes it possible to go on in the middle of warmup.
    """

    step_size: object
    decoherence_length: object
    inverse_mass_matrix: object
    warmup: object = None


class MCLMCState(NamedTuple):
    """State of `MCLMC`.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z, z_grad : dict of str to array
        Unconstrained values of latent sites, and the gradient of the potential energy.
    direction : dict of str to array
        Of motion in scaled coordinates: a unit vector over all sites.
    potential_energy : float
    energy_error : float
        Of the last step.
    diverging : bool
    adapt_state : MCLMCAdaptState
    rng_key : Key
    """

    i: object
    z: object
    z_grad: object
    direction: object
    potential_energy: object
    energy_error: object
    diverging: object
    adapt_state: object
    rng_key: object


class MCLMC(MicrocanonicalKernel):
    """Microcanonical Langevin Monte Carlo: steps at constant speed, none refused.

    Each draw is one step of one or two gradients, and neighbouring draws are close to each other:
    take many, with ``thinning`` in `MCMC`.  In hundreds of dimensions and more it gives more
    effective draws per gradient than samplers that accept or refuse; but its draws are those of a
    slightly different density.  With the default `desired_energy_var` variances of a normal density
    are off by about 2 % in the mean over coordinates, and by less with smaller ones (see
    `lightppl.kernels.mclmc`).  `AdjustedMCLMC` has no such error.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy.
    step_size : float, optional
        Length of a step in scaled coordinates, where adaptation begins; a quarter of sqrt(D) by
        default.
    decoherence_length : float, optional
        Length of path along which noise makes a direction forgotten, where adaptation begins;
        sqrt(D) by default.
    inverse_mass_matrix : array or dict, optional
        Variances that are believed at first: (D,) in the order of sorted site names, or a dict from
        tuples of names to vectors.
    adapt_step_size, adapt_decoherence_length, adapt_mass_matrix : bool
    desired_energy_var : float
        Variance of the energy error of a step, per dimension, that warmup aims at.
    integrator : {"mclachlan", "leapfrog"}
        McLachlan's scheme takes two gradients a step and has far smaller errors.
    init_strategy : callable
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ModelError
        When it runs, if the model has fewer than two dimensions.

    Notes
    -----
    Warmup has windows from 200 iterations on: at 10, 25 and 50 % of it scales are learnt from
    draws and gradients, and at 90 % the decoherence length, .4 of the path that a chain needs to
    forget where it was.  Aim at 500 iterations or more.  The energy is no conserved quantity that
    is refreshed now and then, so diagnostics of energies do not apply.

    References
    ----------
    Robnik, De Luca, Silverstein, Seljak (2023), "Microcanonical Hamiltonian Monte Carlo", Journal
    of Machine Learning Research 24; Robnik and Seljak (2024), "Fluctuation without dissipation:
    Microcanonical Langevin Monte Carlo".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCLMC, MCMC
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0).expand([50]))
    >>> mcmc = MCMC(
    ...     MCLMC(model), num_warmup=1000, num_samples=5000, thinning=5, progress_bar=False
    ... )
    >>> mcmc.run(0)
    >>> mcmc.get_samples()["x"].shape
    (1000, 50)
    """

    algorithm = mclmc.ALGORITHM
    columns = (
        *COLUMNS,
        Column("direction", 1),
        Column("decoherence_length", "length"),
        Column("adapt_state.decoherence_length", "length"),
    )
    State = MCLMCState

    def __init__(
        self,
        model=None,
        potential_fn=None,
        step_size=None,
        decoherence_length=None,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_decoherence_length=True,
        adapt_mass_matrix=True,
        desired_energy_var=5e-4,
        integrator="mclachlan",
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(
            model, potential_fn, init_strategy, jit_compile, step_size=step_size,
            length=decoherence_length, length_name="decoherence_length",
            inverse_mass_matrix=inverse_mass_matrix, adapt_step_size=adapt_step_size,
            adapt_length=adapt_decoherence_length, adapt_mass_matrix=adapt_mass_matrix,
            integrator=integrator,
        )  # fmt: skip
        self.desired_energy_var = check_number(desired_energy_var, "desired_energy_var", above=0)

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return mclmc.Options(
            INTEGRATORS[self.integrator], self.desired_energy_var, self.adapt_step_size,
            self.adapt_length, self.adapt_mass_matrix,
        )  # fmt: skip

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        phases = np.full(num_warmup, FAST, np.int64)
        if num_warmup >= SHORTEST_WARMUP and (self.adapt_length or self.adapt_mass_matrix):
            ends = [int(share * num_warmup) for share in WINDOW_ENDS]
            phases[: ends[-1]] = SLOW
            phases[np.array(ends) - 1] = SLOW_END
        return phases

    def make_work(self, density, q, state):
        """Return the arrays of a chain that begins at `q`."""
        scale = np.sqrt(self.metric_of(density, state).diagonal)
        direction = None if state is None else density.flatten(state.direction)
        return mclmc.make_work(q, scale, state is None, direction)

    def first_state(self, state):
        """Return where adaptation begins, or the step size and length of an `MCLMCState`."""
        return mclmc.first_state(*self.numbers_of(state), must_prepare=state is None)

    def adapt_state(self, chain, warmup):
        """Return what warmup has learnt so far."""
        return MCLMCAdaptState(
            chain.state.step_size, chain.state.L, self.inverse_mass_matrix_of(chain), warmup
        )

    def take_over(self, chain, state):
        """Give a chain what users may have changed in an `MCLMCState`."""
        super().take_over(chain, state)
        step_size, L = self.numbers_of(state)
        chain.state = chain.state._replace(step_size=step_size, L=L)
        chain.work.scale[:] = np.sqrt(self.metric_of(chain.density, state).diagonal)
        chain.vector(1)[:] = chain.density.flatten(state.direction)
