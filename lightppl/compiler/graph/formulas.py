"""Functions of elements that are formulas of operations: they are written out when recorded.

Rules and sharing see what such a function is made of: the logarithm in ``xlogy(x, y)`` is taken
once for value and gradient, and is none where `y` is an exponential.

A function has a row of its own in `elementwise` instead where its formula would lose digits or
overflow (`hypot`, `softplus`, `logaddexp`, `log1mexp`, `betaln`, `digamma_rise`).
"""

import math

from lightppl.records import record


@record
class _Writer:
    """Makes the nodes of one formula.

    Parameters
    ----------
    builder : GraphBuilder
    location : str or None
    """

    builder: object
    location: object

    def __call__(self, op, *inputs):
        return self.builder.make(op, inputs, self.location)

    def number(self, value):
        """Return the node of a number, which is data unless code may depend on it."""
        return self.builder.constant(float(value))


def write_formula(builder, op, inputs, location):
    """Return the node of a function of `FORMULAS`.

    Parameters
    ----------
    builder : GraphBuilder
    op : str
    inputs : sequence of Node
    location : str or None
        The user's line.
    """
    return FORMULAS[op](_Writer(builder, location), *inputs)


def _reciprocal(write, x):
    return write("divide", write.number(1.0), x)


def _isnan(write, x):
    return write("not_equal", x, x)


def _exp2(write, x):
    return write("power", write.number(2.0), x)


def _log2(write, x):
    return write("multiply", write("log", x), write.number(1.0 / math.log(2.0)))


def _log10(write, x):
    return write("multiply", write("log", x), write.number(1.0 / math.log(10.0)))


def _logit(write, x):
    return write("log", write("divide", x, write("subtract", write.number(1.0), x)))


def _log_expit(write, x):
    x = x if x.dtype == "float64" else write("to_float", x)
    return write("negative", write("softplus", write("negative", x)))


def _xlogy(write, x, y):
    return _zero_or_product(write, x, y, write("log", y))


def _xlog1py(write, x, y):
    return _zero_or_product(write, x, y, write("log1p", y))


def _zero_or_product(write, x, y, logarithm):
    """Where x is 0 the result is 0, whatever the logarithm is, but NaN if y is NaN."""
    zero = write.number(0.0)
    zero_or_nan = write("where", write("equal", y, y), zero, y)
    return write("where", write("equal", x, zero), zero_or_nan, write("multiply", x, logarithm))


def _log_bessel_i0(write, x):
    return write("add", write("log", write("i0e", x)), write("absolute", x))


FORMULAS = {
    "reciprocal": _reciprocal, "isnan": _isnan,
    "exp2": _exp2, "log2": _log2, "log10": _log10,
    "logit": _logit, "log_expit": _log_expit, "xlogy": _xlogy, "xlog1py": _xlog1py,
    "log_bessel_i0": _log_bessel_i0,
}
"""Name of a function -> its formula: takes a `_Writer` and the arguments, returns the result."""
