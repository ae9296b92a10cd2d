"""Arguments of a kernel as one row of 64-bit words, and its result read from them.

A float or an int is one word; an array is its address and its sizes; a generator of random numbers
is the address of its state and those of its functions; a record is its fields one after another.
The result, a number or a record of numbers, is written at the beginning.

`Words.layout` says what each word means.  It names all there is to know for compiling.
"""

import ctypes
import itertools
import struct
from functools import cache
from importlib import import_module

import numpy as np

from lightppl.errors import LightPPLError

MOST_RESULTS = 512
"""Words at the beginning, for the result."""

_ARRAYS = {np.dtype(np.float64): "f", np.dtype(np.int64): "i", np.dtype(np.bool_): "b"}
"""Letters of arrays; a dtype of another byte order is another dtype."""

_NUMBERS = frozenset({float, int, bool, np.float64, np.int64})


class Words:
    """The words of some arguments.

    Parameters
    ----------
    args : tuple
        Numbers, C-contiguous arrays of float64, int64 or bool, generators, and named tuples of
        these.

    Attributes
    ----------
    args : tuple
        The arguments themselves, not packed; keeps their arrays alive.
    layout : str
        One letter per number (``F``, ``I``, ``B``), a letter and the number of axes for an array
        (``f2``), ``R`` for a generator, and the name of a record with its fields in parentheses.
    records : dict of str to type
        The classes of the records by name.
    positions : list of int
        Of the first word of each argument.
    """

    def __init__(self, args):
        parts = tuple(map(Packed, args))
        starts = itertools.accumulate((len(x.ints) for x in parts), initial=MOST_RESULTS)
        packed, self.positions = Packed(parts), list(starts)[:-1]
        self.args, self._layouts = tuple(args), [x.layout for x in parts]
        self._sizes = [len(x.ints) for x in parts]
        self.layout, self.records = packed.layout, packed.records
        self._words = np.zeros(MOST_RESULTS + len(packed.ints), np.int64)
        self._words[MOST_RESULTS:] = packed.ints
        self._floats = self._words.view(np.float64)
        for position, value in packed.floats:
            self._floats[MOST_RESULTS + position] = value
        self.address = self._words.ctypes.data

    def replace(self, args, result=None, result_layout=""):
        """Write other arguments over these, as far as they differ.

        Parameters
        ----------
        args : tuple
        result : object, optional
            What the last call returned; where it is an argument, its words are there already.
        result_layout : str
            That of the result, of a `ResultReader`.

        Returns
        -------
        bool
            Whether that was possible, which it is if the layout stays.
        """
        if len(args) != len(self.args):
            return False
        for k, (old, new) in enumerate(zip(self.args, args)):
            if new is old:
                continue
            first, size, layout = self.positions[k], self._sizes[k], self._layouts[k]
            if new is result and layout == result_layout:
                self._words[first : first + size] = self._words[:size]
            elif _is_alike(old, new):
                fields = (new,) if type(new) is int else new
                _format_of(layout).pack_into(self._words, 8 * first, *fields)
            elif not self._write(k, new):
                return False
        self.args = args
        return True

    def _write(self, k, value):
        first, size = self.positions[k], self._sizes[k]
        packed = Packed(value)
        if packed.layout != self._layouts[k]:
            return False
        self._words[first : first + size] = packed.ints
        for position, number in packed.floats:
            self._floats[first + position] = number
        return True

    def result(self, reader):
        """Return what the kernel returned, by its `ResultReader`."""
        return reader(self._words)


class Packed:
    """An argument with its words.

    Parameters
    ----------
    value : object
        As `Words` takes them, or a tuple of `Packed` ones.

    Attributes
    ----------
    value : object
    layout, records
        As of `Words`.
    ints : list of int
        The words, zero where a float stands.
    floats : list of (int, float)
        Positions and values of the floats.
    """

    def __init__(self, value):
        self.value, self.records, self.ints, self.floats = value, {}, [], []
        if type(value) is tuple:
            self.layout = ",".join([self._append(x) for x in value])
        else:
            self.layout = self._append(value)

    @staticmethod
    def _check_array(x):
        if not (x.dtype in _ARRAYS and x.flags.c_contiguous and x.flags.aligned):
            raise LightPPLError(
                f"A kernel takes no array of dtype {x.dtype.str} with strides {x.strides}"
                f"{'' if x.flags.aligned else ', which is not aligned'}. Pass "
                "np.require(x, np.float64, 'CA'), or the like for int64 and bool."
            )

    def _append(self, x):
        if isinstance(x, (bool, np.bool_)):
            self.ints.append(int(x))
            return "B"
        if isinstance(x, (int, np.integer)):
            self.ints.append(int(x))
            return "I"
        if isinstance(x, (float, np.floating)):
            self.floats.append((len(self.ints), float(x)))
            self.ints.append(0)
            return "F"
        if isinstance(x, np.ndarray):
            self._check_array(x)
            self.ints.extend((x.ctypes.data, *x.shape))
            return f"{_ARRAYS[x.dtype]}{x.ndim}"
        if isinstance(x, Packed):
            first = len(self.ints)
            self.ints.extend(x.ints)
            self.floats.extend((first + position, number) for position, number in x.floats)
            self.records.update(x.records)
            return x.layout
        if isinstance(x, np.random.Generator):
            interface = x.bit_generator.ctypes
            self.ints.append(interface.state_address)
            for name in GENERATOR_FUNCTIONS:
                self.ints.append(ctypes.cast(getattr(interface, name), ctypes.c_void_p).value)
            return "R"
        if hasattr(x, "_fields"):
            self.records[type(x).__name__] = type(x)
            return f"{type(x).__name__}({','.join([self._append(y) for y in x])})"
        raise LightPPLError(f"A kernel takes no {type(x).__name__}.")


def named_arguments(words, borrowed=()):
    """Return source text of the arguments in terms of ``words`` and ``floats``.

    Parameters
    ----------
    words : Words
    borrowed : collection of int
        Which arguments are left among the words.  The text of argument 2, whose first word is word
        64, is ``record_at(words, 64, type_2)``.
    """
    texts = [_text_of(x, itertools.count(first)) for x, first in zip(words.args, words.positions)]
    for k in borrowed:
        texts[k] = f"record_at(words, {words.positions[k]}, type_{k})"
    return texts


def _text_of(x, positions):
    if isinstance(x, np.ndarray):
        address = f"words[{next(positions)}]"
        sizes = "".join(f"words[{next(positions)}], " for _ in x.shape)
        return f"{_ARRAYS[x.dtype]}_at({address}, ({sizes}))"
    if isinstance(x, np.random.Generator):
        texts = [f"words[{next(positions)}]" for _ in range(1 + len(GENERATOR_FUNCTIONS))]
        return f"generator_at({', '.join(texts)})"
    if hasattr(x, "_fields"):
        return f"{type(x).__name__}({', '.join(_text_of(y, positions) for y in x)})"
    if isinstance(x, (bool, np.bool_)):
        return f"(words[{next(positions)}] != 0)"
    is_int = isinstance(x, (int, np.integer))
    return f"{'words' if is_int else 'floats'}[{next(positions)}]"


class ResultReader:
    """Reads what a kernel returned from the words where it wrote it.

    Parameters
    ----------
    description : list, str or None
        ``[class, fields]`` for a record, a letter for a number.

    Attributes
    ----------
    layout : str
        As of `Words`, of what is returned.
    """

    def __init__(self, description):
        letters, self.layout, self._build = _reading(description)
        self._format = _format_of(letters)
        self._truths = [k for k, x in enumerate(letters) if x == "B"]

    def __call__(self, words):
        """Return the number or the record at the beginning of `words`."""
        values = list(self._format.unpack_from(words))
        for k in self._truths:
            values[k] = values[k] != 0
        return self._build(values)


def _is_alike(old, new):
    """Return whether both are integers, or records of numbers of the same types."""
    if type(old) is not type(new):
        return False
    if type(new) is int:
        return True
    types = tuple(map(type, new)) if hasattr(new, "_fields") else ()
    return bool(types) and types == tuple(map(type, old)) and _NUMBERS.issuperset(types)


@cache
def _format_of(layout):
    """Return how `struct` reads and writes all numbers of a layout at once."""
    letters = layout[layout.find("(") + 1 :]
    # a truth value is a word like an integer
    return struct.Struct("=" + "".join("d" if x == "F" else "q" for x in letters if x in "FIB"))


def _reading(description):
    """Return letters and layout of a result, and what makes it of a list of its numbers."""
    if description is None:
        return "", "", lambda values: None
    if isinstance(description, str):
        return description, description, lambda values: values[0]
    name, fields = description
    record, parts = _record_class(name), [_reading(x) for x in fields]
    letters = "".join(part[0] for part in parts)
    layout = f"{record.__name__}({','.join(part[1] for part in parts)})"
    if all(isinstance(x, str) for x in fields):
        return letters, layout, record._make
    stops = list(itertools.accumulate(len(part[0]) for part in parts))
    pieces = [slice(stop - len(part[0]), stop) for part, stop in zip(parts, stops)]

    def build(values):
        return record._make(part[2](values[piece]) for part, piece in zip(parts, pieces))

    return letters, layout, build


@cache
def _record_class(name):
    module, _, qualname = name.partition(":")
    return getattr(import_module(module), qualname)


GENERATOR_FUNCTIONS = ("next_uint64", "next_uint32", "next_double")
"""The functions of a bit generator of NumPy that follow its state in the words."""
