"""Inference: what users call.

`mcmc` (MCMC with NUTS, HMC and samplers of one's own), `until` (when a run has enough draws),
`paths` (Pathfinder), `predictive`.  Names load what they need when they are first used, so that
importing this package costs nothing.
"""

from importlib import import_module

from lightppl.planned import refuse_planned

_LOADED_WHEN_USED = {
    "HMC": "lightppl.infer.mcmc",
    "MCMC": "lightppl.infer.mcmc",
    "MCMCKernel": "lightppl.infer.mcmc",
    "NUTS": "lightppl.infer.mcmc",
    "WALNUTS": "lightppl.infer.mcmc",
    "Predictive": "lightppl.infer.predictive",
    "init_to_feasible": "lightppl.infer.initialization",
    "init_to_mean": "lightppl.infer.initialization",
    "init_to_median": "lightppl.infer.initialization",
    "init_to_pathfinder": "lightppl.infer.initialization",
    "init_to_sample": "lightppl.infer.initialization",
    "init_to_uniform": "lightppl.infer.initialization",
    "init_to_value": "lightppl.infer.initialization",
    "hmc": "lightppl.infer.hmc",
    "hmc_util": "lightppl.infer.hmc_util",
    "initialization": "lightppl.infer.initialization",
    "initialize_model": "lightppl.infer.mcmc.initialize_model",
    "inspect": "lightppl.infer.inspect",
    "log_likelihood": "lightppl.infer.util",
    "mcmc": "lightppl.infer.mcmc",
    "pathfinder": "lightppl.infer.paths",
    "reparam": "lightppl.infer.reparam",
    "until": "lightppl.infer.until",
    "util": "lightppl.infer.util",
}

__all__ = sorted(_LOADED_WHEN_USED)


def __getattr__(name):
    path = _LOADED_WHEN_USED.get(name)
    if path is None:
        refuse_planned(__name__, name)
    module = import_module(path)
    return module if path == f"lightppl.infer.{name}" else getattr(module, name)


def __dir__():
    return __all__
