"""C entry points of SciPy (BLAS, LAPACK, special functions) for emitted code.

SciPy publishes C function pointers in its Cython modules.  A pointer value in compiled code would
be wrong in the next process.  So compiled code refers to a name, and the loader fills in the
address that the name has in this process (`address_of`).

Python calls the same functions through `ctypes`.
"""

import ctypes
import importlib
import re

import numpy as np

from lightppl.records import record

_PREFIX = "lightppl_scipy_"
_addresses = {}


@record
class SciPySymbol:
    """A C function of a Cython module of SciPy.

    Parameters
    ----------
    module : str
        For example ``"scipy.linalg.cython_blas"``.
    name : str
        Name in SciPy's documentation.
    signature : str
        Beginning of the C signature; chooses among the variants of a function with several types.
    """

    module: str
    name: str
    signature: str = ""

    @property
    def symbol(self):
        """The name under which compiled code knows it."""
        return _PREFIX + self.name

    def described(self):
        """Return what `symbol_from` needs to make it again, for JSON."""
        return [self.module, self.name, self.signature]

    @property
    def address(self):
        """Where the function is in this process; the module is imported when first asked."""
        if self.symbol not in _addresses:
            _addresses[self.symbol] = _find_address(self.module, self.name, self.signature)
        return _addresses[self.symbol]


def _find_address(module, name, signature):
    # a variant for some types carries their index
    entry_name = re.compile(rf"(__pyx_fuse(_\d+)+)?{name}")
    for entry, capsule in importlib.import_module(module).__pyx_capi__.items():
        if not entry_name.fullmatch(entry):
            continue
        c_signature = _capsule_name(capsule)
        if c_signature.decode().startswith(signature):
            return _capsule_pointer(capsule, c_signature)
    raise ImportError(f"{module} has no C function {name} with signature {signature}.")


_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.restype, _capsule_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class SpecialFunction(SciPySymbol):
    """A function float64, ... -> float64 of `scipy.special.cython_special`."""

    def __call__(self, *args):
        prototype = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * len(args), ctypes.c_int)
        return prototype(self.address)(*args, 0)


@record
class FortranProcedure(SciPySymbol):
    """A procedure of BLAS or LAPACK; takes one tuple, as Fortran takes every argument by address.

    Parameters
    ----------
    kinds : str
        One letter per argument: ``c`` a character given as its integer code, ``i`` an integer,
        ``d`` a float64, ``a`` an array whose data are float64, or space for integers, or a pair of
        such an array and the position in it where the data start.  A final ``o`` is the integer
        result INFO, which is returned instead of passed.
    """

    kinds: str = ""

    def __call__(self, arguments):
        info = ctypes.c_int32(0)
        cells = [
            np.ctypeslib.as_ctypes(_data_view(a)) if k == "a" else _C_TYPES[k](a)
            for k, a in zip(self.kinds, arguments)
        ]
        if self.kinds.endswith("o"):
            cells.append(info)
        procedure = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(cells))(self.address)
        procedure(*(ctypes.addressof(cell) for cell in cells))
        return info.value


def symbol_from(described):
    """Return the symbol that was described."""
    return SciPySymbol(*described)


def special_function(name, num_arguments):
    """Return a special function for compiled code.

    Parameters
    ----------
    name : str
    num_arguments : int
    """
    signature = "double (" + ", ".join(["double"] * num_arguments)
    return SpecialFunction("scipy.special.cython_special", name, signature)


class _SpecialFunctions:
    """All functions float64, ... -> float64 of so many arguments, each found when first named."""

    def __init__(self, num_arguments):
        self._num_arguments = num_arguments

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        function = special_function(name, self._num_arguments)
        setattr(self, name, function)
        return function


scipy_of_1, scipy_of_2, scipy_of_3, scipy_of_4 = (_SpecialFunctions(n) for n in (1, 2, 3, 4))
"""Emitted code writes ``scipy_of_2.jv(v, x)``."""


def fortran_procedure(module, name, kinds):
    """Return a procedure of BLAS or LAPACK for compiled code; see `FortranProcedure`."""
    return FortranProcedure(module, name, "", kinds)


_C_TYPES = {"c": ctypes.c_int8, "i": ctypes.c_int32, "d": ctypes.c_double}


def _data_view(given):
    array, position = given if isinstance(given, tuple) else (given, 0)
    return array.reshape(-1)[position:]
