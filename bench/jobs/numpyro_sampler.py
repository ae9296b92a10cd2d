"""Runs of NumPyro in float64 with their gradients."""

import time

import jax
import numpy as np
import numpyro
from numpyro.infer import MCMC, NUTS
from numpyro.infer.util import log_density
from sampler_job import Counted

numpyro.enable_x64()
numpyro.set_host_device_count(4)


class Sampler:
    """Runs of one model; compiled loops are kept where NumPyro keeps them.

    Gradients are counted in chains one after another, whose loop is compiled once; timed runs take
    what ``chain_method`` says.
    """

    def __init__(self, model, arguments, sizes, options):
        self.method = options.pop("chain_method", "parallel")
        self.model, self.arguments, self.sizes, self.options = model, arguments, sizes, options
        self.counted = self.timed = None

    def count(self, seed):
        mcmc = self.counted = self.counted or self._mcmc("sequential")
        mcmc.post_warmup_state, fields = None, ("num_steps",)
        first, second = jax.random.split(jax.random.PRNGKey(seed))
        mcmc.warmup(first, extra_fields=fields, collect_warmup=True, **self.arguments)
        warmup_steps = mcmc.get_extra_fields(group_by_chain=True)["num_steps"]
        mcmc.run(second, extra_fields=fields, **self.arguments)
        fields = mcmc.get_extra_fields(group_by_chain=True)
        draws = mcmc.get_samples(group_by_chain=True)
        return Counted(draws, fields["num_steps"], warmup_steps, fields["diverging"])

    def time(self, seed):
        self.timed = self.timed or self._mcmc(self.method)
        start = time.perf_counter()
        self.timed.run(jax.random.PRNGKey(seed), **self.arguments)
        draws = self.timed.get_samples(group_by_chain=True)
        draws = {name: np.asarray(x) for name, x in draws.items()}
        return time.perf_counter() - start, draws

    def _mcmc(self, method):
        chains, warmup, draws, _ = self.sizes
        return MCMC(
            NUTS(self.model, **self.options), num_warmup=warmup, num_samples=draws,
            num_chains=chains, chain_method=method, progress_bar=False,
        )


def log_densities(model, arguments, points):
    return [float(log_density(model, (), arguments, point)[0]) for point in points]
