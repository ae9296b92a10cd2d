"""Other shapes and orders of the same elements."""

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from lightppl.autodiff import structural
from lightppl.autodiff.functions.reductions import normalize_axes
from lightppl.autodiff.functions.table import implements, unsupported


@implements(np.reshape)
def _reshape(a, shape, order="C"):
    shape = (shape,) if np.ndim(shape) == 0 else tuple(int(n) for n in shape)
    size = int(np.prod(np.shape(a)))
    if -1 in shape:
        known = int(np.prod([n for n in shape if n != -1]))
        shape = tuple(size // max(known, 1) if n == -1 else int(n) for n in shape)
    if int(np.prod(shape)) != size:
        raise ValueError(f"cannot reshape array of size {size} into shape {shape}")
    if order not in (None, "C", "F") and np.ndim(a) > 1:
        # a traced array has no memory to follow: NumPy's answer depends on how it made the array
        raise unsupported(
            f"order={order!r} asks how a traced array lies in memory, which is not known",
            'use order="C" or order="F"',
        )
    if order == "F":
        return np.transpose(np.reshape(np.transpose(a), shape[::-1]))
    return a if shape == np.shape(a) else structural.reshape(a, shape=shape)


@implements(np.ravel)
def _ravel(a, order="C"):
    return np.reshape(a, (-1,), order=order)


@implements(np.transpose, np.permute_dims)
def _transpose(a, axes=None):
    ndim = np.ndim(a)
    axes = tuple(reversed(range(ndim))) if axes is None else normalize_axis_tuple(axes, ndim)
    return a if axes == tuple(range(ndim)) else structural.transpose(a, axes=axes)


@implements(np.swapaxes)
def _swapaxes(a, axis1, axis2):
    axes = list(range(np.ndim(a)))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return np.transpose(a, axes)


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x):
    return np.swapaxes(x, -1, -2)


@implements(np.moveaxis)
def _moveaxis(a, source, destination):
    source = normalize_axis_tuple(source, np.ndim(a))
    destination = normalize_axis_tuple(destination, np.ndim(a))
    axes = [k for k in range(np.ndim(a)) if k not in source]
    for target, k in sorted(zip(destination, source)):
        axes.insert(target, k)
    return np.transpose(a, axes)


@implements(np.rollaxis)
def _rollaxis(a, axis, start=0):
    axis = normalize_axis_index(axis, np.ndim(a))
    start = start + np.ndim(a) if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@implements(np.squeeze)
def _squeeze(a, axis=None):
    shape = np.shape(a)
    ones = tuple(k for k, n in enumerate(shape) if n == 1)
    drop = ones if axis is None else normalize_axes(axis, len(shape))
    if not set(drop) <= set(ones):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return np.reshape(a, tuple(n for k, n in enumerate(shape) if k not in drop))


@implements(np.expand_dims)
def _expand_dims(a, axis):
    axes = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    axes = set(normalize_axis_tuple(axes, np.ndim(a) + len(axes)))
    sizes = iter(np.shape(a))
    ndim = np.ndim(a) + len(axes)
    return np.reshape(a, tuple(1 if k in axes else next(sizes) for k in range(ndim)))


def _each(reshaped):
    def all_of(*arrays):
        results = tuple(reshaped(a) for a in arrays)
        return results[0] if len(results) == 1 else results

    return all_of


@implements(np.atleast_1d)
@_each
def _atleast_1d(a):
    return np.reshape(a, (1,)) if np.ndim(a) == 0 else a


@implements(np.atleast_2d)
@_each
def _atleast_2d(a):
    return a if np.ndim(a) > 1 else np.reshape(a, (1, -1))


@implements(np.atleast_3d)
@_each
def _atleast_3d(a):
    if np.ndim(a) < 2:
        return np.reshape(a, (1, -1, 1))
    return a if np.ndim(a) > 2 else np.expand_dims(a, -1)


@implements(np.broadcast_to)
def _broadcast_to(array, shape):
    shape = (int(shape),) if np.ndim(shape) == 0 else tuple(int(n) for n in shape)
    if np.broadcast_shapes(np.shape(array), shape) != shape:
        raise ValueError(f"cannot broadcast shape {np.shape(array)} to {shape}")
    return array if shape == np.shape(array) else structural.broadcast_to(array, shape=shape)


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args):
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(np.broadcast_to(a, shape) for a in args)


@implements(np.meshgrid)
def _meshgrid(*xi, indexing="xy", sparse=False):
    count = len(xi)
    order = [1, 0, *range(2, count)] if indexing == "xy" and count > 1 else list(range(count))
    grids = [
        np.reshape(x, tuple(-1 if k == axis else 1 for k in range(count)))
        for x, axis in zip(xi, order)
    ]
    return tuple(grids) if sparse else np.broadcast_arrays(*grids)


@implements(np.flip)
def _flip(m, axis=None):
    axes = normalize_axes(axis, np.ndim(m))
    return m[tuple(slice(None, None, -1 if k in axes else 1) for k in range(np.ndim(m)))]


implements(np.fliplr)(lambda m: np.flip(m, 1))
implements(np.flipud)(lambda m: np.flip(m, 0))


@implements(np.rot90)
def _rot90(m, k=1, axes=(0, 1)):
    first, second = axes
    if k % 4 == 2:
        return np.flip(m, axes)
    if k % 4 == 0:
        return m
    turned = np.swapaxes(m, first, second)
    return np.flip(turned, first if k % 4 == 1 else second)


@implements(np.roll)
def _roll(a, shift, axis=None):
    if axis is None:
        return np.reshape(np.roll(np.ravel(a), shift, 0), np.shape(a))
    for s, k in zip(*np.broadcast_arrays(np.atleast_1d(shift), np.atleast_1d(axis))):
        k = int(normalize_axis_index(int(k), np.ndim(a)))
        n = np.shape(a)[k]
        if n and s % n:
            head = (slice(None),) * k
            cut = int(n - s % n)
            a = np.concatenate([a[head + (slice(cut, None),)], a[head + (slice(0, cut),)]], axis=k)
    return a
