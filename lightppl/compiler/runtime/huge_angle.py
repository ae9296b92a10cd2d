"""Reduction of huge angles to ``x = n pi/2 + r``: Payne & Hanek's method in wide integers.

For ``x = m 2**e`` with a 53-bit integer m, all bits of 2/pi that stand for multiples of 4 in
``x 2/pi`` are left out of the product, and the 192 bits that follow them give its remainder modulo
4 to 2**-130.  No float64 comes closer to a multiple of pi/2 than 2**-62, so at least 68 bits of the
remainder are right.

References
----------
Ng (1992), "Argument reduction for huge arguments: good to the last bit".
Payne, Hanek (1983), "Radian reduction for trigonometric functions".
Muller (2016), "Elementary Functions", 3rd ed., sec. 11.4.
"""

import sys

from llvmlite import ir

from lightppl.compiler.runtime.floating_point import (
    bits_of, fma, ordered_two_sum, power_of_two, select, shift_right, two_product,
)
from lightppl.compiler.runtime.symbolic import DOUBLE, INTEGER, Value

_TWO_OVER_PI = int(
    "145f306dc9c882a53f84eafa3ea69bb81b6c52b3278872083fca2c757bd778ac36e48dc74849ba5c00c925dd413a"
    "32439fc3bd63962534e7dd1046bea5d768909d338e04d68befc827323ac7306a673e93908bf177bf250763ff12ff"
    "fbc0b301fde5e2316b414da3eda6cfd9e4f96136e9e8c7ecd3cbfd45aea4f758fd7cbe2f67a0e73ef14a525d4d7f"
    "6bf623f1aba10ac",
    16,
)
"""floor(2/pi 2**1161): a float64 is a multiple of 2**971 or less, and 190 bits follow the point."""

_POINT = 190
"""Bits after the binary point; the two before it count quarter turns."""

_WIDE = 192
_NUM_BYTES = 160
_HALF_PI_1 = 1.5707963267948966
_HALF_PI_2 = 6.123233995736766e-17


def reduce_huge_angle(x):
    """Return the quadrant (its two low bits count) and r, r_low with ``x = n pi/2 + r + r_low``.

    Parameters
    ----------
    x : float64
        |x| >= 2**-30 and finite; any other number gives some number.

    Returns
    -------
    quadrant : int64
    r, r_low : float64
        |r| <= pi/4.
    """
    exponent = shift_right(bits_of(x), 52) & 0x7FF
    exponent = exponent - shift_right(exponent + 1, 11)  # not above 2046
    mantissa = (bits_of(x) & (2**52 - 1)) | 2**52
    position = 2046 - exponent
    padding = (0 - position) & 7  # up to a whole byte
    turns = _wrapped(
        _wide(_left(mantissa, padding)) * _two_over_pi_from(shift_right(position + padding, 3))
    )
    n = _right(_wrapped(turns + 2 ** (_POINT - 1)), _POINT)
    rest = _wrapped(turns - n * 2**_POINT)
    is_negative = _right(rest, _WIDE - 1) == 1
    rest = select(is_negative, _wrapped(rest * (2**_WIDE - 1)), rest)
    zeros = _leading_zeros(rest)
    rest = _left(rest, zeros)  # r = 2/pi rest 2**(-190 - zeros); two times 53 of its bits are kept
    scale = power_of_two(_float(-51 - zeros))
    high = _float(_right(rest, _WIDE - 53)) * scale
    low = _float(_right(rest, _WIDE - 106) & (2**53 - 1)) * (scale * 2.0**-53)
    r, r_low = two_product(high, _HALF_PI_1)
    r, r_low = ordered_two_sum(r, fma(low, _HALF_PI_1, fma(high, _HALF_PI_2, r_low)))
    is_negative = is_negative ^ (x < 0.0)
    return (
        select(x < 0.0, 0 - _narrow(n), _narrow(n)),
        select(is_negative, -r, r),
        select(is_negative, -r_low, r_low),
    )


# ---- integers of 192 bits, unsigned: symbols, or Python's integers modulo 2**192 -----------------


def _wide(bits):
    if isinstance(bits, Value):
        return Value(bits.builder, bits.builder.zext(bits.llvm, ir.IntType(_WIDE)))
    return bits


def _narrow(wide):
    """Return the low 64 bits."""
    if isinstance(wide, Value):
        return Value(wide.builder, wide.builder.trunc(wide.llvm, INTEGER))
    return wide


def _wrapped(wide):
    """Return the low 192 bits, which is all that symbols have."""
    return wide if isinstance(wide, Value) else wide % 2**_WIDE


def _two_over_pi_from(byte):
    """Return the 192 bits of 2/pi that begin with a byte counted from the last."""
    if not isinstance(byte, Value):
        return _wrapped(_TWO_OVER_PI >> 8 * byte)
    builder = byte.builder
    start = builder.gep(_table(builder.module), [ir.Constant(INTEGER, 0), byte.llvm])
    kind = ir.IntType(_WIDE)
    return Value(builder, builder.load(builder.bitcast(start, kind.as_pointer()), align=1))


def _table(module):
    name = "lightppl.two_over_pi"
    if name not in module.globals:
        digits = bytearray(_TWO_OVER_PI.to_bytes(_NUM_BYTES, sys.byteorder))
        array = ir.Constant(ir.ArrayType(ir.IntType(8), len(digits)), digits)
        table = ir.GlobalVariable(module, array.type, name)
        table.linkage, table.global_constant, table.initializer = "internal", True, array
    return module.globals[name]


def _right(wide, count):
    if isinstance(wide, Value):
        return Value(wide.builder, wide.builder.lshr(wide.llvm, ir.Constant(wide.llvm.type, count)))
    return wide >> count


def _left(wide, count):
    if isinstance(wide, Value):
        return Value(wide.builder, wide.builder.shl(wide.llvm, count.llvm))
    return _wrapped(wide << count)


def _leading_zeros(wide):
    if isinstance(wide, Value):
        builder = wide.builder
        return Value(builder, builder.ctlz(wide.llvm, ir.Constant(ir.IntType(1), 0)))
    return _WIDE - wide.bit_length()


def _float(wide):
    """Return an integer of at most 53 bits, with sign, as a float64."""
    if isinstance(wide, Value):
        return Value(wide.builder, wide.builder.sitofp(_narrow(wide).llvm, DOUBLE))
    return float(wide)
