"""Arrays of every kind of memory that users pass as data, each with a way to change it in place."""

import tempfile

import numpy as np


def _readable_only(array):
    view = array.view()
    view.flags.writeable = False
    return view


def _between_others(array):
    """A view whose elements do not stand one after another."""
    return np.repeat(array, 2, axis=0)[::2]


def _backwards(array):
    return array[::-1].copy()[::-1]


def _not_aligned(array):
    memory = np.zeros(array.nbytes + 1, np.uint8)
    view = memory[1:].view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def _in_a_file(array):
    file = tempfile.TemporaryFile()
    mapped = np.memmap(file, array.dtype, "w+", shape=array.shape)
    mapped[...] = array
    return mapped


def _big_endian(array):
    return array.astype(array.dtype.newbyteorder(">"))


def _of_half_the_size(array):
    halves = {"f": np.float32, "i": np.int32}
    return array.astype(halves.get(array.dtype.kind, array.dtype))


KINDS = {
    "plain": np.copy,
    "read-only": _readable_only,
    "between others": _between_others,
    "backwards": _backwards,
    "not aligned": _not_aligned,
    "in a file": _in_a_file,
    "big-endian": _big_endian,
    "of half the size": _of_half_the_size,
    "by columns": np.asfortranarray,
}


def changeable(array, kind):
    """Return an array of a kind of memory, and a function that overwrites its elements.

    Parameters
    ----------
    array : numpy.ndarray
    kind : str
        A key of `KINDS`.
    """
    found = KINDS[kind](array.copy())
    owner = found if found.flags.writeable else found.base

    def overwrite(values):
        owner[...] = values

    return found, overwrite
