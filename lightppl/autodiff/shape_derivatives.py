"""Derivatives of incomplete gamma, beta and Bessel functions with respect to their shape.

No closed form exists; each is a sixth-order central difference of SciPy's function, with a step
proportional to the shape, which keeps about ten digits.  For `gammainc` near 1 the difference of
the complement is taken, so that no digits are lost.
"""

import numpy as np
from lightppl.autodiff import special
from lightppl.autodiff.operation import Operation

_OFFSETS = (1.0, 2.0, 3.0)
_WEIGHTS = (45.0 / 60.0, -9.0 / 60.0, 1.0 / 60.0)


def difference(function, shape, step):
    """Return the sixth-order central difference of `function` at `shape`."""
    total = 0.0
    for offset, weight in zip(_OFFSETS, _WEIGHTS):
        total = total + weight * (function(shape + offset * step) - function(shape - offset * step))
    return total / step


def _gammainc_da(a, x):
    a, x = np.broadcast_arrays(np.asarray(a, np.float64), np.asarray(x, np.float64))
    step = 4e-3 * np.minimum(a, np.sqrt(a))
    lower = difference(lambda s: special.gammainc(s, x), a, step)
    upper = -difference(lambda s: special.gammaincc(s, x), a, step)
    return np.where(x < a, lower, upper)


def _betainc_da(a, b, x):
    a, b, x = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in (a, b, x)))
    step = 4e-3 * np.minimum(a, np.sqrt(a))
    lower = difference(lambda s: special.betainc(s, b, x), a, step)
    upper = -difference(lambda s: special.betainc(b, s, 1.0 - x), a, step)
    return np.where(x * (a + b) < a, lower, upper)


def _betainc_db(a, b, x):
    return -_betainc_da(b, a, 1.0 - np.asarray(x, np.float64))


def _ive_dv(v, x):
    v = np.asarray(v, np.float64)
    return difference(lambda s: special.ive(s, x), v, 4e-3 * np.maximum(1.0, np.abs(v)))


def _kve_dv(v, x):
    v = np.asarray(v, np.float64)
    return difference(lambda s: special.kve(s, x), v, 4e-3 * np.maximum(1.0, np.abs(v)))


gammainc_da = Operation("gammainc_da", _gammainc_da, (None, None))
betainc_da = Operation("betainc_da", _betainc_da, (None, None, None))
betainc_db = Operation("betainc_db", _betainc_db, (None, None, None))
ive_dv = Operation("ive_dv", _ive_dv, (None, None))
kve_dv = Operation("kve_dv", _kve_dv, (None, None))
