"""Run an emitted program as the Python that it is: the oracle of everything below the graph.

Nothing is compiled, so a program takes milliseconds.  Its arrays are guarded: an index outside of
an array, a write into data, a read of memory that nothing has written, and rounds of an
``independent`` loop that touch what another one writes are errors here, where machine code would go
on with whatever it found.  Elementwise functions are those of NumPy and SciPy
by which operations are defined, and dividing by zero is what it is in machine code; so a difference
from the graph's meaning comes from the text itself.
"""

import ast
import re
import struct
from types import SimpleNamespace

import numpy as np

from lightppl.compiler.build import definitions_of
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.runtime import arithmetic
from lightppl.errors import LightPPLError

_NEVER_WRITTEN = struct.pack("<q", 0x7FF800005EEDF00D)
"""A NaN that no computation makes by itself."""


class RehearsalError(LightPPLError, IndexError):
    """A program touches memory that is not its own, or that nothing has written."""


class Rounds:
    """The rounds of an independent loop, which must not touch what another one writes."""

    def __init__(self):
        self.number = None
        self._readers, self._writers = {}, {}

    def over(self, *bounds):
        """Yield the numbers of a range, and watch what is touched meanwhile."""
        self._readers, self._writers = {}, {}
        for number in range(*bounds):
            self.number = number
            yield number
        self.number = None

    def note_read(self, array, i):
        """Note that an element is read; raise if another round has written it."""
        if self._writers.get((array, i), self.number) != self.number:
            self._refuse("reads", array, i)
        if self._readers.setdefault((array, i), self.number) != self.number:
            self._readers[array, i] = None  # by several rounds

    def note_write(self, array, i):
        """Note that an element is written; raise if another round has read or written it."""
        is_own = self._writers.setdefault((array, i), self.number) == self.number
        if not is_own or self._readers.get((array, i), self.number) != self.number:
            self._refuse("writes", array, i)

    def _refuse(self, verb, array, i):
        raise RehearsalError(
            f"A round of an independent loop {verb} {array}[{i}], which another round touches."
        )


class GuardedArray:
    """Flat memory that sees each element that is read or written.

    Parameters
    ----------
    name : str
        For messages.
    numbers : one-dimensional float64 or int64 array
    is_data : bool
        Whether nothing may write to it.
    rounds : Rounds, optional
        Those of the loop at hand.

    Examples
    --------
    >>> GuardedArray.unwritten("workspace", 3)[-1]
    Traceback (most recent call last):
    ...
    lightppl.compiler.rehearsal.RehearsalError: The program reads workspace[-1] of 3 elements.
    """

    def __init__(self, name, numbers, is_data=False, rounds=None):
        self.name, self.numbers, self.is_data = name, numbers, is_data
        self.rounds = Rounds() if rounds is None else rounds
        self._cells, self._size = memoryview(numbers), numbers.size

    @classmethod
    def unwritten(cls, name, size, rounds=None):
        """Return memory of which no element may be read before it is written."""
        numbers = np.frombuffer(bytearray(_NEVER_WRITTEN * size), np.float64)
        return cls(name, numbers, rounds=rounds)

    def __getitem__(self, i):
        self._require_inside("reads", i)
        x = self._cells[i]
        if x != x and struct.pack("<d", x) == _NEVER_WRITTEN:
            raise RehearsalError(f"The program reads {self.name}[{i}], which nothing has written.")
        if self.rounds.number is not None and not self.is_data:
            self.rounds.note_read(self.name, i)
        return x

    def __setitem__(self, i, x):
        self._require_inside("writes", i)
        if self.is_data:
            raise RehearsalError(f"The program writes {self.name}[{i}], which is data.")
        if self.rounds.number is not None:
            self.rounds.note_write(self.name, i)
        self._cells[i] = x

    def part(self, offset, count):
        """Return `count` elements from `offset` on, as the array that a call works on."""
        if count > 0:
            self._require_inside("passes on", offset)
            self._require_inside("passes on", offset + count - 1)
        return self.numbers[offset : offset + count]

    def num_unwritten(self):
        """Return how many elements nothing has written."""
        mark = np.frombuffer(_NEVER_WRITTEN, np.int64)[0]
        return int(np.sum(self.numbers.view(np.int64) == mark))

    def _require_inside(self, verb, i):
        if not 0 <= i < self._size:
            raise RehearsalError(
                f"The program {verb} {self.name}[{i}] of {self._size} elements."
            )


class Rehearsal:
    """A program as a function of a flat vector, like `build.Potential`.

    Parameters
    ----------
    program : Program
    size : int
        Dimension D of the flat vector.
    """

    def __init__(self, program, size):
        self.program, self.size = program, size
        self._rounds = Rounds()
        self._density = _density_of(program.source, self._rounds)

    def __call__(self, q, held=()):
        """Return U and its gradient.

        Parameters
        ----------
        q : (D,) float64
        held : (H,) float64

        Returns
        -------
        U : float
        grad : (D,) float64

        Raises
        ------
        RehearsalError
            If an element is touched that should not be.
        """
        program, rounds = self.program, self._rounds
        rounds.number = None
        num_others = program.workspace_size - program.local_size - program.num_held
        grad = GuardedArray.unwritten("grad", self.size, rounds)
        arrays = [
            _data("q", np.asarray(q, np.float64)),
            grad,
            _data("float_data", program.float_data),
            _data("int_data", program.int_data),
            GuardedArray.unwritten("workspace", num_others, rounds),
            GuardedArray.unwritten("local", program.local_size, rounds),
            *([_data("held", np.asarray(held, np.float64))] if program.num_held else []),
            *(_data(f"stream {k}", x) for k, x in enumerate(program.streams)),
        ]
        with np.errstate(all="ignore"):
            U = self._density(*arrays)
        if grad.num_unwritten():
            raise RehearsalError(f"The program leaves {grad.num_unwritten()} elements of grad out.")
        return float(U), grad.numbers.copy()


def _data(name, numbers):
    # a copy: ctypes passes no array on that is frozen
    return GuardedArray(name, np.array(numbers).reshape(-1), is_data=True)


def _density_of(source, rounds):
    has_division = any(sign in source for sign in (" / ", " // ", " % "))
    tree = _MachineDivision().visit(ast.parse(source)) if has_division else None
    names = definitions_of(source, tree)
    names.update(_MEANINGS, independent=rounds.over)
    return names["density"]


class _MachineDivision(ast.NodeTransformer):
    """Writes operators that raise in Python as calls of functions that do not."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        name = _DIVISIONS.get(type(node.op))
        if name is None:
            return node
        function = ast.copy_location(ast.Name(name, ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node.left, node.right], []), node)


_DIVISIONS = {ast.Div: "divided", ast.FloorDiv: "floor_divided", ast.Mod: "remainder"}


def _by_type(of_integers, of_floats):
    def function(a, b):
        is_whole = isinstance(a, int) and isinstance(b, int)
        return (of_integers if is_whole else of_floats)(a, b)

    return function


def _defining_functions():
    """Return the functions by which elementwise operations are defined, by their emitted names."""
    of_math, own = {}, {}
    for operation in ELEMENTWISE.values():
        found = re.match(r"(math\.)?(\w+)\(\{0\}", operation.source)
        if found and operation.source.count("(") == 1:
            (of_math if found[1] else own)[found[2]] = operation.value
    del own["abs"], own["float"], own["int"], own["select"]
    return {**own, "math": SimpleNamespace(**of_math)}


def _view2(array, offset, m, n):
    return array.part(offset, m * n).reshape(m, n)


_MEANINGS = {
    **_defining_functions(),
    "divided": lambda a, b: np.float64(a) / b,
    "floor_divided": _by_type(arithmetic.floor_divide_integers, np.floor_divide),
    "remainder": _by_type(arithmetic.remainder_of_integers, np.remainder),
    "select": lambda is_first, a, b: a if is_first else b,
    "add_reassoc": lambda a, b: a + b,
    "square": lambda x: x * x,
    "view1": GuardedArray.part,
    "view2": _view2,
}
