"""Blocks of branch-free float64 functions: bits, selects, fused and compensated arithmetic.

LLVM turns a loop into vector instructions only if its body has no branch, no call that is left
after inlining and no integer conversion that the vector unit lacks (AVX2 has none between int64 and
float64).  So a choice is a `select`, a conversion is a pair of `bits_of` and `float_of`, and
rounding to an integer is the addition of a large constant.

Where a product is fused with a sum it says `fma`; everything else rounds as written.  Results then
do not depend on what the compiler makes of a loop, nor on the machine, and Python computes the same
bits.

Each block takes numbers or the symbols of `lightppl.compiler.runtime.symbolic`.

References
----------
Dekker (1971), "A floating-point technique for extending the available precision".
Muller et al. (2018), "Handbook of Floating-Point Arithmetic", 2nd ed., sec. 4.3-4.4 and 10.
Muller (2016), "Elementary Functions", 3rd ed., sec. 5.5 (Estrin's scheme).
"""

import math
import struct
from fractions import Fraction

from llvmlite import ir

from lightppl.compiler.runtime.symbolic import (
    DOUBLE, INTEGER, Value, let_code_call, scalar_function,
)

ROUNDER = 6755399441055744.0
"""1.5 * 2**52: adding it rounds to an integer, which then stands in the low bits of the sum."""

BIAS = 1023
"""Of the exponent in the bits of a float64."""

_BITS = 2**64


def bits_of(x):
    """Return the 64 bits of a float64 as an integer."""
    if isinstance(x, Value):
        return Value(x.builder, x.builder.bitcast(x.llvm, INTEGER))
    return struct.unpack("<q", struct.pack("<d", x))[0]


def float_of(bits):
    """Return the float64 with these 64 bits."""
    if isinstance(bits, Value):
        return Value(bits.builder, bits.builder.bitcast(bits.llvm, DOUBLE))
    return struct.unpack("<d", struct.pack("<Q", bits % _BITS))[0]


def shift_left(bits, count):
    """Return `bits` shifted left; what leaves the 64 bits is lost."""
    if isinstance(bits, Value):
        return Value(bits.builder, bits.builder.shl(bits.llvm, ir.Constant(INTEGER, count)))
    return (bits << count) % _BITS


def shift_right(bits, count):
    """Return `bits` shifted right, with zeros coming in."""
    if isinstance(bits, Value):
        return Value(bits.builder, bits.builder.lshr(bits.llvm, ir.Constant(INTEGER, count)))
    return (bits % _BITS) >> count


def select(condition, a, b):
    """Return `a` where the condition holds, else `b`; both are computed."""
    if isinstance(condition, Value):
        builder = condition.builder
        return Value(builder, builder.select(condition.llvm, _llvm(a), _llvm(b)))
    return a if condition else b


def negate(condition):
    """Return whether the condition does not hold."""
    if isinstance(condition, Value):
        return Value(condition.builder, condition.builder.not_(condition.llvm))
    return not condition


def fma(a, b, c):
    """Return ``a * b + c`` rounded once."""
    builder = _builder(a, b, c)
    if builder is not None:
        return Value(builder, builder.fma(_llvm(a), _llvm(b), _llvm(c)))
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    try:
        return float(exact) if exact != 0 else a * b + c
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def divide(a, b):
    """Return ``a / b`` by the rules of IEEE 754: no exception for ``b = 0``."""
    builder = _builder(a, b)
    if builder is not None:
        return Value(builder, builder.fdiv(_llvm(a), _llvm(b)))
    if b != 0.0:
        return a / b
    return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


@scalar_function
def sqrt(x):
    """Return the square root, NaN below zero.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> sqrt(9.0)
    3.0
    """
    if isinstance(x, Value):
        return _call("llvm.sqrt", x)
    return math.sqrt(x) if not x < 0.0 else math.nan


@scalar_function
def absolute(x):
    """Return |x|, also for NaN and -0."""
    return _call("llvm.fabs", x) if isinstance(x, Value) else abs(x)


def copy_sign(magnitude, sign):
    """Return `magnitude` with the sign of `sign`."""
    if isinstance(magnitude, Value):
        return _call("llvm.copysign", magnitude, sign)
    return math.copysign(magnitude, sign)


def polynomial(x, coefficients):
    """Return the polynomial with these coefficients, lowest power first, at `x`.

    Estrin's scheme: Horner's rule on pairs of terms, then on pairs of pairs in x**2, and so on.
    The chain of dependent operations is as long as the logarithm of the degree.  Horner's rule
    alone leaves a modern core waiting: its scheduler holds too few operations to overlap the chains
    of several elements.
    """
    terms = list(coefficients)
    while len(terms) > 1:
        pairs = [fma(x, high, low) for low, high in zip(terms[::2], terms[1::2])]
        terms = pairs + terms[len(terms) - len(terms) % 2 :]
        if len(terms) > 1:
            x = x * x
    return terms[0]


def clamp(x, low, high):
    """Return x moved into [low, high]; NaN stays NaN."""
    x = select(low > x, low, x)
    return select(high < x, high, x)


def round_to_integer(x):
    """Return the nearest integer, ties to even; for |x| < 2**51."""
    return (x + ROUNDER) - ROUNDER


def is_whole(x):
    """Return whether x >= 0 is an integer."""
    two_52 = 2.0**52
    return (x >= two_52) | ((x + two_52) - two_52 == x)


def power_of_two(n):
    """Return 2**n for an integral float with -1022 <= n <= 1023."""
    return float_of(shift_left(bits_of(n + (ROUNDER + BIAS)), 52))


def two_sum(a, b):
    """Return sum and rounding error of ``a + b``: Muller et al., algorithm 4.4."""
    total = a + b
    rest = total - a
    return total, (a - (total - rest)) + (b - rest)


def ordered_two_sum(a, b):
    """Return sum and rounding error of ``a + b`` for |a| >= |b| or a = 0: algorithm 4.3."""
    total = a + b
    return total, b - (total - a)


def two_product(a, b):
    """Return product and rounding error of ``a * b``: algorithm 4.8."""
    product = a * b
    return product, fma(a, b, -product)


def _builder(*values):
    return next((value.builder for value in values if isinstance(value, Value)), None)


def _llvm(value):
    return value.llvm if isinstance(value, Value) else ir.Constant(DOUBLE, value)


def _call(name, *values):
    function_type = ir.FunctionType(DOUBLE, [DOUBLE] * len(values))
    builder = _builder(*values)
    function = builder.module.declare_intrinsic(name, [DOUBLE], function_type)
    return Value(builder, builder.call(function, [_llvm(value) for value in values]))


let_code_call(bits_of, ("int", ("float",)))
let_code_call(float_of, ("float", ("int",)))
let_code_call(select, *((kind, ("bool", kind, kind)) for kind in ("bool", "int", "float")))
let_code_call(fma, ("float", ("float", "float", "float")))
let_code_call(divide, ("float", ("float", "float")))
