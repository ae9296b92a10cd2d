"""The table from NumPy functions to their meaning on traced values."""

import inspect
from functools import cache

import numpy as np

from lightppl.autodiff.operation import A_TRACED_VALUE, refuse_masked
from lightppl.errors import TracingError, UnsupportedOperationError
from lightppl.user_line import at_user_line
from lightppl.when_used import module_when_used

library_remedies = module_when_used("lightppl.autodiff.library_remedies")
remedies = module_when_used("lightppl.autodiff.remedies")

FUNCTIONS = {}
"""NumPy function or ufunc -> its meaning on traced arrays."""

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
        name = _name_of(func)
        remedy = library_remedies.remedy_of_numpy(name)
        raise unsupported(f"{name} cannot be applied to a traced value", remedy)
    if kwargs.get("out") is not None:
        raise written_into(_name_of(func))
    for x in (*args, *kwargs.values()):
        refuse_masked(*(x if isinstance(x, (list, tuple)) else (x,)))
    known = _keywords_of(meaning)
    if known is not None and not kwargs.keys() <= known:
        kwargs = dict(kwargs)
        for keyword in kwargs.keys() - known:
            value = kwargs.pop(keyword)
            if value is not np._NoValue and not _is_without_effect(keyword, value):
                raise unsupported(f"{_name_of(func)} of a traced value does not know {keyword}=")
    return meaning(*args, **kwargs)


@cache
def _keywords_of(meaning):
    """Return the keywords that a meaning understands, or None if it takes any."""
    parameters = inspect.signature(meaning).parameters.values()
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    return None if takes_any else {p.name for p in parameters}


def unsupported(what, remedy=None):
    """Return the error for something that has no meaning on traced values."""
    remedy = library_remedies.REGISTER if remedy is None else remedy
    return UnsupportedOperationError(f"{what}{at_user_line()}. Instead, {remedy}.")


def written_into(name):
    """Return the error for a function that was asked to write into an array."""
    remedy = remedies.remedy_for_writing(name)
    return TracingError(
        f"{remedy.what}{at_user_line()} writes {A_TRACED_VALUE} into an existing array, which "
        f"cannot be recorded. Instead, {remedy.sentence}."
    )


def _is_without_effect(keyword, value):
    harmless = _WITHOUT_EFFECT.get(keyword, ())
    return any(value is x or (isinstance(x, (str, type)) and value == x) for x in harmless)


def _name_of(func):
    module = getattr(func, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np')}.{getattr(func, '__name__', func)}"
