"""log and what is made of it: log1p, softplus, logaddexp, log1mexp, pow.

All share one reduction, ``x = 2**k m`` with m within [sqrt(1/2), sqrt(2)], and one series,
``log m = 2 atanh(s)``, s = (m - 1) / (m + 1).  Arguments come with a low-order part where a caller
has one (``1 + x`` rounded keeps its rounding error).  `logarithm_parts` returns log with about 58
bits, for log-gamma, and `precise_logarithm_parts` with 66, for powers.  Branch-free, see
`floating_point`.

References
----------
Cody & Waite (1980), "Software Manual for the Elementary Functions", ch. 5 and 7.
Muller (2016), "Elementary Functions", 3rd ed., sec. 11.2.
Maechler (2012), "Accurately computing log(1 - exp(-|a|))".
Coefficients: bench/fit_coefficients.py.
"""

import math

from lightppl.compiler.runtime.exponential import (
    LN2_HIGH, LN2_LOW, OVERFLOWS, UNDERFLOWS, exp, exponential_parts, reduce_exponent, scale,
)
from lightppl.compiler.runtime.floating_point import (
    absolute, bits_of, clamp, divide, float_of, fma, is_whole, negate, ordered_two_sum, polynomial,
    power_of_two, select, shift_right, two_product, two_sum,
)
from lightppl.compiler.runtime.symbolic import scalar_function

_SQRT_HALF = 0.7071067811865476
_MANTISSA = 2**52 - 1
_TWO_52 = 4503599627370496.0
_BIAS = 1023.0
_SMALLEST_NORMAL = 2.2250738585072014e-308
_TWO_54 = 18014398509481984.0
_LN2_SHORT = 0.6931471805598903
"""log(2) with 42 bits: its product with an exponent is exact."""
_LN2_SHORT_REST = 5.497923018708371e-14
_TWO_THIRDS_HIGH = 0.6666666666666666
_TWO_THIRDS_LOW = 3.700743415417188e-17

_LOGARITHM = (
    0.6666666666666734, 0.39999999999414354, 0.28571428742467264,
    0.2222219856432506, 0.1818356482038324, 0.15314037083808216,
    0.14796092333432095,
)
_LOGARITHM_TAIL = (
    0.40000000000002256, 0.2857142857009923, 0.2222222251997952,
    0.18181784362472392, 0.15386757535091627, 0.1325681318785264,
    0.13196369600461258,
)
_LOGARITHM_UNIT = (
    0.6666666666666631, 0.4000000000015723, 0.28571428547855193,
    0.2222222396965638, 0.1818174392740106, 0.15386559873219977,
    0.13300974206358043, 0.12106081590154771, 0.0834012095890752,
    0.1701854073269832,
)


def split_exponent(x):
    """Split a positive normal number: ``x = 2**k m`` with m in [sqrt(1/2), sqrt(2))."""
    shifted = bits_of(x) + (bits_of(1.0) - bits_of(_SQRT_HALF))
    m = float_of((shifted & _MANTISSA) + bits_of(_SQRT_HALF))
    k = float_of(shift_right(shifted, 52) | bits_of(_TWO_52)) - (_TWO_52 + _BIAS)
    return k, m


def combine_logarithm(k, f, low):
    """Return ``k log(2) + log(1 + f) + low``."""
    s = divide(f, 2.0 + f)
    z = s * s
    tail = z * polynomial(z, _LOGARITHM)
    # 2 s + s tail = f - s (f - tail): the leading term is exact
    return fma(k, LN2_HIGH, f - fma(s, f - tail, -low))


def with_logarithm_limits(result, x):
    """Return `result`, or what log gives where x is 0, negative, infinite or NaN."""
    limit = select(x == 0.0, -math.inf, select(x > 0.0, x, math.nan))
    return select((x > 0.0) & (x < math.inf), result, limit)


def lift_subnormal(x):
    """Return a normal number and the exponent by which it was lifted."""
    is_small = x < _SMALLEST_NORMAL
    return select(is_small, x * _TWO_54, x), select(is_small, 54.0, 0.0)


@scalar_function
def log(x):
    """Return the natural logarithm.

    Parameters
    ----------
    x : float64
        -inf at 0, NaN below.

    Returns
    -------
    float64

    Examples
    --------
    >>> log(1.0), log(0.0)
    (0.0, -inf)
    """
    normal, lift = lift_subnormal(x)
    k, m = split_exponent(normal)
    k = k - lift
    return with_logarithm_limits(combine_logarithm(k, m - 1.0, k * LN2_LOW), x)


@scalar_function
def log1p(x):
    """Return ``log(1 + x)``, precise near 0.

    Parameters
    ----------
    x : float64
        -inf at -1, NaN below.

    Returns
    -------
    float64

    Examples
    --------
    >>> log1p(1e-20)
    1e-20
    """
    u, rest = two_sum(1.0, x)
    k, m = split_exponent(u)
    rest = select(u < _TWO_54, rest * power_of_two(-k), 0.0)
    f = (m - 1.0) + rest
    low = ((m - 1.0) - f) + rest
    result = with_logarithm_limits(combine_logarithm(k, f, fma(k, LN2_LOW, low)), u)
    return select(absolute(x) < 1e-17, x, result)


def logarithm_parts(k, m):
    """Return ``k log(2) + log(m)``, to about 58 bits, as two terms; the low one is below 0.02."""
    s, s_low = _half_atanh_argument(m - 1.0)
    z = s * s
    high, rest = ordered_two_sum(k * _LN2_SHORT, 2.0 * s)
    tail = fma(s * z, polynomial(z, _LOGARITHM), fma(2.0, s_low, k * _LN2_SHORT_REST))
    return high, rest + tail


def precise_logarithm_parts(k, m):
    """Return high and low parts, about 66 bits, of ``k log(2) + log(m)``."""
    s, s_low = _half_atanh_argument(m - 1.0)
    # g = 2/3 + z P(z); t = z g; u = s t, each with its rounding error
    z, z_low = two_product(s, s)
    z_low = fma(2.0 * s, s_low, z_low)
    rest = fma(z, polynomial(z, _LOGARITHM_TAIL), _TWO_THIRDS_LOW)
    g, g_low = ordered_two_sum(_TWO_THIRDS_HIGH, rest)
    t, t_low = two_product(z, g)
    t_low = t_low + fma(z, g_low, z_low * g)
    u, u_low = two_product(s, t)
    u_low = u_low + fma(s, t_low, s_low * t)
    high, rest_1 = ordered_two_sum(k * _LN2_SHORT, 2.0 * s)
    high, rest_2 = ordered_two_sum(high, u)
    low = fma(k, _LN2_SHORT_REST, fma(2.0, s_low, u_low)) + (rest_1 + rest_2)
    return ordered_two_sum(high, low)


def _half_atanh_argument(f):
    """Return high and low parts of ``s = f / (2 + f)``."""
    d, d_low = ordered_two_sum(2.0, f)
    reciprocal = divide(1.0, d)
    s = f * reciprocal
    return s, fma(-s, d_low, fma(-s, d, f)) * reciprocal


@scalar_function
def softplus(x):
    """Return ``log(1 + exp(x))`` without overflow.

    Parameters
    ----------
    x : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> softplus(1000.0)
    1000.0
    """
    return select(x < 0.0, 0.0, x) + logarithm_one_plus(exp(-absolute(x)))


def logarithm_one_plus(e):
    """Return ``log(1 + e)`` for e within [0, 1]."""
    s = divide(e, 2.0 + e)
    z = s * s
    return fma(-s, e - z * polynomial(z, _LOGARITHM_UNIT), e)


@scalar_function
def log1p_unit(e):
    """Return ``log(1 + e)`` for e within [0, 1]: what is left of `softplus` if exp(-|x|) is known.

    Parameters
    ----------
    e : float64
        Within [0, 1], or NaN.

    Returns
    -------
    float64

    Examples
    --------
    >>> log1p_unit(0.0)
    0.0
    """
    return logarithm_one_plus(e)


@scalar_function
def logaddexp(a, b):
    """Return ``log(exp(a) + exp(b))`` without overflow.

    The error is relative to the larger of |a|, |b| and the result: near a result of 0, where the
    sum of the two exponentials passes 1, leading digits cancel, as they do in NumPy.

    Parameters
    ----------
    a, b : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> logaddexp(1000.0, 0.0)
    1000.0
    """
    larger = select(a < b, b, a)
    smaller = select(a < b, a, b)
    gap, gap_low = two_sum(smaller, -larger)
    e = exp(gap)
    result = larger + logarithm_one_plus(fma(e, select(e > 0.0, gap_low, 0.0), e))
    is_infinite = absolute(larger) == math.inf
    return select(is_infinite & (smaller == smaller), larger, result)


@scalar_function
def log1mexp(x):
    """Return ``log(1 - exp(-x))`` for positive x.

    Parameters
    ----------
    x : float64
        -inf at 0, NaN below.

    Returns
    -------
    float64

    Examples
    --------
    >>> log1mexp(1000.0)
    -0.0
    """
    power, r, tail = reduce_exponent(clamp(-x, UNDERFLOWS, 0.0), 0.0)
    # x < log(2) / 2: 1 - exp(-x) = -(r + tail), without cancellation
    small, small_low = ordered_two_sum(-r, -tail)
    high, rest = ordered_two_sum(1.0, r)
    high, low = ordered_two_sum(high, rest + tail)
    e = scale(high, power)
    u, u_low = ordered_two_sum(1.0, -e)
    is_small = x < 0.34
    value, lift = lift_subnormal(select(is_small, small, u))
    k, m = split_exponent(value)
    k = k - lift
    low = select(is_small, small_low, u_low - scale(low, power))
    low = select(lift > 0.0, 0.0, low * power_of_two(-k))
    f = (m - 1.0) + low
    result = combine_logarithm(k, f, fma(k, LN2_LOW, ((m - 1.0) - f) + low))
    return select(x > 0.0, select(e > 0.0, result, -0.0), select(x == 0.0, -math.inf, math.nan))


@scalar_function
def pow(x, y):
    """Return ``x**y`` with the limits of C and NumPy; NaN for negative x and fractional y.

    Parameters
    ----------
    x, y : float64

    Returns
    -------
    float64

    Examples
    --------
    >>> pow(2.0, 10.0), pow(-2.0, 3.0)
    (1024.0, -8.0)
    """
    size = absolute(x)
    normal, lift = lift_subnormal(size)
    k, m = split_exponent(normal)
    high, low = precise_logarithm_parts(k - lift, m)
    product, product_low = two_product(y, high)
    product_low = fma(y, low, product_low)
    is_moderate = absolute(product) < 1000.0
    power, result, _ = exponential_parts(
        clamp(product, UNDERFLOWS, OVERFLOWS), select(is_moderate, product_low, 0.0)
    )
    result = scale(result, power)
    grows = (size > 1.0) == (y > 0.0)
    is_extreme = (size == 0.0) | (size == math.inf) | (absolute(y) == math.inf)
    result = select(is_extreme, select(size == 1.0, 1.0, select(grows, math.inf, 0.0)), result)
    result = select((x != x) | (y != y), math.nan, result)
    is_integral = is_whole(absolute(y))
    is_odd = is_integral & negate(is_whole(0.5 * absolute(y)))
    is_negative = bits_of(x) < 0
    result = select(is_negative & is_odd, -result, result)
    result = select((x < 0.0) & (x > -math.inf) & negate(is_integral), math.nan, result)
    return select((y == 0.0) | (x == 1.0), 1.0, result)
