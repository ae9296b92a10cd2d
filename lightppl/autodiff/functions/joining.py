"""Arrays joined, split, repeated and padded."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from lightppl.autodiff import structural
from lightppl.autodiff.functions.reductions import along_one_axis
from lightppl.autodiff.functions.table import implements, unsupported
from lightppl.autodiff.operation import is_traced


@implements(np.concatenate)
def _concatenate(arrays, axis=0):
    arrays = [a if is_traced(a) else np.asarray(a) for a in arrays]
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    if np.ndim(arrays[0]) == 0:
        raise ValueError("zero-dimensional arrays cannot be concatenated; use np.stack")
    axis = int(normalize_axis_index(axis, np.ndim(arrays[0])))
    kept = [a for a in arrays if np.shape(a)[axis]] or arrays[:1]
    return kept[0] if len(kept) == 1 else structural.concatenate(*kept, axis=axis)


@implements(np.stack)
def _stack(arrays, axis=0):
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis)


@implements(np.hstack)
def _hstack(tup):
    arrays = [np.atleast_1d(a) for a in tup]
    return np.concatenate(arrays, axis=0 if np.ndim(arrays[0]) == 1 else 1)


@implements(np.vstack)
def _vstack(tup):
    return np.concatenate([np.atleast_2d(a) for a in tup], axis=0)


@implements(np.dstack)
def _dstack(tup):
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


@implements(np.column_stack)
def _column_stack(tup):
    return np.concatenate([np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in tup], axis=1)


@implements(np.block)
def _block(arrays):
    depth = _depth(arrays)

    def join(nested, level):
        if level == 0:
            return np.reshape(nested, (1,) * (depth - np.ndim(nested)) + np.shape(nested))
        return np.concatenate([join(x, level - 1) for x in nested], axis=-level)

    return join(arrays, depth)


def _depth(nested):
    return 1 + _depth(nested[0]) if isinstance(nested, list) else 0


@implements(np.append)
def _append(arr, values, axis=None):
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis=axis)


@implements(np.insert)
def _insert(arr, obj, values, axis=None):
    arr, axis = along_one_axis(arr, axis)
    if np.ndim(obj) or is_traced(obj):
        raise unsupported("np.insert at several positions, or at a traced one, cannot be recorded")
    head = (slice(None),) * axis
    shape = tuple(1 if k == axis else n for k, n in enumerate(np.shape(arr)))
    if axis == 0 and np.ndim(arr) == 1:
        shape = (np.size(values),)
    block = np.broadcast_to(values, shape)
    before, after = arr[head + (slice(None, obj),)], arr[head + (slice(obj, None),)]
    return np.concatenate([before, block, after], axis)


@implements(np.delete)
def _delete(arr, obj, axis=None):
    arr, axis = along_one_axis(arr, axis)
    kept = np.delete(np.arange(np.shape(arr)[axis]), obj)
    return np.take(arr, kept, axis=axis)


@implements(np.split)
def _split(ary, indices_or_sections, axis=0):
    sizes = [len(r) for r in np.split(np.arange(np.shape(ary)[axis]), indices_or_sections)]
    return _cut(ary, sizes, axis)


@implements(np.array_split)
def _array_split(ary, indices_or_sections, axis=0):
    sizes = [len(r) for r in np.array_split(np.arange(np.shape(ary)[axis]), indices_or_sections)]
    return _cut(ary, sizes, axis)


implements(np.vsplit)(lambda ary, sections: np.split(ary, sections, 0))
implements(np.hsplit)(lambda ary, sections: np.split(ary, sections, 1 if np.ndim(ary) > 1 else 0))
implements(np.dsplit)(lambda ary, sections: np.split(ary, sections, 2))


@implements(np.unstack)
def _unstack(x, axis=0):
    return tuple(np.moveaxis(x, axis, 0))


def _cut(ary, sizes, axis):
    head = (slice(None),) * (axis % np.ndim(ary))
    ends = np.cumsum(sizes)
    return [ary[head + (slice(int(b - n), int(b)),)] for n, b in zip(sizes, ends)]


@implements(np.tile)
def _tile(A, reps):
    reps = (reps,) if isinstance(reps, (int, np.integer)) else tuple(reps)
    ndim = max(np.ndim(A), len(reps))
    reps = (1,) * (ndim - len(reps)) + reps
    shape = (1,) * (ndim - np.ndim(A)) + np.shape(A)
    doubled = np.reshape(A, tuple(m for n in shape for m in (1, n)))
    wide = np.broadcast_to(doubled, tuple(m for r, n in zip(reps, shape) for m in (r, n)))
    return np.reshape(wide, tuple(r * n for r, n in zip(reps, shape)))


@implements(np.repeat)
def _repeat(a, repeats, axis=None):
    if is_traced(repeats):
        raise unsupported("np.repeat with traced counts has no fixed shape; it cannot be recorded")
    a, axis = along_one_axis(a, axis)
    return np.take(a, np.repeat(np.arange(np.shape(a)[axis]), repeats), axis=axis)


@implements(np.pad)
def _pad(array, pad_width, mode="constant", constant_values=0.0):
    widths = np.broadcast_to(pad_width, (np.ndim(array), 2))
    if mode == "constant":
        return _pad_with(array, widths, constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise unsupported(f"np.pad of a traced value in mode {mode!r} cannot be recorded")
    for k, width in enumerate(widths):
        if np.any(width):
            positions = np.pad(np.arange(np.shape(array)[k]), tuple(width), mode=mode)
            array = np.take(array, positions, axis=k)
    return array


def _pad_with(array, widths, values):
    if np.ndim(values):
        raise unsupported("np.pad of a traced value with several constants cannot be recorded")
    for k, (before, after) in enumerate(widths):
        shape = np.shape(array)
        blocks = [
            np.broadcast_to(values, tuple(int(n) if d == k else m for d, m in enumerate(shape)))
            for n in (before, after)
        ]
        if before or after:
            array = np.concatenate([blocks[0], array, blocks[1]], axis=k)
    return array
