"""What to write instead, where a traced value reached something that needs a plain one.

Python tells only that a value was asked for, by `__array__`, `__float__`, `__index__` or
`__bool__`.  Who asked is found in the user's expression, or among the frames of SciPy and pandas,
and decides the one remedy that applies.

`value_remedies` and `truth_remedies` look at expressions, `library_remedies` has the tables.
"""

import sys
from types import FunctionType

from lightppl.autodiff.library_remedies import remedy_of_scipy, scipy_name
from lightppl.autodiff.truth_remedies import remedy_of_truth
from lightppl.autodiff.user_expression import Remedy, expressions_under_way, text_of
from lightppl.autodiff.value_remedies import (
    remedy_of_named_library, remedy_of_value, remedy_of_writing,
)
from lightppl.user_line import is_of_user


def remedy_for_array():
    """Return the remedy where a traced value is made a plain array."""
    return _remedy(remedy_of_value, expressions_under_way(), "A conversion to a plain array")


def remedy_for_number(what):
    """Return the remedy where a traced value is made a Python number.

    Parameters
    ----------
    what : str
        What it is called where the user's expression cannot be found.
    """
    return _remedy(remedy_of_value, expressions_under_way(), what)


def remedy_for_truth():
    """Return the remedy where Python asks whether a traced value is true."""
    what = "Python `if`, `while`, `and`, `or` or `not`"
    return _remedy(remedy_of_truth, expressions_under_way(), what)


def remedy_for_writing(name):
    """Return the remedy where a function writes traced values into an array.

    Parameters
    ----------
    name : str
        Of the function, where the user's expression cannot be found.
    """
    return _remedy(remedy_of_writing, expressions_under_way(), name)


def remedy_after(error):
    """Return the remedy where somebody else's error says that a traced value was not understood.

    Parameters
    ----------
    error : Exception
    """
    return _remedy(remedy_of_value, expressions_under_way(error), "A conversion to a plain array")


def _remedy(rule, expressions, what):
    library = _of_libraries()
    for expression in expressions:
        found = rule(expression) if library is None else remedy_of_named_library(expression)
        if isinstance(found, Remedy):
            return found
        if found is not None:
            return Remedy(_quoted(expression), found)
    if expressions:
        what = _quoted(expressions[0])
    return library or Remedy(what, OTHERWISE)


def _quoted(expression):
    return f"`{text_of(expression.node)}`"


def _of_libraries():
    """The remedy where frames of SciPy or pandas are on the stack, called in some hidden way."""
    frame, name = sys._getframe(1), None
    while frame is not None and not is_of_user(frame):
        module = frame.f_globals.get("__name__", "")
        if module.startswith("pandas."):
            return Remedy("A function of pandas", "use column.to_numpy()")
        if module.startswith("scipy."):
            name = _public_name_of_frame(frame, module) or name
        frame = frame.f_back
    return Remedy(f"`{name}`", remedy_of_scipy(name)) if name else None


def _public_name_of_frame(frame, module):
    function, names = frame.f_code.co_name, frame.f_locals
    if module.startswith("scipy._lib"):  # a decorator, which converts what it passes on
        decorated = [scipy_name(x) for x in names.values() if isinstance(x, FunctionType)]
        return next((name for name in decorated if name), None)
    if "self" in names:
        return scipy_name(getattr(names["self"], function, None))
    return scipy_name(frame.f_globals.get(function), module)


OTHERWISE = "write it with NumPy functions, or with those of lightppl.special and lightppl.linalg"
