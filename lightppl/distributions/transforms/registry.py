"""`biject_to`: from a constraint to the transform that takes the reals onto it.

Users add their own sets::

    @biject_to.register(MyConstraint)
    def _(constraint):
        return MyTransform(constraint.bound)
"""

from lightppl.distributions import constraints
from lightppl.distributions.transforms.compose import (
    CatTransform,
    ComposeTransform,
    IndependentTransform,
)
from lightppl.distributions.transforms.matrix import (
    CholeskyTransform,
    CorrCholeskyTransform,
    CorrMatrixCholeskyTransform,
    LowerCholeskyTransform,
    ScaledUnitLowerCholeskyTransform,
    SoftplusLowerCholeskyTransform,
)
from lightppl.distributions.transforms.scalar import (
    AffineTransform,
    ExpTransform,
    SigmoidTransform,
    SoftplusTransform,
)
from lightppl.distributions.transforms.sequence import ComplexTransform
from lightppl.distributions.transforms.transform import IdentityTransform
from lightppl.distributions.transforms.vector import (
    L1BallTransform,
    OrderedTransform,
    StickBreakingTransform,
    ZeroSumTransform,
)


class ConstraintRegistry:
    """A table from classes of constraints to makers of transforms.

    Examples
    --------
    >>> biject_to(constraints.positive)
    ExpTransform(domain=Real())
    """

    def __init__(self):
        self._factories = {}

    def register(self, constraint, factory=None):
        """Enter a maker of transforms; usable as a decorator.

        Parameters
        ----------
        constraint : Constraint or subclass of it
        factory : callable, optional
            Constraint -> Transform.
        """
        if factory is None:
            return lambda factory: self.register(constraint, factory)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, constraints.Constraint)):
            raise TypeError(
                f"Expected a constraint or a class of constraints, found {constraint!r}."
            )
        self._factories[kind] = factory
        return factory

    def __call__(self, constraint):
        """Return the transform from unconstrained arrays onto `constraint`."""
        for kind in () if constraint.is_discrete else type(constraint).__mro__:
            if kind in self._factories:
                return self._factories[kind](constraint)
        raise NotImplementedError(
            f"No transform onto {constraint!r} is known; add one with biject_to.register."
        )


biject_to = ConstraintRegistry()


@biject_to.register(constraints.Real)
def _identity(constraint):
    return IdentityTransform()


@biject_to.register(constraints.Independent)
def _independent(constraint):
    return IndependentTransform(
        biject_to(constraint.base_constraint), constraint.reinterpreted_batch_ndims
    )


@biject_to.register(constraints.Cat)
def _cat(constraint):
    parts = [biject_to(part) for part in constraint.cseq]
    return CatTransform(parts, constraint.dim, constraint.lengths)


@biject_to.register(constraints.Positive)
@biject_to.register(constraints.Nonnegative)
def _positive(constraint):
    return ExpTransform()


@biject_to.register(constraints.SoftplusPositive)
def _softplus_positive(constraint):
    return SoftplusTransform()


@biject_to.register(constraints.GreaterThan)
def _greater_than(constraint):
    shift = AffineTransform(constraint.lower_bound, 1.0, domain=constraints.positive)
    return ComposeTransform([ExpTransform(), shift])


@biject_to.register(constraints.LessThan)
def _less_than(constraint):
    shift = AffineTransform(constraint.upper_bound, -1.0, domain=constraints.positive)
    return ComposeTransform([ExpTransform(), shift])


@biject_to.register(constraints.UnitInterval)
def _unit_interval(constraint):
    return SigmoidTransform()


@biject_to.register(constraints.Interval)
def _interval(constraint):
    width = constraint.upper_bound - constraint.lower_bound
    stretch = AffineTransform(constraint.lower_bound, width, domain=constraints.unit_interval)
    return ComposeTransform([SigmoidTransform(), stretch])


@biject_to.register(constraints.Complex)
def _complex(constraint):
    return ComplexTransform()


@biject_to.register(constraints.Simplex)
def _simplex(constraint):
    return StickBreakingTransform()


@biject_to.register(constraints.OrderedVector)
def _ordered_vector(constraint):
    return OrderedTransform()


@biject_to.register(constraints.PositiveOrderedVector)
def _positive_ordered_vector(constraint):
    return ComposeTransform([OrderedTransform(), ExpTransform()])


@biject_to.register(constraints.L1Ball)
def _l1_ball(constraint):
    return L1BallTransform()


@biject_to.register(constraints.ZeroSum)
def _zero_sum(constraint):
    return ZeroSumTransform(constraint.event_dim)


@biject_to.register(constraints.LowerCholesky)
def _lower_cholesky(constraint):
    return LowerCholeskyTransform()


@biject_to.register(constraints.ScaledUnitLowerCholesky)
def _scaled_unit_lower_cholesky(constraint):
    return ScaledUnitLowerCholeskyTransform()


@biject_to.register(constraints.SoftplusLowerCholesky)
def _softplus_lower_cholesky(constraint):
    return SoftplusLowerCholeskyTransform()


@biject_to.register(constraints.PositiveDefinite)
def _positive_definite(constraint):
    return ComposeTransform([LowerCholeskyTransform(), CholeskyTransform().inv])


@biject_to.register(constraints.CorrCholesky)
def _corr_cholesky(constraint):
    return CorrCholeskyTransform()


@biject_to.register(constraints.CorrMatrix)
def _corr_matrix(constraint):
    return ComposeTransform([CorrCholeskyTransform(), CorrMatrixCholeskyTransform().inv])
