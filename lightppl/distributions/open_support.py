"""Keeping draws off the edge of their support.

A draw is rounded.  Rounded onto the edge it has an infinite density (`Beta` with a concentration
below one), or no place in the unconstrained space where chains start.  So every draw is moved to
the nearest number that is inside the open set.
"""

import numpy as np

from lightppl.autodiff.operation import is_traced
from lightppl.distributions import constraints

_SMALLEST = np.finfo(np.float64).tiny
_LARGEST = np.finfo(np.float64).max
_SPACING = np.finfo(np.float64).eps


def keep_inside(support, draws):
    """Return draws, those on the edge of the support moved just inside.

    Parameters
    ----------
    support : Constraint or None
    draws : array

    Returns
    -------
    array

    Examples
    --------
    >>> bool(keep_inside(constraints.unit_interval, np.array(1.0)) < 1.0)
    True
    """
    while isinstance(support, constraints.Independent):
        support = support.base_constraint
    if support is None or support.is_discrete:
        return draws
    if isinstance(support, constraints.Real):
        return _finite(draws)
    if isinstance(support, constraints.Interval):
        inside = np.maximum(draws, _just_above(support.lower_bound))
        return np.minimum(inside, -_just_above(-support.upper_bound))
    if isinstance(support, constraints.GreaterThan):
        return np.minimum(np.maximum(draws, _just_above(support.lower_bound)), _LARGEST)
    if isinstance(support, constraints.LessThan):
        return np.maximum(np.minimum(draws, -_just_above(-support.upper_bound)), -_LARGEST)
    if isinstance(support, constraints.Simplex):
        return np.maximum(draws, _SMALLEST)
    if isinstance(support, (constraints.LowerCholesky, constraints.CorrCholesky)):
        diagonal = np.eye(np.shape(draws)[-1])
        return np.where(diagonal > 0.0, np.maximum(draws, _SMALLEST), draws)
    return draws


def _finite(draws):
    if not is_traced(draws) and np.all(np.isfinite(draws)):
        return draws
    return np.clip(draws, -_LARGEST, _LARGEST)


def _just_above(bound):
    return bound + (np.abs(bound) * _SPACING + _SMALLEST)
