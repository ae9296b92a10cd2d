"""`DiscreteHMCGibbs` and `DiscreteGibbs`: what users say to them, and what they report."""

import copy
from typing import NamedTuple

import numpy as np

from lightppl.density import compile_density
from lightppl.density.supports import discrete_sites
from lightppl.distributions import Bernoulli, Normal
from lightppl.errors import UnsupportedOperationError
from lightppl.infer.mcmc.columns import DRAW, Column
from lightppl.infer.mcmc.compiled import CompiledKernel
from lightppl.infer.mcmc.discrete_sites import (
    check_rule, discrete_work, held_discrete_sites, with_workspace,
)
from lightppl.infer.mcmc.hmc import HMC
from lightppl.infer.mcmc.interleaved import InterleavedKernel
from lightppl.infer.mcmc.nuts import NUTS
from lightppl.infer.mcmc.walnuts import WALNUTS
from lightppl.kernels import discrete_gibbs
from lightppl.kernels.target import make_target
from lightppl.language.primitives import sample


class DiscreteHMCGibbs(InterleavedKernel):
    """Hamiltonian Monte Carlo, and Gibbs or Metropolis updates of discrete sites between.

    Each iteration updates every element of every discrete latent site once, in random order, and
    then makes a transition of `inner_kernel` given what they are.  Elements that meet in no term of
    the log density, such as the assignments of a mixture in a plate, are updated together: that
    takes one pass over the plate for each value that they can have.

    Parameters
    ----------
    inner_kernel : HMC
        `HMC`, `NUTS` or `WALNUTS` of the whole model.
    random_walk : bool
        If False, values are drawn from the conditional distribution given all others.  If True,
        they are proposed uniformly from the support and accepted or rejected, which takes two
        evaluations however many values there are.
    modified : bool
        Whether the current value is never proposed: the Metropolized Gibbs sampler.

    Raises
    ------
    ArgumentError
        If `inner_kernel` is another kernel.
    DiscreteLatentError
        When a run begins, if the model has no discrete latent site.
    UnsupportedOperationError
        When a run begins, if the values of a site cannot be listed: there are infinitely many,
        they depend on other sites, or they are vectors.

    Notes
    -----
    Which elements meet in no term is read off the recorded log density, and the result is compared
    with the density at a few points.  Where elements do meet, as neighbors in a Markov chain, they
    are updated one after another.  A density that cannot be compiled is evaluated eagerly for each
    element and each value, which is right, and slow.

    References
    ----------
    Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
    restoration of images"; Liu (1996), "Peskun's theorem and a modified discrete-state Gibbs
    sampler".

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS, DiscreteHMCGibbs
    >>> def model(probs, locs):
    ...     c = lp.sample("c", dist.Categorical(probs))
    ...     lp.sample("x", dist.Normal(locs[c], 0.5))
    >>> probs, locs = np.array([0.15, 0.3, 0.3, 0.25]), np.array([-2.0, 0.0, 2.0, 4.0])
    >>> kernel = DiscreteHMCGibbs(NUTS(model), modified=True)
    >>> mcmc = MCMC(kernel, num_warmup=500, num_samples=20_000, progress_bar=False)
    >>> mcmc.run(0, probs, locs)
    >>> x = mcmc.get_samples()["x"]
    >>> bool(abs(x.mean() - 1.3) < 0.2 and abs(x.var() - 4.36) < 0.5)
    True
    """

    def __init__(self, inner_kernel, *, random_walk=False, modified=False):
        super().__init__(inner_kernel)
        self.rule = check_rule(random_walk, modified)

    def held_names(self, model, model_args, model_kwargs, rng_key):
        """Return the names of the discrete latent sites."""
        return discrete_sites(model, model_args, model_kwargs, rng_key, type(self).__name__)

    @property
    def algorithm(self):
        """Updates of discrete sites, and the algorithm of the inner kernel."""
        return discrete_gibbs.INTERLEAVED[self.inner_kernel.algorithm.name]

    @property
    def options(self):
        """The options of the inner kernel, and the rule of the updates."""
        return self.algorithm.Options(*self.inner_kernel.options, self.rule)

    def make_work(self, density, q, state):
        """Return the arrays of a chain of the inner kernel, with the discrete sites."""
        inner = super().make_work(density, q, state)
        return self.algorithm.Work(*inner, discrete_work(density, density.held.names))

    def make_target(self, chain):
        """Return the `Target` of a chain, with room for the functions of the discrete sites."""
        target = super().make_target(chain)
        return with_workspace(target, chain.density, chain.density.held.names)

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels."""
        for inner in (HMC, NUTS, WALNUTS):
            yield cls(inner(_one_of_each, jit_compile=False))


class DiscreteGibbsState(NamedTuple):
    """State of a sampler of discrete sites.

    Attributes
    ----------
    i : int
        Number of transitions so far.
    z : dict of str to array
        Values of the sites.
    potential_energy : float
    adapt_state : DiscreteAdaptState
    rng_key : Key
    """

    i: object
    z: object
    potential_energy: object
    adapt_state: object
    rng_key: object


class DiscreteAdaptState(NamedTuple):
    """What warmup has learnt: nothing.

    Attributes
    ----------
    warmup : object
        What makes it possible to go on in the middle of warmup.
    """

    warmup: object = None


class DiscreteGibbs(CompiledKernel):
    """Gibbs or Metropolis updates of discrete sites; a sampler, or a block of `Gibbs`.

    Each iteration updates every element once, in random order, given all others; elements that meet
    in no term of the log density are updated together, as `DiscreteHMCGibbs` does.

    Parameters
    ----------
    model : callable
        With discrete latent sites; by itself the sampler needs a model that has no others.
    random_walk : bool
        If True, values are proposed uniformly from the support, instead of drawn from the
        conditional distribution.
    modified : bool
        Whether the current value is never proposed: the Metropolized Gibbs sampler.
    jit_compile : bool
        If False, the density runs eagerly.

    Raises
    ------
    DiscreteLatentError
        When a run begins, if the model has no discrete latent site.
    UnsupportedOperationError
        When a run begins, if the model has continuous latent sites, or the values of a discrete
        one cannot be listed.

    References
    ----------
    Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
    restoration of images"; Liu (1996), "Peskun's theorem and a modified discrete-state Gibbs
    sampler".

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, DiscreteGibbs
    >>> def model():
    ...     rain = lp.sample("rain", dist.Bernoulli(0.2))
    ...     sprinkler = lp.sample("sprinkler", dist.Bernoulli(0.4 - 0.39 * rain))
    ...     lp.sample("wet", dist.Bernoulli(0.01 + 0.8 * rain + 0.15 * sprinkler), obs=1)
    >>> mcmc = MCMC(DiscreteGibbs(model), num_warmup=100, num_samples=2000, progress_bar=False)
    >>> mcmc.run(0)
    >>> bool(mcmc.get_samples()["rain"].mean() > 0.5)
    True
    """

    algorithm = discrete_gibbs.ALGORITHM
    State = DiscreteGibbsState
    columns = (
        Column("i", lambda chain, counts: chain.offset + counts),
        Column("z", DRAW),
        Column("potential_energy", "potential_energy", is_default=True),
    )
    sites = None

    def __init__(self, model, random_walk=False, modified=False, *, jit_compile=True):
        super().__init__(model, jit_compile=jit_compile)
        self.rule = check_rule(random_walk, modified)

    def of_sites(self, names):
        """Return a sampler like this one that updates some sites only.

        Parameters
        ----------
        names : sequence of str
            Discrete sites that the density holds.
        """
        found = copy.copy(self)
        found.sites = tuple(names)
        return found

    def compile(self, model, model_args, model_kwargs, rng_key):
        """Return the compiled density of a model whose sites are all discrete."""
        names = discrete_sites(model, model_args, model_kwargs, rng_key, type(self).__name__)
        density = compile_density(
            model, model_args, model_kwargs, rng_key=rng_key, jit=self.jit_compile, held=names
        )
        if density.layout.names:
            raise UnsupportedOperationError(
                f"DiscreteGibbs alone does not move the continuous site {density.layout.names[0]!r}"
                ". Use DiscreteHMCGibbs(NUTS(model)), or make it a block of Gibbs."
            )
        return density

    @property
    def options(self):
        """The rule of the updates."""
        return discrete_gibbs.Options(self.rule)

    def make_work(self, density, q, state):
        """Return the arrays of a chain; `q` stays where it is."""
        points = np.array(q, np.float64).reshape(1, -1)
        sites = discrete_work(density, self._sites_of(density))
        return discrete_gibbs.Work(points, sites, np.zeros(density.size))

    def make_target(self, chain):
        """Return the `Target` of a chain, with room for the functions of the discrete sites."""
        target = make_target(chain.density.potential)
        return with_workspace(target, chain.density, self._sites_of(chain.density))

    def first_state(self, state):
        """Return the `State` of a chain that begins, or goes on."""
        return discrete_gibbs.first_state()

    def adapt_state(self, chain, warmup):
        """Return what makes it possible to go on in the middle of warmup."""
        return DiscreteAdaptState(warmup)

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels."""
        yield cls(_coins, jit_compile=False)

    def _sites_of(self, density):
        return held_discrete_sites(density) if self.sites is None else self.sites


def _coins():
    sample("coin", Bernoulli(0.5).expand([2]))


def _one_of_each():
    sample("x", Normal(1.0 * sample("coin", Bernoulli(0.5)), 1.0))
