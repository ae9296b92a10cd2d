"""Runs of lightppl with their gradients; each traces the model and starts afresh."""

import time

import lightppl
from lightppl.infer import MCMC, NUTS
from lightppl.infer.util import log_density
from sampler_job import Counted


class Sampler:
    """Runs of one model; each traces the model and starts afresh."""

    def __init__(self, model, arguments, sizes, options):
        lightppl.set_num_threads(sizes.cores)
        self.model, self.arguments, self.sizes, self.options = model, arguments, sizes, options

    def count(self, seed):
        mcmc = self._mcmc()
        mcmc.warmup(seed, extra_fields=("num_steps",), collect_warmup=True, **self.arguments)
        warmup_steps = mcmc.get_extra_fields(group_by_chain=True)["num_steps"]
        mcmc.run(seed, extra_fields=("num_steps",), **self.arguments)
        fields = mcmc.get_extra_fields(group_by_chain=True)
        draws = mcmc.get_samples(group_by_chain=True)
        return Counted(draws, fields["num_steps"], warmup_steps, fields["diverging"])

    def time(self, seed):
        start = time.perf_counter()
        mcmc = self._mcmc()
        mcmc.run(seed, **self.arguments)
        draws = mcmc.get_samples(group_by_chain=True)
        return time.perf_counter() - start, draws

    def _mcmc(self):
        chains, warmup, draws, _ = self.sizes
        return MCMC(
            NUTS(self.model, **self.options), num_warmup=warmup, num_samples=draws,
            num_chains=chains, progress_bar=False,
        )


def log_densities(model, arguments, points):
    return [float(log_density(model, (), arguments, point)[0]) for point in points]
