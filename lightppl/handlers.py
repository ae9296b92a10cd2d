"""Public path of the effect handlers; see `lightppl.language.handlers`."""

from lightppl.language.handlers import (
    block,
    collapse,
    condition,
    do,
    infer_config,
    lift,
    mask,
    reparam,
    replay,
    scale,
    scope,
    seed,
    substitute,
    trace,
    uncondition,
)
from lightppl.language.stack import Messenger, apply_stack

__all__ = [
    "Messenger",
    "apply_stack",
    "block",
    "collapse",
    "condition",
    "do",
    "infer_config",
    "lift",
    "mask",
    "reparam",
    "replay",
    "scale",
    "scope",
    "seed",
    "substitute",
    "trace",
    "uncondition",
]
