"""Slow twins of `lightppl.compiler.runtime.elementary` in mpmath, and points to compare at.

Used by the tests with few points and by ``bench/elementary.py`` with many.
"""

import math
import sys
from typing import NamedTuple

import mpmath as mp
import numpy as np

PRECISION = 160
"""Bits of the twins; arguments near zeros and poles cost some."""

PRECISION_OF_ANGLES = 1300
"""Bits for sine and cosine: the largest float64 has a thousand before the point."""


class Twin(NamedTuple):
    """What a function must equal, within how many ulp, and where to look."""

    exact: object
    max_ulp: float
    points: object
    """points(rng, size) -> (size, number of arguments) float64"""


def ulp_error(value, exact):
    """Distance of a float64 from an mpmath number in units in the last place of the latter."""
    nearest = float(exact)
    if math.isnan(nearest) or math.isinf(nearest) or math.isinf(value) or math.isnan(value):
        return 0.0 if value == nearest or (value != value and nearest != nearest) else math.inf
    return float(abs(mp.mpf(value) - exact) / mp.mpf(math.ulp(nearest)))


def worst_error(values, twin, points):
    """Return the largest error in ulp and the point where it occurs."""
    worst, where = 0.0, None
    with mp.workprec(PRECISION):
        for value, point in zip(values, points):
            error = ulp_error(float(value), twin.exact(*(mp.mpf(float(x)) for x in point)))
            if error > worst:
                worst, where = error, tuple(point)
    return worst, where


def _mixed(*makers):
    """Points in equal parts from makers ``(rng, size) -> array``."""

    def points(rng, size):
        share = -(-size // len(makers))
        return np.concatenate([maker(rng, share) for maker in makers])[:size, None]

    return points


def _uniform(low, high):
    return lambda rng, size: rng.uniform(low, high, size)


def _log_uniform(low, high, signs=(1.0,), centre=0.0):
    """centre +- 10**u with u uniform."""
    return lambda rng, size: centre + rng.choice(signs, size) * 10.0 ** rng.uniform(low, high, size)


def _near_half_pi(rng, size):
    return np.round(rng.uniform(0.0, 1e6, size)) * (math.pi / 2)


def _near_multiples_of_half_pi(rng, size):
    """For random exponents e, the m 2**e below 2**(e+53) that are closest to multiples of pi/2.

    m is the denominator of a convergent of the continued fraction of 2**e 2/pi; among these points
    is the float64 that comes closest of all, 6381956970095103 2**797.
    """
    points = [6381956970095103.0 * 2.0**797, 1e22, 1e300, sys.float_info.max]
    while len(points) < size:
        e = int(rng.integers(-52, 971))
        points += [math.ldexp(m, e) for m in _convergents(e) if m > 1][-2:]
    return np.array(points[:size]) * rng.choice([-1.0, 1.0], size)


def _convergents(e):
    with mp.workprec(PRECISION_OF_ANGLES):
        x = mp.ldexp(2 / mp.pi, e)
        before, m = 0, 1
        while m < 2**53:
            yield m
            x = 1 / (x - mp.floor(x))
            before, m = m, int(mp.floor(x)) * m + before


def _powers_of_two(rng, size):
    return 2.0 ** rng.integers(-1074, 1024, size)


def _pow_points(rng, size):
    """Half with x anywhere, half with x near 1; y such that the result is a normal number."""
    x = 10.0 ** rng.uniform(-300, 300, size)
    x[::2] = 1.0 + rng.choice([-1.0, 1.0], size)[::2] * 10.0 ** rng.uniform(-8, -0.31, size)[::2]
    return np.stack([x, rng.uniform(-700.0, 700.0, size) / np.log(x)], axis=1)


def _pairs(rng, size):
    """Pairs whose logaddexp does not cancel: both positive."""
    return np.abs(rng.normal(size=(size, 2))) * 10.0 ** rng.uniform(-3, 3, (size, 2))


_BOTH = (-1.0, 1.0)
_EXPONENTS = _mixed(_log_uniform(-300, 2.9, _BOTH), _uniform(-745.0, 709.7), _uniform(-1.0, 1.0))
_POSITIVE = _mixed(
    _log_uniform(-323, 308), _uniform(0.5, 2.0), _log_uniform(-16, -1, _BOTH, centre=1.0)
)
_ABOVE_MINUS_ONE = _mixed(
    _log_uniform(-323, 308), _uniform(-1.0, 2.0), _log_uniform(-320, -0.01, _BOTH),
    _log_uniform(-15, -1, centre=-1.0),
)
_ANGLES = _mixed(
    _log_uniform(-300, 0, _BOTH), _uniform(-10.0, 10.0), _uniform(-1e5, 1e5),
    _log_uniform(0, 12.9, _BOTH), _near_half_pi, _log_uniform(12.9, 308, _BOTH),
    _near_multiples_of_half_pi, _powers_of_two,
)
_NORMAL = _mixed(
    _log_uniform(-300, 3, _BOTH), _uniform(-6.0, 6.0), _uniform(-39.0, 39.0),
    _log_uniform(-9, 0, _BOTH),
)
_GAMMA = _mixed(
    _log_uniform(-300, 300), _uniform(0.0, 3.0), _uniform(0.0, 20.0),
    _log_uniform(-14, -1, _BOTH, centre=1.0), _log_uniform(-14, -1, _BOTH, centre=2.0),
)
_DIGAMMA = _mixed(_log_uniform(-300, 300), _uniform(0.0, 3.0), _uniform(0.0, 20.0),
                  _log_uniform(-14, -1, _BOTH, centre=1.4616321449683622))
_TRIGAMMA = _mixed(_log_uniform(-150, 300), _uniform(0.0, 4.0), _uniform(0.0, 20.0))


def _of_an_angle(function):
    def exact(x):
        with mp.workprec(PRECISION_OF_ANGLES):
            return function(x)

    return exact


def _ndtr(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _log_ndtr(x):
    return mp.log(_ndtr(x)) if x < 5 else mp.log1p(-_ndtr(-x))


def _log1mexp(x):
    return mp.log(-mp.expm1(-x)) if x < 1 else mp.log1p(-mp.exp(-x))


def _logaddexp(a, b):
    return max(a, b) + mp.log1p(mp.exp(-abs(a - b)))


def _softplus(x):
    return max(x, 0) + mp.log1p(mp.exp(-abs(x)))


TWINS = {
    "sqrt": Twin(mp.sqrt, 0.5, _POSITIVE),
    "exp": Twin(mp.exp, 2, _EXPONENTS),
    "expm1": Twin(mp.expm1, 2, _EXPONENTS),
    "expit": Twin(lambda x: 1 / (1 + mp.exp(-x)), 2, _EXPONENTS),
    "tanh": Twin(mp.tanh, 2, _EXPONENTS),
    "log": Twin(mp.log, 2, _POSITIVE),
    "log1p": Twin(mp.log1p, 2, _ABOVE_MINUS_ONE),
    "softplus": Twin(_softplus, 2, _EXPONENTS),
    "logaddexp": Twin(_logaddexp, 2, _pairs),
    "log1mexp": Twin(_log1mexp, 2, _mixed(_log_uniform(-323, 2.8), _uniform(0.0, 3.0))),
    "pow": Twin(lambda x, y: x**y, 4, _pow_points),
    "sin": Twin(_of_an_angle(mp.sin), 2, _ANGLES),
    "cos": Twin(_of_an_angle(mp.cos), 2, _ANGLES),
    "erf": Twin(mp.erf, 2, _NORMAL),
    "erfc": Twin(mp.erfc, 2, _NORMAL),
    "ndtr": Twin(_ndtr, 2, _NORMAL),
    "log_ndtr": Twin(_log_ndtr, 2, _NORMAL),
    "lgamma": Twin(mp.loggamma, 4, _GAMMA),
    "digamma": Twin(mp.digamma, 4, _DIGAMMA),
    "trigamma": Twin(lambda x: mp.polygamma(1, x), 2, _TRIGAMMA),
}
