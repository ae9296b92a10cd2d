"""Functions of the emitted language, called from Python as machine code."""

import ctypes
import functools

import numpy as np

from lightppl.compiler.lower.calls import flattened
from lightppl.compiler.lower.kinds import BOOL, FLOAT, INT, Pointer, View, constant
from lightppl.compiler.lower.module import ModuleLowering
from lightppl.machine_code.object_code import compile_llvm, load_machine_code, optimize_llvm

_C_TYPES = {FLOAT: ctypes.c_double, INT: ctypes.c_int64, BOOL: ctypes.c_bool, None: None}


class compiled:
    """A function of numbers and of arrays with one or two axes, compiled for what it is given.

    Parameters
    ----------
    function : callable
        Written in the emitted language.
    """

    def __init__(self, function):
        self.function = function
        self._calls = {}

    def __call__(self, *args):
        return self.prepared(*args)()

    def prepared(self, *args):
        """Return a function without arguments that calls the machine code and does nothing else."""
        values = [_stand_in(x) for x in args]
        layout = tuple(flattened(x)[1] for x in values)
        if layout not in self._calls:
            self._calls[layout] = self._compile(values)
        call, _ = self._calls[layout]
        return functools.partial(call, *(x for arg in args for x in _passed(arg)))

    def optimized(self, *args):
        """Return LLVM's text, after its passes, for arguments like these."""
        lowering, _, _ = _lowered(self.function, [_stand_in(x) for x in args])
        return optimize_llvm(str(lowering.llvm))

    def _compile(self, values):
        lowering, llvm, kind = _lowered(self.function, values)
        symbols = {x.symbol: x.address for x in lowering.externals.values()}
        code = load_machine_code(compile_llvm(str(lowering.llvm)), llvm.name, symbols)
        c_types = [t for x in values for t in _c_types(x)]
        return ctypes.CFUNCTYPE(_C_TYPES[kind], *c_types)(code.address), code


def _lowered(function, values):
    lowering = ModuleLowering({})
    llvm, kind = lowering.function(function, values)
    llvm.linkage = ""
    return lowering, llvm, kind


def _stand_in(x):
    if isinstance(x, np.ndarray):
        if x.dtype == np.int64:
            return Pointer(INT, None)
        assert x.dtype == np.float64 and x.flags.c_contiguous
        return View(Pointer(FLOAT, None), tuple(constant(n) for n in x.shape))
    return constant(x.item() if isinstance(x, np.generic) else x)


def _c_types(value):
    if isinstance(value, Pointer):
        return [ctypes.c_void_p]
    if isinstance(value, View):
        return [ctypes.c_void_p, *[ctypes.c_int64] * len(value.sizes)]
    return [_C_TYPES[value.kind]]


def _passed(x):
    if isinstance(x, np.ndarray):
        return [x.ctypes.data, *(x.shape if x.dtype == np.float64 else ())]
    return [x]
