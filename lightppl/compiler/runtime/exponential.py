"""exp and what is made of it: expm1, expit, tanh.

All share one reduction, ``exp(x) = 2**n exp(r)`` with n = round(x / log 2), |r| <= log(2) / 2, and
one minimax polynomial.  The reduction keeps the rounding error of r, and the result is kept as an
unevaluated sum, so that functions built on top lose nothing.  Branch-free, see `floating_point`.

References
----------
Cody & Waite (1980), "Software Manual for the Elementary Functions", ch. 6.
Muller (2016), "Elementary Functions", 3rd ed., sec. 11.1 (reduction).
Coefficients: bench/fit_coefficients.py.
"""

import math

from lightppl.compiler.runtime.floating_point import (
    BIAS, ROUNDER, absolute, bits_of, clamp, copy_sign, divide, float_of, fma, ordered_two_sum,
    polynomial, select, shift_left, shift_right,
)
from lightppl.compiler.runtime.symbolic import scalar_function

LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471805599453
LN2_LOW = 2.3190468138462996e-17
_BIASED_ROUNDER = ROUNDER + 2.0 * BIAS

OVERFLOWS = 710.0
"""exp is infinite from here on."""

UNDERFLOWS = -746.0
"""exp is 0 from here down, also when rounded to subnormal numbers."""

_EXPONENTIAL = (
    0.5000000000000006, 0.16666666666666685, 0.04166666666657363,
    0.008333333333314643, 0.001388888893237809, 0.0001984126990291806,
    2.480150444724584e-05, 2.7557228054528083e-06, 2.762632591411843e-07,
    2.5114441462228534e-08,
)


@scalar_function
def exp(x):
    """Return e**x.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> exp(0.0), exp(1.0)
    (1.0, 2.7182818284590455)
    """
    power, n = nearest_power(clamp(x, UNDERFLOWS, OVERFLOWS))
    r = fma(-n, LN2_LOW, fma(-n, LN2_HIGH, clamp(x, UNDERFLOWS, OVERFLOWS)))
    return scale(1.0 + fma(r * r, polynomial(r, _EXPONENTIAL), r), power)


def nearest_power(x):
    """Return ``n = round(x / log 2)`` as bits for `scale` and as a number."""
    shifted = fma(x, LOG2_E, _BIASED_ROUNDER)
    return bits_of(shifted), shifted - _BIASED_ROUNDER


def scale(x, power):
    """Return ``x 2**n`` rounded once, n within [-1100, 1100] given as bits by `nearest_power`.

    The low bits of `power` hold n + 2046; halves of it are the biased exponents of two factors, of
    which one alone may not exist.
    """
    half = shift_right(power, 1)
    return x * float_of(shift_left(half, 52)) * float_of(shift_left(power - half, 52))


def scale_moderately(x, power):
    """Return ``x 2**n`` for n within [-1022, 1023]."""
    return x * float_of(shift_left(power - BIAS, 52))


def reduce_exponent(x, x_low):
    """Split ``x + x_low = n log(2) + r + r_low``; return n as bits, r and the rest of exp(r).

    The rest is ``exp(r + r_low) - 1 - r``, good to 2**-58.

    x is finite and moderate, within [UNDERFLOWS, OVERFLOWS], or NaN; ``|x_low|`` is below 1e-12.
    """
    power, n = nearest_power(x)
    high = fma(-n, LN2_HIGH, x)  # exact: both are multiples of the same small power of two
    low = fma(-n, LN2_LOW, x_low)
    r = high + low
    r_low = (high - r) + low
    return power, r, fma(r * r, polynomial(r, _EXPONENTIAL), r_low)


def exponential_parts(x, x_low):
    """Return n as bits, high and low with ``exp(x + x_low) = 2**n (high + low)``.

    The same arguments as `reduce_exponent`; high is the rounded sum.
    """
    power, r, tail = reduce_exponent(x, x_low)
    high, rest = ordered_two_sum(1.0, r)
    high, low = ordered_two_sum(high, rest + tail)
    return power, high, low


@scalar_function
def expm1(x):
    """Return ``exp(x) - 1``, precise near 0.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> expm1(1e-20)
    1e-20
    """
    high, low = exponential_minus_one_parts(clamp(x, -40.0, OVERFLOWS))
    return select(absolute(x) < 1e-17, x, 2.0 * (high + low))


@scalar_function
def exprel(x):
    """Return ``(exp(x) - 1) / x``, 1 at 0.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> exprel(0.0)
    1.0
    """
    ratio = divide(expm1(x), select(x == 0.0, 1.0, x))
    return select(x == 0.0, 1.0, select(x == math.inf, x, ratio))


def exponential_minus_one_parts(x):
    """Return high and low parts of ``(exp(x) - 1) / 2``; halved because 2**1024 does not exist."""
    power, r, tail = reduce_exponent(x, 0.0)
    half_power = scale_moderately(1.0, power - 1)
    high, low = ordered_two_sum(half_power - 0.5, half_power * r)
    return high, fma(half_power, tail, low)


@scalar_function
def expit(x):
    """Return the logistic function ``1 / (1 + exp(-x))``.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> expit(0.0)
    0.5
    """
    e = exp(-absolute(x))
    return divide(select(x < 0.0, e, 1.0), 1.0 + e)


@scalar_function
def tanh(x):
    """Return the hyperbolic tangent.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> tanh(0.0), tanh(100.0)
    (0.0, 1.0)
    """
    high, low = exponential_minus_one_parts(-2.0 * clamp(absolute(x), 0.0, 20.0))
    numerator, numerator_low = ordered_two_sum(-high, -low)
    # tanh = (1 - e) / (1 + e) with e = exp(-2 |x|)
    denominator, denominator_low = ordered_two_sum(1.0, -numerator)
    reciprocal = divide(1.0, denominator)
    quotient = numerator * reciprocal
    rest = fma(-quotient, denominator, numerator) + (
        numerator_low - quotient * (denominator_low - numerator_low)
    )
    result = fma(rest, reciprocal, quotient)
    return select(absolute(x) < 1e-9, x, copy_sign(absolute(result), x))
