"""Operations that move, select, reduce and contract arrays: the closed set that NumPy functions
become.

Every one takes arrays as positional arguments and static facts (axes, shapes, bounds) as keywords,
so that a recorded call is a node with inputs and attributes.  Users never call these; `functions`
do.
"""

import numpy as np

from lightppl.autodiff.operation import Operation, is_traced


def _reshape_vjp(ans, x, *, shape):
    return lambda g: reshape(g, shape=np.shape(x))


reshape = Operation("reshape", lambda x, *, shape: np.reshape(x, shape), (_reshape_vjp,))

transpose = Operation(
    "transpose",
    lambda x, *, axes: np.transpose(x, axes),
    (lambda ans, x, *, axes: lambda g: transpose(g, axes=tuple(int(a) for a in np.argsort(axes))),),
)


def _broadcast_to_vjp(ans, x, *, shape):
    return lambda g: sum_to_shape(g, np.shape(x))


broadcast_to = Operation(
    "broadcast_to", lambda x, *, shape: np.broadcast_to(x, shape), (_broadcast_to_vjp,)
)


def sum_to_shape(g, shape):
    """Return `g` summed over the axes along which `shape` was broadcast.

    Parameters
    ----------
    g : array
    shape : tuple of int
        Broadcasts to ``g.shape``.
    """
    found = np.shape(g)
    if found == tuple(shape):
        return g
    extra = len(found) - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + k for k, size in enumerate(shape) if size == 1 and found[extra + k] != 1
    )
    total = sum_(g, axes=axes) if axes else g
    return reshape(total, shape=tuple(shape)) if np.shape(total) != tuple(shape) else total


def _sum_vjp(ans, x, *, axes):
    return lambda g: spread(g, np.shape(x), axes)


def spread(g, shape, axes):
    """Return `g`, reduced over `axes`, broadcast back to `shape`."""
    kept = tuple(1 if k in axes else size for k, size in enumerate(shape))
    return broadcast_to(reshape(g, shape=kept) if np.shape(g) != kept else g, shape=tuple(shape))


sum_ = Operation("sum", lambda x, *, axes: np.sum(x, axis=axes), (_sum_vjp,))


def _extremum_vjp(ans, x, *, axes):
    def vjp(g):
        chosen = np.equal(x, spread(ans, np.shape(x), axes)) * 1.0
        share = chosen / spread(np.sum(chosen, axis=axes), np.shape(x), axes)
        return share * spread(g, np.shape(x), axes)

    return vjp


max_ = Operation("max", lambda x, *, axes: np.max(x, axis=axes), (_extremum_vjp,))
min_ = Operation("min", lambda x, *, axes: np.min(x, axis=axes), (_extremum_vjp,))
all_ = Operation("all", lambda x, *, axes: np.all(x, axis=axes), (None,))
any_ = Operation("any", lambda x, *, axes: np.any(x, axis=axes), (None,))


def _prod_vjp(ans, x, *, axes):
    def vjp(g):
        rest = np.concatenate([_products_of_others(x, axis) for axis in axes[:1]])
        return spread(g, np.shape(x), axes) * rest

    return vjp


def _products_of_others(x, axis):
    ones = np.ones(tuple(1 if k == axis else n for k, n in enumerate(np.shape(x))))
    head = (slice(None),) * axis
    before = np.cumprod(np.concatenate([ones, x[head + (slice(None, -1),)]], axis=axis), axis=axis)
    back = (slice(None, None, -1),)
    tail = x[head + (slice(1, None),)][head + back]
    after = np.cumprod(np.concatenate([ones, tail], axis=axis), axis=axis)[head + back]
    return before * after


prod = Operation("prod", lambda x, *, axes: np.prod(x, axis=axes), (_prod_vjp,))


def _cumsum_vjp(ans, x, *, axis):
    back = (slice(None),) * axis + (slice(None, None, -1),)
    return lambda g: cumsum(g[back], axis=axis)[back]


cumsum = Operation("cumsum", lambda x, *, axis: np.cumsum(x, axis=axis), (_cumsum_vjp,))


def _cumprod_vjp(ans, x, *, axis):
    def vjp(g):
        before = _exclusive_cumprod(ans, axis)
        return before * from_the_end(g, x, axis)

    return vjp


def _exclusive_cumprod(ans, axis):
    head = (slice(None),) * axis
    first = np.ones(tuple(1 if k == axis else n for k, n in enumerate(np.shape(ans))))
    return np.concatenate([first, ans[head + (slice(None, -1),)]], axis=axis)


def from_the_end(g, factor, axis):
    """Return ``r[k] = g[k] + factor[k + 1] * r[k + 1]`` along an axis."""
    head = (slice(None),) * axis
    back = head + (slice(None, None, -1),)
    rest = factor[head + (slice(1, None),)][back]
    unused = np.zeros(tuple(1 if k == axis else n for k, n in enumerate(np.shape(g))))
    return linear_recurrence(g[back], np.concatenate([unused, rest], axis=axis), axis=axis)[back]


cumprod = Operation("cumprod", lambda x, *, axis: np.cumprod(x, axis=axis), (_cumprod_vjp,))


def _linear_recurrence(x, factor, *, axis):
    x, factor = np.moveaxis(x, axis, 0), np.moveaxis(factor, axis, 0)
    if np.ndim(x) == 1:  # Python's floats are several times faster than elements of arrays
        x, factor = x.tolist(), factor.tolist()
        results = x[:1]
        for added, multiplied in zip(x[1:], factor[1:]):
            results.append(added + multiplied * results[-1])
        return np.array(results, dtype=np.float64)
    result = np.array(x, dtype=np.float64)
    for k in range(1, len(x)):
        result[k] += factor[k] * result[k - 1]
    return np.moveaxis(result, 0, axis)


def _linear_recurrence_vjp_x(ans, x, factor, *, axis):
    return lambda g: from_the_end(g, factor, axis)


def _linear_recurrence_vjp_factor(ans, x, factor, *, axis):
    def vjp(g):
        head = (slice(None),) * axis
        first = np.zeros(tuple(1 if k == axis else n for k, n in enumerate(np.shape(x))))
        before = np.concatenate([first, ans[head + (slice(None, -1),)]], axis=axis)
        return before * from_the_end(g, factor, axis)

    return vjp


linear_recurrence = Operation(
    "linear_recurrence", _linear_recurrence,
        (_linear_recurrence_vjp_x, _linear_recurrence_vjp_factor)
)
"""``y[k] = factor[k] * y[k - 1] + x[k]`` along an axis, from ``y[-1] = 0``."""


def _basic_index(starts, sizes, steps):
    return tuple(_basic_slice(*bounds) for bounds in zip(starts, sizes, steps))


def _basic_slice(start, size, step):
    if size == 0:
        return slice(0, 0)
    stop = start + size * step
    return slice(start, stop if stop >= 0 else None, step)


def _slice(x, *, starts, sizes, steps):
    return x[_basic_index(starts, sizes, steps)]


def _slice_vjp(ans, x, *, starts, sizes, steps):
    return lambda g: place(g, shape=np.shape(x), starts=starts, steps=steps)


slice_ = Operation("slice", _slice, (_slice_vjp,))


def _place(x, *, shape, starts, steps):
    result = np.zeros(shape, dtype=np.result_type(x))
    result[_basic_index(starts, np.shape(x), steps)] = x
    return result


def _place_vjp(ans, x, *, shape, starts, steps):
    return lambda g: slice_(g, starts=starts, sizes=np.shape(x), steps=steps)


place = Operation("place", _place, (_place_vjp,))
"""Zeros of a shape with a block written into them: the adjoint of `slice_`."""


def _take_vjp(ans, x, index, *, axis):
    return lambda g: scatter_add(g, index, axis=axis, size=np.shape(x)[axis])


take = Operation("take", lambda x, index, *, axis: np.take(x, index, axis=axis), (_take_vjp, None))


def _scatter_add(x, index, *, axis, size):
    rank = np.ndim(index)
    shape = np.shape(x)
    result = np.zeros((size,) + shape[:axis] + shape[axis + rank :])
    np.add.at(result, index, np.moveaxis(x, range(axis, axis + rank), range(rank)))
    return np.moveaxis(result, 0, axis)


def _scatter_add_vjp(ans, x, index, *, axis, size):
    return lambda g: take(g, index, axis=axis)


scatter_add = Operation("scatter_add", _scatter_add, (_scatter_add_vjp, None))
"""Zeros with values added at indices along an axis: the adjoint of `take`."""


def _concatenate(*arrays, axis):
    return np.concatenate(arrays, axis=axis)


def _concatenate_derivative(k):
    return lambda ans, *arrays, axis: lambda g: _block(g, arrays, k, axis)


def _block(g, arrays, k, axis):
    start = sum(np.shape(a)[axis] for a in arrays[:k])
    shape = np.shape(g)
    return slice_(
        g,
        starts=tuple(start if d == axis else 0 for d in range(len(shape))),
        sizes=tuple(np.shape(arrays[k])[axis] if d == axis else n for d, n in enumerate(shape)),
        steps=(1,) * len(shape),
    )


concatenate = Operation("concatenate", _concatenate, _concatenate_derivative)


def _matmul_vjp_a(ans, a, b):
    return lambda g: sum_to_shape(np.matmul(g, np.swapaxes(b, -1, -2)), np.shape(a))


def _matmul_vjp_b(ans, a, b):
    return lambda g: sum_to_shape(np.matmul(np.swapaxes(a, -1, -2), g), np.shape(b))


matmul = Operation("matmul", lambda a, b: np.matmul(a, b), (_matmul_vjp_a, _matmul_vjp_b))
"""Matrix product of arrays with at least two axes each."""

argmax = Operation("argmax", lambda x, *, axis: np.argmax(x, axis=axis), (None,))
argsort = Operation("argsort", lambda x, *, axis: np.argsort(x, axis=axis, kind="stable"), (None,))

cast = Operation(
    "cast", lambda x, *, kind: np.asarray(x).astype(kind), (lambda ans, x, *, kind: lambda g: g,)
)
"""Conversion to "float64", "int64" or "bool"."""

cast_constant = Operation("cast_constant", lambda x, *, kind: np.asarray(x).astype(kind), (None,))
"""Conversion to integers or booleans, which has no derivative."""


def convert(x, kind):
    """Return `x` converted to the kind "float64", "int64" or "bool"."""
    if not is_traced(x):
        return np.asarray(x).astype(kind)
    if kind == "float64" and x.dtype.kind == "f":
        return x
    return cast(x, kind=kind) if kind == "float64" else cast_constant(x, kind=kind)


def zeros(shape):
    """Return zeros that a graph need not hold as data: one zero, repeated."""
    return np.broadcast_to(0.0, shape) if shape else 0.0
