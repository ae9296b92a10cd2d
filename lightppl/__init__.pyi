"""Where the names of this package are: for editors, and for `names_when_used`."""

from . import (
    contrib as contrib,
    diagnostics as diagnostics,
    distributions as distributions,
    handlers as handlers,
    infer as infer,
    linalg as linalg,
    plotting as plotting,
    primitives as primitives,
    random as random,
    special as special,
    util as util,
)
from .machine_code.code_folder import cache_clear as cache_clear
from .compiler.record.user_operations import register_primitive as register_primitive
from .density.explain import explain as explain
from .density.function import log_density_function as log_density_function
from .handlers import condition as condition, do as do
from .language import (
    clear_param_store as clear_param_store,
    deterministic as deterministic,
    factor as factor,
    get_mask as get_mask,
    get_param_store as get_param_store,
    param as param,
    plate as plate,
    plate_stack as plate_stack,
    prng_key as prng_key,
    sample as sample,
    subsample as subsample,
)
from .plotting.model_graph import render_model as render_model
from .random import set_rng_seed as set_rng_seed
from .settings import (
    enable_validation as enable_validation,
    enable_x64 as enable_x64,
    get_num_threads as get_num_threads,
    set_host_device_count as set_host_device_count,
    set_num_threads as set_num_threads,
    set_platform as set_platform,
    validation_enabled as validation_enabled,
)

__version__: str
