"""Effect handlers: they change what the statements of a model mean, one aspect each.

Reading order: `recording` (trace, replay, block), `conditioning` (condition, uncondition, do,
substitute, lift), `weighting` (scale, mask), `seeding` (seed), `naming` (scope, infer_config),
`reparametrizing` (reparam), `collapsing` (collapse).
"""

from lightppl.language.handlers.collapsing import collapse
from lightppl.language.handlers.conditioning import condition, do, lift, substitute, uncondition
from lightppl.language.handlers.naming import infer_config, scope
from lightppl.language.handlers.recording import block, replay, trace
from lightppl.language.handlers.reparametrizing import reparam
from lightppl.language.handlers.seeding import seed
from lightppl.language.handlers.weighting import mask, scale

__all__ = [
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
