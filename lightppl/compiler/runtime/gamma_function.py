"""Logarithm of the gamma function and its first two derivatives.

Each has three ranges, chosen by selects: a polynomial where the function has its zeros or is small,
reached from below by the recurrence, and Stirling's series, refitted so that it holds from 2 or 3
on.  Negative arguments use the reflection formula; near the zeros that the functions have between
the negative poles the error is small beside the terms that cancel there, not beside the result.
Branch-free, see `floating_point`.

References
----------
Abramowitz & Stegun (1964), 6.1.15, 6.1.17, 6.1.41, 6.3.5, 6.3.7, 6.3.18, 6.4.6, 6.4.7, 6.4.12.
Cody & Hillstrom (1967), "Chebyshev approximations for the natural logarithm of the gamma function"
(splitting off the zeros).
Coefficients: bench/fit_coefficients.py.
"""

import math

from lightppl.compiler.runtime.exponential import LN2_LOW
from lightppl.compiler.runtime.floating_point import (
    absolute, divide, fma, polynomial, round_to_integer, select, two_product, two_sum,
)
from lightppl.compiler.runtime.logarithm import combine_logarithm, logarithm_parts, split_exponent
from lightppl.compiler.runtime.symbolic import scalar_function

_HALF_LOG_TWO_PI = 0.9189385332046728
_HALF_LOG_TWO_PI_LOW = -3.8782941580672414e-17
_TWO_54 = 18014398509481984.0
_SLOPE = 0.42278433509846713
"""1 - Euler's constant: lgamma'(2)."""
_DIGAMMA_ZERO = 1.4616321449683622
_DIGAMMA_ZERO_LOW = 9.549995429965697e-17

_LOG_GAMMA_NEAR_TWO = (
    0.32246703342411326, -0.0673523010531964, 0.02058080842777849,
    -0.0073855510288924064, 0.0028905103311594586, -0.0011927539020840784,
    0.0005096695119898311, -0.00022315496301977697, 9.945772153745171e-05,
    -4.492383641405541e-05, 2.050521539844428e-05, -9.45582150190396e-06,
    4.386360983372572e-06, -1.9753738323420875e-06, 9.16196600538716e-07,
    -5.801310861902861e-07, 2.8242221619868185e-07,
)
_LOG_GAMMA_TAIL = (
    0.0833333333333327, -0.002777777777335539, 0.0007936507014229216,
    -0.0005952290849168581, 0.0008412494317666903, -0.0018997931211491325,
    0.005981461637111638, -0.02202626071447945, 0.07738571185741468,
    -0.21482939467693032, 0.38988584031574924, -0.3348023735949538,
)
_DIGAMMA_NEAR_ZERO = (
    0.951055876031833, -0.4236274212814607, 0.2405424842407739,
    -0.14840492305384978, 0.09498872445498344, -0.061922133278178804,
    0.04076083381025025, -0.026975796553173257, 0.01790725249607657,
    -0.011908222428091812, 0.007926943798348369, -0.0052799068534638074,
    0.003519014130268404, -0.0023457442135209733, 0.0015565881689271368,
    -0.001035165883682574, 0.0007234750730013099, -0.0004900565131094679,
    0.00022695327950069479, -0.00013750634174161837, 0.0002599090568216346,
    -0.0001837810319889522,
)
_DIGAMMA_TAIL = (
    0.08333333333330999, -0.008333333322716399, 0.003968252262559332,
    -0.004166526082916739, 0.007568725707889557, -0.02085699654545319,
    0.07764535948968194, -0.3384560157657565, 1.4832124662389792,
    -5.771798220935828, 18.23438905644334, -43.49989347074155,
    72.39951267531886, -74.30593435764582, 35.232287873420944,
)
_TRIGAMMA_MIDDLE = (
    0.49035775610023485, -0.23620405164172745, 0.11195292440862616,
    -0.05229266658444795, 0.024107049106951058, -0.010983384230094172,
    0.004951717156983828, -0.002211514017834855, 0.0009794325617633248,
    -0.00043052716687409337, 0.0001879810727148774, -8.158431964040477e-05,
    3.5218612988436886e-05, -1.5148575523691871e-05, 6.482920130705144e-06,
    -2.696228164924561e-06, 1.138468383420908e-06, -6.141291831441915e-07,
    2.6479979435915916e-07,
)
_TRIGAMMA_TAIL = (
    0.16666666666665836, -0.03333333332702271, 0.023809522123412613,
    -0.03333310442755962, 0.07573898774680907, -0.25212240132507335,
    1.1297388784021223, -6.083002002894224, 33.75473818372889,
    -164.57686992629868, 609.2018376000098, -1453.327944013196,
    1637.3945790650303,
)
_SINE_OF_HALF_TURN = (
    1.0, -1.6449340668482264, 0.8117424252833394,
    -0.190751824121497, 0.026147847805563826, -0.002346080895574035,
    0.0001484278419408111, -6.972100949104392e-06, 2.4503072766217527e-07,
)
_COTANGENT_OF_HALF_TURN = (
    -3.289868133696453, -2.164646467422281, -2.03468612396734,
    -2.008154712601657, -2.001989136000088, -2.000492769380838,
    -2.0001061611174107, -2.0003388353689617, -1.9958722065226147,
    -2.040149010918801, -1.7160754740965023, -3.455871154627564,
    3.3121683968149966, -15.245052479776595, 18.749847807576078,
    -18.58306318228552,
)


@scalar_function
def lgamma(x):
    """Return ``log |gamma(x)|``.

    Parameters
    ----------
    x : float64
        Infinite at 0 and at negative integers.

    Returns
    -------
    float64

    Examples
    --------
    >>> lgamma(1.0), lgamma(2.0), lgamma(0.0)
    (0.0, 0.0, inf)
    """
    size = absolute(x)
    is_tiny = size <= 0.5
    is_low = size <= 1.5
    is_tail = size > 2.5
    # lgamma(size) = lgamma(2 + v) - log(argument), argument = size (1 + size), size or 1; then tail
    v = size - select(is_tiny, 0.0, select(is_low, 1.0, 2.0))
    v = select(is_tail, 0.0, v)
    lifted = size * _TWO_54  # so that no argument is subnormal
    argument = select(is_tiny, fma(lifted, size, lifted), select(is_low | is_tail, size, 1.0))
    k, m = split_exponent(argument)
    log_high, log_low = logarithm_parts(k - select(is_tiny, 54.0, 0.0), m)
    linear, linear_low = two_product(v, _SLOPE)
    curved = fma(v * v, polynomial(v, _LOG_GAMMA_NEAR_TWO), linear_low)
    near = (linear - log_high) + (curved - log_low)
    result = select(is_tail, _stirling(select(is_tail, size, 3.0), log_high, log_low), near)
    result = select(x < 0.0, _reflect_log_gamma(size, result), result)
    result = select((size == math.inf) | (size == 0.0), math.inf, result)
    return select(x != x, x, result)


def _stirling(x, log_high, log_low):
    """lgamma(x) for x > 5/2 from log(x): Abramowitz & Stegun 6.1.41."""
    reciprocal = divide(1.0, x)
    series = reciprocal * polynomial(reciprocal * reciprocal, _LOG_GAMMA_TAIL)
    base, base_low = two_sum(_HALF_LOG_TWO_PI, -x)
    shifted = x - 0.5
    low = fma(shifted, log_low, series + (base_low + _HALF_LOG_TWO_PI_LOW))
    return fma(shifted, log_high, base) + low


def _reflect_log_gamma(size, log_gamma):
    """lgamma(-size) from lgamma(size): Abramowitz & Stegun 6.1.17."""
    distance = _distance_to_integer(size)
    sine = size * (absolute(distance) * polynomial(distance * distance, _SINE_OF_HALF_TURN))
    k, m = split_exponent(sine)
    result = -combine_logarithm(k, m - 1.0, k * LN2_LOW) - log_gamma
    return select(distance == 0.0, math.inf, select(size < 1e-20, log_gamma, result))


def _distance_to_integer(size):
    """Return size - round(size) for size >= 0; 0 for large arguments."""
    moderate = select(size < 1e15, size, 0.0)
    return moderate - round_to_integer(moderate)


@scalar_function
def digamma(x):
    """Return the derivative of `lgamma`.

    Parameters
    ----------
    x : float64
        NaN at negative integers, and -inf at +0.

    Returns
    -------
    float64

    Examples
    --------
    >>> digamma(1.0)
    -0.5772156649015329
    """
    size = select(x < 0.0, 1.0 - x, x)
    is_tail = size >= 2.0
    is_low = size < 1.0
    # digamma(argument), argument in [1, 2], as (argument - zero) D(argument - 3/2)
    argument = select(is_tail, 1.5, select(is_low, size + 1.0, size))
    rounding = select(is_low, size - (argument - 1.0), 0.0)
    offset = (argument - _DIGAMMA_ZERO) + (rounding - _DIGAMMA_ZERO_LOW)
    v = (argument - 1.5) + rounding
    curved = (offset * v) * polynomial(v, _DIGAMMA_NEAR_ZERO[1:])
    middle = fma(offset, _DIGAMMA_NEAR_ZERO[0], curved)
    reciprocal = divide(1.0, size)
    near = select(is_low, middle - reciprocal, middle)
    far = select(is_tail, reciprocal, 0.5)
    w = far * far
    k, m = split_exponent(select(is_tail, size, 2.0))
    logarithm = combine_logarithm(k, m - 1.0, k * LN2_LOW)
    tail = logarithm - fma(w, polynomial(w, _DIGAMMA_TAIL), 0.5 * far)
    result = select(size == math.inf, size, select(is_tail, tail, near))
    return select(x < 0.0, _reflect_digamma(x, result), result)


def _reflect_digamma(x, digamma_of_one_minus_x):
    """digamma(x) = digamma(1 - x) - pi / tan(pi x): Abramowitz & Stegun 6.3.7."""
    distance = _distance_to_integer(-x)
    curved = distance * polynomial(distance * distance, _COTANGENT_OF_HALF_TURN)
    result = divide(1.0, distance) + (curved + digamma_of_one_minus_x)
    return select(distance == 0.0, math.nan, result)


@scalar_function
def trigamma(x):
    """Return the second derivative of `lgamma`.

    Parameters
    ----------
    x : float64
        Infinite at 0 and at negative integers.

    Returns
    -------
    float64

    Examples
    --------
    >>> trigamma(1.0)
    1.6449340668482264
    """
    size = select(x < 0.0, 1.0 - x, x)
    is_tail = size >= 3.0
    is_low = size < 2.0
    is_lowest = size < 1.0
    shift = select(is_lowest, 2.0, select(is_low, 1.0, 0.0))
    # trigamma(size) = trigamma(size + shift) + 1 / size**2 (+ 1 / (size + 1)**2)
    v = select(is_tail, 0.0, (size - 2.5) + shift)
    middle = fma(v, polynomial(v, _TRIGAMMA_MIDDLE[1:]), _TRIGAMMA_MIDDLE[0])
    reciprocal = divide(1.0, size)
    next_reciprocal = divide(1.0, 1.0 + size)
    square, square_low = two_product(reciprocal, reciprocal)
    square_low = fma(2.0 * square, fma(-reciprocal, size, 1.0), square_low)
    near = middle + select(is_lowest, next_reciprocal * next_reciprocal, 0.0)
    high, low = two_sum(near, square)
    low = select(size > 1e-100, low + square_low, 0.0)
    near = select(is_low, high + low, near)
    far = select(is_tail, reciprocal, 0.25)
    w = far * far
    tail = far + w * fma(far, polynomial(w, _TRIGAMMA_TAIL), 0.5)
    result = select(is_tail, tail, near)
    return select(x < 0.0, _reflect_trigamma(x, result), result)


def _reflect_trigamma(x, trigamma_of_one_minus_x):
    """trigamma(x) = (pi / sin(pi x))**2 - trigamma(1 - x): Abramowitz & Stegun 6.4.7."""
    distance = _distance_to_integer(-x)
    sine = distance * polynomial(distance * distance, _SINE_OF_HALF_TURN)
    ratio = divide(1.0, sine)  # pi / sin(pi x)
    return select(distance == 0.0, math.inf, fma(ratio, ratio, -trigamma_of_one_minus_x))
