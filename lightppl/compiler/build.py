"""Source to machine code: files named by their content, in a folder of the user's alone.

The source of a density is a module on disk; Numba compiles it to a C function and caches the
machine code beside it.  Two densities of one structure have one source, hence one compiled
function.
"""

import ctypes
import re
import sys
import threading
import time
import types
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass

import llvmlite.binding
import numba
import numpy as np

from lightppl.compiler.runtime_names import import_lines
from lightppl.compiler.store import density_name, is_sealed, models_dir, seal, write_atomically
from lightppl.jit import POTENTIAL_CTYPE, POTENTIAL_SIGNATURE, announce_compilation

MAX_FUNCTIONS_IN_PROCESS = 256

_compiling = threading.RLock()
_functions = OrderedDict()
_counts = {"compiled": 0, "loaded": 0}


@dataclass(frozen=True)
class CompiledFunction:
    """A compiled C function; the address is valid as long as this object lives."""

    address: int
    source: str
    path: str
    seconds: float
    cfunc: object


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

    Notes
    -----
    Calling it from Python uses one workspace, so an object must not be called from two threads at
    once; kernels give each chain a workspace of its own.
    """

    def __init__(self, function, size, float_data, int_data, workspace_size):
        self.function = function
        self.address = int(function.address)
        self.size = size
        self.float_data = float_data
        self.int_data = int_data
        self.workspace_size = max(int(workspace_size), 1)
        self._q = np.zeros(max(size, 1))
        self._grad = np.zeros(max(size, 1))
        self._workspace = np.zeros(self.workspace_size)
        self._call = POTENTIAL_CTYPE(self.address)
        arrays = (self._q, self._grad, float_data, int_data, self._workspace)
        self._pointers = tuple(ctypes.c_void_p(x.ctypes.data) for x in arrays)

    def __call__(self, q):
        """Return U and its gradient.

        Parameters
        ----------
        q : (D,) float64

        Returns
        -------
        U : float
        grad : (D,) float64
        """
        self._q[: self.size] = q
        return self._call(*self._pointers), self._grad[: self.size].copy()


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
    known = _functions.get(source)
    if known is not None:
        _functions.move_to_end(source)
        return known
    start = time.perf_counter()
    folder = models_dir()
    text = _imports(source) + source
    name = density_name(text)
    path = folder / f"{name}.py"
    is_on_disk = is_sealed(folder, name, text)
    if not is_on_disk:
        announce_compilation("the density of a model (a few seconds)")
    write_atomically(path, text)
    cfunc = _compile(text, path, folder)
    if not is_on_disk:
        seal(folder, name, text)
    _counts["loaded" if cfunc.cache_hits else "compiled"] += 1
    seconds = time.perf_counter() - start
    function = CompiledFunction(cfunc.address, text, str(path), seconds, cfunc)
    _functions[source] = function
    if len(_functions) > MAX_FUNCTIONS_IN_PROCESS:
        _functions.popitem(last=False)
    return function


def compile_counts():
    """Return how many densities this process compiled, and how many it loaded from disk.

    Returns
    -------
    dict with "compiled" and "loaded"
    """
    return dict(_counts)


def _compile(text, path, folder):
    module = types.ModuleType(f"lightppl_{path.stem}")
    module.__file__ = str(path)
    # Numba finds the globals of a cached function through its module's name.
    sys.modules[module.__name__] = module
    exec(compile(text, str(path), "exec"), module.__dict__)
    options = dict(error_model="numpy", fastmath={"contract"})
    module.density = numba.njit(**options)(module.density)
    _declare_separate(module.density)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        with _interleaved_loops():
            return numba.cfunc(POTENTIAL_SIGNATURE, cache=True, **options)(module.potential)
    finally:
        numba.config.CACHE_DIR = before


@contextmanager
def _interleaved_loops():
    """Let LLVM work on two vectors at once: exp and its kin wait for each other's results.

    Measured at about 20 % of the time of a loop; by itself LLVM decides against it.
    """
    with _compiling:
        llvmlite.binding.set_option("", "-force-vector-interleave=2")
        try:
            yield
        finally:
            llvmlite.binding.set_option("", "-force-vector-interleave=0")


def _declare_separate(dispatcher):
    """Tell LLVM that the pointers of a function overlap nothing.

    Numba knows the flag, but `njit` offers no option for it; without it loops that gather from one
    array and write to another are not vectorised.
    """
    compiler = dispatcher._compiler
    customize = compiler._customize_flags

    def customize_flags(flags):
        flags = customize(flags)
        flags.noalias = True
        return flags

    compiler._customize_flags = customize_flags


def _imports(source):
    """Return import lines for the runtime functions that a source calls."""
    lines = ["import math", "", "import numpy as np", ""]
    lines += import_lines(set(re.findall(r"[A-Za-z_]\w*", source)))
    return "\n".join(lines) + "\n\n\n"
