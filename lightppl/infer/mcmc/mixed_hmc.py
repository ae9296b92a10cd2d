"""`MixedHMC`: what users say to it, and what it reports."""

from typing import NamedTuple

from lightppl.arguments import check_count, shown
from lightppl.density.supports import discrete_sites
from lightppl.distributions import Bernoulli, Normal
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.columns import Column
from lightppl.infer.mcmc.discrete_sites import check_rule, discrete_work, with_workspace
from lightppl.infer.mcmc.hmc import HMC
from lightppl.infer.mcmc.interleaved import InterleavedKernel
from lightppl.kernels import hmc, mixed_hmc
from lightppl.language.primitives import sample


class MixedHMCState(NamedTuple):
    """State of `MixedHMC`.

    Attributes
    ----------
    z : dict of str to array
        Unconstrained values of the continuous sites, and values of the discrete ones.
    hmc_state : HMCState
        Its potential energy is that of all sites.
    rng_key : Key
    accept_prob : float
        Of the last trajectory.
    """

    z: object
    hmc_state: object
    rng_key: object
    accept_prob: object


class MixedHMC(InterleavedKernel):
    """Hamiltonian Monte Carlo with discrete updates inside of its trajectories.

    While the continuous coordinates move along a trajectory, discrete elements are updated one
    after another at random times.  So the trajectory need not be short for the discrete elements to
    change often, and both kinds of coordinates travel far before anything is rejected.

    Parameters
    ----------
    inner_kernel : HMC
        `HMC` of the whole model; not `NUTS`, whose trajectories have no fixed length.
    num_discrete_updates : int, optional
        Updates of single elements in a trajectory; by default as many as there are elements.
    random_walk : bool
        If False, values are proposed from the conditional distribution given all others; if True,
        uniformly from the support.
    modified : bool
        Whether the current value is never proposed.

    Raises
    ------
    ArgumentError
        If `inner_kernel` is another kernel, or a number is out of range.
    DiscreteLatentError
        When a run begins, if the model has no discrete latent site.
    UnsupportedOperationError
        When a run begins, if the values of a site cannot be listed: there are infinitely many,
        they depend on other sites, or they are vectors.

    Notes
    -----
    There is at least one leapfrog step between two updates.  The times of the updates are random,
    and as probable backwards as forwards; see `lightppl.kernels.mixed_hmc`.

    References
    ----------
    Zhou (2020), "Mixed Hamiltonian Monte Carlo for mixed discrete and continuous variables",
    algorithm 1; Liu (1996), "Peskun's theorem and a modified discrete-state Gibbs sampler".

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import HMC, MCMC, MixedHMC
    >>> def model(probs, locs):
    ...     c = lp.sample("c", dist.Categorical(probs))
    ...     lp.sample("x", dist.Normal(locs[c], 0.5))
    >>> probs, locs = np.array([0.15, 0.3, 0.3, 0.25]), np.array([-2.0, 0.0, 2.0, 4.0])
    >>> kernel = MixedHMC(HMC(model, trajectory_length=1.2), num_discrete_updates=20)
    >>> mcmc = MCMC(kernel, num_warmup=500, num_samples=20_000, progress_bar=False)
    >>> mcmc.run(0, probs, locs)
    >>> x = mcmc.get_samples()["x"]
    >>> bool(abs(x.mean() - 1.3) < 0.1 and abs(x.var() - 4.36) < 0.5)
    True
    """

    State = MixedHMCState

    def __init__(
        self, inner_kernel, *, num_discrete_updates=None, random_walk=False, modified=False
    ):
        super().__init__(inner_kernel)
        if inner_kernel.algorithm is not hmc.ALGORITHM:
            raise ArgumentError(
                "MixedHMC needs HMC as its inner kernel, because trajectories of other samplers "
                f"have no fixed length; found {shown(inner_kernel)}."
            )
        if num_discrete_updates is not None:
            num_discrete_updates = check_count(
                num_discrete_updates, "num_discrete_updates", least=1
            )
        self.num_discrete_updates = num_discrete_updates
        self.rule = check_rule(random_walk, modified)
        self._num_elements = 1

    algorithm = mixed_hmc.ALGORITHM

    def held_names(self, model, model_args, model_kwargs, rng_key):
        """Return the names of the discrete latent sites."""
        return discrete_sites(model, model_args, model_kwargs, rng_key, type(self).__name__)

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the compiled density of a model, in which discrete sites are held."""
        density = super().compile(model, model_args, model_kwargs, rng_key)
        self._num_elements = density.held.size
        return density

    @property
    def options(self):
        """The options of the inner kernel, and what is said of updates."""
        inner, count = self.inner_kernel.options, self.num_discrete_updates or self._num_elements
        return mixed_hmc.Options(inner.num_steps, inner.time, inner.warmup, self.rule, count)

    @property
    def columns(self):
        """The draw, what the inner kernel reports, and how probable it was to accept."""
        return (*super().columns, Column("accept_prob", "accept_prob"))

    def make_work(self, density, q, state):
        """Return the arrays of a chain of the inner kernel, with the discrete sites."""
        inner = super().make_work(density, q, state)
        sites = discrete_work(density, density.held.names)
        circle = mixed_hmc.make_circle(sites.element_place.size)
        return mixed_hmc.Work(inner.points, inner.metric, inner.moments, sites, circle)

    def make_target(self, chain):
        """Return the `Target` of a chain, with room for the functions of the discrete sites."""
        target = super().make_target(chain)
        return with_workspace(target, chain.density, chain.density.held.names)

    def state_of(self, chain, warmup=None):
        """Return the `MixedHMCState` of a chain."""
        found = super().state_of(chain, warmup)
        return MixedHMCState(*found, found.hmc_state.accept_prob)

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels."""
        yield cls(HMC(_one_of_each, jit_compile=False))


def _one_of_each():
    sample("x", Normal(1.0 * sample("coin", Bernoulli(0.5)), 1.0))
