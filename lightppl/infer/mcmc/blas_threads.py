"""One BLAS thread while chains run: chains are the threads, and rounding must not depend on them.

OpenBLAS has no Python interface; the libraries that NumPy and SciPy bring along are opened once
more by path, which gives the copies that are loaded already.  One that is not loaded stays so: its
threads would wait for work, busily, while chains run.  Whatever chains call has been called at
their starts, before this.
"""

import contextlib
import ctypes
import functools
import os
import threading

from lightppl.libraries import folder_of

_SUFFIXES = ("", "64_", "_64")
_PREFIXES = ("scipy_openblas", "openblas")

_IF_LOADED = getattr(os, "RTLD_NOLOAD", ctypes.DEFAULT_MODE)

_lock = threading.Lock()
_num_holders = 0
_counts_before = {}
"""Id of a set function -> itself, and the number of threads before a holder met its library."""
_opened = {}
"""Path of a library that is loaded -> its (get, set) functions."""


@contextlib.contextmanager
def single_threaded_blas():
    """Cap BLAS to one thread in a ``with`` block; without effect where the library is unknown.

    Blocks may overlap, in several threads: the last one that ends restores the numbers that the
    first one found.

    Examples
    --------
    >>> with single_threaded_blas():
    ...     pass
    """
    _hold()
    try:
        yield
    finally:
        _release()


def _hold():
    global _num_holders
    with _lock:
        for get_count, set_count in _thread_counts():
            if id(set_count) not in _counts_before:
                _counts_before[id(set_count)] = set_count, get_count()
                set_count(1)
        _num_holders += 1


def _release():
    global _num_holders
    with _lock:
        _num_holders -= 1
        if _num_holders == 0:
            for set_count, count in _counts_before.values():
                set_count(count)
            _counts_before.clear()


def _thread_counts():
    """Return (get, set) functions of every OpenBLAS beside NumPy and SciPy that is loaded now."""
    for path in _paths():
        if path not in _opened:
            with contextlib.suppress(OSError):  # it is not loaded
                _opened[path] = tuple(_functions_of(ctypes.CDLL(path, mode=_IF_LOADED)))
    return [functions for of_library in _opened.values() for functions in of_library]


@functools.cache
def _paths():
    roots = [root for root in map(folder_of, ("numpy", "scipy")) if root is not None]
    folders = [
        folder for root in roots for folder in (root.parent / f"{root.name}.libs", root / ".dylibs")
    ]
    return [str(path) for folder in folders for path in sorted(folder.glob("*openblas*"))]


def _functions_of(library):
    for prefix in _PREFIXES:
        for suffix in _SUFFIXES:
            get_count = getattr(library, f"{prefix}_get_num_threads{suffix}", None)
            set_count = getattr(library, f"{prefix}_set_num_threads{suffix}", None)
            if get_count is not None and set_count is not None:
                yield get_count, set_count
                return
