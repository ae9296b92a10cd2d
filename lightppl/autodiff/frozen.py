"""Arrays that cannot change, and what a trace keeps of the arrays that it meets.

A trace outlives the moment at which an operation runs: the backward pass reads the operands of
the forward pass, and compiled code reads data for as long as it lives.  Meanwhile whoever owns an
array may write into it.  So a trace never keeps an array of somebody else's: it keeps a *frozen*
copy of what stood there when the operation ran.

Frozen arrays are read-only views of memory that this module allocated.  What is frozen already is
kept as it is, with all its views, so that large data are copied once, when they are bound.
"""

from contextvars import ContextVar

import numpy as np

from lightppl.autodiff.operation import is_traced, refuse_masked


class _FrozenMemory(np.ndarray):
    """Marks memory that nobody writes into."""


def freeze(array):
    """Return a read-only copy of an array with the same dtype, and the same order in memory.

    Axes along which the array repeats itself are not copied.

    Parameters
    ----------
    array : numpy.ndarray

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> data = np.array([1.0, 2.0])
    >>> kept = freeze(data)
    >>> data *= 2.0
    >>> kept, kept.flags.writeable
    (array([1., 2.]), False)
    """
    if 0 in array.strides and array.size:
        once = tuple(slice(None) if stride else 0 for stride in array.strides)
        again = tuple(slice(None) if stride else None for stride in array.strides)
        return np.broadcast_to(freeze(array[(*once, ...)])[again], array.shape)
    memory = array.view(_FrozenMemory).copy(order="K")
    memory.flags.writeable = False
    return memory.view(np.ndarray)


def is_frozen(array):
    """Return whether the memory of an array is that of an array made by `freeze`.

    Parameters
    ----------
    array : numpy.ndarray

    Examples
    --------
    >>> is_frozen(freeze(np.zeros((3, 2)))[1:].T), is_frozen(np.zeros(3))
    (True, False)
    """
    if array.flags.writeable:
        return False
    while isinstance(array, np.ndarray):
        if type(array) is _FrozenMemory:
            return True
        array = array.base
    return False


def place_of(array):
    """Return what two views of the same elements in memory have in common."""
    interface = array.__array_interface__
    return interface["data"][0], array.shape, array.strides, array.dtype.str


def has_same_content(one, other):
    """Return whether two arrays hold the same bits, as the same shape and dtype.

    Parameters
    ----------
    one, other : numpy.ndarray

    Examples
    --------
    >>> has_same_content(np.array([np.nan]), np.array([np.nan]))
    True
    >>> has_same_content(np.array([0.0]), np.array([-0.0]))
    False
    """
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    words = _WORDS.get(one.itemsize)
    if words is None or one.dtype.kind not in "fiub" or one.size < 64:
        return one.tobytes() == other.tobytes()
    return bool((one.view(words) == other.view(words)).all())


_WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


class Snapshots:
    """Frozen copies of the arrays that one trace has met.

    An array that is met again gives the same copy, unless it was written into since.
    """

    def __init__(self):
        self._known = {}

    def of(self, array):
        """Return an array that holds for ever what `array` holds now."""
        if is_frozen(array):
            return array
        # views of a matrix, such as its transpose, are made anew by each operation
        key = place_of(array) if array.ndim == 2 else id(array)
        known, copy = self._known.get(key, (None, None))
        if known is None or not has_same_content(copy, array):
            copy = freeze(array)
            # as long as the array lives, no other one has its place
            self._known[key] = array, copy
        return copy


_snapshots = ContextVar("lightppl_snapshots", default=None)


def start_snapshots():
    """Have the traces that begin in this context share their snapshots.

    Returns
    -------
    Token
        For `end_snapshots`.
    """
    return _snapshots.set(_snapshots.get() or Snapshots())


def end_snapshots(token):
    """Undo `start_snapshots`; the last one lets go of the snapshots."""
    _snapshots.reset(token)


def held(value):
    """Return an operand as a trace may keep it: numbers and traced arrays as they are, arrays
    frozen.

    Parameters
    ----------
    value : object

    Raises
    ------
    TracingError
        If `value` is a masked array with masked elements.
    """
    if type(value) is not np.ndarray:
        if is_traced(value) or not isinstance(value, (list, np.ndarray)):
            return value
        refuse_masked(value)
        value = np.asarray(value)
    if value.dtype.hasobject:
        return value
    known = _snapshots.get()
    return freeze(value) if known is None else known.of(value)
