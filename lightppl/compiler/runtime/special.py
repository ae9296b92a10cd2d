"""Special functions that SciPy computes, one float64 at a time, and their derivatives in the shape.

They call SciPy's C functions directly (see `scipy_symbols`).  Loops over them are not vectorised.

Derivatives with respect to a shape parameter have no closed form.  Each is a central difference of
sixth order with a step proportional to the shape, as in `lightppl.autodiff.shape_derivatives`,
which keeps about ten digits.

References
----------
Abramowitz & Stegun (1964), 6.4.10 (polygamma as a Hurwitz zeta function), 25.3.21 (differences).
Johansson (2015), "Rigorous high-precision computation of the Hurwitz zeta function", eq. (5).
"""

import math

from lightppl.compiler.runtime.scipy_symbols import special_function

_gammainc = special_function("gammainc", 2)
_gammaincc = special_function("gammaincc", 2)
_betainc = special_function("betainc", 3)
_ndtri = special_function("ndtri", 1)
_erfinv = special_function("erfinv", 1)
_erfcinv = special_function("erfcinv", 1)
_erfcx = special_function("erfcx", 1)
_gamma = special_function("gamma", 1)
_i0 = special_function("i0", 1)
_i0e = special_function("i0e", 1)
_i1 = special_function("i1", 1)
_i1e = special_function("i1e", 1)
_ive = special_function("ive", 2)
_kve = special_function("kve", 2)

DIFFERENCE_WEIGHTS = (45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0)
_BERNOULLI_OVER_FACTORIAL = (
    1.0 / 12.0, -1.0 / 720.0, 1.0 / 30240.0, -1.0 / 1209600.0, 1.0 / 47900160.0,
    -691.0 / 1307674368000.0, 1.0 / 74724249600.0, -3617.0 / 10670622842880000.0,
    43867.0 / 5109094217170944000.0, -174611.0 / 802857662698291200000.0,
)
"""B(2 j) / (2 j)! for j = 1, 2, ..."""
_SHIFTED_ENOUGH = 12.0
_FAR_LEFT = -1.0e6


def gammainc(a, x):
    """Return the regularized lower incomplete gamma function."""
    return _gammainc(a, x)


def gammaincc(a, x):
    """Return the regularized upper incomplete gamma function."""
    return _gammaincc(a, x)


def betainc(a, b, x):
    """Return the regularized incomplete beta function."""
    return _betainc(a, b, x)


def ndtri(p):
    """Return the quantile of the standard normal distribution."""
    return _ndtri(p)


def erfinv(x):
    """Return the inverse of the error function."""
    return _erfinv(x)


def erfcinv(x):
    """Return the inverse of the complementary error function."""
    return _erfcinv(x)


def erfcx(x):
    """Return the scaled complementary error function ``exp(x**2) erfc(x)``."""
    return _erfcx(x)


def gamma(x):
    """Return the gamma function."""
    return _gamma(x)


def i0(x):
    """Return the modified Bessel function of the first kind of order 0."""
    return _i0(x)


def i0e(x):
    """Return the exponentially scaled modified Bessel function of the first kind of order 0."""
    return _i0e(x)


def i1(x):
    """Return the modified Bessel function of the first kind of order 1."""
    return _i1(x)


def i1e(x):
    """Return the exponentially scaled modified Bessel function of the first kind of order 1."""
    return _i1e(x)


def ive(v, x):
    """Return the exponentially scaled modified Bessel function of the first kind of order v."""
    return _ive(v, x)


def kve(v, x):
    """Return the exponentially scaled modified Bessel function of the second kind of order v."""
    return _kve(v, x)


def gammainc_da(a, x):
    """Return the derivative of `gammainc` in a; of the complement where that is smaller."""
    step = 4e-3 * min(a, math.sqrt(a))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        if x < a:
            change = gammainc(a + shift, x) - gammainc(a - shift, x)
        else:
            change = gammaincc(a - shift, x) - gammaincc(a + shift, x)
        total += DIFFERENCE_WEIGHTS[k] * change
    return total / step


def betainc_da(a, b, x):
    """Return the derivative of `betainc` in a; of the complement where that is smaller."""
    step = 4e-3 * min(a, math.sqrt(a))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        if x * (a + b) < a:
            change = betainc(a + shift, b, x) - betainc(a - shift, b, x)
        else:
            change = betainc(b, a - shift, 1.0 - x) - betainc(b, a + shift, 1.0 - x)
        total += DIFFERENCE_WEIGHTS[k] * change
    return total / step


def betainc_db(a, b, x):
    """Return the derivative of `betainc` in b."""
    return -betainc_da(b, a, 1.0 - x)


def ive_dv(v, x):
    """Return the derivative of `ive` in the order v."""
    step = 4e-3 * max(1.0, abs(v))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        total += DIFFERENCE_WEIGHTS[k] * (ive(v + shift, x) - ive(v - shift, x))
    return total / step


def kve_dv(v, x):
    """Return the derivative of `kve` in the order v."""
    step = 4e-3 * max(1.0, abs(v))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        total += DIFFERENCE_WEIGHTS[k] * (kve(v + shift, x) - kve(v - shift, x))
    return total / step


def polygamma(n, x):
    """Return the n-th derivative of digamma, n >= 1 integral.

    Parameters
    ----------
    n : float64
    x : float64
        Infinite, with the sign of the right side, at 0 and at negative integers; NaN below -10**6.

    Returns
    -------
    float64
    """
    sign = -1.0 if n % 2.0 == 0.0 else 1.0
    if x <= 0.0 and x == math.floor(x):
        return sign * math.inf
    return sign * _gamma(n + 1.0) * hurwitz_zeta(n + 1.0, x)


def hurwitz_zeta(s, q):
    """Return ``sum((q + k)**-s for k = 0, 1, ...)``, s > 1 integral.

    Euler and Maclaurin's formula: the first terms are summed, the rest is an integral, half a term
    and a series in Bernoulli numbers.
    """
    if not q > _FAR_LEFT:
        return math.nan
    if q == math.inf:
        return 0.0
    total = 0.0
    while q < _SHIFTED_ENOUGH + s:
        total += q**-s
        q += 1.0
    power = q**-s
    total += power * (q / (s - 1.0) + 0.5)
    factor = s / q
    for k in range(10):
        total += _BERNOULLI_OVER_FACTORIAL[k] * factor * power
        factor *= (s + 2.0 * k + 1.0) * (s + 2.0 * k + 2.0) / (q * q)
    return total
