"""Indexing of traced arrays: basic slices, and integer arrays along one axis.

Every NumPy index becomes at most four operations: `slice_`, `transpose`, `reshape` and `take`.
"""

from functools import cache

import numpy as np

from lightppl.autodiff import structural
from lightppl.autodiff.frozen import held
from lightppl.autodiff.operation import as_int64, is_traced, refuse_masked
from lightppl.errors import TracingError
from lightppl.user_line import at_user_line


def getitem(x, idx):
    """Return ``x[idx]`` where `x`, or integer arrays in `idx`, are traced.

    Parameters
    ----------
    x : array or traced array
    idx : index
        Integers, slices, None, Ellipsis, integer arrays (also traced) and plain boolean masks.

    Raises
    ------
    TracingError
        For a traced boolean mask, whose result has no fixed shape.
    """
    items = _normalize(idx, np.shape(x))
    if any(_is_array(item) for item in items):
        items = [np.asarray(i) if _is_integer(i) else i for i in items]
        return _advanced(x, items)
    return _basic(x, items)


def take_along_axis(arr, indices, axis=-1):
    """Return ``arr[..., indices, ...]`` matched along the other axes, as
    `numpy.take_along_axis`."""
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis = axis % np.ndim(arr)
    grid = [
        np.arange(n).reshape((-1,) + (1,) * (np.ndim(arr) - 1 - k)) if k != axis else indices
        for k, n in enumerate(np.shape(arr))
    ]
    return getitem(arr, tuple(grid))


def _normalize(idx, shape):
    items = list(idx) if isinstance(idx, tuple) else [idx]
    expanded = []
    for item in items:
        if is_traced(item) and item.dtype.kind == "b":
            raise TracingError(
                f"A boolean mask that depends on a latent variable was used as an index"
                f"{at_user_line()}: its result has no fixed shape. Instead, use np.where(mask, x, "
                "0.0) and let the others count nothing."
            )
        if _is_plain_array(item):
            refuse_masked(item)
            item = np.asarray(item)
            if item.dtype.kind == "b":
                _check_mask(item, shape, expanded)
                expanded.extend(np.nonzero(item))
                continue
            if item.dtype.kind not in "iu" and item.size:
                raise IndexError(
                    f"arrays used as indices must be of integer or boolean type, found {item.dtype}"
                )
            item = as_int64(item)
        expanded.append(item)
    used = sum(1 for item in expanded if item is not None and item is not Ellipsis)
    if used > len(shape):
        raise IndexError(f"too many indices: {used} for an array of {len(shape)} axes")
    fill = [slice(None)] * (len(shape) - used)
    if any(item is Ellipsis for item in expanded):
        k = next(k for k, item in enumerate(expanded) if item is Ellipsis)
        return expanded[:k] + fill + expanded[k + 1 :]
    return expanded + fill


def _check_mask(mask, shape, before):
    axis = sum(item is not None for item in before)
    found = shape[axis : axis + mask.ndim]
    if mask.shape != found and not any(item is Ellipsis for item in before):
        raise IndexError(f"a mask of shape {mask.shape} does not match axes of sizes {found}")


def _is_plain_array(item):
    """Lists, arrays and what offers itself as one, such as a column of a data frame."""
    if is_traced(item) or isinstance(item, np.generic):
        return False
    return isinstance(item, list) or hasattr(item, "__array__")


def _is_integer(item):
    return isinstance(item, (int, np.integer)) and not isinstance(item, bool)


def _is_array(item):
    return is_traced(item) or isinstance(item, np.ndarray)


def _basic(x, items):
    starts, sizes, steps, shape = [], [], [], []
    axis = 0
    for item in items:
        if item is None:
            shape.append(1)
            continue
        n = np.shape(x)[axis]
        if _is_integer(item):
            starts.append(_checked(int(item), n, axis))
            sizes.append(1)
            steps.append(1)
        else:
            start, stop, step = item.indices(n)
            starts.append(start)
            sizes.append(len(range(start, stop, step)))
            steps.append(step)
            shape.append(sizes[-1])
        axis += 1
    x = _slice(x, tuple(starts), tuple(sizes), tuple(steps))
    return np.reshape(x, tuple(shape))


def _slice(x, starts, sizes, steps):
    if sizes == np.shape(x) and all(s == 1 for s in steps):
        return x
    return structural.slice_(x, starts=starts, sizes=sizes, steps=steps)


def _checked(index, size, axis):
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of bounds for axis {axis} with size {size}")
    return index % size


def _advanced(x, items):
    positions = [k for k, item in enumerate(items) if _is_array(item)]
    together = positions == list(range(positions[0], positions[-1] + 1))
    consuming = [item for item in items if item is not None]
    x = _basic(x, [slice(None) if _is_array(item) else item for item in consuming])
    axes = [k for k, item in enumerate(consuming) if _is_array(item)]
    arrays = [item for item in consuming if _is_array(item)]
    shape = np.shape(x)
    before = [k for k in range(axes[0]) if k not in axes] if together else []
    after = [k for k in range(len(shape)) if k not in axes and k not in before]
    index = _linear_index(arrays, [shape[k] for k in axes])
    x = np.transpose(x, before + axes + after)
    size = int(np.prod([shape[k] for k in axes]))
    x = np.reshape(x, [shape[k] for k in before] + [size] + [shape[k] for k in after])
    result = structural.take(x, index, axis=len(before))
    return np.reshape(result, _with_new_axes(items, np.shape(result), np.ndim(index), together))


def _linear_index(arrays, sizes):
    total = 0
    for array, size in zip(arrays, sizes):
        if is_traced(array):
            # nobody can raise an error for a value that is not known yet, and compiled code reads
            # what it is told to: an index out of range means the nearest element, as in JAX
            last = _number(size - 1)
            array = np.clip(np.where(array < 0, array + _number(size), array), 0, last)
        else:
            array = held(array)  # nobody changes it between the check and its use
            if array.size and (array.min() < -size or array.max() >= size):
                raise IndexError(f"index {array.max()} is out of bounds for an axis of size {size}")
            if array.size and array.min() < 0:
                array = np.where(array < 0, array + size, array)
        total = array if len(sizes) == 1 else total * size + array
    return total


@cache
def _number(size):
    """Return a size as a number that is one object, so that a graph has one node for it."""
    return np.int64(size)


def _with_new_axes(items, shape, index_ndim, together):
    sizes = iter(shape)
    result = [] if together else [next(sizes) for _ in range(index_ndim)]
    is_placed = not together
    for item in items:
        if item is None:
            result.append(1)
        elif not _is_array(item):
            result.append(next(sizes))
        elif not is_placed:
            result.extend(next(sizes) for _ in range(index_ndim))
            is_placed = True
    return tuple(result)
