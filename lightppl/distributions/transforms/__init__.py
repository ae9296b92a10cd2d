"""Maps between sets, with inverses and log |det| of Jacobians, under NumPyro's names.

Reading order: `transform` (the contract), `scalar` (number by number), `vector`, `matrix`,
`sequence` (along an axis), `compose` (transforms made of transforms, and those that only move
entries), `registry` (`biject_to`, which finds the transform from the reals onto a constraint and
which users extend).
"""

from lightppl.when_used import names_when_used

__getattr__, __dir__, __all__ = names_when_used(__name__)
