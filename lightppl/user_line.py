"""Where the user stands: the innermost line of code that belongs to no library.

Errors name this line, and warnings are issued as if they came from it, so that a reader sees a
line of their own and not one of lightppl.
"""

import contextlib
import functools
import sys
import warnings
from contextvars import ContextVar
from pathlib import Path

import numpy as np

_remembered = ContextVar("lightppl_remembered_line", default=None)


def user_frame():
    """Return the innermost frame that belongs to the user, or None.

    Returns
    -------
    frame or None
    """
    frame = sys._getframe(1)
    while frame is not None and not is_of_user(frame):
        frame = frame.f_back
    return frame


def user_location():
    """Return ``"file.py:12"`` of the innermost frame that belongs to the user, or None.

    Where there is none, as in a thread of ours, it is the line that `point_here` remembers.
    """
    frame = user_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else _remembered.get()


def point_here():
    """Remember the user's line of now for what this context does where no frame is the user's.

    Examples
    --------
    >>> import contextvars
    >>> context = contextvars.copy_context()
    >>> context.run(point_here)
    """
    _remembered.set(user_location())


def at_user_line():
    """Return ``" at file.py:12"`` for messages, or nothing if no frame belongs to the user."""
    location = user_location()
    return f" at {location}" if location else ""


def warn(message, category, location=None):
    """Issue a warning that points at the user's line.

    Parameters
    ----------
    message : str
    category : type
    location : str, optional
        ``"file.py:12"`` where the cause stands, if that is known better than by looking at who is
        calling.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as found:
    ...     warnings.simplefilter("always")
    ...     warn("Something is odd.", UserWarning, location="model.py:12")
    >>> found[0].filename, found[0].lineno
    ('model.py', 12)
    """
    frame = user_frame()
    namespace = frame.f_globals if frame else {}
    location = location or user_location()
    filename, _, line = location.rpartition(":") if location else ("lightppl", "", "1")
    warnings.warn_explicit(
        message, category, filename, int(line),
        registry=namespace.setdefault("__warningregistry__", {}),
    )  # fmt: skip


def is_of_user(frame):
    """Return whether a frame runs code of the user's, and not of a library."""
    return is_code_of_user(frame.f_code.co_filename, frame.f_globals.get("__name__", ""))


@functools.lru_cache(maxsize=4096)
def is_code_of_user(filename, module):
    """Return whether code of this file and module is the user's, and not of a library."""
    if filename.startswith(_LIBRARY_PLACES):
        return False
    if filename.startswith(_STANDARD_LIBRARY):
        return "-packages" in filename  # site-packages and dist-packages may lie inside
    if not filename.startswith("<"):
        return True
    # code without a file was typed in by the user, or made by Python or by a library
    return bool(module) and not module.startswith(_MAKERS_OF_CODE)


_STANDARD_LIBRARY = str(Path(contextlib.__file__).resolve().parent)
_SITE_PACKAGES = Path(np.__file__).resolve().parent.parent
_LIBRARY_PLACES = (
    str(Path(__file__).resolve().parent),
    *(str(_SITE_PACKAGES / name) for name in ("numpy", "autograd", "scipy", "pandas")),
)
_MAKERS_OF_CODE = ("lightppl", "numpy", "scipy", "namedtuple_", "importlib", "collections")
