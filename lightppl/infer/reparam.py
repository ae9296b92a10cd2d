"""Public path of the reparametrization strategies; see `lightppl.reparam`."""

from lightppl.reparam import (
    CircularReparam,
    ExplicitReparam,
    LocScaleReparam,
    ProjectedNormalReparam,
    Reparam,
    TransformReparam,
)
from lightppl.planned import refuse_planned

__all__ = [
    "CircularReparam",
    "ExplicitReparam",
    "LocScaleReparam",
    "ProjectedNormalReparam",
    "Reparam",
    "TransformReparam",
]


def __getattr__(name):
    refuse_planned(__name__, name)
