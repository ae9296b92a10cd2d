"""Small arithmetic that emitted code writes as a call, or as ``//`` and ``%``.

The remainder has the sign of the divisor, as in Python and NumPy; dividing by zero gives NaN for
floats and 0 for integers, as in NumPy.
"""

import math

from lightppl.compiler.runtime.floating_point import select
from lightppl.compiler.runtime.symbolic import Value, let_code_call, scalar_function


@scalar_function
def square(x):
    """Return ``x * x``."""
    return x * x


@scalar_function
def sign(x):
    """Return -1.0, 0.0 or 1.0; NaN for NaN."""
    return select(x > 0.0, 1.0, select(x < 0.0, -1.0, x * 0.0))


def remainder(a, b):
    """Return ``a % b`` of floats."""
    rest = math.fmod(a, b)
    if rest != 0.0 and (rest < 0.0) != (b < 0.0):
        rest += b
    return math.copysign(0.0, b) if rest == 0.0 else rest


def floor_divide(a, b):
    """Return ``a // b`` of floats."""
    if b == 0.0:
        return a / b
    rest = math.fmod(a, b)
    quotient = (a - rest) / b
    if rest != 0.0 and (rest < 0.0) != (b < 0.0):
        quotient -= 1.0
    if quotient == 0.0:
        return math.copysign(0.0, a / b)
    whole = math.floor(quotient)
    return whole + 1.0 if quotient - whole > 0.5 else whole * 1.0


def floor_divide_integers(a, b):
    """Return ``a // b`` of integers."""
    if b == 0:
        return 0
    if b == -1:  # processors trap where the quotient is 2**63
        return -a
    quotient = truncated_quotient(a, b)
    if quotient * b != a and (a < 0) != (b < 0):
        quotient -= 1
    return quotient


def remainder_of_integers(a, b):
    """Return ``a % b`` of integers."""
    if b == 0 or b == -1:
        return 0
    return a - b * floor_divide_integers(a, b)


def truncated_quotient(a, b):
    """Return the quotient of integers rounded towards zero; `b` is not 0."""
    if isinstance(a, Value):
        return Value(a.builder, a.builder.sdiv(a.llvm, b.llvm))
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


let_code_call(truncated_quotient, ("int", ("int", "int")))
