"""Public path of the reparametrization strategies; see `lightppl.reparam`."""

from lightppl.reparam import (
    CircularReparam,
    ExplicitReparam,
    LocScaleReparam,
    ProjectedNormalReparam,
    Reparam,
    TransformReparam,
)

__all__ = [
    "CircularReparam",
    "ExplicitReparam",
    "LocScaleReparam",
    "ProjectedNormalReparam",
    "Reparam",
    "TransformReparam",
]
