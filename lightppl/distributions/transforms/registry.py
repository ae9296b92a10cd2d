"""`biject_to`: from a constraint to the transform that takes the reals onto it.

Users add their own sets::

    @biject_to.register(MyConstraint)
    def _(constraint):
        return MyTransform(constraint.bound)
"""

from lightppl.distributions import constraints, transforms


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
    return transforms.IdentityTransform()


@biject_to.register(constraints.Independent)
def _independent(constraint):
    return transforms.IndependentTransform(
        biject_to(constraint.base_constraint), constraint.reinterpreted_batch_ndims
    )


@biject_to.register(constraints.Cat)
def _cat(constraint):
    parts = [biject_to(part) for part in constraint.cseq]
    return transforms.CatTransform(parts, constraint.dim, constraint.lengths)


@biject_to.register(constraints.Positive)
@biject_to.register(constraints.Nonnegative)
def _positive(constraint):
    return transforms.ExpTransform()


@biject_to.register(constraints.SoftplusPositive)
def _softplus_positive(constraint):
    return transforms.SoftplusTransform()


@biject_to.register(constraints.GreaterThan)
def _greater_than(constraint):
    shift = transforms.AffineTransform(constraint.lower_bound, 1.0, domain=constraints.positive)
    return transforms.ComposeTransform([transforms.ExpTransform(), shift])


@biject_to.register(constraints.LessThan)
def _less_than(constraint):
    shift = transforms.AffineTransform(constraint.upper_bound, -1.0, domain=constraints.positive)
    return transforms.ComposeTransform([transforms.ExpTransform(), shift])


@biject_to.register(constraints.UnitInterval)
def _unit_interval(constraint):
    return transforms.SigmoidTransform()


@biject_to.register(constraints.Interval)
def _interval(constraint):
    width = constraint.upper_bound - constraint.lower_bound
    stretch = transforms.AffineTransform(
        constraint.lower_bound, width, domain=constraints.unit_interval
    )
    return transforms.ComposeTransform([transforms.SigmoidTransform(), stretch])


@biject_to.register(constraints.Complex)
def _complex(constraint):
    return transforms.ComplexTransform()


@biject_to.register(constraints.Simplex)
def _simplex(constraint):
    return transforms.StickBreakingTransform()


@biject_to.register(constraints.OrderedVector)
def _ordered_vector(constraint):
    return transforms.OrderedTransform()


@biject_to.register(constraints.PositiveOrderedVector)
def _positive_ordered_vector(constraint):
    return transforms.ComposeTransform([transforms.OrderedTransform(), transforms.ExpTransform()])


@biject_to.register(constraints.L1Ball)
def _l1_ball(constraint):
    return transforms.L1BallTransform()


@biject_to.register(constraints.ZeroSum)
def _zero_sum(constraint):
    return transforms.ZeroSumTransform(constraint.event_dim)


@biject_to.register(constraints.LowerCholesky)
def _lower_cholesky(constraint):
    return transforms.LowerCholeskyTransform()


@biject_to.register(constraints.ScaledUnitLowerCholesky)
def _scaled_unit_lower_cholesky(constraint):
    return transforms.ScaledUnitLowerCholeskyTransform()


@biject_to.register(constraints.SoftplusLowerCholesky)
def _softplus_lower_cholesky(constraint):
    return transforms.SoftplusLowerCholeskyTransform()


@biject_to.register(constraints.PositiveDefinite)
def _positive_definite(constraint):
    factor, square = transforms.LowerCholeskyTransform(), transforms.CholeskyTransform().inv
    return transforms.ComposeTransform([factor, square])


@biject_to.register(constraints.CorrCholesky)
def _corr_cholesky(constraint):
    return transforms.CorrCholeskyTransform()


@biject_to.register(constraints.CorrMatrix)
def _corr_matrix(constraint):
    factor = transforms.CorrCholeskyTransform()
    return transforms.ComposeTransform([factor, transforms.CorrMatrixCholeskyTransform().inv])
