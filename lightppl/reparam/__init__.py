"""Reparametrizations: the same model in coordinates of easier geometry, under NumPyro's names.

Reading order: `reparam` (the contract), `loc_scale` (partly non-centred location-scale families),
`transform` (draw the base of a transformed distribution; change coordinates explicitly), `circular`
(angles unrolled to the line), `projected_normal` (directions as normalised Gaussian vectors),
`unit_jacobian` (frequencies of a series).

A strategy is given to the `reparam` handler by site name.
"""

from lightppl.reparam.circular import CircularReparam
from lightppl.reparam.loc_scale import LocScaleReparam
from lightppl.reparam.projected_normal import ProjectedNormalReparam
from lightppl.reparam.reparam import Reparam
from lightppl.reparam.transform import ExplicitReparam, TransformReparam
from lightppl.reparam.unit_jacobian import (
    DiscreteCosineReparam,
    HaarReparam,
    UnitJacobianReparam,
)

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
