"""`MEADS`: what users say to it, and what it reports."""

from typing import NamedTuple

import numpy as np

from lightppl.arguments import check_count, check_number
from lightppl.density.initialize import init_to_uniform
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.ensemble_kernel import EnsembleKernel
from lightppl.infer.mcmc.ensemble_run import WalkerColumn
from lightppl.infer.mcmc.states import slice_state
from lightppl.kernels import meads
from lightppl.kernels.adaptation.windows import FAST


class MEADSAdaptState(NamedTuple):
    """What chains tell each other: means over those that moved in the last transition.

    Attributes
    ----------
    step_size, damping : float
        In coordinates scaled by their standard deviations over other chains.
    warmup : object
        What makes it possible to go on in the middle of warmup.
    """

    step_size: object
    damping: object
    warmup: object = None


class MEADSState(NamedTuple):
    """State of `MEADS`; arrays by site, and those marked so, have a leading axis of chains.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z, z_grad, r : dict of str to array
        Unconstrained values of latent sites, the gradient of the potential energy, and the
        momentum in scaled coordinates.
    uniform, potential_energy, energy, accept_prob, diverging : array
        By chain; `uniform`, on (-1, 1), decides about the next steps.
    adapt_state : MEADSAdaptState
    rng_key : Key
    """

    i: object
    z: object
    z_grad: object
    r: object
    uniform: object
    potential_energy: object
    energy: object
    accept_prob: object
    diverging: object
    adapt_state: object
    rng_key: object


def _num_transitions(chain, counts):
    return chain.offset + counts


class MEADS(EnsembleKernel):
    """Generalized Hamiltonian Monte Carlo without tuning: chains tune each other, all the time.

    Each iteration is one leapfrog step of each chain, so neighbouring draws are close to each
    other: take many, with ``thinning`` in `MCMC`.  For many chains, 32 or more: step size, scales
    and damping of a chain are estimated from a part of the others.

    Parameters
    ----------
    model : callable, optional
    potential_fn : callable, optional
        Instead of a model: ``-log density`` of an array or a dict of arrays, in plain NumPy; it
        needs ``init_params`` with a leading axis of chains.
    num_folds : int
        Parts into which chains are dealt, at least 2; in each iteration one of them rests.
    step_size_multiplier : float
        Step size, over the one that the largest eigenvalue of gradients suggests.
    damping_slowdown : float
        Larger values forget momenta faster in the first iterations.
    init_strategy : callable
        Chains must not begin at one point, so it has to be random.
    jit_compile : bool
        If False, the density runs eagerly through autograd.

    Raises
    ------
    ArgumentError
        If ``num_chains`` is no multiple of ``num_folds``, or less than two for each; or an option
        is out of range.

    Notes
    -----
    All chains advance together in one thread, whatever ``chain_method`` says.  Warmup iterations
    are dropped, else there is no difference between them and others.

    References
    ----------
    Hoffman and Sountsov (2022), "Tuning-free generalized Hamiltonian Monte Carlo", AISTATS.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, MEADS
    >>> def model():
    ...     lp.sample("x", dist.Normal(3.0, 2.0).expand([5]))
    >>> mcmc = MCMC(
    ...     MEADS(model), num_warmup=500, num_samples=1000, thinning=10, num_chains=64,
    ...     chain_method="vectorized", progress_bar=False,
    ... )
    >>> mcmc.run(0)
    >>> mcmc.get_samples(group_by_chain=True)["x"].shape
    (64, 100, 5)
    """

    algorithm = meads.ALGORITHM
    walker_numbers = meads.NUMBERS
    warm_chains = 8
    State = MEADSState
    columns = (
        Column("i", _num_transitions),
        Column("z", DRAW),
        Column("z_grad", meads.GRADIENT),
        Column("r", meads.MOMENTUM),
        WalkerColumn("uniform", "uniform"),
        WalkerColumn("potential_energy", "potential_energy"),
        WalkerColumn("energy", "energy"),
        WalkerColumn("accept_prob", "accept_prob", is_statistic=True),
        WalkerColumn("diverging", "diverging", bool, is_default=True, is_statistic=True),
        Column("mean_accept_prob", "mean_accept_prob"),
        Column("step_size", "step_size"),
        Column("damping", "damping"),
        Column("adapt_state.step_size", "step_size"),
        Column("adapt_state.damping", "damping"),
    )

    def __init__(
        self,
        model=None,
        potential_fn=None,
        num_folds=4,
        step_size_multiplier=0.5,
        damping_slowdown=1.0,
        init_strategy=init_to_uniform,
        *,
        jit_compile=True,
    ):
        super().__init__(model, potential_fn, init_strategy, jit_compile)
        self.num_folds = check_count(num_folds, "num_folds", least=2)
        self.step_size_multiplier = check_number(
            step_size_multiplier, "step_size_multiplier", above=0
        )
        self.damping_slowdown = check_number(damping_slowdown, "damping_slowdown", above=0)

    @property
    def fewest_walkers(self):
        """Two for each fold."""
        return 2 * self.num_folds

    def check_num_walkers(self, num_walkers):
        """Raise an `ArgumentError` unless walkers can be dealt into folds of two or more."""
        super().check_num_walkers(num_walkers)
        if num_walkers % self.num_folds:
            raise ArgumentError(
                f"MEADS deals its chains into num_folds={self.num_folds} parts of the same size: "
                f"num_chains must be a multiple of it, found {num_walkers}."
            )

    @property
    def options(self):
        """What the user chose, as kernels want it."""
        return meads.Options(self.num_folds, self.step_size_multiplier, self.damping_slowdown)

    def phases(self, num_warmup):
        """Return the phase of every warmup iteration."""
        return np.full(num_warmup, FAST, np.int64)

    def make_work(self, density, q, state):
        """Return the arrays of an ensemble that begins at `q`, (K, D)."""
        work = meads.make_work(q, self.num_folds)
        if state is not None:
            _set_momenta(work, density, state)
        return work

    def first_state(self, state):
        """Return the state of an ensemble that begins, or goes on from a `MEADSState`."""
        return meads.first_state(0 if state is None else state.i)

    def adapt_state(self, chain, warmup):
        """Return what chains told each other in the last transition."""
        found = [chain.last_info[chain.info_index(name)] for name in ("step_size", "damping")]
        return MEADSAdaptState(*map(float, found), warmup)

    def take_over(self, chain, state):
        """Give an ensemble what users may have changed in a `MEADSState`."""
        super().take_over(chain, state)
        _set_momenta(chain.work, chain.density, state)

    def describe(self, chain):
        """Return the step size for the progress bar."""
        return f"step size {chain.last_info[chain.info_index('step_size')]:.2e}"


def _set_momenta(work, density, state):
    """Give walkers the momenta and uniforms of a state."""
    walkers = meads.walkers_at.py_func(work.points, 0, work.sizes)
    for k in range(walkers.num_walkers):
        momentum = density.flatten(slice_state(state.r, k))
        meads.vector_of.py_func(walkers, meads.MOMENTUM, k)[:] = momentum
        meads.numbers_of.py_func(walkers, k)[meads.UNIFORM] = state.uniform[k]
