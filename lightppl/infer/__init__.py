"""Inference: what users call.

`mcmc` (MCMC with NUTS, HMC and samplers of one's own), `until` (when a run has enough draws),
`paths` (Pathfinder), `predictive`.  Names load what they need when they are first used, so that
importing this package costs nothing.
"""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__, {
    "hmc": ".",
    "hmc_util": ".",
    "initialization": (
        ". init_to_feasible init_to_mean init_to_median init_to_pathfinder init_to_sample "
        "init_to_uniform init_to_value"
    ),
    "inspect": ".",
    "mcmc": ". HMC MCMC MCMCKernel NUTS WALNUTS",
    "mcmc.initialize_model": "initialize_model",
    "paths": "pathfinder",
    "predictive": "Predictive",
    "reparam": ".",
    "until": ".",
    "util": ". log_likelihood",
})  # fmt: skip
