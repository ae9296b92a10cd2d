"""Logarithms of the incomplete gamma and beta functions, finite where these underflow.

Survival and censored data ask for probabilities of tails far beyond the smallest float.  Where
SciPy's function is a number to work with, its logarithm is taken, through the complement if that is
smaller; beyond, the logarithm of the leading factor and a series or a continued fraction, which
converge quickly there.

Derivatives in a shape parameter have no closed form: each is a sixth-order central difference of
the logarithm, which is smooth in the tails, with a step proportional to the shape.

References
----------
DLMF 8.7.1 (series), 8.9.2 (continued fraction of the gamma function), 8.17.22 (of the beta one).
Lentz (1976), "Generating Bessel functions in Mie scattering calculations using continued
fractions", with Thompson and Barnett's guard against zeros.
"""

import numpy as np

from lightppl.autodiff import special
from lightppl.autodiff.operation import Operation
from lightppl.autodiff.shape_derivatives import difference
from lightppl.autodiff.structural import sum_to_shape

_UNDERFLOWS = 1e-290
_MOST_TERMS = 100_000
_TINY = 1e-300
_SEPARATE = 1e-8


def _log_gammainc(a, x):
    return _log_from(special.gammainc, special.gammaincc, _log_series, a, x)


def _log_gammaincc(a, x):
    return _log_from(special.gammaincc, special.gammainc, _log_upper_fraction, a, x)


def _log_betainc(a, b, x, y):
    def function(a, b, x, y):
        return special.betainc(a, b, x)

    def complement(a, b, x, y):
        # a y that is one to most digits does not tell x any more
        return np.where(x > _SEPARATE, special.betainc(b, a, y), 1.0 - special.betainc(a, b, x))

    return _log_from(function, complement, _log_beta_fraction, a, b, x, y)


def _log_from(function, complement, far, *args):
    """Return the logarithm of `function`; `far` gives it where the function underflows."""
    args = np.broadcast_arrays(*(np.asarray(arg, np.float64) for arg in args))
    value = np.asarray(function(*args))
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.where(value < 0.5, np.log(value), np.log1p(-complement(*args)))
    underflown = value < _UNDERFLOWS
    if np.any(underflown):
        with np.errstate(all="ignore"):
            result[underflown] = far(*(arg[underflown] for arg in args))
    return result[()]


def _log_series(a, x):
    """Return ``log P(a, x)`` for x far below a: DLMF 8.7.1 with the factor exp(-x)."""
    total, term = np.ones_like(a), np.ones_like(a)
    for k in range(1, _MOST_TERMS):
        term = term * (x / (a + k))
        total = total + term
        if not np.any(term > 1e-17 * total):
            break
    return a * np.log(x) - x - special.gammaln(a + 1.0) + np.log(total)


def _log_upper_fraction(a, x):
    """Return ``log Q(a, x)`` for x far above a: DLMF 8.9.2, its even part."""
    def coefficient(k):
        return -k * (k - a), x + 1.0 - a + 2.0 * k

    fraction = _lentz(x + 1.0 - a, coefficient)
    result = a * np.log(x) - x - special.gammaln(a) - np.log(fraction)
    return np.where(x == np.inf, -np.inf, result)


def _log_beta_fraction(a, b, x, y):
    """Return ``log I_x(a, b)`` for x far below the mean: DLMF 8.17.22."""
    def coefficient(k):
        m = k // 2
        if k % 2:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0

    fraction = _lentz(np.ones_like(a), coefficient)
    log_factor = a * np.log(x) + b * np.log(y) - np.log(a) - special.betaln(a, b)
    return np.where(x > 0.0, log_factor - np.log(fraction), -np.inf)


def _lentz(start, coefficient):
    """Return ``start + a1 / (b1 + a2 / (b2 + ...))`` with ``a, b = coefficient(k)``."""
    value = np.where(start == 0.0, _TINY, start)
    c, d = value, np.zeros_like(value)
    for k in range(1, _MOST_TERMS):
        numerator, denominator = coefficient(k)
        d = denominator + numerator * d
        c = denominator + numerator / c
        d = 1.0 / np.where(d == 0.0, _TINY, d)
        c = np.where(c == 0.0, _TINY, c)
        value = value * (c * d)
        if not np.any(np.abs(c * d - 1.0) > 1e-16):
            break
    return value


def _step(shape):
    return 4e-3 * np.minimum(shape, np.sqrt(shape))


def _difference_in_first(function):
    def derivative(a, *others):
        a = np.asarray(a, np.float64)
        return difference(lambda s: function(s, *others), a, _step(a))

    return derivative


def _log_betainc_db(a, b, x, y):
    b = np.asarray(b, np.float64)
    return difference(lambda s: _log_betainc(a, s, x, y), b, _step(b))


log_gammainc_da = Operation(
    "log_gammainc_da", _difference_in_first(_log_gammainc), (None, None)
)
log_gammaincc_da = Operation(
    "log_gammaincc_da", _difference_in_first(_log_gammaincc), (None, None)
)
log_betainc_da = Operation(
    "log_betainc_da", _difference_in_first(_log_betainc), (None,) * 4
)
log_betainc_db = Operation("log_betainc_db", _log_betainc_db, (None,) * 4)


def _log_gamma_density(a, x):
    return special.xlogy(a - 1.0, x) - x - special.gammaln(a)


def _log_beta_density(a, b, x, y):
    powers = special.xlogy(a - 1.0, x) + special.xlogy(b - 1.0, y)
    return powers - special.betaln(a, b)


def _vjp(k, slope):
    """Return a rule for argument `k` with the given derivative."""
    return lambda ans, *args: lambda g: sum_to_shape(g * slope(ans, *args), np.shape(args[k]))


def _ratio(log_density, ans):
    """Return ``density / probability``; no probability is left where the logarithm is -inf."""
    positive = np.greater(ans, -np.inf)
    return np.where(positive, np.exp(log_density - np.where(positive, ans, 0.0)), 0.0)


log_gammainc = Operation(
    "log_gammainc",
    _log_gammainc,
    (
        _vjp(0, lambda ans, a, x: log_gammainc_da(a, x)),
        _vjp(1, lambda ans, a, x: _ratio(_log_gamma_density(a, x), ans)),
    ),
)
"""Logarithm of the regularized lower incomplete gamma function."""

log_gammaincc = Operation(
    "log_gammaincc",
    _log_gammaincc,
    (
        _vjp(0, lambda ans, a, x: log_gammaincc_da(a, x)),
        _vjp(1, lambda ans, a, x: -_ratio(_log_gamma_density(a, x), ans)),
    ),
)
"""Logarithm of the regularized upper incomplete gamma function."""

log_betainc = Operation(
    "log_betainc",
    _log_betainc,
    (
        _vjp(0, lambda ans, a, b, x, y: log_betainc_da(a, b, x, y)),
        _vjp(1, lambda ans, a, b, x, y: log_betainc_db(a, b, x, y)),
        _vjp(2, lambda ans, a, b, x, y: _ratio(_log_beta_density(a, b, x, y), ans)),
        None,
    ),
)
"""Logarithm of the regularized incomplete beta function of a, b, x, with ``y = 1 - x``.

The caller knows y to more digits than a subtraction would keep; the slope in x is that of both.
"""
