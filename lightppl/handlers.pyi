"""Where the names of this package are: for editors, and for `names_when_used`."""

from lightppl.language.handlers import (
    block as block,
    collapse as collapse,
    condition as condition,
    do as do,
    infer_config as infer_config,
    lift as lift,
    mask as mask,
    reparam as reparam,
    replay as replay,
    scale as scale,
    scope as scope,
    seed as seed,
    substitute as substitute,
    trace as trace,
    uncondition as uncondition,
)
from lightppl.language.stack import Messenger as Messenger, apply_stack as apply_stack
