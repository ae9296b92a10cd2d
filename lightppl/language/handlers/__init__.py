"""Effect handlers: they change what the statements of a model mean, one aspect each.

Reading order: `recording` (trace, replay, block), `conditioning` (condition, uncondition, do,
substitute, lift), `weighting` (scale, mask), `seeding` (seed), `naming` (scope, infer_config),
`reparametrizing` (reparam), `collapsing` (collapse).
"""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
