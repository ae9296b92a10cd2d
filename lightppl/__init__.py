"""lightppl: probabilistic programming for people who live in NumPy.

A model is a Python function with `sample` and `plate`, in plain NumPy and SciPy::

    import lightppl as lp
    import lightppl.distributions as dist
    from lightppl.infer import MCMC, NUTS

Names stand below in the order of the job: write a model, condition it, run inference, look at
results.
What a script does not use is not loaded, and Numba only where a sampler has to be compiled.
"""

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
from lightppl.when_used import names_when_used

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = names_when_used(__name__)
