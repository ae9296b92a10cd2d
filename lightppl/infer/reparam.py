"""Public path of the reparametrization strategies; see `lightppl.reparam`."""

from lightppl.reparam import (
    CircularReparam,
    DiscreteCosineReparam,
    ExplicitReparam,
    HaarReparam,
    LocScaleReparam,
    ProjectedNormalReparam,
    Reparam,
    TransformReparam,
    UnitJacobianReparam,
)
from lightppl.planned import refuse_planned

__all__ = [
    "CircularReparam",
    "DiscreteCosineReparam",
    "ExplicitReparam",
    "HaarReparam",
    "LocScaleReparam",
    "ProjectedNormalReparam",
    "Reparam",
    "TransformReparam",
    "UnitJacobianReparam",
]


def __getattr__(name):
    refuse_planned(__name__, name)
