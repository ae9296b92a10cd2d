"""What makes a numeric function traceable: an `Operation`, and questions about traced arrays.

NumPy's ufuncs and functions reach traced arrays through NumPy's own protocols.  A function without
such a hook becomes an `Operation`: called with plain arrays it just computes; called with a traced
array it hands itself to that array, which knows how to record it.  autograd is not imported here,
so distributions and models can be used, and sampled from, without it.
"""

import linecache
import re
import sys
from contextvars import ContextVar

import numpy as np

from lightppl.errors import ArgumentError, ModelError, UnsupportedOperationError
from lightppl.records import record
from lightppl.user_line import at_user_line, user_location  # noqa: F401  names of this module


@record(eq=False)
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
    scalar_kernel: object = None
    joint_derivative: object = None

    def __call__(self, *args, **kwargs):
        for arg in args:
            if is_traced(arg):
                return arg.call_operation(self, args, kwargs)
        refuse_masked(*args)
        return self.value(*args, **kwargs) if needs_values() else run_on_data(
            lambda: self.value(*args, **kwargs)
        )

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


def is_recorded(x):
    """Return whether a traced array, or one inside it, is being written to a graph."""
    while is_traced(x):
        if getattr(type(x._node), "forbids_concrete", False):
            return True
        x = x._value
    return False


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
    if type(x) is not np.ndarray:
        refuse_masked(x)
        if x is None:  # NumPy makes it NaN
            raise ArgumentError(
                f"None was given{at_user_line()} where a number or an array is expected."
            )
    array = np.asarray(x)
    if keep_int and array.dtype.kind in "iu":
        return as_int64(array)
    if keep_int and array.dtype.kind == "b":
        return array
    if array.dtype.kind not in "fiubO":
        raise ModelError(
            f"Data of dtype {array.dtype} met a computation{at_user_line()}, expected numbers. "
            "Convert them first: np.asarray(data, dtype=float), complex ones to real parts, dates "
            "to numbers of days."
        )
    return np.asarray(array, dtype=np.float64)


def refuse_complex(*values):
    """Raise a `ModelError` for complex numbers, which would meet a traced value.

    Only the real line is traced: autograd's derivative of a complex result is another convention's,
    and compiled code would keep the real parts alone.
    """
    for x in values:
        if isinstance(x, complex) or type(x) is np.ndarray and x.dtype.kind == "c":
            raise ModelError(
                f"Complex numbers met a traced value{at_user_line()}, expected real ones. Compute "
                "with the real and the imaginary part, two arrays, apart."
            )


def as_int64(array):
    """Return an array of integers as int64.

    Parameters
    ----------
    array : numpy.ndarray

    Raises
    ------
    ModelError
        If it holds numbers above the largest int64.

    Examples
    --------
    >>> as_int64(np.array([1, 2], dtype=np.uint8)).dtype
    dtype('int64')
    """
    is_wider = array.dtype.kind == "u" and array.dtype.itemsize == 8
    if is_wider and array.size and array.max() > LARGEST_INTEGER:
        raise ModelError(
            f"An array of uint64 holds {array.max()}{at_user_line()}, which is above the largest "
            f"int64, {LARGEST_INTEGER}. Integers are int64 here: convert it with "
            "array.astype(np.float64), or renumber it."
        )
    return array.astype(np.int64, copy=False)


LARGEST_INTEGER = int(np.iinfo(np.int64).max)


def refuse_inexact_integers(*values, location=None):
    """Raise an `UnsupportedOperationError` for integers that float64 does not hold exactly.

    Arrays of a compiled function, and the results of recorded loops, are float64.
    """
    for x in values:
        if is_traced(x) or np.asarray(x).dtype.kind not in "iu" or not np.size(x):
            continue
        if max(abs(int(np.min(x))), abs(int(np.max(x)))) > LARGEST_EXACT_INTEGER:
            where = f" at {location}" if location else at_user_line()
            raise UnsupportedOperationError(
                f"Arithmetic of integers above 2**53 with a traced integer{where} has no compiled "
                "form: arrays of a compiled density are float64. Convert them to float64 if "
                "rounding does no harm, or compute with them before any latent value is met."
            )


LARGEST_EXACT_INTEGER = 2**53


def is_masked_array(x):
    """Return whether `x` is a masked array of NumPy, whose module is loaded by those who use it."""
    # while another thread loads it, the module is there without the class
    return isinstance(x, getattr(sys.modules.get("numpy.ma"), "MaskedArray", ()))


def refuse_masked(*values):
    """Raise a `ModelError` if one of some values is a masked array with masked elements.

    NumPy drops the mask where it makes a plain array, and what stood below it would count.
    """
    for x in values:
        if type(x) is not np.ndarray and is_masked_array(x) and np.ma.is_masked(x):
            raise ModelError(
                f"A computation met a masked array{at_user_line()}, and would lose its mask: "
                f"{np.ma.count_masked(x)} of {x.size} elements are masked. Masked arrays can be "
                "observed, with sample(..., obs=x); elsewhere say what stands for the masked "
                "elements, with x.filled(value), or leave them out, with np.where or an index."
            )


trace_purpose = ContextVar("lightppl_trace_purpose", default=None)
"""Why this context is tracing: None if it is not, else "values" or "graph"."""


def is_tracing():
    """Return whether some function is being traced in this context."""
    return trace_purpose.get() is not None


def needs_values():
    """Return whether values behind traced arrays matter, and not their shapes alone.

    A graph does not depend on values, so recorded loops, which would be slow to run, need not be
    run.  A loop over data alone is no part of the graph, but its results are: it always runs.
    """
    return trace_purpose.get() != "graph"


def run_on_data(function):
    """Return what a function gives whose arguments are all known: its value enters graphs."""
    token = trace_purpose.set("values")
    try:
        return function()
    finally:
        trace_purpose.reset(token)


A_TRACED_VALUE = "a traced value (of a latent variable, or of a step of a loop)"
"""What error messages call it."""


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

