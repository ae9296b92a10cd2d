"""Functions of elements that are compositions of others."""

import math

import numpy as np

from lightppl.autodiff import special, structural
from lightppl.autodiff.functions.table import implements, unsupported
from lightppl.autodiff.indexing import getitem
from lightppl.autodiff.operation import is_traced
from lightppl.autodiff.special_functions.table import power_series


@implements(np.deg2rad, np.radians)
def _deg2rad(x):
    return x * (np.pi / 180.0)


@implements(np.rad2deg, np.degrees)
def _rad2deg(x):
    return x * (180.0 / np.pi)


@implements(np.invert)
def _invert(x):
    return np.logical_not(x) if x.dtype.kind == "b" else -1 - x


@implements(np.float_power)
def _float_power(x1, x2):
    return np.power(x1 * 1.0, x2)


@implements(np.logaddexp2)
def _logaddexp2(x1, x2):
    return np.logaddexp(x1 * np.log(2.0), x2 * np.log(2.0)) / np.log(2.0)


@implements(np.signbit)
def _signbit(x):
    return np.where(np.equal(x, 0), 1.0 / x, x) < 0  # -0 has a sign too


@implements(np.copysign)
def _copysign(x1, x2):
    return np.where(np.signbit(x2), -1.0, 1.0) * np.abs(x1)


@implements(np.fmax)
def _fmax(x1, x2):
    return _skipping_nan(np.maximum, x1, x2)


@implements(np.fmin)
def _fmin(x1, x2):
    return _skipping_nan(np.minimum, x1, x2)


def _skipping_nan(extreme, x1, x2):
    """The extreme of two numbers; where one is NaN, the other."""
    first = np.where(np.isnan(x1), x2, x1)
    return extreme(first, np.where(np.isnan(x2), first, x2))


@implements(np.heaviside)
def _heaviside(x1, x2):
    step = np.where(np.equal(x1, 0), x2, np.where(np.greater(x1, 0), 1.0, 0.0))
    return np.where(np.isnan(x1), np.nan, step)


@implements(np.divmod)
def _divmod(x1, x2):
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


@implements(np.modf)
def _modf(x):
    return x - np.trunc(x), np.trunc(x)


@implements(np.fix)
def _fix(x):
    return np.trunc(x)


@implements(np.sinc)
def _sinc(x):
    """Near 0 by its series: the derivative of the quotient would cancel there."""
    y = np.pi * x
    is_near = np.abs(y) < 0.5
    near, far = np.where(is_near, y, 0.0), np.where(is_near, 1.0, y)
    series = power_series(near * near, _SINC)
    return np.where(is_near, series, np.sin(far) / far)


_SINC = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(8))


@implements(np.i0)
def _i0(x):
    return special.i0(x)


@implements(np.isin)
def _isin(element, test_elements):
    values = np.reshape(test_elements, (-1,))
    return np.any(np.equal(np.expand_dims(element, -1), values), axis=-1)


@implements(np.round, np.around)
def _round(a, decimals=0):
    if decimals == 0:
        return np.rint(a)
    return np.rint(a * 10.0**decimals) / 10.0**decimals


@implements(np.clip)
def _clip(a, a_min=None, a_max=None, min=None, max=None):
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


@implements(np.nan_to_num)
def _nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    limit = np.finfo(np.float64)
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, limit.max if posinf is None else posinf, x)
    return np.where(x == -np.inf, limit.min if neginf is None else neginf, x)


@implements(np.isclose)
def _isclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    a, b = structural.convert(a, "float64"), structural.convert(b, "float64")
    is_close = np.abs(a - b) <= atol + rtol * np.abs(b)
    is_close = is_close & np.isfinite(b) | np.equal(a, b)
    return is_close | (np.isnan(a) & np.isnan(b)) if equal_nan else is_close


@implements(np.allclose)
def _allclose(a, b, rtol=1e-5, atol=1e-8, equal_nan=False):
    return np.all(np.isclose(a, b, rtol, atol, equal_nan))


@implements(np.array_equal)
def _array_equal(a1, a2):
    return np.all(np.equal(a1, a2)) if np.shape(a1) == np.shape(a2) else False


implements(np.isposinf)(lambda x: x == np.inf)
implements(np.isneginf)(lambda x: x == -np.inf)


@implements(np.where)
def _where(condition, *choices):
    if not choices:
        raise unsupported(
            "np.where(condition) alone has no fixed shape, so that it cannot be recorded; "
            "np.where(condition, a, b) can"
        )
    return select_elements(condition, *choices)


select_elements = structural.Operation(
    "where",
    np.where,
    (
        None,
        lambda ans, c, x, y: lambda g: structural.sum_to_shape(np.where(c, g, 0.0), np.shape(x)),
        lambda ans, c, x, y: lambda g: structural.sum_to_shape(np.where(c, 0.0, g), np.shape(y)),
    ),
)


@implements(np.select)
def _select(condlist, choicelist, default=0.0):
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = np.where(condition, choice, result)
    return result


@implements(np.piecewise)
def _piecewise(x, condlist, funclist, *args, **kw):
    is_one = not isinstance(condlist, (list, tuple)) and np.ndim(condlist) == np.ndim(x)
    conditions = [condlist] if is_one else list(condlist)
    values = [f(x, *args, **kw) if callable(f) else f for f in funclist]
    if len(values) not in (len(conditions), len(conditions) + 1):
        raise ValueError(
            f"np.piecewise with {len(conditions)} conditions takes {len(conditions)} or "
            f"{len(conditions) + 1} functions, not {len(values)}."
        )
    result = values[-1] if len(values) > len(conditions) else 0.0
    for condition, value in zip(conditions, values):
        result = np.where(condition, value, result)
    return result


@implements(np.choose)
def _choose(a, choices):
    result = choices[-1]
    for k in reversed(range(len(choices) - 1)):
        result = np.where(np.equal(a, k), choices[k], result)
    return result


@implements(np.interp)
def _interp(x, xp, fp, left=None, right=None, period=None):
    if is_traced(xp) or period is not None:
        raise unsupported("np.interp of a traced xp, or with a period, cannot be recorded")
    xp = np.asarray(xp, dtype=np.float64)
    fp = fp if is_traced(fp) else np.asarray(fp, dtype=np.float64)
    if xp.size == 0:
        raise ValueError("array of sample points is empty")
    inside = _between_points(x, xp, fp) if xp.size > 1 else np.broadcast_to(fp[0], np.shape(x))
    inside = inside if left is None else np.where(x < xp[0], left, inside)
    return inside if right is None else np.where(x > xp[-1], right, inside)


def _between_points(x, xp, fp):
    cell = np.sum(structural.convert(np.expand_dims(x, -1) >= xp[1:-1], "int64"), axis=-1)
    width = np.diff(xp)
    # points may coincide: a cell without width counts at its left end
    slope = np.where(width > 0, 1.0 / np.where(width > 0, width, 1.0), 0.0)
    share = getitem(slope, cell) * (np.clip(x, xp[0], xp[-1]) - getitem(xp, cell))
    f0, f1 = getitem(fp, cell), getitem(fp, cell + 1)
    return np.where(x >= xp[-1], fp[-1], f0 + (f1 - f0) * share)
