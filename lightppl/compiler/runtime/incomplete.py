"""Logarithms of the incomplete gamma and beta functions, one float64 at a time.

The scalar twin of `lightppl.autodiff.incomplete`, where methods and papers are named.
"""

import math

from lightppl.compiler.runtime.beta_function import betaln
from lightppl.compiler.runtime.elementary import lgamma
from lightppl.compiler.runtime.special import DIFFERENCE_WEIGHTS, betainc, gammainc, gammaincc

_UNDERFLOWS = 1e-290
_MOST_TERMS = 100000
_TINY = 1e-300
_SEPARATE = 1e-8
"""An x from which ``1 - x`` still tells x."""
_MOST = 0.9
"""A complement up to here is subtracted from one: the other side of the mean is computed once."""


def log_gammainc(a, x):
    """Return the logarithm of the regularized lower incomplete gamma function."""
    if x >= a:
        rest = gammaincc(a, x)
        if rest < _MOST:
            return math.log1p(-rest)
    value = gammainc(a, x)
    if value < _UNDERFLOWS:
        return _log_series(a, x) if x > 0.0 else -math.inf
    return math.log(value) if value < _MOST else math.log1p(-gammaincc(a, x))


def log_gammaincc(a, x):
    """Return the logarithm of the regularized upper incomplete gamma function."""
    if x < a:
        rest = gammainc(a, x)
        if rest < _MOST:
            return math.log1p(-rest)
    if x == math.inf:
        return -math.inf
    value = gammaincc(a, x)
    if value < _UNDERFLOWS:
        return _log_upper_fraction(a, x)
    return math.log(value) if value < _MOST else math.log1p(-gammainc(a, x))


def log_betainc(a, b, x, y):
    """Return the logarithm of the regularized incomplete beta function; y is ``1 - x``."""
    complement_is_known = x > _SEPARATE
    if complement_is_known and x * (a + b) >= a:
        rest = betainc(b, a, y)
        if rest < _MOST:
            return math.log1p(-rest)
    value = betainc(a, b, x)
    if value < _UNDERFLOWS:
        return _log_beta_fraction(a, b, x, y) if x > 0.0 else -math.inf
    if value < _MOST or not complement_is_known:
        return math.log(value)
    return math.log1p(-betainc(b, a, y))


def _log_series(a, x):
    total = 1.0
    term = 1.0
    k = 1.0
    while term > 1e-17 * total and k < _MOST_TERMS:
        term *= x / (a + k)
        total += term
        k += 1.0
    return a * math.log(x) - x - lgamma(a + 1.0) + math.log(total)


def _log_upper_fraction(a, x):
    value = x + 1.0 - a
    c = value
    d = 0.0
    change = 0.0
    k = 1.0
    while abs(change - 1.0) > 1e-16 and k < _MOST_TERMS:
        numerator = -k * (k - a)
        denominator = x + 1.0 - a + 2.0 * k
        d = _away_from_zero(denominator + numerator * d)
        c = _away_from_zero(denominator + numerator / c)
        d = 1.0 / d
        change = c * d
        value *= change
        k += 1.0
    return a * math.log(x) - x - lgamma(a) - math.log(value)


def _log_beta_fraction(a, b, x, y):
    value = 1.0
    c = 1.0
    d = 0.0
    change = 0.0
    m = 0.0
    while abs(change - 1.0) > 1e-16 and m < _MOST_TERMS:
        odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        d = 1.0 / _away_from_zero(1.0 + odd * d)
        c = _away_from_zero(1.0 + odd / c)
        value *= c * d
        m += 1.0
        even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        d = 1.0 / _away_from_zero(1.0 + even * d)
        c = _away_from_zero(1.0 + even / c)
        change = c * d
        value *= change
    log_factor = a * math.log(x) + b * math.log(y) - math.log(a) - betaln(a, b)
    return log_factor - math.log(value)


def _away_from_zero(x):
    return _TINY if x == 0.0 else x


def log_gammainc_da(a, x):
    """Return the derivative of `log_gammainc` in a."""
    step = 4e-3 * min(a, math.sqrt(a))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        total += DIFFERENCE_WEIGHTS[k] * (log_gammainc(a + shift, x) - log_gammainc(a - shift, x))
    return total / step


def log_gammaincc_da(a, x):
    """Return the derivative of `log_gammaincc` in a."""
    step = 4e-3 * min(a, math.sqrt(a))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        total += DIFFERENCE_WEIGHTS[k] * (log_gammaincc(a + shift, x) - log_gammaincc(a - shift, x))
    return total / step


def log_betainc_da(a, b, x, y):
    """Return the derivative of `log_betainc` in a."""
    step = 4e-3 * min(a, math.sqrt(a))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        total += DIFFERENCE_WEIGHTS[k] * (log_betainc(a + shift, b, x, y)
            - log_betainc(a - shift, b, x, y))
    return total / step


def log_betainc_db(a, b, x, y):
    """Return the derivative of `log_betainc` in b."""
    step = 4e-3 * min(b, math.sqrt(b))
    total = 0.0
    for k in range(3):
        shift = (k + 1.0) * step
        total += DIFFERENCE_WEIGHTS[k] * (log_betainc(a, b + shift, x, y)
            - log_betainc(a, b - shift, x, y))
    return total / step
