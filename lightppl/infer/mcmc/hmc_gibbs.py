"""`HMCGibbs`: some sites by a function that the user writes, the others by HMC."""

from lightppl.arguments import check_callable, check_flag, shown
from lightppl.distributions import Normal
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.gibbs_updates import PythonUpdate
from lightppl.infer.mcmc.hmc import HMC
from lightppl.infer.mcmc.interleaved import InterleavedKernel
from lightppl.infer.mcmc.nuts import NUTS
from lightppl.infer.mcmc.walnuts import WALNUTS
from lightppl.kernels.hmc_gibbs import ALGORITHMS
from lightppl.kernels.noise import make_noisy_call
from lightppl.keys import as_key
from lightppl.language import sample


class HMCGibbs(InterleavedKernel):
    """Hamiltonian Monte Carlo for some sites, and draws of the user's own for the others.

    Each iteration calls `gibbs_fn` once, and then makes a transition of `inner_kernel` given what
    it returned.  `gibbs_fn` has to leave the conditional distribution of its sites given all
    others invariant, for example by drawing from it; nobody can check that it does.

    Parameters
    ----------
    inner_kernel : HMC
        `HMC`, `NUTS` or `WALNUTS` of the whole model.
    gibbs_fn : callable
        ``gibbs_fn(rng_key, gibbs_sites, hmc_sites) -> dict``: takes a key, the values of
        `gibbs_sites` and those of all other sites, deterministic ones too, by name and as the model
        sees them; returns new values of some or all of `gibbs_sites`.
    gibbs_sites : sequence of str
        Names of latent sites, discrete or not.
    compile_gibbs_fn : bool
        Whether `gibbs_fn` is compiled; otherwise it is called in each iteration.

    Raises
    ------
    ArgumentError
        If an argument is none of these.
    SiteNameError
        When a run begins, if a name is of no latent site.
    UnsupportedOperationError, ModelError
        When a run begins, if `gibbs_fn` shall be compiled and cannot be, or does not do the same
        each time.

    Notes
    -----
    `gibbs_fn` is Python, so chains take turns while it runs.  If it is compiled, an iteration holds
    no Python; it is many times faster then, and chains run at the same time.  What `gibbs_fn` reads
    besides its arguments, it then reads only once.  It may draw from `rng_key` by distributions or
    by `lightppl.random`; draws from gamma, beta and Dirichlet distributions are made by inversion,
    so that they are other ones than those in Python; counts such as Poisson draws are refused.

    References
    ----------
    Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
    restoration of images"; Tierney (1994), "Markov chains for exploring posterior distributions",
    sec. 2.4.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS, HMCGibbs
    >>> def model():
    ...     x = lp.sample("x", dist.Normal(0.0, 2.0))
    ...     y = lp.sample("y", dist.Normal(0.0, 2.0))
    ...     lp.sample("obs", dist.Normal(x + y, 1.0), obs=1.0)
    >>> def gibbs_fn(rng_key, gibbs_sites, hmc_sites):
    ...     y = hmc_sites["y"]
    ...     return {"x": dist.Normal(0.8 * (1 - y), np.sqrt(0.8)).sample(rng_key)}
    >>> kernel = HMCGibbs(NUTS(model), gibbs_fn=gibbs_fn, gibbs_sites=["x"])
    >>> mcmc = MCMC(kernel, num_warmup=100, num_samples=200, progress_bar=False)
    >>> mcmc.run(0)
    >>> sorted(mcmc.get_samples())
    ['x', 'y']
    """

    def __init__(self, inner_kernel, gibbs_fn, gibbs_sites, compile_gibbs_fn=False):
        super().__init__(inner_kernel)
        self.gibbs_fn = check_callable(gibbs_fn, "gibbs_fn")
        is_text = isinstance(gibbs_sites, str)
        if is_text or not all(isinstance(x, str) for x in gibbs_sites) or not len(gibbs_sites):
            raise ArgumentError(
                f"gibbs_sites must be a list of site names, found {shown(gibbs_sites)}."
            )
        self.gibbs_sites = tuple(gibbs_sites)
        self.compile_gibbs_fn = check_flag(compile_gibbs_fn, "compile_gibbs_fn")
        self._update_of = None

    def __getstate__(self):
        """Compiled functions stay in this process."""
        return {**super().__getstate__(), "_update_of": None}

    def held_names(self, model, model_args, model_kwargs, rng_key):
        """Return the names of the sites that `gibbs_fn` draws."""
        return self.gibbs_sites

    @classmethod
    def to_warm(cls):
        """Yield samplers that together use all kernels."""
        for inner in (HMC, NUTS, WALNUTS):
            yield cls(inner(_pair, jit_compile=False), _draw_second, ["y"], compile_gibbs_fn=True)

    @property
    def algorithm(self):
        """That of the inner kernel, with updates if they are compiled."""
        inner = self.inner_kernel.algorithm
        return ALGORITHMS[inner] if self.compile_gibbs_fn else inner

    @property
    def options(self):
        """The options of the inner kernel."""
        return self.algorithm.Options(*self.inner_kernel.options)

    def make_work(self, density, q, state):
        """Return the arrays of a chain."""
        work = super().make_work(density, q, state)
        if not self.compile_gibbs_fn:
            return work
        if "gibbs_fn" not in density.stages:
            density.stages["gibbs_fn"] = PythonUpdate(self.gibbs_fn, density).compiled()
        update = density.stages["gibbs_fn"]
        call = make_noisy_call(update.function, update.num_held, update.layout.counts)
        return self.algorithm.Work(*work, call)

    @property
    def update(self):
        """What is done in Python before each transition, or None."""
        return None if self.compile_gibbs_fn else self._call_gibbs_fn

    def _call_gibbs_fn(self, chain):
        known = self._update_of
        if known is None or known[0] is not chain.density:
            known = self._update_of = chain.density, PythonUpdate(self.gibbs_fn, chain.density)
        held = known[1](as_key(chain.rng), chain.point)
        if (held != chain.held).any():
            chain.held[:] = held
            chain.forget_density()


def _pair():
    x = sample("x", Normal(0.0, 1.0))
    sample("y", Normal(x, 1.0))


def _draw_second(rng_key, gibbs_sites, hmc_sites):
    return {"y": Normal(hmc_sites["x"], 1.0).sample(rng_key)}
