"""Where the names of this package are: for editors, and for `names_when_used`."""

from .compose import (
    CatTransform as CatTransform,
    ComposeTransform as ComposeTransform,
    IndependentTransform as IndependentTransform,
    PermuteTransform as PermuteTransform,
    ReshapeTransform as ReshapeTransform,
    UnpackTransform as UnpackTransform,
)
from .matrix import (
    CholeskyTransform as CholeskyTransform,
    CorrCholeskyTransform as CorrCholeskyTransform,
    CorrMatrixCholeskyTransform as CorrMatrixCholeskyTransform,
    LowerCholeskyAffine as LowerCholeskyAffine,
    LowerCholeskyTransform as LowerCholeskyTransform,
    ScaledUnitLowerCholeskyTransform as ScaledUnitLowerCholeskyTransform,
    SoftplusLowerCholeskyTransform as SoftplusLowerCholeskyTransform,
)
from .registry import ConstraintRegistry as ConstraintRegistry, biject_to as biject_to
from .scalar import (
    AbsTransform as AbsTransform,
    AffineTransform as AffineTransform,
    ExpTransform as ExpTransform,
    PowerTransform as PowerTransform,
    SigmoidTransform as SigmoidTransform,
    SoftplusTransform as SoftplusTransform,
)
from .sequence import (
    ComplexTransform as ComplexTransform,
    DiscreteCosineTransform as DiscreteCosineTransform,
    HaarTransform as HaarTransform,
    PackRealFastFourierCoefficientsTransform as PackRealFastFourierCoefficientsTransform,
    RealFastFourierTransform as RealFastFourierTransform,
    RecursiveLinearTransform as RecursiveLinearTransform,
)
from .transform import (
    IdentityTransform as IdentityTransform,
    InverseTransform as InverseTransform,
    Transform as Transform,
    sum_rightmost as sum_rightmost,
)
from .vector import (
    L1BallTransform as L1BallTransform,
    OrderedTransform as OrderedTransform,
    SimplexToOrderedTransform as SimplexToOrderedTransform,
    StickBreakingTransform as StickBreakingTransform,
    ZeroSumTransform as ZeroSumTransform,
)
