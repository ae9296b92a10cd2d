"""The table of special functions: a name, and one partial derivative per argument."""

import numpy as np

from lightppl.records import record


class _Unknown:
    """Says that no derivative is known; the function can still be evaluated."""

    def __repr__(self):
        return "UNKNOWN"


UNKNOWN = _Unknown()

ROWS = {}
"""Name of a ufunc with one result -> its `Row`."""

PUBLIC_NAMES = {"_zeta": "zeta"}
"""What SciPy calls its ufuncs inside -> their public names, those of the table."""

SEVERAL_RESULTS = {}
"""Name of a ufunc with several results -> for each of them, a `Row`."""


@record
class Row:
    """What is known of one special function.

    Attributes
    ----------
    name : str
        In `scipy.special`.
    partials : tuple
        One per argument: ``(result, *arguments) -> factor`` on arrays, also traced ones; None for
        a derivative of zero; `UNKNOWN`.
    is_compiled : bool
        Whether SciPy offers a C function of float64 alone under this name.
    """

    name: str
    partials: tuple
    is_compiled: bool = True

    @property
    def is_differentiable(self):
        """Whether the derivative by some argument is known."""
        return any(callable(partial) for partial in self.partials)


def row(name, *partials, is_compiled=True):
    """Add a function with one result to the table; see `Row`."""
    ROWS[name] = Row(name, partials, is_compiled)


def rows_of_results(name, *partials_of_results):
    """Add a function with several results: for each, the partial derivatives.

    Here a partial takes the arguments alone.
    """
    SEVERAL_RESULTS[name] = tuple(
        Row(f"{name}_{k}", tuple(_without_result(x) for x in partials), is_compiled=False)
        for k, partials in enumerate(partials_of_results)
    )


def _without_result(partial):
    return (lambda result, *args: partial(*args)) if callable(partial) else partial


def is_pole(x):
    """Return whether `x` is an integer that is not positive: a pole of the gamma function."""
    return np.logical_and(np.less_equal(x, 0), np.equal(x, np.floor(x)))


def nonzero(x):
    """Return `x` with 1 in place of 0, for a quotient that is not used there."""
    return np.where(np.equal(x, 0), 1.0, x)


def power_series(x, coefficients):
    """Return the polynomial with these coefficients, lowest power first, at `x`."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = coefficient + x * total
    return total
