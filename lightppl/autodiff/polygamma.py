"""Derivatives of the digamma function."""

import numpy as np

from lightppl.autodiff.operation import Operation, is_traced
from lightppl.scipy_functions import SciPyFunction

digamma = SciPyFunction("digamma")
_polygamma = SciPyFunction("polygamma")

trigamma = Operation(
    "trigamma",
    lambda x: _polygamma(1, x),
    (lambda ans, x: lambda g: g * polygamma(2, x),),
)
"""Second derivative of ``gammaln``."""

_polygamma_operation = Operation(
    "polygamma",
    _polygamma,
    (None, lambda ans, n, x: lambda g: g * polygamma(n + 1, x)),
)


def polygamma(n, x):
    """Return the n-th derivative of digamma at `x`.

    Parameters
    ----------
    n : int
        Order, at least 0.
    x : array_like

    Examples
    --------
    >>> round(float(polygamma(1, 1.0)), 6)
    1.644934
    """
    if np.ndim(n) == 0 and not is_traced(n):
        if n == 0:
            return digamma(x)
        if n == 1:
            return trigamma(x)
    return _polygamma_operation(n, x)
