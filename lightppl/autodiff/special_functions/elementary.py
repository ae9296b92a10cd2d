"""Powers, logarithms, angles in degrees, entropies and losses."""

import math

import numpy as np

from lightppl.autodiff.special import expit
from lightppl.autodiff.special_functions.table import nonzero, power_series, row
from lightppl.scipy_functions import scipy_special

_DEGREE = math.pi / 180.0
_EXPREL_SLOPE = tuple(1.0 / (math.factorial(k) * (k + 2)) for k in range(22))
_POWER_SLOPE = tuple((-1.0) ** (k + 1) * (k + 1) / (k + 2) for k in range(14))
_SMALL_POWER = 0.05


def exprel_slope(x):
    """Return the derivative of ``(exp(x) - 1) / x``; by its series near 0, where that cancels."""
    is_near = np.abs(x) < 1.0
    near = np.where(is_near, x, 0.0)
    far = np.where(is_near, 1.0, x)
    # exp(x) (x - 1) + 1 is left as it is: expm1 would cancel instead
    ratio = (np.exp(far) * (1.0 - 1.0 / far) + 1.0 / far) / far
    return np.where(is_near, power_series(near, _EXPREL_SLOPE), ratio)


def _power_slope(z):
    """``(z / (1 + z) - log1p(z)) / z**2``; by its series near 0, where that cancels."""
    is_near = np.abs(z) < _SMALL_POWER
    near = np.where(is_near, z, 0.0)
    far = np.where(is_near, 1.0, z)
    ratio = (1.0 / (1.0 + far) - np.log1p(far) / far) / far
    return np.where(is_near, power_series(near, _POWER_SLOPE), ratio)


def _of_exponent(log, exponent):
    """Derivative of ``(exp(exponent * log) - 1) / exponent`` by the exponent."""
    is_finite = np.isfinite(log)
    safe = np.where(is_finite, log, 0.0)
    limit = np.where(exponent > 0, 1.0 / nonzero(exponent) ** 2, np.inf)
    return np.where(is_finite, safe * safe * exprel_slope(exponent * safe), limit)


def log_ratio(x, y):
    """Return ``log(x / y)`` of positive numbers, also where they are nearly equal or far apart."""
    is_close = np.logical_and(0.5 * y < x, x < 2.0 * y)
    close = np.where(is_close, (x - y) / np.where(is_close, y, 1.0), 0.0)
    return np.where(is_close, np.log1p(close), np.log(x) - np.log(y))


def _rel_entr_dx(ans, x, y):
    # at x = 0 the slope is -inf, unless y is 0 too, where the function is 0 on the axis alone
    return np.where(np.isfinite(ans), log_ratio(x, y) + 1.0, ans)


def _share(ans, x, y):
    """``x / y``, and 0 where x is 0, whatever y is."""
    is_zero = np.equal(x, 0)
    return np.where(is_zero, 0.0, x / np.where(is_zero, 1.0, y))


def _xlogy_dx(ans, x, y):
    # at (0, 0) the function is 0 along both axes
    return np.log(np.where(np.logical_and(np.equal(x, 0), np.equal(y, 0)), 1.0, y))


def _xlog1py_dx(ans, x, y):
    return np.log1p(np.where(np.logical_and(np.equal(x, 0), np.equal(y, -1)), 0.0, y))


# --- exponentials and logarithms
row("exp10", lambda ans, x: ans * math.log(10.0))
row("exprel", lambda ans, x: exprel_slope(x))
row("cosm1", lambda ans, x: -np.sin(x))
row(
    "powm1",
    lambda ans, x, y: y * np.power(x, y - 1.0),
    lambda ans, x, y: (ans + 1.0) * np.log(x),
)
row("boxcox", lambda ans, x, k: np.power(x, k - 1.0), lambda ans, x, k: _of_exponent(np.log(x), k))
row(
    "boxcox1p",
    lambda ans, x, k: np.power(1.0 + x, k - 1.0),
    lambda ans, x, k: _of_exponent(np.log1p(x), k),
)
row(
    "inv_boxcox",
    lambda ans, y, k: ans / (1.0 + k * y),
    lambda ans, y, k: ans * y * y * _power_slope(k * y),
)
row(
    "inv_boxcox1p",
    lambda ans, y, k: (ans + 1.0) / (1.0 + k * y),
    lambda ans, y, k: (ans + 1.0) * y * y * _power_slope(k * y),
)
row("round", None)

row("expit", lambda ans, x: ans * expit(-x))
row("log_expit", lambda ans, x: expit(-x))
row("logit", lambda ans, p: 1.0 / (p * (1.0 - p)))
row("xlogy", _xlogy_dx, lambda ans, x, y: _share(ans, x, y))
row("xlog1py", _xlog1py_dx, lambda ans, x, y: _share(ans, x, 1.0 + y))

# --- angles in degrees, and degrees, minutes, seconds in radians
row("sindg", lambda ans, x: _DEGREE * scipy_special.cosdg(x))
row("cosdg", lambda ans, x: -_DEGREE * scipy_special.sindg(x))
row("tandg", lambda ans, x: _DEGREE * (1.0 + ans * ans))
row("cotdg", lambda ans, x: -_DEGREE * (1.0 + ans * ans))
row(
    "radian",
    lambda ans, d, m, s: _DEGREE,
    lambda ans, d, m, s: _DEGREE / 60.0,
    lambda ans, d, m, s: _DEGREE / 3600.0,
)

# --- entropies and losses
row("entr", lambda ans, x: -np.log(x) - 1.0)
row("rel_entr", _rel_entr_dx, lambda ans, x, y: -_share(ans, x, y))
row(
    "kl_div",
    lambda ans, x, y: np.where(np.isfinite(ans), log_ratio(x, y), ans),
    lambda ans, x, y: (y - x) / nonzero(y),
)
row(
    "huber",
    lambda ans, delta, r: np.maximum(np.abs(r) - delta, 0.0),
    lambda ans, delta, r: np.minimum(np.maximum(r, -delta), delta),
)
row(
    "pseudo_huber",
    lambda ans, delta, r: 2.0 * ans / nonzero(delta)
    - r * (r / nonzero(delta)) / np.hypot(1.0, r / nonzero(delta)),
    lambda ans, delta, r: np.where(
        np.equal(delta, 0), 0.0, r / np.hypot(1.0, r / nonzero(delta))
    ),
)
row("agm", lambda ans, a, b: _agm_slope(ans, a, b), lambda ans, a, b: _agm_slope(ans, b, a))


def _agm_slope(mean, a, b):
    """Of ``pi (a + b) / (4 K(m))`` with ``m = ((a - b) / (a + b))**2``: DLMF 19.8.5."""
    total = a + b
    m = ((a - b) / total) ** 2
    by_m = scipy_special.ellipk(m)
    slope = (by_m - scipy_special.elliprd(0.0, 1.0 - m, 1.0) / 3.0) / (2.0 * (1.0 - m))
    return mean * (1.0 / total - slope / by_m * (4.0 * b * (a - b) / total**3))
