"""Flat memory: the header of run-time integers, the pools of data, the workspace.

Sizes and offsets above a small limit are run-time integers, read from a header at the start of
``int_data``; so the code of a model does not depend on how many observations there are.
"""

import numpy as np

from lightppl.compiler import processor
from lightppl.compiler.memory.columns import columns_of
from lightppl.compiler.graph.shapes import SMALL



def dtype_of_data(name):
    """Return the dtype of the elements of a pool or a stream, by its name in code."""
    return "int64" if name.startswith("int_data") else "float64"


class Header:
    """Integers that code reads at run time, by what they stand for."""

    def __init__(self):
        self.values = []
        self._names = {}
        self._num_prefixes = 0

    def new_prefix(self):
        """Return a prefix for the variables of one more body of a loop or branch."""
        self._num_prefixes += 1
        return f"f{self._num_prefixes}_"

    def name(self, value, key=None, prefix="n"):
        """Return source text for an integer: itself if small, else the name of a header entry.

        Parameters
        ----------
        value : int
        key : tuple, optional
            What the integer is, when two equal ones are not the same thing.
        prefix : str
        """
        value = int(value)
        if key is None and abs(value) <= SMALL:
            return str(value)
        key = ("size", value) if key is None else key
        if key not in self._names:
            self._names[key] = f"{prefix}{len(self.values)}"
            self.values.append(value)
        return self._names[key]

    def position_of(self, value, key):
        """Return the position in the header of an integer that only the caller's code reads."""
        self.name(value, key)
        return list(self._names).index(key)

    def keys(self):
        """Return what the entries stand for, in order."""
        return list(self._names)

    def prologue(self):
        """Return the statements that read the header."""
        return [f"{name} = int_data[{k}]" for k, name in enumerate(self._names.values())]


class Pool:
    """One flat array made of the data arrays that a graph reads.

    Parameters
    ----------
    arrays : list of (key, array)
        Numbers come first, then small arrays, so that their offsets are literals.
    by_columns : dict of key to bool
        Matrices that stand there by columns; see `column_layouts`.
    """

    def __init__(self, arrays, by_columns=None):
        self.by_columns = by_columns or {}
        arrays = [(key, self._kept(key, array)) for key, array in arrays]
        self.order = sorted(arrays, key=lambda item: (item[1].size > SMALL, item[1].ndim > 0))
        self.offsets, self.is_literal, self.rank = {}, {}, {}
        offset, is_literal = 0, True
        for rank, (key, array) in enumerate(self.order):
            self.offsets[key] = offset
            self.rank[key] = rank
            self.is_literal[key] = is_literal
            is_literal = is_literal and array.size <= SMALL
            offset += array.size

    def flatten(self, dtype):
        """Return all arrays one after another."""
        if not self.order:
            return np.zeros(0, dtype)
        return np.concatenate([np.asarray(a, dtype).ravel() for _, a in self.order])

    def _kept(self, key, array):
        is_by_columns = key in self.by_columns
        return columns_of(array, self.by_columns[key]) if is_by_columns else array


class Streams:
    """Large data arrays, which code reads where they are, by their addresses: nobody writes there.

    Parameters
    ----------
    arrays : list of (key, array)
        C-contiguous, float64 or int64.

    Attributes
    ----------
    names : dict of key to str
        What code calls them.
    arrays : list of array
    """

    def __init__(self, arrays):
        self.arrays = [array for _, array in arrays]
        self.names = {
            key: f"{'int' if array.dtype == np.int64 else 'float'}_data{rank}"
            for rank, (key, array) in enumerate(arrays)
        }

    @staticmethod
    def is_stream(array):
        """Return whether an array is large enough to be left where it is."""
        is_number = array.dtype in (np.float64, np.int64)
        aligned = array.flags.c_contiguous and array.flags.aligned
        return bool(array.size >= processor.STREAM_FROM and is_number and aligned)


class Workspace:
    """Offsets of intermediate arrays; space is used again once its last reader is done.

    Parameters
    ----------
    requests : list of Request

    Attributes
    ----------
    offsets : dict
        By key.
    size, literal_size : int
        Of all, and of those at the beginning whose sizes are written into the code; so are their
        offsets.  Then the compiler knows that they do not overlap.
    """

    def __init__(self, requests):
        self.offsets = {}
        self.size = 0
        for request in sorted((x for x in requests if x.size <= SMALL), key=lambda x: x.key):
            self.offsets[request.key] = self.size
            self.size += request.size
        large = sorted((x for x in requests if x.size > SMALL), key=lambda x: (x.first, x.key))
        self._reserve([x for x in large if x.is_literal])
        self.literal_size = self.size
        self._reserve([x for x in large if not x.is_literal])

    def _reserve(self, requests):
        start, busy = self.size, []
        for request in requests:
            busy = [x for x in busy if x[2] >= request.first]
            offset = self._first_gap(busy, request.size, start)
            busy.append((offset, offset + request.size, request.last))
            self.offsets[request.key] = offset
            self.size = max(self.size, offset + request.size)

    def _first_gap(self, busy, size, position):
        for start, stop, _ in sorted(busy):
            if start - position >= size:
                break
            position = max(position, stop)
        return position
