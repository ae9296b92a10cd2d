"""Parts of arrays: diagonals, triangles, gathered and sorted elements."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lightppl.autodiff import indexing, structural
from lightppl.autodiff.functions.reductions import along_one_axis
from lightppl.autodiff.functions.table import implements, unsupported
from lightppl.autodiff.operation import is_traced


@implements(np.diagonal, np.linalg.diagonal)
def _diagonal(a, offset=0, axis1=0, axis2=1):
    axis1, axis2 = (int(normalize_axis_index(k, np.ndim(a))) for k in (axis1, axis2))
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    rows, columns = np.shape(a)[-2:]
    i = np.arange(max(0, -offset), max(0, min(rows, columns - offset)))
    flat = np.reshape(a, np.shape(a)[:-2] + (rows * columns,))
    if not len(i):
        return flat[..., :0]
    start, step = int(i[0] * columns + i[0] + offset), columns + 1
    return flat[..., start : start + (len(i) - 1) * step + 1 : step]


@implements(np.linalg.diagonal)
def _matrix_diagonal(x, offset=0):
    return np.diagonal(x, offset, -2, -1)


@implements(np.diag)
def _diag(v, k=0):
    if np.ndim(v) == 2:
        return np.diagonal(v, k)
    size = np.shape(v)[0] + abs(k)
    start = k if k >= 0 else -k * size
    flat = structural.place(v, shape=(size * size,), starts=(start,), steps=(size + 1,))
    return np.reshape(flat, (size, size))


implements(np.diagflat)(lambda v, k=0: np.diag(np.ravel(v), k))


@implements(np.trace)
def _trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@implements(np.linalg.trace)
def _matrix_trace(x, offset=0):
    return np.trace(x, offset, -2, -1)


def _mask_triangle(mask):
    return lambda m, k=0: np.where(mask(np.ones(np.shape(m)[-2:], dtype=bool), k), m, 0.0)


implements(np.tril)(_mask_triangle(np.tril))
implements(np.triu)(_mask_triangle(np.triu))


@implements(np.take)
def _take(a, indices, axis=None):
    a, axis = along_one_axis(a, axis)
    return indexing.getitem(a, (slice(None),) * axis + (indices,))


@implements(np.compress)
def _compress(condition, a, axis=None):
    a, axis = along_one_axis(a, axis)
    if is_traced(condition):
        raise unsupported("np.compress by a traced condition has no fixed shape")
    return np.take(a, np.flatnonzero(condition), axis=axis)


implements(np.extract)(lambda condition, arr: np.compress(np.ravel(condition), np.ravel(arr)))
implements(np.take_along_axis)(indexing.take_along_axis)


@implements(np.argsort)
def _argsort(a, axis=-1, kind=None, stable=None):
    a, axis = along_one_axis(a, axis)
    return structural.argsort(a, axis=axis)


@implements(np.sort)
def _sort(a, axis=-1, kind=None, stable=None):
    a, axis = along_one_axis(a, axis)
    return np.take_along_axis(a, np.argsort(a, axis=axis), axis=axis)


@implements(np.partition)
def _partition(a, kth, axis=-1):
    return np.sort(a, axis=axis)


@implements(np.argpartition)
def _argpartition(a, kth, axis=-1):
    return np.argsort(a, axis=axis)


@implements(np.searchsorted)
def _searchsorted(a, v, side="left"):
    is_left = np.less if side == "left" else np.less_equal
    return np.sum(is_left(a, np.expand_dims(v, -1)), axis=-1)


@implements(np.digitize)
def _digitize(x, bins, right=False):
    if is_traced(bins) or np.any(np.diff(bins) < 0):
        raise unsupported("np.digitize with traced or falling bins cannot be recorded")
    return np.searchsorted(bins, x, side="left" if right else "right")


@implements(np.tril_indices_from)
def _tril_indices_from(arr, k=0):
    return np.tril_indices(np.shape(arr)[-2], k, np.shape(arr)[-1])


@implements(np.triu_indices_from)
def _triu_indices_from(arr, k=0):
    return np.triu_indices(np.shape(arr)[-2], k, np.shape(arr)[-1])


@implements(np.linspace)
def _linspace(start, stop, num=50, endpoint=True, axis=0):
    steps = np.linspace(0.0, 1.0, num, endpoint=endpoint)
    span = np.expand_dims(stop - start, axis)
    shape = [1] * (np.ndim(span))
    shape[axis] = num
    return np.expand_dims(start, axis) + span * np.reshape(steps, shape)


@implements(np.logspace)
def _logspace(start, stop, num=50, endpoint=True, base=10.0, axis=0):
    return base ** np.linspace(start, stop, num, endpoint, axis=axis)


@implements(np.geomspace)
def _geomspace(start, stop, num=50, endpoint=True, axis=0):
    return np.exp(np.linspace(np.log(start), np.log(stop), num, endpoint, axis=axis))


@implements(np.vander)
def _vander(x, N=None, increasing=False):
    powers = np.arange(np.shape(x)[0] if N is None else N)
    return np.expand_dims(x, -1) ** (powers if increasing else powers[::-1])


@implements(np.unique)
def _unique(ar, *args, **kwargs):
    raise unsupported(
        "np.unique of a traced value has no fixed shape", "call it on data, or use np.sort"
    )
