"""Sums, products, extremes along axes, and running ones."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from lightppl.autodiff import special, structural
from lightppl.autodiff.functions.table import implements, unsupported


def reduce_ufunc(ufunc, method, *inputs, **kwargs):
    """Apply ``ufunc.reduce``, ``.accumulate`` or ``.outer`` to traced arrays."""
    if method == "outer":
        a, b = inputs
        return ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)
    known = {"reduce": REDUCTIONS, "accumulate": ACCUMULATIONS}.get(method, {}).get(ufunc)
    if known is None:
        raise unsupported(f"np.{ufunc.__name__}.{method} cannot be applied to a traced value")
    return known(*inputs, **{"axis": 0, **kwargs})


def normalize_axes(axis, ndim):
    """Return `axis` (None, int or tuple) as a sorted tuple of non-negative ints."""
    if axis is None or _is_of_number(axis, ndim):
        return tuple(range(ndim))
    return tuple(sorted(normalize_axis_tuple(axis, ndim)))


def _is_of_number(axis, ndim):
    """Whether a number is reduced along its only row, which NumPy allows."""
    return ndim == 0 and not isinstance(axis, tuple) and axis in (0, -1)


def count_along(a, axis):
    """Return how many elements of `a` each element of a reduction over `axis` sees, as a float."""
    axes = normalize_axes(axis, np.ndim(a))
    return np.prod([np.shape(a)[k] for k in axes], dtype=np.float64)


def along_one_axis(a, axis):
    """Return an array and a non-negative axis; the flat array for None."""
    if axis is None or _is_of_number(axis, np.ndim(a)):
        return np.ravel(a), 0
    return a, int(normalize_axis_index(axis, np.ndim(a)))


def _reduced(operation, a, axis, keepdims):
    axes = normalize_axes(axis, np.ndim(a))
    result = operation(a, axes=axes) if axes else a
    return _with_kept(result, a, axes) if keepdims and axes else result


def _with_kept(result, a, axes):
    kept = tuple(1 if k in axes else n for k, n in enumerate(np.shape(a)))
    return np.reshape(result, kept)


@implements(np.sum)
def _sum(a, axis=None, dtype=None, keepdims=False, initial=0, where=True):
    a = _summed_as(a, dtype)
    a = a if where is True else np.where(where, a, 0)
    total = _reduced(structural.sum_, a, axis, keepdims)
    return total if initial is np._NoValue or np.equal(initial, 0) else total + initial


def _summed_as(a, dtype):
    """Return `a` in the dtype in which it is summed or multiplied; truths become integers."""
    if dtype is None:
        return structural.convert(a, "int64") if a.dtype.kind in "bi" else a
    if np.dtype(dtype).kind == "b":
        raise unsupported("A sum of traced values with dtype=bool", "use np.any")
    return np.astype(a, dtype)


@implements(np.prod)
def _prod(a, axis=None, dtype=None, keepdims=False, where=True):
    a = a if dtype is None else np.astype(a, dtype)
    axes = normalize_axes(axis, np.ndim(a))
    result = a = a if where is True else np.where(where, a, 1.0)
    for k in reversed(axes):
        result = structural.prod(result, axes=(k,))
    return _with_kept(result, a, axes) if keepdims and axes else result


@implements(np.max, np.amax)
def _max(a, axis=None, keepdims=False, initial=None, where=True):
    a = a if where is True else np.where(where, a, initial)
    result = _reduced(structural.max_, a, axis, keepdims)
    return result if initial in (None, np._NoValue) else np.maximum(result, initial)


@implements(np.min, np.amin)
def _min(a, axis=None, keepdims=False, initial=None, where=True):
    a = a if where is True else np.where(where, a, initial)
    result = _reduced(structural.min_, a, axis, keepdims)
    return result if initial in (None, np._NoValue) else np.minimum(result, initial)


@implements(np.all)
def _all(a, axis=None, keepdims=False):
    return _reduced(structural.all_, _truth_of(a), axis, keepdims)


@implements(np.any)
def _any(a, axis=None, keepdims=False):
    return _reduced(structural.any_, _truth_of(a), axis, keepdims)


def _truth_of(a):
    return a if a.dtype.kind == "b" else np.not_equal(a, 0)


@implements(np.count_nonzero)
def _count_nonzero(a, axis=None, keepdims=False):
    return np.sum(np.not_equal(a, 0), axis=axis, keepdims=keepdims)


@implements(np.argmax)
def _argmax(a, axis=None, keepdims=False):
    flat, k = along_one_axis(a, axis)
    result = structural.argmax(flat, axis=k)
    return _with_kept(result, a, normalize_axes(axis, np.ndim(a))) if keepdims else result


@implements(np.argmin)
def _argmin(a, axis=None, keepdims=False):
    opposite = np.logical_not(a) if a.dtype.kind == "b" else -a
    return np.argmax(opposite, axis=axis, keepdims=keepdims)


@implements(np.nanargmax)
def _nanargmax(a, axis=None, keepdims=False):
    return np.argmax(np.where(np.isnan(a), -np.inf, a), axis=axis, keepdims=keepdims)


@implements(np.nanargmin)
def _nanargmin(a, axis=None, keepdims=False):
    return np.argmin(np.where(np.isnan(a), np.inf, a), axis=axis, keepdims=keepdims)


@implements(np.cumsum)
def _cumsum(a, axis=None, dtype=None):
    a, axis = along_one_axis(a, axis)
    a = _summed_as(a, dtype)
    return structural.cumsum(a, axis=axis)


@implements(np.cumprod)
def _cumprod(a, axis=None, dtype=None):
    a, axis = along_one_axis(a, axis)
    a = a if dtype is None else np.astype(a, dtype)
    return structural.cumprod(a, axis=axis)


@implements(np.nancumsum)
def _nancumsum(a, axis=None, dtype=None):
    return np.cumsum(np.where(np.isnan(a), 0.0, a), axis=axis, dtype=dtype)


@implements(np.nancumprod)
def _nancumprod(a, axis=None, dtype=None):
    return np.cumprod(np.where(np.isnan(a), 1.0, a), axis=axis, dtype=dtype)


@implements(np.cumulative_sum)
def _cumulative_sum(x, axis=None, dtype=None, include_initial=False):
    return _cumulative(x, axis, dtype, include_initial, np.cumsum, 0.0)


@implements(np.cumulative_prod)
def _cumulative_prod(x, axis=None, dtype=None, include_initial=False):
    return _cumulative(x, axis, dtype, include_initial, np.cumprod, 1.0)


def _cumulative(x, axis, dtype, include_initial, accumulate, first):
    axis = 0 if axis is None else int(normalize_axis_index(axis, np.ndim(x)))
    result = accumulate(x, axis=axis, dtype=dtype)
    if not include_initial:
        return result
    shape = tuple(1 if k == axis else n for k, n in enumerate(np.shape(x)))
    return np.concatenate([np.full(shape, first), result], axis=axis)


def _cumulative_extreme(a, axis, larger):
    """Running maxima by doubling: log2(n) steps, each looking twice as far back."""
    a, axis = along_one_axis(a, axis)
    n, width = np.shape(a)[axis], 1
    head = (slice(None),) * axis
    while width < n:
        moved = larger(a[head + (slice(width, None),)], a[head + (slice(None, -width),)])
        a = np.concatenate([a[head + (slice(None, width),)], moved], axis=axis)
        width *= 2
    return a


def _accumulate_max(a, axis=0):
    return _cumulative_extreme(a, axis, np.maximum)


def _accumulate_min(a, axis=0):
    return _cumulative_extreme(a, axis, np.minimum)


def _accumulate_logaddexp(a, axis=0):
    a, axis = along_one_axis(a, axis)
    return special.logcumsumexp(structural.convert(a, "float64"), axis=axis)


def _fmax_reduce(a, axis=0, keepdims=False):
    return np.nanmax(a, axis=axis, keepdims=keepdims)


def _fmin_reduce(a, axis=0, keepdims=False):
    return np.nanmin(a, axis=axis, keepdims=keepdims)


def _logaddexp_reduce(a, axis=0, keepdims=False):
    return special.logsumexp(a, axis=axis, keepdims=keepdims)


REDUCTIONS = {
    np.add: _sum, np.multiply: _prod, np.maximum: _max, np.minimum: _min,
    np.fmax: _fmax_reduce, np.fmin: _fmin_reduce,
    np.logical_and: _all, np.logical_or: _any, np.logaddexp: _logaddexp_reduce,
}
ACCUMULATIONS = {
    np.add: _cumsum, np.multiply: _cumprod, np.maximum: _accumulate_max,
        np.minimum: _accumulate_min, np.logaddexp: _accumulate_logaddexp,
}
