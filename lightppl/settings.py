"""Settings of the process: validation, debug level, threads, cache folder.

The only file that reads ``os.environ``.

=========================  ==================================================================
variable                   meaning
=========================  ==================================================================
``LIGHTPPL_DEBUG``         0 (default) quiet; 1 stage names and times; 2 graphs and the
                           schedule; 3 emitted source; 4 every pass, and the source run as
                           Python, is compared with the reference interpreter
``LIGHTPPL_NUM_THREADS``   threads for chains; default: the CPUs this process may use
``LIGHTPPL_CACHE_DIR``     folder of compiled code; default: ``lightppl`` in the user's cache
``LIGHTPPL_VALIDATE``      0 switches argument validation off; default 1
``NUMBA_DISABLE_JIT``      1 runs kernels as plain Python, which is slow
=========================  ==================================================================
"""

import os
import re
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from lightppl.arguments import check_count
from lightppl.errors import SettingError


def _number_set(variable, pattern, expected):
    """Return the number an environment variable holds, or None; refuse what does not match."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    if not re.fullmatch(pattern, text):
        raise SettingError(
            f"The environment variable {variable} must be {expected}; found {text!r}."
        )
    return int(text)


_validation = ContextVar(
    "lightppl_validation",
    default=_number_set("LIGHTPPL_VALIDATE", "[01]", "0 or 1") != 0,
)
_num_threads = None


def enable_validation(is_validate=True):
    """Switch the validation of arguments, supports and shapes on or off.

    Parameters
    ----------
    is_validate : bool

    Examples
    --------
    >>> enable_validation(True)
    >>> is_validation_enabled()
    True
    """
    _validation.set(bool(is_validate))


@contextmanager
def validation_enabled(is_validate=True):
    """Switch validation on or off within a ``with`` block.

    Parameters
    ----------
    is_validate : bool

    Examples
    --------
    >>> with validation_enabled(False):
    ...     is_validation_enabled()
    False
    """
    token = _validation.set(bool(is_validate))
    try:
        yield
    finally:
        _validation.reset(token)


def is_validation_enabled():
    """Return whether arguments, supports and shapes are validated."""
    return _validation.get()


def enable_x64(use_x64=True):
    """Do nothing: numbers are float64 and int64 always; kept for scripts written for NumPyro.

    Parameters
    ----------
    use_x64 : bool
    """


def set_platform(platform=None):
    """Do nothing: everything runs on the CPU; kept for scripts written for NumPyro.

    Parameters
    ----------
    platform : str, optional
    """


def set_host_device_count(n):
    """Do nothing: chains run in threads, see `set_num_threads`; kept for scripts of NumPyro.

    Parameters
    ----------
    n : int
    """


def debug_level():
    """Return the debug level, 0 to 4, from ``LIGHTPPL_DEBUG``."""
    return _number_set("LIGHTPPL_DEBUG", "[0-4]", "0, 1, 2, 3 or 4") or 0


def is_numba_disabled():
    """Return whether kernels run as plain Python."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def is_dumb_terminal():
    """Return whether the terminal says that it cannot move its cursor, as editors' shells do."""
    return os.environ.get("TERM") == "dumb"


def set_num_threads(num_threads):
    """Set how many threads run chains; draws do not depend on it.

    Parameters
    ----------
    num_threads : int or None
        At least 1; None goes back to ``LIGHTPPL_NUM_THREADS`` or the number of usable CPUs.

    Raises
    ------
    ArgumentError
        If `num_threads` is not a positive integer.

    Examples
    --------
    >>> set_num_threads(2)
    >>> get_num_threads()
    2
    >>> set_num_threads(None)
    """
    global _num_threads
    if num_threads is not None:
        expected = ", or None for the CPUs this process may use"
        num_threads = check_count(num_threads, "num_threads", least=1, expected=expected)
    _num_threads = num_threads


def get_num_threads():
    """Return how many threads run chains."""
    if _num_threads is not None:
        return _num_threads
    pattern = "0*[1-9][0-9]{0,5}"  # a machine has fewer than a million CPUs
    num_threads = _number_set("LIGHTPPL_NUM_THREADS", pattern, "an integer of at least 1")
    if num_threads is not None:
        return num_threads
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cache_dir():
    """Return the folder of compiled code as a `pathlib.Path`; it need not exist yet."""
    chosen = os.environ.get("LIGHTPPL_CACHE_DIR")
    try:
        return Path(chosen).expanduser() if chosen else _default_cache_dir()
    except RuntimeError as error:  # whose home is not known
        raise SettingError(
            "The environment variable LIGHTPPL_CACHE_DIR must name the folder of compiled code; "
            f"found {chosen!r}, and there is no such home folder. Write the whole path."
        ) from error


def _default_cache_dir():
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "lightppl"
