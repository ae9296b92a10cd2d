"""The error function and its kin, the normal distribution, exponential integrals.

References: DLMF chapters 6 and 7; Owen (1956), "Tables for computing bivariate normal
probabilities", for `owens_t`.
"""

import math

import numpy as np

from lightppl.autodiff.special import inverse_mills_ratio
from lightppl.autodiff.special_functions.table import UNKNOWN, nonzero, power_series, row
from lightppl.scipy_functions import scipy_special

_SQRT_2PI = math.sqrt(2.0 * math.pi)
_TWO_OVER_SQRT_PI = 2.0 / math.sqrt(math.pi)
_FAR = 10.0
_ODD_FACTORIALS = tuple(math.prod(range(1, 2 * k + 2, 2)) / 2.0 ** (k + 1) for k in range(16))
"""(2 k + 1)!! / 2**(k + 1)"""
_FAR_TAIL = 30.0
_MILLS = (1.0, -2.0, 10.0, -74.0, 706.0, -8162.0)
"""Of the density over the tail, less x: DLMF 7.12.1, inverted."""
_ALTERNATING = tuple((-1.0) ** k * c for k, c in enumerate(_ODD_FACTORIALS))


def _erfcx_slope(ans, x):
    near = 2.0 * x * ans - _TWO_OVER_SQRT_PI
    is_far = x > _FAR
    inverse = 1.0 / np.where(is_far, x, _FAR)
    square = inverse * inverse
    far = -_TWO_OVER_SQRT_PI * square * power_series(square, _ALTERNATING)
    return np.where(is_far, far, near)


def _log_ndtr_slope(ans, x):
    """The density over `ndtr`; far to the left by its series, where two large exponents cancel."""
    is_far = np.less(x, -_FAR_TAIL)
    size = np.where(is_far, -x, _FAR_TAIL)
    inverse = 1.0 / size
    far = size + inverse * power_series(inverse * inverse, _MILLS)
    return np.where(is_far, far, np.exp(-0.5 * x * x - ans) / _SQRT_2PI)


def _dawsn_slope(ans, x):
    near = 1.0 - 2.0 * x * ans
    is_far = np.abs(x) > _FAR
    inverse = 1.0 / np.where(is_far, x, _FAR)
    square = inverse * inverse
    return np.where(is_far, -square * power_series(square, _ODD_FACTORIALS), near)


def _expn_slope(ans, n, x):
    of_zero = -np.exp(-x) * (1.0 + 1.0 / x) / x
    return np.where(np.equal(n, 0), of_zero, -scipy_special.expn(np.maximum(n - 1, 0), x))


# --- error functions
row("erf", lambda ans, x: _TWO_OVER_SQRT_PI * np.exp(-x * x))
row("erfc", lambda ans, x: -_TWO_OVER_SQRT_PI * np.exp(-x * x))
row("erfcx", _erfcx_slope)
row("erfi", lambda ans, x: _TWO_OVER_SQRT_PI * np.exp(x * x))
row("dawsn", _dawsn_slope)
row("erfinv", lambda ans, x: np.exp(ans * ans) / _TWO_OVER_SQRT_PI)
row("erfcinv", lambda ans, x: -np.exp(ans * ans) / _TWO_OVER_SQRT_PI)

# --- the normal distribution
row("ndtr", lambda ans, x: np.exp(-0.5 * x * x) / _SQRT_2PI)
row("log_ndtr", _log_ndtr_slope)
row("ndtri", lambda ans, p: np.exp(0.5 * ans * ans) * _SQRT_2PI)
row("ndtri_exp", lambda ans, y: 1.0 / inverse_mills_ratio(ans))
row(
    "owens_t",
    lambda ans, h, a: -0.5 * np.exp(-0.5 * h * h) / _SQRT_2PI * scipy_special.erf(
        a * h / math.sqrt(2.0)
    ),
    lambda ans, h, a: np.exp(-0.5 * h * h * (1.0 + a * a)) / (2.0 * math.pi * (1.0 + a * a)),
)
row("nrdtrimn",
    lambda ans, p, sd, x: -sd * _SQRT_2PI * np.exp(0.5 * ((x - ans) / sd) ** 2),
    lambda ans, p, sd, x: (ans - x) / sd,
    lambda ans, p, sd, x: 1.0)
row("nrdtrisd",
    lambda ans, mean, p, x: ans / (mean - x),
    lambda ans, mean, p, x: -ans * ans / (x - mean) * _SQRT_2PI
    * np.exp(0.5 * ((x - mean) / ans) ** 2),
    lambda ans, mean, p, x: ans / (x - mean))

# --- exponential integrals
row("exp1", lambda ans, x: -np.exp(-x) / x)
row("expi", lambda ans, x: np.exp(x) / x)
row("expn", UNKNOWN, _expn_slope)
row("spence", lambda ans, x: np.where(np.equal(x, 1), -1.0, np.log(x) / nonzero(1.0 - x)))
row("wrightomega", lambda ans, x: ans / (1.0 + ans))
