"""What makes a numeric function traceable: an `Operation`, and questions about traced arrays.

NumPy's ufuncs and functions reach traced arrays through NumPy's own protocols.  A function without
such a hook becomes an `Operation`: called with plain arrays it just computes; called with a traced
array it hands itself to that array, which knows how to record it.  autograd is not imported here,
so distributions and models can be used, and sampled from, without it.
"""

import linecache
import re
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

from lightppl.user_line import at_user_line, user_location  # noqa: F401  names of this module


@dataclass(frozen=True, eq=False)
class Operation:
    """A numeric function that traced arrays can record.

    Parameters
    ----------
    name : str
        Name in the compiler's graph.
    value : callable
        ``value(*args, **kwargs)`` on plain arrays.
    derivatives : tuple of callable or None, or callable
        One per positional argument: ``(ans, *args, **kwargs) -> (g -> gradient)``; None marks an
        argument without a derivative.  Written with NumPy functions, so that it can be traced too.
        For any number of arguments: a function from the position to such a derivative.
    scalar_kernel : callable or None
        For elementwise operations: the function of one element that compiled code calls.
    joint_derivative : callable or None
        Instead of `derivatives`, where the gradients of several arguments come out of one
        computation: ``(positions, ans, args, kwargs) -> (g -> gradients)``.
    """

    name: str
    value: object
    derivatives: tuple = ()
    scalar_kernel: object = field(default=None)
    joint_derivative: object = field(default=None)

    def __call__(self, *args, **kwargs):
        for arg in args:
            if is_traced(arg):
                return arg.call_operation(self, args, kwargs)
        return self.value(*args, **kwargs)

    def __repr__(self):
        return f"Operation({self.name})"


def is_traced(x):
    """Return whether `x` is an array that is being traced.

    Parameters
    ----------
    x : object

    Examples
    --------
    >>> is_traced(1.0)
    False
    """
    return getattr(type(x), "is_traced_array", False)


def as_array(x, keep_int=False):
    """Return `x` as a float64 array, or unchanged when it is traced.

    Parameters
    ----------
    x : array_like
    keep_int : bool
        Keep integers (as int64) and booleans instead of converting them to float64.

    Returns
    -------
    numpy.ndarray or traced array

    Examples
    --------
    >>> as_array(1).dtype
    dtype('float64')
    """
    if is_traced(x):
        return x
    array = np.asarray(x)
    if keep_int and array.dtype.kind in "iu":
        return np.asarray(array, dtype=np.int64)
    if keep_int and array.dtype.kind == "b":
        return array
    return np.asarray(array, dtype=np.float64)


trace_purpose = ContextVar("lightppl_trace_purpose", default=None)
"""Why this context is tracing: None if it is not, else "values" or "graph"."""


def is_tracing():
    """Return whether some function is being traced in this context."""
    return trace_purpose.get() is not None


def needs_values():
    """Return whether values behind traced arrays matter, and not their shapes alone.

    A graph does not depend on values, so loops that would be slow to run need not be run.
    """
    return trace_purpose.get() != "graph"


def plain_value(x):
    """Return the plain array behind a traced array, or `x` itself."""
    while is_traced(x):
        x = x._value
    return x


def user_site():
    """Return the name in the user's ``sample("name", ...)`` statement that is being run, or None.
    """
    location = user_location()
    if location is None:
        return None
    filename, _, line = location.rpartition(":")
    found = re.search(r"""sample\(\s*f?["']([^"']+)["']""", linecache.getline(filename, int(line)))
    return found.group(1) if found else None

