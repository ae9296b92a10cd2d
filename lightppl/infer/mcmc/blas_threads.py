"""One BLAS thread while chains run: chains are the threads, and rounding must not depend on them.

OpenBLAS has no Python interface; the libraries that NumPy and SciPy bring along are opened once
more by path, which gives the copies that are loaded already.
"""

import contextlib
import ctypes
import functools
import threading
from pathlib import Path

import numpy
import scipy

_SUFFIXES = ("", "64_", "_64")
_PREFIXES = ("scipy_openblas", "openblas")


_lock = threading.Lock()
_num_holders = 0
_counts_before = ()
"""Numbers of threads when the first of the holders came."""


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
    global _num_holders, _counts_before
    with _lock:
        if _num_holders == 0:
            _counts_before = [get_count() for get_count, _ in _thread_counts()]
            for _, set_count in _thread_counts():
                set_count(1)
        _num_holders += 1


def _release():
    global _num_holders
    with _lock:
        _num_holders -= 1
        if _num_holders == 0:
            for (_, set_count), count in zip(_thread_counts(), _counts_before):
                set_count(count)


@functools.cache
def _thread_counts():
    """Return (get, set) functions of every OpenBLAS beside NumPy and SciPy."""
    found = []
    for package in (numpy, scipy):
        root = Path(package.__file__).resolve().parent
        folders = (root.parent / f"{package.__name__}.libs", root / ".dylibs")
        for path in (path for folder in folders for path in sorted(folder.glob("*openblas*"))):
            with contextlib.suppress(OSError):
                found.extend(_functions_of(ctypes.CDLL(str(path))))
    return tuple(found)


def _functions_of(library):
    for prefix in _PREFIXES:
        for suffix in _SUFFIXES:
            get_count = getattr(library, f"{prefix}_get_num_threads{suffix}", None)
            set_count = getattr(library, f"{prefix}_set_num_threads{suffix}", None)
            if get_count is not None and set_count is not None:
                yield get_count, set_count
                return
