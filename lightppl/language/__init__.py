"""The modelling language: how a model is written, and how it is re-read by handlers.

Reading order: `stack` (messages and handlers), `trace` (what a run leaves behind), `primitives`
(the statements), `missing` (observations with gaps), `plate` (independence), `params` (the
parameter store), `checks` (shapes and data), `unused` (names that no site answered to), `handlers`
(trace, condition, ...), `conjugacy` and `affine` (what `collapse` stands on), `relations` and
`origin` (which site depends on which), `structure` (nested dicts of arrays), `control_flow` (scan
and cond) with `body_sites` and `series` (sites in their bodies), `ode`, `fori_collect`.
"""

from lightppl.language.checks import check_log_prob_shape, check_scale_shape, check_trace
from lightppl.language.params import ParamStore, clear_param_store, get_param_store
from lightppl.language.plate import plate, plate_stack
from lightppl.language.primitives import (
    deterministic,
    factor,
    get_mask,
    param,
    prng_key,
    sample,
    subsample,
)
from lightppl.language.stack import (
    CondIndepStackFrame,
    Message,
    Messenger,
    apply_stack,
    current_stack,
)
from lightppl.language.trace import Site, Trace, format_shapes
from lightppl.language.unused import unused_sites

__all__ = [
    "CondIndepStackFrame",
    "Message",
    "Messenger",
    "ParamStore",
    "Site",
    "Trace",
    "apply_stack",
    "check_log_prob_shape",
    "check_scale_shape",
    "check_trace",
    "clear_param_store",
    "current_stack",
    "deterministic",
    "factor",
    "format_shapes",
    "get_mask",
    "get_param_store",
    "param",
    "plate",
    "plate_stack",
    "prng_key",
    "sample",
    "subsample",
    "unused_sites",
]
