"""Means, variances, quantiles, and sums that skip NaN."""

import numpy as np

from lightppl.autodiff import structural
from lightppl.autodiff.functions.reductions import along_one_axis, count_along, normalize_axes
from lightppl.autodiff.functions.table import implements, unsupported
from lightppl.autodiff.operation import is_traced


@implements(np.mean)
def _mean(a, axis=None, dtype=None, keepdims=False, where=True):
    _refuse_rounding(dtype)
    if where is True:
        return np.sum(a, axis=axis, keepdims=keepdims) / count_along(a, axis)
    weights = np.broadcast_to(where, np.shape(a)) * 1.0
    total = np.sum(np.where(where, a, 0.0), axis=axis, keepdims=keepdims)
    return total / np.sum(weights, axis=axis, keepdims=keepdims)


def _refuse_rounding(dtype):
    """Raise for a mean that NumPy would round to integers."""
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise unsupported(f"A mean of traced values with dtype={np.dtype(dtype)} has no meaning")


@implements(np.var)
def _var(a, axis=None, dtype=None, ddof=0, keepdims=False, correction=None):
    _refuse_rounding(dtype)
    deviation = a - np.mean(a, axis=axis, keepdims=True)
    total = np.sum(deviation**2, axis=axis, keepdims=keepdims)
    return total / (count_along(a, axis) - (ddof if correction is None else correction))


@implements(np.std)
def _std(a, axis=None, dtype=None, ddof=0, keepdims=False, correction=None):
    ddof = ddof if correction is None else correction
    return np.sqrt(np.var(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims))


@implements(np.average)
def _average(a, axis=None, weights=None, keepdims=False):
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        shape = tuple(n if k == axis % np.ndim(a) else 1 for k, n in enumerate(np.shape(a)))
        weights = np.broadcast_to(np.reshape(weights, shape), np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / total


@implements(np.ptp)
def _ptp(a, axis=None, keepdims=False):
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


@implements(np.nansum)
def _nansum(a, axis=None, dtype=None, keepdims=False):
    return np.sum(np.where(np.isnan(a), 0.0, a), axis=axis, dtype=dtype, keepdims=keepdims)


@implements(np.nanprod)
def _nanprod(a, axis=None, dtype=None, keepdims=False):
    return np.prod(np.where(np.isnan(a), 1.0, a), axis=axis, dtype=dtype, keepdims=keepdims)


@implements(np.nanmean)
def _nanmean(a, axis=None, dtype=None, keepdims=False):
    _refuse_rounding(dtype)
    count = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)
    return np.nansum(a, axis=axis, keepdims=keepdims) / count


@implements(np.nanvar)
def _nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False):
    _refuse_rounding(dtype)
    deviation = np.where(np.isnan(a), 0.0, a - np.nanmean(a, axis=axis, keepdims=True))
    count = np.sum(~np.isnan(a), axis=axis, keepdims=keepdims)
    return np.sum(deviation**2, axis=axis, keepdims=keepdims) / (count - ddof)


@implements(np.nanstd)
def _nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False):
    return np.sqrt(np.nanvar(a, axis=axis, dtype=dtype, ddof=ddof, keepdims=keepdims))


@implements(np.nanmax)
def _nanmax(a, axis=None, keepdims=False):
    return _extreme_of_numbers(np.max, -np.inf, a, axis, keepdims)


@implements(np.nanmin)
def _nanmin(a, axis=None, keepdims=False):
    return _extreme_of_numbers(np.min, np.inf, a, axis, keepdims)


def _extreme_of_numbers(extreme, worst, a, axis, keepdims):
    """The extreme of what is not NaN; NaN where nothing else is."""
    is_missing = np.isnan(a)
    found = extreme(np.where(is_missing, worst, a), axis=axis, keepdims=keepdims)
    return np.where(np.all(is_missing, axis=axis, keepdims=keepdims), np.nan, found)


@implements(np.quantile)
def _quantile(a, q, axis=None, method="linear", keepdims=False):
    if is_traced(q) or method != "linear":
        raise unsupported(f"np.quantile of traced q, or with method={method!r}, cannot be recorded")
    axes = normalize_axes(axis, np.ndim(a))
    kept = [k for k in range(np.ndim(a)) if k not in axes]
    if not all(np.shape(a)[k] for k in axes):
        raise unsupported("The median or a quantile of no elements")
    a = structural.convert(a, "float64")
    lines = np.reshape(np.transpose(a, [*kept, *axes]), [*(np.shape(a)[k] for k in kept), -1])
    ordered = np.sort(lines, axis=-1)
    position = np.asarray(q, dtype=np.float64) * (np.shape(ordered)[-1] - 1)
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.shape(ordered)[-1] - 1)
    low = ordered[..., below]
    result = low + (ordered[..., above] - low) * (position - below)
    result = np.moveaxis(result, range(len(kept), np.ndim(result)), range(np.ndim(position)))
    if keepdims:
        result = np.expand_dims(result, tuple(np.ndim(position) + k for k in axes))
    return result


@implements(np.percentile)
def _percentile(a, q, axis=None, method="linear", keepdims=False):
    return np.quantile(a, np.asarray(q) / 100.0, axis=axis, method=method, keepdims=keepdims)


@implements(np.median)
def _median(a, axis=None, keepdims=False):
    return np.quantile(a, 0.5, axis=axis, keepdims=keepdims)


@implements(np.nanquantile)
def _nanquantile(a, q, axis=None, method="linear", keepdims=False):
    if is_traced(q) or method != "linear":
        raise unsupported(f"np.nanquantile of traced q, or with method={method!r}")
    if np.ndim(q):
        parts = [np.nanquantile(a, x, axis=axis, keepdims=keepdims) for x in np.ravel(q)]
        return np.reshape(np.stack(parts), np.shape(q) + np.shape(parts[0]))
    axes = normalize_axes(axis, np.ndim(a))
    kept = [k for k in range(np.ndim(a)) if k not in axes]
    lines = np.reshape(np.transpose(a, [*kept, *axes]), [*(np.shape(a)[k] for k in kept), -1])
    ordered = np.sort(lines, axis=-1)  # NaN comes last
    position = q * np.maximum(np.sum(~np.isnan(lines), axis=-1, keepdims=True) - 1, 0)
    below = np.floor(position)
    low, high = (
        np.take_along_axis(ordered, np.astype(x, np.int64), axis=-1)
        for x in (below, np.ceil(position))
    )
    share = position - below
    result = np.where(np.equal(share, 0), low, low + (high - low) * share)[..., 0]
    return np.expand_dims(result, axes) if keepdims else result


@implements(np.nanpercentile)
def _nanpercentile(a, q, axis=None, method="linear", keepdims=False):
    return np.nanquantile(a, np.asarray(q) / 100.0, axis=axis, method=method, keepdims=keepdims)


@implements(np.nanmedian)
def _nanmedian(a, axis=None, keepdims=False):
    return np.nanquantile(a, 0.5, axis=axis, keepdims=keepdims)


@implements(np.cov)
def _cov(m, y=None, rowvar=True, bias=False, ddof=None):
    rows = _observations(m, rowvar)
    rows = rows if y is None else np.concatenate([rows, _observations(y, rowvar)])
    ddof = (0 if bias else 1) if ddof is None else ddof
    deviation = rows - np.mean(rows, axis=1, keepdims=True)
    return np.squeeze(deviation @ deviation.T / (np.shape(rows)[1] - ddof))


def _observations(m, rowvar):
    m = np.atleast_2d(m)
    return m if rowvar or np.shape(m)[0] == 1 else np.transpose(m)


@implements(np.corrcoef)
def _corrcoef(x, y=None, rowvar=True):
    covariance = np.cov(x, y, rowvar)
    scale = np.sqrt(np.diagonal(covariance))
    return covariance / (scale[:, None] * scale[None, :])


@implements(np.trapezoid)
def _trapezoid(y, x=None, dx=1.0, axis=-1):
    y, axis = along_one_axis(y, axis)
    head = (slice(None),) * axis
    if x is not None:
        dx = np.diff(x) if np.ndim(x) == 1 else np.diff(x, axis=axis)
        if np.ndim(x) == 1:
            dx = np.reshape(dx, (-1,) + (1,) * (np.ndim(y) - axis - 1))
    means = (y[head + (slice(1, None),)] + y[head + (slice(None, -1),)]) / 2.0
    return np.sum(dx * means, axis=axis)


@implements(np.bincount)
def _bincount(x, weights=None, minlength=0):
    if is_traced(x):
        raise unsupported("np.bincount of a traced index has no fixed length; it")
    length = max(int(np.max(x, initial=-1)) + 1, minlength)
    return np.sum(np.where(np.arange(length)[:, None] == np.asarray(x), weights, 0.0), axis=1)
