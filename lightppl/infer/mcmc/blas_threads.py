"""One BLAS thread while chains run: chains are the threads, and rounding must not depend on them.

OpenBLAS has no Python interface; the libraries that NumPy and SciPy bring along are opened once
more by path, which gives the copies that are loaded already.
"""

import contextlib
import ctypes
import functools
from pathlib import Path

import numpy
import scipy

_SUFFIXES = ("", "64_", "_64")
_PREFIXES = ("scipy_openblas", "openblas")


@contextlib.contextmanager
def single_threaded_blas():
    """Cap BLAS to one thread in a ``with`` block; without effect where the library is unknown.

    Examples
    --------
    >>> with single_threaded_blas():
    ...     pass
    """
    counts = [(set_count, get_count()) for get_count, set_count in _thread_counts()]
    for set_count, _ in counts:
        set_count(1)
    try:
        yield
    finally:
        for set_count, count in counts:
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
