"""The table from NumPy functions to their meaning on traced values."""

import inspect

import numpy as np

from lightppl.autodiff.operation import at_user_line, refuse_masked
from lightppl.errors import TracingError, UnsupportedOperationError

FUNCTIONS = {}
"""NumPy function or ufunc -> its meaning on traced arrays."""

_KEYWORDS = {}
"""Meaning -> the keywords it understands."""

_WITHOUT_EFFECT = {
    "out": (None,), "order": (None, "C", "K", "A"), "dtype": (None, float, np.float64, "float64"),
    "casting": ("same_kind", "unsafe", "safe"), "subok": (False, True), "copy": (None, True, False),
    "like": (None,), "optimize": (True, False, "greedy", "optimal"), "device": (None, "cpu"),
    "where": (True,), "initial": (None,), "mode": ("raise",), "correction": (0,), "mean": (None,),
}
"""Keywords that change nothing when they have one of these values."""


def implements(*functions):
    """Register the meaning of NumPy functions on traced arrays."""

    def register(meaning):
        parameters = inspect.signature(meaning).parameters.values()
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
        _KEYWORDS[meaning] = None if takes_any else {p.name for p in parameters}
        for function in functions:
            FUNCTIONS[function] = meaning
        return meaning

    return register


def call_function(func, args, kwargs):
    """Apply a NumPy function to arguments of which some are traced.

    Raises
    ------
    UnsupportedOperationError
        If the function is in no table, or not with these keywords.
    TracingError
        If it is asked to write into an array.
    """
    meaning = FUNCTIONS.get(func)
    if meaning is None:
        raise unsupported(f"{_name_of(func)} cannot be applied to a traced value")
    if kwargs.get("out") is not None:
        raise written_into(_name_of(func))
    for x in (*args, *kwargs.values()):
        refuse_masked(*(x if isinstance(x, (list, tuple)) else (x,)))
    known = _KEYWORDS[meaning]
    if known is not None and not kwargs.keys() <= known:
        kwargs = dict(kwargs)
        for keyword in kwargs.keys() - known:
            value = kwargs.pop(keyword)
            if value is not np._NoValue and not _is_without_effect(keyword, value):
                raise unsupported(f"{_name_of(func)} of a traced value does not know {keyword}=")
    return meaning(*args, **kwargs)


def unsupported(what):
    """Return the error for something that has no meaning on traced values."""
    return UnsupportedOperationError(
        f"{what}{at_user_line()}. Write it with other NumPy functions, or register it with "
        "lightppl.register_primitive."
    )


def written_into(name):
    """Return the error for a function that was asked to write into an array."""
    return TracingError(
        f"{name} was asked to write a traced value into an existing array{at_user_line()}. "
        "Assignment cannot be recorded: use the returned array; np.broadcast_to(value, shape) "
        "instead of np.full; lightppl.special.set_at(x, idx, value) for a part of an array."
    )


def _is_without_effect(keyword, value):
    harmless = _WITHOUT_EFFECT.get(keyword, ())
    return any(value is x or (isinstance(x, (str, type)) and value == x) for x in harmless)


def _name_of(func):
    module = getattr(func, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np')}.{getattr(func, '__name__', func)}"
