"""Public path of the statements of the language and of what handlers are made of."""

from lightppl.language import (
    CondIndepStackFrame,
    Message,
    Messenger,
    apply_stack,
    deterministic,
    factor,
    get_mask,
    param,
    plate,
    plate_stack,
    prng_key,
    sample,
    subsample,
)

__all__ = [
    "CondIndepStackFrame",
    "Message",
    "Messenger",
    "apply_stack",
    "deterministic",
    "factor",
    "get_mask",
    "param",
    "plate",
    "plate_stack",
    "prng_key",
    "sample",
    "subsample",
]
