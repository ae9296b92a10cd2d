"""Functions with several results: each result by itself is a function with derivatives.

References: DLMF 9.2.1 (Airy), 12.2.2 and 12.14.1 (parabolic cylinder functions), 22.13 (Jacobi's
elliptic functions).
"""

import math

import numpy as np

from lightppl.autodiff.special_functions.elliptic import amplitude_slope
from lightppl.autodiff.special_functions.table import UNKNOWN, nonzero, rows_of_results
from lightppl.scipy_functions import scipy_special as scipy


def _quotient(top, x, at_zero):
    return np.where(np.equal(x, 0), at_zero, top / nonzero(x))


def _result(function, k):
    return lambda *args: function(*args)[k]


# --- integrals
rows_of_results("fresnel",
    (lambda x: np.sin(0.5 * math.pi * x * x),), (lambda x: np.cos(0.5 * math.pi * x * x),))
rows_of_results("sici", (lambda x: _quotient(np.sin(x), x, 1.0),), (lambda x: np.cos(x) / x,))
rows_of_results("shichi", (lambda x: _quotient(np.sinh(x), x, 1.0),), (lambda x: np.cosh(x) / x,))
rows_of_results("itj0y0", (lambda x: scipy.j0(x),), (lambda x: scipy.y0(x),))
rows_of_results("iti0k0", (lambda x: scipy.i0(x),), (lambda x: scipy.k0(x),))
rows_of_results("it2j0y0",
    (lambda x: _quotient(1.0 - scipy.j0(x), x, 0.0),), (lambda x: -scipy.y0(x) / x,))
rows_of_results("it2i0k0",
    (lambda x: _quotient(scipy.i0(x) - 1.0, x, 0.0),), (lambda x: -scipy.k0(x) / x,))
rows_of_results("itairy",
    (lambda x: scipy.airy(x)[0],), (lambda x: scipy.airy(x)[2],),
    (lambda x: scipy.airy(-x)[0],), (lambda x: scipy.airy(-x)[2],))


# --- Airy functions: w'' = x w
def _root(x):
    return np.sqrt(np.maximum(x, 0.0))


rows_of_results("airy",
    (_result(scipy.airy, 1),), (lambda x: x * scipy.airy(x)[0],),
    (_result(scipy.airy, 3),), (lambda x: x * scipy.airy(x)[2],))
rows_of_results("airye",
    (lambda x: scipy.airye(x)[1] + _root(x) * scipy.airye(x)[0],),
    (lambda x: x * scipy.airye(x)[0] + _root(x) * scipy.airye(x)[1],),
    (lambda x: scipy.airye(x)[3] - _root(x) * scipy.airye(x)[2],),
    (lambda x: x * scipy.airye(x)[2] - _root(x) * scipy.airye(x)[3],))

# --- parabolic cylinder functions: w'' = (x**2 / 4 - v - 1/2) w, and w'' = (a - x**2 / 4) w
for _name in ("pbdv", "pbvv"):
    _function = getattr(scipy, _name)
    rows_of_results(_name,
        (UNKNOWN, _result(_function, 1)),
        (UNKNOWN, lambda v, x, f=_function: (0.25 * x * x - v - 0.5) * f(v, x)[0]))
rows_of_results("pbwa",
    (UNKNOWN, _result(scipy.pbwa, 1)),
    (UNKNOWN, lambda a, x: (a - 0.25 * x * x) * scipy.pbwa(a, x)[0]))


# --- Jacobi's elliptic functions sn, cn, dn and the amplitude
def _by_modulus(k):
    def partial(u, m):
        sn, cn, dn, amplitude = scipy.ellipj(u, m)
        slope = amplitude_slope(amplitude, u, m)
        by_dn = -sn * (0.5 * sn + m * cn * slope) / dn
        return (cn * slope, -sn * slope, by_dn, slope)[k]

    return partial


def _by_argument(k):
    def partial(u, m):
        sn, cn, dn, _ = scipy.ellipj(u, m)
        return (cn * dn, -sn * dn, -m * sn * cn, dn)[k]

    return partial


rows_of_results("ellipj", *((_by_argument(k), _by_modulus(k)) for k in range(4)))
