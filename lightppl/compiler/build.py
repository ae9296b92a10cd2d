"""Source to machine code: kept on disk under the digest of the source, loaded once a process.

Two densities of one structure have one source, hence one compiled function. What is kept on disk
has agreed, in value and gradient, with what it was compiled from.
"""

import ctypes
import re
import time
from collections import OrderedDict

import numpy as np

from lightppl.machine_code.code_folder import announce_compilation, find_code, keep_code
from lightppl.compiler.runtime.registered import KERNELS
from lightppl.compiler.runtime.scipy_symbols import symbol_from
from lightppl.compiler.write.runtime_names import import_lines
from lightppl.compiler.store import models_dir
from lightppl.machine_code.object_code import (
    POTENTIAL_CTYPE, compile_llvm, load_machine_code, making_code,
)
from lightppl.records import record

MAX_FUNCTIONS_IN_PROCESS = 256

_functions = OrderedDict()
_counts = {"compiled": 0, "loaded": 0}


@record(eq=False, frozen=False)
class CompiledFunction:
    """A compiled C function; the address is valid as long as this object lives.

    Attributes
    ----------
    address : int
    source : str
    seconds : float
        What compiling or loading took.
    code : tuple
        Keeps the machine code, and what it calls outside, in memory.
    unkept : tuple or None
        Machine code and a description of what it calls, until `confirm_function` keeps them.
    has_agreed : bool
        Whether value and gradient were found to be those of the function that was compiled.
    """

    address: int
    source: str
    seconds: float
    code: tuple
    unkept: tuple | None = None
    has_agreed: bool = False


class Potential:
    """A compiled function of a flat vector with its data: ``U`` and its gradient.

    Parameters
    ----------
    function : CompiledFunction
    size : int
        Dimension D of the flat vector.
    float_data : (F,) float64
    int_data : (I,) int64
    workspace_size : int
    streams : list of array
        Data whose addresses are in `int_data`: they live as long as this object.
    held : (H,) float64
        Values that may change between calls, as they are where nobody says otherwise; whoever calls
        the C function writes them at the head of the workspace.

    Notes
    -----
    It may be called from several threads at once: each call that runs has a workspace of its own.
    """

    def __init__(
        self, function, size, float_data, int_data, workspace_size, streams=(), held=()
    ):
        self.function, self.streams = function, tuple(streams)
        self.held = np.array(held, np.float64)
        self.address = int(function.address)
        self.size = size
        self.float_data = float_data
        self.int_data = int_data
        self.workspace_size = max(int(workspace_size), 1)
        self._idle = []
        self._call = POTENTIAL_CTYPE(self.address)

    def __call__(self, q, held=None):
        """Return U and its gradient.

        Parameters
        ----------
        q : (D,) float64
        held : (H,) float64, optional

        Returns
        -------
        U : float
        grad : (D,) float64
        """
        try:
            call = self._idle.pop()
        except IndexError:  # all are in use by other threads, or there is none yet
            call = _Call(self)
        call.q[: self.size] = q
        if self.held.size:
            call.workspace[: self.held.size] = self.held if held is None else held
        U = self._call(*call.pointers)
        grad = call.grad[: self.size].copy()
        self._idle.append(call)
        return U, grad


class VectorFunction:
    """A compiled function of a flat vector, and of held values, that returns a vector.

    Parameters
    ----------
    function : CompiledFunction
        Of a graph whose outputs are a number and the vector.
    program : Program
        With its data.
    size : int
        M.

    Notes
    -----
    It may be called from several threads at once.
    """

    def __init__(self, function, program, size):
        self._function, self.size, self.num_held = function, size, program.num_held
        self.address = int(function.address)
        self.float_data, self.int_data = program.float_data, program.int_data
        self.workspace_size = max(int(program.workspace_size), 1)
        self._streams = tuple(program.streams)
        self._call = POTENTIAL_CTYPE(self.address)

    def __call__(self, q, held=()):
        """Return the vector, (M,).

        Parameters
        ----------
        q : (D,) float64
        held : (H,) float64
        """
        vector, workspace = np.empty(max(self.size, 1)), np.empty(self.workspace_size)
        if self.num_held:
            workspace[: self.num_held] = held
        arrays = (np.ascontiguousarray(q), vector, self.float_data, self.int_data, workspace)
        self._call(*(x.ctypes.data for x in arrays))
        return vector[: self.size]


class _Call:
    """The arrays of one call of a potential that is running."""

    def __init__(self, potential):
        self.q = np.zeros(max(potential.size, 1))
        self.grad = np.zeros(max(potential.size, 1))
        self.workspace = np.zeros(potential.workspace_size)
        data = potential.float_data, potential.int_data
        arrays = (self.q, self.grad, *data, self.workspace)
        self.pointers = tuple(ctypes.c_void_p(x.ctypes.data) for x in arrays)


def build_function(source):
    """Return the compiled function of a source text: from this process, from disk, or compiled.

    Parameters
    ----------
    source : str
        A function ``potential(q, grad, float_data, int_data, workspace)``.

    Returns
    -------
    CompiledFunction
    """
    with making_code:
        known = _functions.get(source)
        if known is not None:
            _functions.move_to_end(source)
            return known
        function = _functions[source] = _build(source)
        if len(_functions) > MAX_FUNCTIONS_IN_PROCESS:
            _functions.popitem(last=False)
        return function


def confirm_function(function):
    """Note that a function agrees with what it was compiled from, and keep its code on disk.

    Parameters
    ----------
    function : CompiledFunction
    """
    function.has_agreed = True
    if function.unkept is not None:
        keep_code(models_dir(), function.source, *function.unkept)
        function.unkept = None


def compile_counts():
    """Return how many densities this process compiled, and how many it loaded from disk.

    Returns
    -------
    dict with "compiled" and "loaded"
    """
    return dict(_counts)


def _build(source):
    start = time.perf_counter()
    text = _imports(source) + source
    code, described = find_code(models_dir(), text)
    symbols = [KERNELS[x] if isinstance(x, str) else symbol_from(x) for x in described or ()]
    was_loaded = code is not None
    _counts["loaded" if was_loaded else "compiled"] += 1
    if not was_loaded:
        announce_compilation("the density of a model")
        code, symbols = _compile(text)
    loaded = load_machine_code(code, ENTRY, {x.symbol: x.address for x in symbols})
    # functions that Numba compiled must live as long as the code that calls them
    kept = (loaded, *symbols)
    seconds = time.perf_counter() - start
    unkept = None if was_loaded else (code, [x.described() for x in symbols])
    return CompiledFunction(loaded.address, text, seconds, kept, unkept, has_agreed=was_loaded)


def _compile(text):
    # what only compiling needs is not loaded where compiled code is found
    from lightppl.compiler.lower.module import lower_program

    llvm, symbols = lower_program(text, _executed(text))
    return compile_llvm(llvm), symbols


def definitions_of(source, tree=None):
    """Return the functions of a source text as Python functions, and what they call, by name.

    Parameters
    ----------
    source : str
    tree : ast.Module, optional
        To be run instead of the text.

    Returns
    -------
    dict of str to object
    """
    names = _executed(_imports(source))
    exec(compile(source if tree is None else tree, "<density>", "exec"), names)
    return names


def _executed(text):
    names = {}
    exec(compile(text, "<density>", "exec"), names)
    return names


ENTRY = "potential"
"""Name of the function that is called from outside."""


def _imports(source):
    """Return import lines for the runtime functions that a source calls."""
    lines = ["import math", "", "import numpy as np", ""]
    lines += import_lines(set(re.findall(r"[A-Za-z_]\w*", source)))
    return "\n".join(lines) + "\n\n\n"
