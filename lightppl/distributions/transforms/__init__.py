"""Maps between sets, with inverses and log |det| of Jacobians, under NumPyro's names.

Reading order: `transform` (the contract), `scalar` (number by number), `vector`, `matrix`,
`sequence` (along an axis), `compose` (transforms made of transforms, and those that only move
entries), `registry` (`biject_to`, which finds the transform from the reals onto a constraint and
which users extend).
"""

from lightppl.distributions.transforms.compose import (
    CatTransform,
    ComposeTransform,
    IndependentTransform,
    PermuteTransform,
    ReshapeTransform,
    UnpackTransform,
)
from lightppl.distributions.transforms.matrix import (
    CholeskyTransform,
    CorrCholeskyTransform,
    CorrMatrixCholeskyTransform,
    LowerCholeskyAffine,
    LowerCholeskyTransform,
    ScaledUnitLowerCholeskyTransform,
    SoftplusLowerCholeskyTransform,
)
from lightppl.distributions.transforms.registry import ConstraintRegistry, biject_to
from lightppl.distributions.transforms.scalar import (
    AbsTransform,
    AffineTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
)
from lightppl.distributions.transforms.sequence import (
    ComplexTransform,
    DiscreteCosineTransform,
    HaarTransform,
    PackRealFastFourierCoefficientsTransform,
    RealFastFourierTransform,
    RecursiveLinearTransform,
)
from lightppl.distributions.transforms.transform import (
    IdentityTransform,
    InverseTransform,
    Transform,
    sum_rightmost,
)
from lightppl.distributions.transforms.vector import (
    L1BallTransform,
    OrderedTransform,
    SimplexToOrderedTransform,
    StickBreakingTransform,
    ZeroSumTransform,
)

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CatTransform",
    "CholeskyTransform",
    "ComplexTransform",
    "ComposeTransform",
    "ConstraintRegistry",
    "CorrCholeskyTransform",
    "CorrMatrixCholeskyTransform",
    "DiscreteCosineTransform",
    "ExpTransform",
    "HaarTransform",
    "IdentityTransform",
    "IndependentTransform",
    "InverseTransform",
    "L1BallTransform",
    "LowerCholeskyAffine",
    "LowerCholeskyTransform",
    "OrderedTransform",
    "PackRealFastFourierCoefficientsTransform",
    "PermuteTransform",
    "PowerTransform",
    "RealFastFourierTransform",
    "RecursiveLinearTransform",
    "ReshapeTransform",
    "ScaledUnitLowerCholeskyTransform",
    "SigmoidTransform",
    "SimplexToOrderedTransform",
    "SoftplusLowerCholeskyTransform",
    "SoftplusTransform",
    "StickBreakingTransform",
    "Transform",
    "UnpackTransform",
    "ZeroSumTransform",
    "biject_to",
    "sum_rightmost",
]
