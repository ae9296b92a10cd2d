"""Where the names of this package are: for editors, and for `names_when_used`."""

from .collapsing import collapse as collapse
from .conditioning import (
    condition as condition,
    do as do,
    lift as lift,
    substitute as substitute,
    uncondition as uncondition,
)
from .naming import infer_config as infer_config, scope as scope
from .recording import block as block, replay as replay, trace as trace
from .reparametrizing import reparam as reparam
from .seeding import seed as seed
from .weighting import mask as mask, scale as scale
