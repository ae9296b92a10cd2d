"""Differences and slopes of sampled functions."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lightppl.autodiff.functions.table import implements, unsupported
from lightppl.autodiff.special import stop_gradient


@implements(np.diff)
def _diff(a, n=1, axis=-1):
    head = (slice(None),) * int(normalize_axis_index(axis, np.ndim(a)))
    for _ in range(n):
        after, before = a[head + (slice(1, None),)], a[head + (slice(None, -1),)]
        a = np.not_equal(after, before) if a.dtype.kind == "b" else after - before
    return a


@implements(np.ediff1d)
def _ediff1d(ary):
    return np.diff(np.ravel(ary))


@implements(np.gradient)
def _gradient(f, *varargs, axis=None, edge_order=1):
    axes = range(np.ndim(f)) if axis is None else np.atleast_1d(axis)
    axes = [int(normalize_axis_index(int(k), np.ndim(f))) for k in axes]
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    if len(spacings) != len(axes) or edge_order not in (1, 2):
        raise unsupported(f"np.gradient with {len(varargs)} spacings for {len(axes)} axes")
    slopes = [_slope(f, h, k, edge_order) for h, k in zip(spacings, axes)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f, spacing, axis, edge_order):
    """Differences of second order inside; at the edges of first or second order."""
    f = np.moveaxis(f, axis, -1)
    count = np.shape(f)[-1]
    if count < edge_order + 1:
        raise ValueError("np.gradient needs at least edge_order + 1 elements along an axis.")
    steps = np.diff(spacing) if np.ndim(spacing) else spacing * np.ones(count - 1)
    rises = (f[..., 1:] - f[..., :-1]) / steps
    before, after = steps[:-1], steps[1:]
    inner = (rises[..., :-1] * after + rises[..., 1:] * before) / (before + after)
    first, last = rises[..., :1], rises[..., -1:]
    if edge_order == 2:
        first = first - (rises[..., 1:2] - first) * steps[0] / (steps[0] + steps[1])
        last = last + (last - rises[..., -2:-1]) * steps[-1] / (steps[-1] + steps[-2])
    return np.moveaxis(np.concatenate([first, inner, last], axis=-1), -1, axis)


@implements(np.unwrap)
def _unwrap(p, discont=None, axis=-1, period=2 * np.pi):
    """What is added are whole periods, which do not change with p."""
    axis = int(normalize_axis_index(axis, np.ndim(p)))
    head = (slice(None),) * axis
    jumps = stop_gradient(np.diff(p, axis=axis))
    half = 0.5 * period
    wrapped = np.remainder(jumps + half, period) - half
    wrapped = np.where(np.equal(wrapped, -half) & (jumps > 0), half, wrapped)
    limit = half if discont is None else max(discont, half)
    added = np.cumsum(np.where(np.abs(jumps) < limit, 0.0, wrapped - jumps), axis=axis)
    rest = p[head + (slice(1, None),)] + added
    return np.concatenate([p[head + (slice(None, 1),)], rest], axis=axis)
