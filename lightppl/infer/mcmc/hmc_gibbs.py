"""`HMCGibbs`: some sites by a function that the user writes, the others by HMC."""

from lightppl.arguments import check_callable, shown
from lightppl.errors import ArgumentError
from lightppl.infer.mcmc.gibbs_updates import PythonUpdate
from lightppl.infer.mcmc.interleaved import InterleavedKernel
from lightppl.keys import as_key


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

    Raises
    ------
    ArgumentError
        If an argument is none of these.
    SiteNameError
        When a run begins, if a name is of no latent site.

    Notes
    -----
    `gibbs_fn` is Python, so chains take turns while it runs.

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

    def __init__(self, inner_kernel, gibbs_fn, gibbs_sites):
        super().__init__(inner_kernel)
        self.gibbs_fn = check_callable(gibbs_fn, "gibbs_fn")
        is_text = isinstance(gibbs_sites, str)
        if is_text or not all(isinstance(x, str) for x in gibbs_sites) or not len(gibbs_sites):
            raise ArgumentError(
                f"gibbs_sites must be a list of site names, found {shown(gibbs_sites)}."
            )
        self.gibbs_sites = tuple(gibbs_sites)
        self._update_of = None

    def __getstate__(self):
        """Compiled functions stay in this process."""
        return {**super().__getstate__(), "_update_of": None}

    def held_names(self, model, model_args, model_kwargs, rng_key):
        """Return the names of the sites that `gibbs_fn` draws."""
        return self.gibbs_sites

    def update(self, chain):
        """Call `gibbs_fn`, and let a chain hold what it returns."""
        known = self._update_of
        if known is None or known[0] is not chain.density:
            known = self._update_of = chain.density, PythonUpdate(self.gibbs_fn, chain.density)
        held = known[1](as_key(chain.rng), chain.point)
        if (held != chain.held).any():
            chain.held[:] = held
            chain.forget_density()
