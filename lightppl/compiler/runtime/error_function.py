"""erf, erfc and the distribution function of the normal distribution with its logarithm.

The tails are ``exp(-x**2)`` times a slowly varying factor: a polynomial in u = x / (x + c) divided
by a linear function.  x**2 keeps its rounding error, without which the exponential would lose
digits in proportion to x**2.  Branch-free, see `floating_point`.

References
----------
Shepherd & Laframboise (1981), "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x".
Coefficients: bench/fit_coefficients.py.
"""

import math

from lightppl.compiler.runtime.exponential import LN2_LOW, UNDERFLOWS, exp, exponential_parts, scale
from lightppl.compiler.runtime.floating_point import (
    absolute, clamp, copy_sign, divide, fma, ordered_two_sum, polynomial, power_of_two, select,
    two_product, two_sum,
)
from lightppl.compiler.runtime.logarithm import combine_logarithm, split_exponent
from lightppl.compiler.runtime.symbolic import scalar_function

_ERF_SMALL = (
    0.12837916709551256, -0.3761263890318355, 0.11283791670945251,
    -0.026866170643275993, 0.005223977607422095, -0.0008548325989647628,
    0.00012055295319420711, -1.492474464894393e-05, 1.6447517564552987e-06,
    -1.6209175460064263e-07, 1.372297584768538e-08, -7.801190554584909e-10,
)
_ERF_EXPONENT = (
    5.132631406111917e-07, 1.1283739915157989, 0.6366440559142492,
    0.102702287708015, -0.018988038340115556, -0.00041354134627450686,
    0.0019189503059832975, -0.0007730466332250173, 0.0001365563030932178,
    1.9522819130917782e-05, -2.2532892182936617e-05, 8.57879359778434e-06,
    -2.114803701056999e-06, 3.695661989117572e-07, -4.593331277669589e-08,
    3.890021834096811e-09, -2.0203471806731906e-10, 4.865111217960561e-12,
)
_ERFC_RATIO = (
    0.465990237251105, -0.7452324709322301, 0.7759917751374694,
    -0.6397976666280785, 0.4377195345554808, -0.2502538645589787,
    0.11759313293430147, -0.043258101856174215, 0.010862633743346617,
    -0.0007986938151784932, -0.0007168527812315399, 0.0003183395392151793,
    -1.709609734940257e-05, -3.170281908749951e-05, 9.258454515927259e-06,
    2.162009604240694e-06, -1.5736617344674846e-06, -7.836343617299066e-08,
    2.2651148228025643e-07, -5.785264207225422e-09, -2.908772031428478e-08,
    9.395028194932667e-10, 2.388179648446465e-09,
)
_NORMAL_RATIO = (
    -0.07696834029992446, -0.10613622336809368, 0.16819696022002054,
    -0.14819225544955592, 0.09539016951696293, -0.04631624302976585,
    0.015975412224353495, -0.002931410886772817, -0.0004207337991719127,
    0.0004363169800140035, -7.16487049886789e-05, -3.556639821198659e-05,
    1.5774248109253125e-05, 2.345241754661273e-06, -2.4860215021670996e-06,
    -1.2859412931640313e-07, 3.844570065227423e-07, 7.77603037520772e-09,
    -6.042924979371835e-08, -1.242482359746874e-09, 8.53183331300775e-09,
    1.7550947995460092e-10, -7.463129623066049e-10,
)
_ERFC_CENTRE = 4.0
_NORMAL_CENTRE = 5.0
_TWO_52 = 4503599627370496.0
_NORMAL_PEAK = 0.3989422804014327
"""Density of the standard normal distribution at 0."""
_ERFC_UNDERFLOWS = 27.3
_NORMAL_UNDERFLOWS = 38.6


@scalar_function
def erf(x):
    """Return the error function.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> erf(0.0), erf(10.0)
    (0.0, 1.0)
    """
    size = absolute(x)
    small = fma(x, polynomial(x * x, _ERF_SMALL), x)
    large = 1.0 - exp(-polynomial(clamp(size, 0.5, 6.0), _ERF_EXPONENT))
    return select(size < 1.0, small, copy_sign(large, x))


def tail_ratio(x, start, centre, slope, coefficients):
    """Return ``(start + u R(2 u - 1)) / (1 + slope x)`` as high and low part, u = x / (x + centre).

    x is not negative and finite.  Sum and division carry their rounding errors, so that the product
    with an exponential stays within 2 ulp.
    """
    denominator, denominator_low = two_sum(1.0, slope * x)
    reciprocal = divide(1.0, denominator * (x + centre))  # one division for two quotients
    u = x * (denominator * reciprocal)
    reciprocal = (x + centre) * reciprocal
    curved = u * polynomial(fma(2.0, u, -1.0), coefficients)
    numerator, numerator_low = ordered_two_sum(start, curved)
    ratio = numerator * reciprocal
    rest = fma(-ratio, denominator, numerator) + (numerator_low - ratio * denominator_low)
    return ratio, rest * reciprocal


def tail_product(square, square_low, ratio, ratio_low):
    """Return ``exp(-(square + square_low)) (ratio + ratio_low)``."""
    power, high, low = exponential_parts(clamp(-square, UNDERFLOWS, 0.0), -square_low)
    product, product_low = two_product(high, ratio)
    return scale(product + (product_low + fma(high, ratio_low, low * ratio)), power)


@scalar_function
def erfc(x):
    """Return the complementary error function ``1 - erf(x)``, precise in the right tail.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> erfc(0.0), erfc(30.0)
    (1.0, 0.0)
    """
    size = clamp(absolute(x), 0.0, _ERFC_UNDERFLOWS)
    ratio, ratio_low = tail_ratio(size, 1.0, _ERFC_CENTRE, 2.0, _ERFC_RATIO)
    square, square_low = two_product(size, size)
    tail = tail_product(square, square_low, ratio, ratio_low)
    return select(x < 0.0, 2.0 - tail, tail)


@scalar_function
def ndtr(x):
    """Return the distribution function of the standard normal distribution.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> ndtr(0.0)
    0.5
    """
    size = clamp(absolute(x), 0.0, _NORMAL_UNDERFLOWS)
    ratio, ratio_low = tail_ratio(size, 0.5, _NORMAL_CENTRE, 1.0, _NORMAL_RATIO)
    square, square_low = two_product(size, size)
    tail = tail_product(0.5 * square, 0.5 * square_low, ratio, ratio_low)
    return select(x < 0.0, tail, 1.0 - tail)


@scalar_function
def log_ndtr(x):
    """Return the logarithm of `ndtr`, precise in both tails.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> log_ndtr(40.0)
    -0.0
    """
    size = absolute(x)
    # beyond 2**52 the linear factor is 1 / x to rounding, and x**2 / 2 swallows its logarithm
    moderate = clamp(size, 0.0, _TWO_52)
    ratio, ratio_low = tail_ratio(moderate, 0.5, _NORMAL_CENTRE, 1.0, _NORMAL_RATIO)
    near = clamp(size, 0.0, _NORMAL_UNDERFLOWS)
    square, square_low = two_product(near, near)
    tail = tail_product(0.5 * square, 0.5 * square_low, ratio, ratio_low)
    one_minus, one_minus_low = ordered_two_sum(1.0, -tail)
    is_left = x < 0.0
    value = select(is_left, ratio, one_minus)
    low = select(is_left, ratio_low, one_minus_low)
    k, m = split_exponent(value)
    low = low * power_of_two(-k)
    f = (m - 1.0) + low
    low = ((m - 1.0) - f) + low
    logarithm = combine_logarithm(k, f, fma(k, LN2_LOW, low))
    result = select(is_left, fma(-0.5 * x, x, logarithm), select(x > 39.0, -tail, logarithm))
    return select(x == -math.inf, -math.inf, select(x != x, x, result))


@scalar_function
def inverse_mills_ratio(x):
    """Return the density of the standard normal distribution over `ndtr`.

    On the left both have the same exponential, which cancels.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> round(inverse_mills_ratio(0.0), 6), round(inverse_mills_ratio(-1e8))
    (0.797885, 100000000)
    """
    size = absolute(x)
    # beyond 2**52 the ratio is x to rounding
    ratio, _ = tail_ratio(clamp(size, 0.0, _TWO_52), 0.5, _NORMAL_CENTRE, 1.0, _NORMAL_RATIO)
    near = clamp(size, 0.0, _NORMAL_UNDERFLOWS)
    power = select(x < 0.0, 1.0, exp(-0.5 * near * near))
    found = divide(_NORMAL_PEAK * power, select(x < 0.0, ratio, 1.0 - power * ratio))
    found = select(size > _TWO_52, select(x < 0.0, size, 0.0), found)
    return select(x != x, x, found)
