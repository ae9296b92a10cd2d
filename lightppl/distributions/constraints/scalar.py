"""Sets of numbers, then sets of integers."""

import math

import numpy as np

from lightppl.distributions.constraints.constraint import Constraint


class Real(Constraint):
    """Finite numbers."""

    def __call__(self, x):
        return np.isfinite(x)

    def feasible_like(self, prototype):
        return np.zeros(np.shape(prototype))


class Complex(Constraint):
    """Finite complex numbers."""

    def __call__(self, x):
        return np.isfinite(x)

    def feasible_like(self, prototype):
        return np.zeros(np.shape(prototype), dtype=np.complex128)


class GreaterThan(Constraint):
    """Numbers above `lower_bound`.

    Parameters
    ----------
    lower_bound : array_like
    """

    _parameters = ("lower_bound",)

    def __init__(self, lower_bound):
        self.lower_bound = lower_bound

    def __call__(self, x):
        return np.logical_and(np.greater(x, self.lower_bound), np.less(x, np.inf))

    def feasible_like(self, prototype):
        return _above(self.lower_bound) + np.zeros(np.shape(prototype))


class GreaterThanEq(GreaterThan):
    """Numbers not below `lower_bound`."""

    def __call__(self, x):
        return np.logical_and(np.greater_equal(x, self.lower_bound), np.less(x, np.inf))


class Positive(GreaterThan):
    """Numbers above zero."""

    _parameters = ()

    def __init__(self):
        super().__init__(0.0)


class Nonnegative(GreaterThanEq):
    """Numbers not below zero."""

    _parameters = ()

    def __init__(self):
        super().__init__(0.0)


class SoftplusPositive(Positive):
    """Numbers above zero, reached through softplus instead of exp."""


class LessThan(Constraint):
    """Numbers below `upper_bound`.

    Parameters
    ----------
    upper_bound : array_like
    """

    _parameters = ("upper_bound",)

    def __init__(self, upper_bound):
        self.upper_bound = upper_bound

    def __call__(self, x):
        return np.logical_and(np.less(x, self.upper_bound), np.greater(x, -np.inf))

    def feasible_like(self, prototype):
        return -_above(-self.upper_bound) + np.zeros(np.shape(prototype))


class LessThanEq(LessThan):
    """Numbers not above `upper_bound`."""

    def __call__(self, x):
        return np.logical_and(np.less_equal(x, self.upper_bound), np.greater(x, -np.inf))


class Interval(Constraint):
    """Numbers from `lower_bound` to `upper_bound`, both included.

    Parameters
    ----------
    lower_bound, upper_bound : array_like
    """

    _parameters = ("lower_bound", "upper_bound")

    def __init__(self, lower_bound, upper_bound):
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def __call__(self, x):
        above = np.greater_equal(x, self.lower_bound)
        return np.logical_and(above, np.less_equal(x, self.upper_bound))

    def feasible_like(self, prototype):
        middle = 0.5 * self.lower_bound + 0.5 * self.upper_bound
        return middle + np.zeros(np.shape(prototype))


class OpenInterval(Interval):
    """Numbers strictly between `lower_bound` and `upper_bound`."""

    def __call__(self, x):
        above = np.greater(x, self.lower_bound)
        return np.logical_and(above, np.less(x, self.upper_bound))


class UnitInterval(Interval):
    """Numbers from 0 to 1."""

    _parameters = ()

    def __init__(self):
        super().__init__(0.0, 1.0)


class Circular(Interval):
    """Angles from -pi to pi."""

    _parameters = ()

    def __init__(self):
        super().__init__(-math.pi, math.pi)


def _above(bound):
    # a point above the bound that does not round to it
    return bound + 1.0 + np.abs(bound)


# ---- sets of integers --------------------------------------------------------------------------


class Boolean(Constraint):
    """0 and 1."""

    is_discrete = True

    def __call__(self, x):
        return np.logical_or(np.equal(x, 0), np.equal(x, 1))

    def feasible_like(self, prototype):
        return np.zeros(np.shape(prototype), dtype=np.int64)


class IntegerInterval(Interval):
    """Integers from `lower_bound` to `upper_bound`, both included."""

    is_discrete = True

    def __call__(self, x):
        return np.logical_and(super().__call__(x), _is_whole(x))

    def feasible_like(self, prototype):
        return self.lower_bound + np.zeros(np.shape(prototype), dtype=np.int64)


class IntegerGreaterThan(Constraint):
    """Integers not below `lower_bound` (as in NumPyro, the bound itself is included).

    Parameters
    ----------
    lower_bound : array_like
    """

    is_discrete = True
    _parameters = ("lower_bound",)

    def __init__(self, lower_bound):
        self.lower_bound = lower_bound

    def __call__(self, x):
        return np.logical_and(np.greater_equal(x, self.lower_bound), _is_whole(x))

    def feasible_like(self, prototype):
        return self.lower_bound + np.zeros(np.shape(prototype), dtype=np.int64)


class NonnegativeInteger(IntegerGreaterThan):
    """Integers from 0."""

    _parameters = ()

    def __init__(self):
        super().__init__(0)


class PositiveInteger(IntegerGreaterThan):
    """Integers from 1."""

    _parameters = ()

    def __init__(self):
        super().__init__(1)


def _is_whole(x):
    # infinity minus its floor is NaN, and NaN compares false: infinity is no integer
    with np.errstate(invalid="ignore"):
        return np.equal(np.subtract(x, np.floor(x)), 0)
