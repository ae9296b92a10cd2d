"""lightppl: probabilistic programming for people who live in NumPy.

A model is a Python function with `sample` and `plate`, in plain NumPy and SciPy::

    import lightppl as lp
    import lightppl.distributions as dist
    from lightppl.infer import MCMC, NUTS

Names stand below in the order of the job: write a model, condition it, run inference, look at
results.
Autograd loads when inference first needs it, Numba when a sampler has to be compiled.
"""

from importlib import import_module

from lightppl import distributions, handlers, linalg, primitives, random, special, util
from lightppl.handlers import condition, do
from lightppl.language import (
    clear_param_store,
    deterministic,
    factor,
    get_mask,
    get_param_store,
    param,
    plate,
    plate_stack,
    prng_key,
    sample,
    subsample,
)
from lightppl.planned import refuse_planned
from lightppl.random import set_rng_seed
from lightppl.settings import (
    enable_validation,
    enable_x64,
    get_num_threads,
    set_host_device_count,
    set_num_threads,
    set_platform,
    validation_enabled,
)

__version__ = "0.1.0"

_LOADED_WHEN_USED = {
    "infer": "lightppl.infer",
    "diagnostics": "lightppl.diagnostics",
    "plotting": "lightppl.plotting",
    "explain": "lightppl.density.explain",
    "log_density_function": "lightppl.density.function",
    "cache_clear": "lightppl.code_folder",
    "register_primitive": "lightppl.compiler.primitives",
    "render_model": "lightppl.plotting.model_graph",
    "contrib": "lightppl.contrib",
}

__all__ = [
    "cache_clear", "clear_param_store", "condition", "deterministic", "diagnostics",
    "distributions", "do", "enable_validation", "enable_x64", "explain", "factor", "get_mask",
    "get_num_threads", "get_param_store", "handlers", "infer", "linalg", "log_density_function",
    "param", "plate", "plate_stack", "plotting", "primitives", "prng_key", "random",
    "register_primitive", "render_model", "sample", "set_host_device_count", "set_num_threads",
    "set_platform", "set_rng_seed", "special", "subsample", "util", "validation_enabled",
]


def __getattr__(name):
    path = _LOADED_WHEN_USED.get(name)
    if path is None:
        refuse_planned(__name__, name)
    module = import_module(path)
    return module if path == f"lightppl.{name}" else getattr(module, name)


def __dir__():
    return sorted(__all__)
