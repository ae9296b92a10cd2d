"""The one place that spells Numba options: `kernel`, which marks a function for machine code.

Numba is loaded when a kernel has to be compiled, and not otherwise.  What Python calls is an
*entry*: a kernel whose records, arrays and numbers reach compiled code as one row of 64-bit words
(`kernel_arguments`), so that its machine code is a plain C function, which is kept on disk and
loaded again without Numba.  The folder is named by a digest of all kernel sources together with the
versions that shape machine code; an edit anywhere names a new folder.

A potential reaches kernels as the *address* of a C function

    U = potential(q, grad, float_data, int_data, workspace)

and not as a Numba function object: one specialisation then serves every model, and a call costs
about 8 ns instead of 20.
"""

import ctypes
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy

from lightppl.machine_code.code_folder import (
    PACKAGE, announce_compilation, find_code, keep_code, versioned_folder,
)
from lightppl.kernel_arguments import ResultReader, Words
from lightppl.libraries import release_of
from lightppl.machine_code.object_code import load_machine_code, making_code, target_name
from lightppl.settings import is_numba_disabled

KERNEL_FOLDERS = ("kernels", "diagnostics", "kernel_compiler")
KERNEL_FILES = (
    "jit.py", "kernel_arguments.py", "machine_code/object_code.py", "records.py",
    "scipy_functions.py", "threads.py", "user_line.py",
)
"""What the code of kernels is made of and by; another folder is used once one of them changes."""


class StatusCodes(NamedTuple):
    """Codes that kernels return instead of raising."""

    OK: int = 0
    NON_FINITE_START: int = 1
    STEP_SIZE_NOT_FOUND: int = 2


_entries_of_package = []

Status = StatusCodes()
"""The codes, as a constant that kernels can read: ``Status.OK``."""


class Kernel:
    """A function for Numba, compiled when it is needed.

    Other kernels call it as a Numba function; Python calls it if it is an entry.

    Parameters
    ----------
    function : callable
    options : dict
        Of `numba.njit`.
    is_entry : bool
    title : str, optional
        What the user is told is compiled.
    is_separate : bool
        Whether what it writes to overlaps none of its other arrays.
    parts : sequence of Kernel
        Kernels that its function holds in a closure.

    Attributes
    ----------
    py_func : callable
        The function itself, which runs nothing compiled.
    targetoptions : dict
        Numba reads both names, to merge kernels into each other.
    dispatchers : dict
        Numba functions that were made of it, for `lightppl.kernel_compiler.entries`.
    """

    def __init__(
        self, function, options, is_entry, title=None, is_separate=False, parts=()
    ):
        self.title, self.is_separate, self.parts = title, is_separate, parts
        self.py_func, self.targetoptions, self.is_entry = function, options, is_entry
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self.__module__, self.__qualname__ = function.__module__, function.__qualname__
        self.dispatchers, self._entries = {}, {}
        if is_entry and _is_ours(self):
            _entries_of_package.append(self)

    def __call__(self, *args):
        if is_numba_disabled():
            return self.py_func(*args)
        if not self.is_entry:
            raise TypeError(
                f"{self.__qualname__} is an inner kernel: only kernels call it. Call it inside a "
                "function compiled with numba.njit, or give it @kernel(entry=True)."
            )
        words = Words(args)
        return self._entry_for(words)(words)

    def _entry_for(self, words):
        return self._entries.get(words.layout) or self._made_entry(words)

    def _made_entry(self, words):
        with making_code:
            if words.layout not in self._entries:  # another thread may have made it meanwhile
                self._entries[words.layout] = _Entry(self, words)
            return self._entries[words.layout]

    @property
    def num_entries(self):
        """Number of pieces of machine code that this process compiled or loaded for the kernel.

        There is one for each layout of arguments: models and their sizes make no difference.
        """
        return len(self._entries)

    @property
    def compilations(self):
        """What was compiled or loaded, a `Compilation` each."""
        return [entry.compilation for entry in self._entries.values()]

    @property
    def dispatcher(self):
        """The Numba function."""
        return _kernel_compiler().dispatcher_of(self)

    @property
    def _numba_type_(self):
        return _kernel_compiler().type_of(self.dispatcher)


class RepeatedCalls:
    """Calls of one kernel, most of whose arguments are those of the call before.

    Only what is another object is written again, and a record that the kernel itself returned is
    copied from where it stands.

    Parameters
    ----------
    kernel : Kernel
        An entry.

    Notes
    -----
    It serves one thread at a time.
    """

    def __init__(self, kernel):
        self._kernel, self._words, self._result = kernel, None, None

    def __call__(self, *args):
        """Return what the kernel returns."""
        if is_numba_disabled():
            return self._kernel(*args)
        layout = "" if self._words is None else self._entry.result_layout
        if self._words is None or not self._words.replace(args, self._result, layout):
            self._words = Words(args)
            self._entry = self._kernel._entry_for(self._words)
        self._result = self._entry(self._words)
        return self._result


class Compilation(NamedTuple):
    """How a kernel came to its machine code for one layout of arguments.

    Attributes
    ----------
    name : str
        Of the kernel, with its module.
    seconds : float
    num_bytes : int
        Size of the machine code.
    was_there : bool
        Whether it was on disk before.
    is_kept : bool
        Whether it is on disk now.
    """

    name: str
    seconds: float
    num_bytes: int
    was_there: bool
    is_kept: bool


class NumbaFunction:
    """A function that exists for Numba only, and is made by it when a kernel calls it.

    Parameters
    ----------
    name : str
        In `lightppl.kernel_compiler.entries`.
    in_python : callable
        What it means when kernels run as plain Python.
    """

    def __init__(self, name, in_python):
        self.name, self.in_python = name, in_python

    def __call__(self, *args):
        return self.in_python(*args)

    @property
    def _numba_type_(self):
        return _kernel_compiler().type_of(getattr(_kernel_compiler(), self.name))


def kernel(
    function=None,
    *,
    fastmath=frozenset({"contract"}),
    inline="never",
    small=False,
    separate=False,
    entry=False,
    title=None,
    parts=(),
):
    """Mark a function for Numba: no GIL, no reference counts, NumPy's rules for division by zero.

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
    separate : bool
        Promise that what it writes to overlaps none of its other arrays, so that short loops need
        no test for that.
    entry : bool
        Whether Python calls it.
    title : str, optional
        What the user is told is compiled, for an entry that takes long.
    parts : sequence of Kernel
        Kernels that the function of an entry holds in a closure; its machine code is kept on disk
        only if they are all ours, because an edit of others would not be seen.

    Notes
    -----
    Kernels only borrow arrays and cannot allocate any; counting references atomically would take
    half of the time of a small model.  What calls them must be compiled alike
    (``numba.njit(_nrt=False)`` in a test), because the views they return own nothing.

    Returns
    -------
    Kernel

    Examples
    --------
    >>> @kernel(entry=True)
    ... def double(x):
    ...     return 2.0 * x
    >>> double(3.0)
    6.0
    """
    if function is None:
        options = dict(fastmath=fastmath, inline=inline, small=small, separate=separate)
        return lambda f: kernel(f, **options, entry=entry, title=title, parts=parts)
    if set(fastmath) & {"nnan", "ninf", "fast"}:
        raise ValueError(f"fastmath={set(fastmath)} would let the compiler assume NaN away.")
    options = dict(
        nogil=True,
        error_model="numpy",
        fastmath=set(fastmath),
        inline=inline,
        forceinline=small,
        no_cfunc_wrapper=True,
        no_cpython_wrapper=True,
        _nrt=False,
    )
    return Kernel(function, options, entry, title, separate, parts)


def python_function(kernel):
    """Return the plain Python function that a kernel was made of; it calls no compiled code itself.

    Parameters
    ----------
    kernel : Kernel
        A kernel that calls no other kernel.

    Returns
    -------
    callable
    """
    return kernel.py_func


def entries():
    """Return the kernels of this package that Python calls, of all modules imported so far."""
    return list(_entries_of_package)


def kernel_cache_dir():
    """Return the folder that holds the compiled kernels of exactly these sources."""
    versions = f"{release_of('numba')} {numpy.__version__} {target_name()}"
    return versioned_folder("kernels", kernel_sources(), versions)


class _Entry:
    """Machine code of a kernel for one layout of arguments."""

    def __init__(self, kernel, words):
        began = time.perf_counter()
        code, description = _kept_code(kernel, words)
        was_there = is_kept = code is not None
        if not was_there:
            if kernel.title:
                announce_compilation(kernel.title)
            code, description = _kernel_compiler().compile_entry(kernel, words)
            if _is_ours(kernel):
                is_kept = keep_code(
                    kernel_cache_dir(), _key_of(kernel, words), code, description
                )
        name, result = description
        self._result = ResultReader(result)
        self.result_layout = self._result.layout
        self._code = load_machine_code(code, name, {})
        # Numba's convention for its own functions: result, exception, arguments; returns a status
        self._call = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_void_p] * 3)(self._code.address)
        seconds = time.perf_counter() - began
        self.compilation = Compilation(_name_of(kernel), seconds, len(code), was_there, is_kept)

    def __call__(self, words):
        unused = ctypes.c_void_p()
        status = self._call(ctypes.byref(unused), ctypes.byref(unused), words.address)
        if status != 0:
            raise RuntimeError(f"A kernel ended with the status {status} of Numba.")
        return words.result(self._result)


def _kept_code(kernel, words):
    if not _is_ours(kernel):
        return None, None
    return find_code(kernel_cache_dir(), _key_of(kernel, words))


def _key_of(kernel, words):
    return f"{_name_of(kernel)} {words.layout}"


def _name_of(kernel):
    return f"{kernel.__module__}.{kernel.__qualname__}"


def _is_ours(kernel):
    file = Path(kernel.py_func.__code__.co_filename)
    return file.resolve().is_relative_to(PACKAGE) and all(map(_is_ours, kernel.parts))


def _kernel_compiler():
    # Numba takes a quarter of a second to load, and is needed by those only who compile a kernel
    from lightppl.kernel_compiler import entries

    return entries


@cache
def kernel_sources():
    """Return the files that say what machine code a kernel becomes."""
    folders = [PACKAGE / name for name in KERNEL_FOLDERS]
    files = [PACKAGE / name for name in KERNEL_FILES]
    return (*files, *(path for folder in folders for path in sorted(folder.rglob("*.py"))))
