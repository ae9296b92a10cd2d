"""Arguments of a kernel as one row of 64-bit words, and its result read from them.

A float or an int is one word; an array is its address and its sizes; a generator of random numbers
is the address of its state and those of its functions; a record is its fields one after another.
The result, a number or a record of numbers, is written at the beginning.

`Words.layout` says what each word means.  It names all there is to know for compiling.
"""

import ctypes
import itertools
from functools import cache
from importlib import import_module

import numpy as np

from lightppl.errors import LightPPLError

MOST_RESULTS = 512
"""Words at the beginning, for the result."""

_ARRAYS = {np.dtype(np.float64): "f", np.dtype(np.int64): "i", np.dtype(np.bool_): "b"}
"""Letters of arrays; a dtype of another byte order is another dtype."""


class Words:
    """The words of some arguments.

    Parameters
    ----------
    args : tuple
        Numbers, C-contiguous arrays of float64, int64 or bool, generators, named tuples of these,
        and `Packed` ones.

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
        parts = tuple(x if isinstance(x, Packed) else Packed(x) for x in args)
        starts = itertools.accumulate((len(x.ints) for x in parts), initial=MOST_RESULTS)
        packed, self.positions = Packed(parts), list(starts)[:-1]
        self.args = tuple(x.value for x in parts)
        self.layout, self.records = packed.layout, packed.records
        self._words = np.zeros(MOST_RESULTS + len(packed.ints), np.int64)
        self._words[MOST_RESULTS:] = packed.ints
        floats = self._words.view(np.float64)
        for position, value in packed.floats:
            floats[MOST_RESULTS + position] = value
        self.address = self._words.ctypes.data

    def result(self, description):
        """Return what the kernel returned.

        Parameters
        ----------
        description : list, str or None
            ``[class, fields]`` for a record, a letter for a number.
        """
        words = iter(zip(self._words.tolist(), self._words.view(np.float64).tolist()))
        return _read(description, words)


class Packed:
    """An argument with its words, which are found once for any number of calls.

    Parameters
    ----------
    value : object
        As `Words` takes them.  A tuple without names stands for several arguments.

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


def _read(description, words):
    if description is None:
        return None
    if isinstance(description, str):
        integer, number = next(words)
        return {"F": number, "I": integer, "B": integer != 0}[description]
    name, fields = description
    return _record_class(name)(*(_read(x, words) for x in fields))


@cache
def _record_class(name):
    module, _, qualname = name.partition(":")
    return getattr(import_module(module), qualname)


GENERATOR_FUNCTIONS = ("next_uint64", "next_uint32", "next_double")
"""The functions of a bit generator of NumPy that follow its state in the words."""
