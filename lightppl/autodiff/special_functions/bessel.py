"""Bessel functions, their scaled forms, and functions of Kelvin, Struve and Wright.

Orders are differentiated where `lightppl.autodiff.shape_derivatives` has a difference for them.

References: DLMF 10.6.1 and 10.29.1 (neighbours in the order, free of divisions by x), 10.40.1-2
(far out), 10.61 (Kelvin), 10.46 (Wright), 11.4.27 and 11.4.29 (Struve).
"""

import math

import numpy as np

from lightppl.autodiff.shape_derivatives import ive_dv, kve_dv
from lightppl.autodiff.special_functions.table import UNKNOWN, nonzero, row
from lightppl.scipy_functions import scipy_special as scipy

_NUM_TERMS = 14
_FAR = 60.0


def _is_far(v, x):
    return np.abs(x) > _FAR * np.maximum(1.0, v * v)


def _far_slope(v, x, sign):
    """Slope of ``sum(sign**k a_k(v) x**(-k - 1/2))``, which the scaled functions are far out.

    There the difference of neighbouring orders cancels.  `sign` is -1 for I and 1 for K.
    """
    coefficient, power, total = 1.0, 1.0 / x, 0.0
    for k in range(_NUM_TERMS):
        total = total - (k + 0.5) * coefficient * power
        factor = (4.0 * v * v - (2 * k + 1) ** 2) / (8.0 * (k + 1))
        coefficient, power = sign * coefficient * factor, power / x
    return total / np.sqrt(x)


def _ive_slope(ans, v, x, below, above):
    is_far = _is_far(v, x)
    size = np.where(is_far, np.abs(x), _FAR)
    sign = np.sign(x)
    far = sign * _far_slope(np.where(is_far, v, 0.0), size, -1.0) / math.sqrt(2.0 * math.pi)
    # I of odd order is odd: the slope is then even
    far = np.where(np.less(x, 0), far * np.cos(math.pi * v), far)
    return np.where(is_far, far, 0.5 * (below + above) - sign * ans)


def _kve_slope(ans, v, x, below, above):
    is_far = _is_far(v, x)
    size = np.where(is_far, x, _FAR)
    far = math.sqrt(0.5 * math.pi) * _far_slope(np.where(is_far, v, 0.0), size, 1.0)
    return np.where(is_far, far, ans - 0.5 * (below + above))


def _first_over(first, x):
    """``I_1(x) / x``, also where x is so small that the quotient has no digits."""
    is_tiny = np.abs(x) < 1e-150
    return np.where(is_tiny, 0.5, first / np.where(is_tiny, 1.0, x))


def _beside(function, v, x):
    return function(v - 1.0, x), function(v + 1.0, x)


def _half_difference(function):
    return lambda ans, v, x: 0.5 * (function(v - 1.0, x) - function(v + 1.0, x))


def _struve_slope(function):
    return lambda ans, v, x: function(v - 1.0, x) - v * ans / nonzero(x)


def _second_kelvin(other, sign):
    """From Bessel's equation: ``w'' + w'/x = i w``; the slope w' vanishes at 0."""
    return lambda ans, x: sign * other(x) - np.where(
        np.less(np.abs(x), 1e-8), 0.5 * sign * other(0.0), ans / nonzero(x)
    )


# --- the first and second kind
row("j0", lambda ans, x: -scipy.j1(x))
row("j1", lambda ans, x: 0.5 * (scipy.j0(x) - scipy.jv(2.0, x)))
row("y0", lambda ans, x: -scipy.y1(x))
row("y1", lambda ans, x: 0.5 * (scipy.y0(x) - scipy.yv(2.0, x)))
for _name in ("jv", "jve"):
    row(_name, UNKNOWN, _half_difference(scipy.jv))
for _name in ("yv", "yve", "yn"):
    row(_name, UNKNOWN, _half_difference(scipy.yv))

# --- the modified ones
row("i0", lambda ans, x: scipy.i1(x))
row("i0e", lambda ans, x: _ive_slope(ans, 0.0, x, scipy.i1e(x), scipy.i1e(x)))
row("i1", lambda ans, x: np.where(
    np.isfinite(ans), scipy.i0(x) - _first_over(ans, x), np.abs(ans)
))
row("i1e", lambda ans, x: _ive_slope(
    ans, 1.0, x, scipy.i0e(x), scipy.i0e(x) - 2.0 * _first_over(ans, x)
))
row("iv",
    lambda ans, v, x: ive_dv(v, x) * np.exp(np.abs(x)),
    lambda ans, v, x: 0.5 * (scipy.iv(v - 1.0, x) + scipy.iv(v + 1.0, x)))
row("ive",
    lambda ans, v, x: ive_dv(v, x),
    lambda ans, v, x: _ive_slope(ans, v, x, *_beside(scipy.ive, v, x)))
row("k0", lambda ans, x: -scipy.k1(x))
row("k0e", lambda ans, x: _kve_slope(ans, 0.0, x, scipy.k1e(x), scipy.k1e(x)))
row("k1", lambda ans, x: -0.5 * (scipy.k0(x) + scipy.kv(2.0, x)))
row("k1e", lambda ans, x: _kve_slope(ans, 1.0, x, scipy.k0e(x), scipy.kve(2.0, x)))
row("kn", UNKNOWN, lambda ans, v, x: -0.5 * (scipy.kv(v - 1.0, x) + scipy.kv(v + 1.0, x)))
row("kv",
    lambda ans, v, x: kve_dv(v, x) * np.exp(-x),
    lambda ans, v, x: -0.5 * (scipy.kv(v - 1.0, x) + scipy.kv(v + 1.0, x)))
row("kve",
    lambda ans, v, x: kve_dv(v, x),
    lambda ans, v, x: _kve_slope(ans, v, x, *_beside(scipy.kve, v, x)))

# --- Kelvin functions and their slopes
row("ber", lambda ans, x: scipy.berp(x))
row("bei", lambda ans, x: scipy.beip(x))
row("ker", lambda ans, x: scipy.kerp(x))
row("kei", lambda ans, x: scipy.keip(x))
row("berp", _second_kelvin(scipy.bei, -1.0))
row("beip", _second_kelvin(scipy.ber, 1.0))
row("kerp", lambda ans, x: -scipy.kei(x) - ans / x)
row("keip", lambda ans, x: scipy.ker(x) - ans / x)

# --- Struve functions, their integrals, and Wright's function
row("struve", UNKNOWN, _struve_slope(scipy.struve))
row("modstruve", UNKNOWN, _struve_slope(scipy.modstruve))
row("itstruve0", lambda ans, x: scipy.struve(0.0, x))
row("it2struve0", lambda ans, x: -scipy.struve(0.0, x) / x)
row("itmodstruve0", lambda ans, x: scipy.modstruve(0.0, x))
row("wright_bessel", UNKNOWN, UNKNOWN, lambda ans, a, b, x: scipy.wright_bessel(a, a + b, x))
row("log_wright_bessel", UNKNOWN, UNKNOWN,
    lambda ans, a, b, x: np.exp(scipy.log_wright_bessel(a, a + b, x) - ans))
