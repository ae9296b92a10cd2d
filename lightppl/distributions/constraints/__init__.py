"""Supports and parameter domains as predicates on arrays, under NumPyro's names.

A constraint is called with an array and answers, for every event in it, whether the event lies in
the set; events span `event_dim` trailing axes.  Constraints work on plain and on traced arrays, and
`lightppl.distributions.biject_to` maps the reals onto them.

Reading order: `constraint` (the contract), `scalar` (numbers and integers), `vector` (vectors and
matrices).  A lower-case name is either one set (``positive``) or makes one (``interval(0, 2)``).
"""

from lightppl.distributions.constraints.constraint import (
    Cat,
    Constraint,
    Dependent,
    Independent,
    dependent_property,
    is_dependent,
)
from lightppl.distributions.constraints.scalar import (
    Boolean,
    Circular,
    Complex,
    GreaterThan,
    GreaterThanEq,
    IntegerGreaterThan,
    IntegerInterval,
    Interval,
    LessThan,
    LessThanEq,
    Nonnegative,
    NonnegativeInteger,
    OpenInterval,
    Positive,
    PositiveInteger,
    Real,
    SoftplusPositive,
    UnitInterval,
)
from lightppl.distributions.constraints.vector import (
    CorrCholesky,
    CorrMatrix,
    L1Ball,
    LowerCholesky,
    Multinomial,
    OrderedVector,
    PositiveDefinite,
    PositiveDefiniteCirculantVector,
    PositiveOrderedVector,
    PositiveSemidefinite,
    ScaledUnitLowerCholesky,
    Simplex,
    SoftplusLowerCholesky,
    Sphere,
    ZeroSum,
)

dependent = Dependent()
independent = Independent
cat = Cat

real = Real()
real_vector = Independent(real, 1)
real_matrix = Independent(real, 2)
complex = Complex()
positive = Positive()
nonnegative = Nonnegative()
softplus_positive = SoftplusPositive()
unit_interval = UnitInterval()
circular = Circular()
greater_than = GreaterThan
greater_than_eq = GreaterThanEq
less_than = LessThan
less_than_eq = LessThanEq
interval = Interval
open_interval = OpenInterval

boolean = Boolean()
nonnegative_integer = NonnegativeInteger()
positive_integer = PositiveInteger()
integer_interval = IntegerInterval
integer_greater_than = IntegerGreaterThan

simplex = Simplex()
ordered_vector = OrderedVector()
positive_ordered_vector = PositiveOrderedVector()
multinomial = Multinomial
l1_ball = L1Ball()
sphere = Sphere()
zero_sum = ZeroSum
positive_definite_circulant_vector = PositiveDefiniteCirculantVector()

lower_cholesky = LowerCholesky()
scaled_unit_lower_cholesky = ScaledUnitLowerCholesky()
softplus_lower_cholesky = SoftplusLowerCholesky()
corr_cholesky = CorrCholesky()
corr_matrix = CorrMatrix()
positive_definite = PositiveDefinite()
positive_semidefinite = PositiveSemidefinite()

__all__ = [
    "Boolean",
    "Cat",
    "Circular",
    "Complex",
    "Constraint",
    "CorrCholesky",
    "CorrMatrix",
    "Dependent",
    "GreaterThan",
    "GreaterThanEq",
    "Independent",
    "IntegerGreaterThan",
    "IntegerInterval",
    "Interval",
    "L1Ball",
    "LessThan",
    "LessThanEq",
    "LowerCholesky",
    "Multinomial",
    "Nonnegative",
    "NonnegativeInteger",
    "OpenInterval",
    "OrderedVector",
    "Positive",
    "PositiveDefinite",
    "PositiveDefiniteCirculantVector",
    "PositiveInteger",
    "PositiveOrderedVector",
    "PositiveSemidefinite",
    "Real",
    "ScaledUnitLowerCholesky",
    "Simplex",
    "SoftplusLowerCholesky",
    "SoftplusPositive",
    "Sphere",
    "UnitInterval",
    "ZeroSum",
    "boolean",
    "cat",
    "circular",
    "complex",
    "corr_cholesky",
    "corr_matrix",
    "dependent",
    "dependent_property",
    "greater_than",
    "greater_than_eq",
    "independent",
    "integer_greater_than",
    "integer_interval",
    "interval",
    "is_dependent",
    "l1_ball",
    "less_than",
    "less_than_eq",
    "lower_cholesky",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "open_interval",
    "ordered_vector",
    "positive",
    "positive_definite",
    "positive_definite_circulant_vector",
    "positive_integer",
    "positive_ordered_vector",
    "positive_semidefinite",
    "real",
    "real_matrix",
    "real_vector",
    "scaled_unit_lower_cholesky",
    "simplex",
    "softplus_lower_cholesky",
    "softplus_positive",
    "sphere",
    "unit_interval",
    "zero_sum",
]
