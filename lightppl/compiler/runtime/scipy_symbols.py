"""C entry points of SciPy (BLAS, LAPACK, special functions) as functions that kernels can call.

SciPy publishes C function pointers in its Cython modules.  A pointer value in compiled code would
be wrong in the next process, and Numba rightly refuses to cache such code.  So each pointer is
registered with LLVM under a name of ours, compiled code refers to the name, and the linker fills in
the address whenever code is made or loaded from the cache.

A name must be registered **before** cached code that uses it is loaded, or LLVM ends the process.
The modules that use this one (`special`, `linalg`) register their names when they are imported, and
emitted code imports them, so nothing can go wrong as long as those names are used through their
modules.

With ``NUMBA_DISABLE_JIT=1`` the same functions are called through `ctypes`.
"""

import ctypes
import importlib
import re

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_PREFIX = "lightppl_scipy_"
_registered = {}


def register_symbol(module, name, signature=None):
    """Register one C function of a Cython module of SciPy with LLVM, once per process.

    Parameters
    ----------
    module : str
        For example ``"scipy.linalg.cython_blas"``.
    name : str
        Name in SciPy's documentation.
    signature : str, optional
        Beginning of the C signature; chooses among the variants of a function with several types.

    Returns
    -------
    str
        The name under which compiled code finds it.
    """
    symbol = _PREFIX + name
    if symbol not in _registered:
        _registered[symbol] = _find_address(module, name, signature)
        llvmlite.binding.add_symbol(symbol, _registered[symbol])
    return symbol


def _find_address(module, name, signature):
    # a variant for some types carries their index
    entry_name = re.compile(rf"(__pyx_fuse(_\d+)+)?{name}")
    for entry, capsule in importlib.import_module(module).__pyx_capi__.items():
        if not entry_name.fullmatch(entry):
            continue
        c_signature = _capsule_name(capsule)
        if signature is None or c_signature.decode().startswith(signature):
            return _capsule_pointer(capsule, c_signature)
    raise ImportError(f"{module} has no C function {name} with signature {signature}.")


_capsule_name = ctypes.pythonapi.PyCapsule_GetName
_capsule_name.restype, _capsule_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


def special_function(name, num_arguments):
    """Return a function float64, ... -> float64 of `scipy.special.cython_special` for kernels.

    Parameters
    ----------
    name : str
    num_arguments : int

    Returns
    -------
    callable
    """
    signature = "double (" + ", ".join(["double"] * num_arguments)
    symbol = register_symbol("scipy.special.cython_special", name, signature)
    if numba.config.DISABLE_JIT:
        prototype = ctypes.CFUNCTYPE(
            ctypes.c_double, *[ctypes.c_double] * num_arguments, ctypes.c_int
        )
        function = prototype(_registered[symbol])
        return lambda *args: function(*args, 0)
    # the last argument is Cython's: 0 for the C function itself, not an override
    arguments = [types.float64] * num_arguments + [types.int32]
    return types.ExternalFunction(symbol, types.float64(*arguments))


def fortran_procedure(module, name, kinds):
    """Return a procedure of BLAS or LAPACK that kernels can call.

    Fortran takes every argument by address; scalars get a place on the stack.

    Parameters
    ----------
    module : str
    name : str
    kinds : str
        One letter per argument: ``c`` a character given as its integer code, ``i`` an integer,
        ``d`` a float64, ``a`` an array whose data are float64, or space for integers, or a pair of
        such an array and the position in it where the data start.  A final ``o`` is the integer
        result INFO, which is returned instead of passed.

    Returns
    -------
    callable
        Takes one tuple, because a compiled function of any number of arguments is called so.
    """
    symbol = register_symbol(module, name)
    if numba.config.DISABLE_JIT:
        return _ctypes_procedure(_registered[symbol], kinds)
    return _compiled_procedure(symbol, kinds)


def _compiled_procedure(symbol, kinds):
    scalar_types = {"c": types.int8, "i": types.int32, "d": types.float64}

    @intrinsic
    def procedure(typingctx, arguments):
        if len(arguments) != len(kinds.removesuffix("o")):
            return None

        def codegen(context, builder, signature, values):
            info = cgutils.alloca_once_value(builder, ir.IntType(32)(0))
            pointers = []
            for k, (kind, given) in enumerate(zip(kinds, arguments)):
                value = builder.extract_value(values[0], k)
                if kind == "a":
                    pointers.append(_data_pointer(context, builder, given, value))
                else:
                    value = context.cast(builder, value, given, scalar_types[kind])
                    pointers.append(cgutils.alloca_once_value(builder, value))
            if kinds.endswith("o"):
                pointers.append(info)
            pointer = ir.IntType(8).as_pointer()
            function_type = ir.FunctionType(ir.VoidType(), [pointer] * len(pointers))
            function = cgutils.get_or_insert_function(builder.module, function_type, symbol)
            builder.call(function, [builder.bitcast(p, pointer) for p in pointers])
            return builder.sext(builder.load(info), ir.IntType(64))

        return types.int64(arguments), codegen

    return procedure


def _data_pointer(context, builder, given, value):
    """Address of the data of an array, or of what starts at a position in it."""
    if not isinstance(given, types.BaseTuple):
        return context.make_array(given)(context, builder, value).data
    array, position = (builder.extract_value(value, k) for k in range(2))
    data = context.make_array(given[0])(context, builder, array).data
    position = context.cast(builder, position, given[1], types.int64)
    return builder.gep(data, [position], source_etype=ir.DoubleType())


def _ctypes_procedure(address, kinds):
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(kinds))(address)
    c_types = {"c": ctypes.c_int8, "i": ctypes.c_int32, "d": ctypes.c_double}

    def procedure(arguments):
        info = ctypes.c_int32(0)
        cells = [
            np.ctypeslib.as_ctypes(_data_view(a)) if k == "a" else c_types[k](a)
            for k, a in zip(kinds, arguments)
        ]
        if kinds.endswith("o"):
            cells.append(info)
        function(*(ctypes.addressof(cell) for cell in cells))
        return info.value

    return procedure


def _data_view(given):
    array, position = given if isinstance(given, tuple) else (given, 0)
    return array.reshape(-1)[position:]
