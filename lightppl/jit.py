"""The one place that spells Numba options: `kernel`, its disk cache, and calls through an address.

Numba's disk cache looks only at the file of the function that is called first, so a helper edited
in another file would leave old machine code running.  Here the cache folder is named by a digest
of all kernel sources together with the versions that shape machine code; an edit anywhere names a
new folder.

A potential reaches kernels as the *address* of a C function

    U = potential(q, grad, float_data, int_data, workspace)

and not as a Numba function object: one specialisation then serves every model, a call costs about
8 ns instead of 20, and entering a kernel from Python 60 us instead of 330.
"""

import importlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numba
import numba.np.linalg
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lightppl.code_folder import PACKAGE, versioned_folder
from lightppl.machine_code import POTENTIAL_CTYPE

POTENTIAL_SIGNATURE = types.float64(
    types.CPointer(types.float64),
    types.CPointer(types.float64),
    types.CPointer(types.float64),
    types.CPointer(types.int64),
    types.CPointer(types.float64),
)
"""C signature of a potential: (q, grad, float_data, int_data, workspace) -> U."""

KERNEL_FOLDERS = ("kernels", "diagnostics")


class StatusCodes(NamedTuple):
    """Codes that kernels return instead of raising."""

    OK: int = 0
    NON_FINITE_START: int = 1
    STEP_SIZE_NOT_FOUND: int = 2


Status = StatusCodes()
"""The codes, as a constant that kernels can read: ``Status.OK``."""


def kernel(
    function=None, *, fastmath=frozenset({"contract"}), inline="never", small=False, entry=False
):
    """Compile a function with Numba: no GIL, cached on disk, NumPy's rules for division by zero.

    Parameters
    ----------
    function : callable
    fastmath : set of str
        LLVM flags.  Only flags that keep NaN and infinity meaningful are allowed; ``reassoc`` is
        for sums and breaks compensated arithmetic.
    inline : {"never", "always"}
        "always" merges the function into its caller before compilation; for functions with one
        caller, because LLVM optimises a function once more for each level of calls above it.
    small : bool
        Tell LLVM to inline it always; for loops over coordinates, whose arguments cost more than
        their work.
    entry : bool
        Whether Python calls it.  Only matters in ``lightppl/kernels``: the wrapper that unpacks
        records takes longer to compile than a small kernel, so the others have none.

    Notes
    -----
    Functions in ``lightppl/kernels`` are compiled without reference counts.  They only borrow
    arrays and cannot allocate any; counting atomically would take half of the time of a small
    model.  What calls them must be compiled alike (``numba.njit(_nrt=False)`` in a test), because
    the views they return own nothing.

    Returns
    -------
    callable

    Examples
    --------
    >>> @kernel
    ... def double(x):
    ...     return 2.0 * x
    >>> double(3.0)
    6.0
    """
    if function is None:
        return lambda f: kernel(f, fastmath=fastmath, inline=inline, small=small, entry=entry)
    is_ours = _is_ours(function)
    if set(fastmath) & {"nnan", "ninf", "fast"}:
        raise ValueError(f"fastmath={set(fastmath)} would let the compiler assume NaN away.")
    options = dict(
        nogil=True,
        error_model="numpy",
        fastmath=set(fastmath),
        inline=inline,
        forceinline=small,
        no_cfunc_wrapper=True,
    )
    if is_ours and _is_sampler_kernel(function):
        options.update(_nrt=False, no_cpython_wrapper=not entry)
    if not is_ours:
        return numba.njit(**options)(function)
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(kernel_cache_dir())
    try:
        compiled = numba.njit(cache=True, **options)(function)
    finally:
        numba.config.CACHE_DIR = before
    if options.get("no_cpython_wrapper") and not numba.config.DISABLE_JIT:
        _refuse_calls_from_python(compiled)
    return compiled


def python_function(kernel):
    """Return the plain Python function that a kernel was made of; it calls no compiled code itself.

    Parameters
    ----------
    kernel : callable
        A kernel that calls no other kernel.

    Returns
    -------
    callable
    """
    return getattr(kernel, "py_func", kernel)


def kernel_cache_dir():
    """Return the folder that holds the compiled kernels of exactly these sources."""
    versions = f"{numba.__version__} {np.__version__}"
    return versioned_folder("kernels", _kernel_sources(), versions)


def is_kernel_cached(function):
    """Return whether compiled code of a kernel is in this process or on disk."""
    if not hasattr(function, "signatures"):
        return True
    if function.signatures:
        return True
    name = function.py_func.__qualname__
    return any(kernel_cache_dir().glob(f"**/*{name}*.nbc"))


def _load_array_functions():
    """Let Numba load its array functions without importing `scipy.linalg`, a tenth of a second.

    It imports SciPy's BLAS only to see whether it is there, which it is: SciPy is required.  Numba
    looks again, and imports it, when a function that needs it is compiled.
    """
    check = numba.np.linalg.ensure_blas
    numba.np.linalg.ensure_blas = lambda: None
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        numba.np.linalg.ensure_blas = check


_load_array_functions()

if numba.config.DISABLE_JIT:

    def call_address(address, q, grad, float_data, int_data, workspace):
        """Call a potential: a Python callable or the address of a C function."""
        if callable(address):
            return address(q, grad, float_data, int_data, workspace)
        arrays = (q, grad, float_data, int_data, workspace)
        return POTENTIAL_CTYPE(int(address))(*(np.asarray(x).ctypes.data for x in arrays))

else:

    @intrinsic
    def call_address(typingctx, address, q, grad, float_data, int_data, workspace):
        """Call the C function at an integer address with the data pointers of five arrays."""
        arrays = (q, grad, float_data, int_data, workspace)
        signature = types.float64(types.int64, *arrays)

        def codegen(context, builder, signature, args):
            pointers = [
                context.make_array(array_type)(context, builder, value=value).data
                for array_type, value in zip(signature.args[1:], args[1:])
            ]
            function_type = ir.FunctionType(ir.DoubleType(), [p.type for p in pointers])
            function = builder.inttoptr(args[0], function_type.as_pointer())
            return builder.call(function, pointers)

        return signature, codegen


def _is_ours(function):
    return Path(function.__code__.co_filename).resolve().is_relative_to(PACKAGE)


def _refuse_calls_from_python(dispatcher):
    """Without this, Python would jump to a wrapper that does not exist and crash the process."""

    def refuse(*args, **kwargs):
        raise TypeError(
            f"{dispatcher.py_func.__qualname__} is an inner kernel: only kernels call it. Call it "
            "inside a function compiled with numba.njit, or give it @kernel(entry=True)."
        )

    dispatcher._insert = lambda *args, **kwargs: None
    dispatcher._compile_for_args = refuse


def _is_sampler_kernel(function):
    return Path(function.__code__.co_filename).resolve().is_relative_to(PACKAGE / "kernels")


@cache
def _kernel_sources():
    folders = [PACKAGE / name for name in KERNEL_FOLDERS]
    return (PACKAGE / "jit.py", *(path for folder in folders for path in folder.rglob("*.py")))
