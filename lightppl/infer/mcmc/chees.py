"""`ChEESHMC`: what users say to it, and what it reports."""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_count, check_flag, check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.ensemble_kernel import EnsembleKernel
from lightppl.infer.mcmc.ensemble_run import WalkerColumn
from lightppl.infer.mcmc.mass_matrix import (
    build_metric,
    check_inverse_mass,
    describe_metric,
    group_names,
)
from lightppl.kernels import chees
from lightppl.kernels.adaptation.windows import gradient_phases
from lightppl.language.structure import map_leaves


class ChEESAdaptState(NamedTuple):
    """What warmup has learnt, and what it needs to go on; the same for all chains.

    Attributes
    ----------
    step_size, trajectory_length : float
        The longest trajectory, in time.
    inverse_mass_matrix : dict of tuple of str to array
        Diagonal.
    warmup : object
        What makes it possible to go on in the middle of warmup.
    """

    step_size: object
    trajectory_length: object
    inverse_mass_matrix: object
    warmup: object = None


class ChEESState(NamedTuple):
    """State of `ChEESHMC`; arrays by site, and those marked so, have a leading axis of chains.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z, z_grad : dict of str to array
        Unconstrained values of latent sites, and the gradient of the potential energy.
    potential_energy, energy, accept_prob, diverging : array
        By chain.
    num_steps : int
        Leapfrog steps of each trajectory of the last transition.
    adapt_state : ChEESAdaptState
    rng_key : Key
    """

    i: object
    z: object
    z_grad: object
    potential_energy: object
    energy: object
    accept_prob: object
    diverging: object
    num_steps: object
    adapt_state: object
    rng_key: object


def _num_transitions(chain, counts):
    return chain.offset + counts


def _inverse_mass_matrix(chain, counts):
    """The matrices in force, of windows that have ended and of now."""
    ends = [end for end, _ in chain.window_reports]
    matrices = [matrix for _, matrix in chain.window_reports]
    matrices.append(chain.kernel.inverse_mass_matrix_of(chain))
    index = np.searchsorted(ends, counts - 1, side="right")
    return map_leaves(lambda *x: np.stack(x)[index], *matrices)


class ChEESHMC(EnsembleKernel):
    """Hamiltonian Monte Carlo whose trajectory length many chains learn together.

    All chains take trajectories of the same number of leapfrog steps, jittered from iteration to
    iteration; there is no tree to be built, so it is often cheaper than `NUTS` if there are ten
    chains or more.  After warmup, step size and trajectory length are frozen and chains are
    independent of each other.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy; it
        needs ``init_params`` with a leading axis of chains.
    step_size : float
        Where adaptation begins.
    trajectory_length : float, optional
        Longest trajectory in time, where adaptation begins; one step by default.  Lengths run
        through a Halton sequence between zero and this.
    inverse_mass_matrix : array or dict, optional
        (D,) in the order of sorted site names, or a dict from tuples of names to vectors.
    adapt_step_size, adapt_trajectory_length, adapt_mass_matrix : bool
    target_accept_prob : float
        In (0, 1): harmonic mean over chains of acceptance probabilities.
    learning_rate : float
        Of Adam, in the logarithm of the trajectory length.
    max_num_steps : int
        Leapfrog steps of a trajectory at most.
    init_strategy : callable
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ArgumentError
        If ``num_chains`` is below 2, or an option is out of range.

    Notes
    -----
    All chains advance together in one thread, whatever ``chain_method`` says.

    References
    ----------
    Hoffman, Radul and Sountsov (2021), "An adaptive-MCMC scheme for setting trajectory lengths in
    Hamiltonian Monte Carlo", AISTATS.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import ChEESHMC, MCMC
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0).expand([5]))
    >>> mcmc = MCMC(
    ...     ChEESHMC(model), num_warmup=300, num_samples=100, num_chains=16,
    ...     chain_method="vectorized", progress_bar=False,
    ... )
    >>> mcmc.run(0)
    >>> mcmc.get_samples(group_by_chain=True)["x"].shape
    (16, 100, 5)
    """

    algorithm = chees.ALGORITHM
    walker_numbers = chees.NUMBERS
    State = ChEESState
    columns = (
        Column("i", _num_transitions),
        Column("z", DRAW),
        Column("z_grad", chees.GRADIENT),
        WalkerColumn("potential_energy", "potential_energy"),
        WalkerColumn("energy", "energy", is_statistic=True),
        WalkerColumn("accept_prob", "accept_prob", is_statistic=True),
        WalkerColumn("diverging", "diverging", bool, is_default=True, is_statistic=True),
        Column("num_steps", "num_steps", int, is_statistic=True),
        Column("mean_accept_prob", "mean_accept_prob"),
        Column("harmonic_accept_prob", "harmonic_accept_prob"),
        Column("step_size", "step_size"),
        Column("trajectory_length", "trajectory_length"),
        Column("adapt_state.step_size", "step_size"),
        Column("adapt_state.trajectory_length", "trajectory_length"),
        Column("adapt_state.inverse_mass_matrix", _inverse_mass_matrix),
    )

    def __init__(
        self,
        model=None,
        potential_fn=None,
        step_size=1.0,
        trajectory_length=None,
        inverse_mass_matrix=None,
        adapt_step_size=True,
        adapt_trajectory_length=True,
        adapt_mass_matrix=True,
        target_accept_prob=0.651,
        learning_rate=0.025,
        max_num_steps=1000,
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        self.step_size = check_number(step_size, "step_size", above=0)
        if trajectory_length is not None:
            trajectory_length = check_number(trajectory_length, "trajectory_length", above=0)
        self.trajectory_length = trajectory_length
        self.inverse_mass_matrix = check_inverse_mass(inverse_mass_matrix)
        self.adapt_step_size = check_flag(adapt_step_size, "adapt_step_size")
        self.adapt_trajectory_length = check_flag(
            adapt_trajectory_length, "adapt_trajectory_length"
        )
        self.adapt_mass_matrix = check_flag(adapt_mass_matrix, "adapt_mass_matrix")
        self.target_accept_prob = check_number(
            target_accept_prob, "target_accept_prob", above=0, below=1
        )
        self.learning_rate = check_number(learning_rate, "learning_rate", above=0)
        self.max_num_steps = check_count(max_num_steps, "max_num_steps", least=1)

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return chees.Options(
            self.target_accept_prob, self.learning_rate, self.max_num_steps, self.adapt_step_size,
            self.adapt_trajectory_length, self.adapt_mass_matrix,
        )  # fmt: skip

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        return gradient_phases(num_warmup, self.adapt_mass_matrix or self.adapt_trajectory_length)

    def make_work(self, density, q, state):
        """Return the arrays of an ensemble that begins at `q`, (K, D)."""
        return chees.make_work(q, self.metric_of(density, state))

    def first_state(self, state):
        """Return where adaptation begins, or the step size and length of a `ChEESState`."""
        if state is None:
            T = self.step_size if self.trajectory_length is None else self.trajectory_length
            return chees.first_state(self.step_size, T)
        return chees.first_state(*_numbers_of(state), index=state.i, must_prepare=False)

    def state_without_warmup(self, state):
        """Return the state that keeps the user's step size and trajectory length."""
        return state._replace(must_prepare=False)

    def adapt_state(self, chain, warmup):
        """Return what warmup has learnt so far."""
        return ChEESAdaptState(
            chain.state.step_size, float(np.exp(chain.state.length.log_T)),
            self.inverse_mass_matrix_of(chain), warmup,
        )  # fmt: skip

    def take_over(self, chain, state):
        """Give an ensemble what users may have changed in a `ChEESState`."""
        super().take_over(chain, state)
        step_size, T = _numbers_of(state)
        length = chain.state.length._replace(log_T=float(np.log(T)))
        chain.state = chain.state._replace(step_size=step_size, length=length)
        chain.work.metric.diagonal[:] = self.metric_of(chain.density, state).diagonal

    def metric_of(self, density, state):
        """Return the diagonal `Metric` that the user asked for, or that of a state."""
        metric, _ = build_metric(density, False, self._given_matrix(state))
        if len(metric.block_index) or metric.rank[0]:
            raise ArgumentError(
                "inverse_mass_matrix of ChEESHMC must be diagonal: a vector, or a dict from tuples "
                "of site names to vectors, found a matrix."
            )
        return metric

    def inverse_mass_matrix_of(self, chain):
        """Return the inverse mass matrix of an ensemble by tuples of site names."""
        given = self._given_matrix(chain.known)
        groups = group_names(list(chain.density.slices), False, given)
        return describe_metric(chain.density, groups, chain.work.metric)

    def window_report(self, chain):
        """Return the inverse mass matrix that was in force in a window."""
        return self.inverse_mass_matrix_of(chain)

    def describe(self, chain):
        """Return step size and length for the progress bar."""
        T = np.exp(chain.state.length.log_T)
        return f"step size {chain.state.step_size:.2e}, trajectory length {T:.2e}"

    def _given_matrix(self, state):
        return self.inverse_mass_matrix if state is None else state.adapt_state.inverse_mass_matrix


def _numbers_of(state):
    """Return step size and trajectory length of a state, which a user may have changed."""
    adapt_state = state.adapt_state
    return (
        check_number(float(adapt_state.step_size), "adapt_state.step_size", above=0),
        check_number(
            float(adapt_state.trajectory_length), "adapt_state.trajectory_length", above=0
        ),
    )
