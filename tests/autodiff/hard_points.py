"""Functions of one and two numbers with their twins in mpmath, and the hard numbers to try."""

import mpmath as mp
import numpy as np
import scipy.special as sp

from lightppl import special

HARD = np.array([
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 1e-320, -1e-320, 1e-200, -1e-9, 1e-9, 37.5, -37.5,
    800.0, -800.0, 1e8, -1e8, 1e200, -1e200, 1e308, np.inf, -np.inf, np.nan,
])
"""Zeros, ends, ties, numbers where something rounds, under- or overflows, and no numbers."""

PAIRS = np.array([
    (0.0, 0.0), (0.0, -0.0), (1.0, 1.0), (-1.0, -1.0), (0.0, 1.0), (1.0, 0.0), (2.0, 3.0),
    (-2.0, 3.0), (1e-320, 1e-320), (1e200, 1e200), (1e-200, 3e-200), (0.0, -2.0), (-2.0, 0.0),
    (700.0, -700.0), (-700.0, 700.0), (3.0, 1e-9), (1e-9, 3.0), (1e300, 1.0), (1.0, 1e300),
    (np.inf, 1.0), (1.0, np.inf), (np.inf, np.inf), (-np.inf, -np.inf), (-np.inf, 1.0),
    (1.0, -np.inf), (np.nan, 1.0), (1.0, np.nan), (0.0, np.nan), (np.nan, 0.0), (0.0, np.inf),
])

_erfcx = lambda x: mp.exp(x * x) * mp.erfc(x)
_expit = lambda x: 1 / (1 + mp.exp(-x))

ONE = {
    "negative": (np.negative, lambda x: -x), "absolute": (np.absolute, abs),
    "fabs": (np.fabs, abs), "reciprocal": (np.reciprocal, lambda x: 1 / x),
    "square": (np.square, lambda x: x * x), "sqrt": (np.sqrt, mp.sqrt),
    "cbrt": (np.cbrt, lambda x: mp.sign(x) * abs(x) ** (mp.mpf(1) / 3)),
    "exp": (np.exp, mp.exp), "exp2": (np.exp2, lambda x: mp.mpf(2) ** x),
    "expm1": (np.expm1, mp.expm1), "log": (np.log, mp.log),
    "log2": (np.log2, lambda x: mp.log(x) / mp.log(2)), "log10": (np.log10, mp.log10),
    "log1p": (np.log1p, lambda x: mp.log(1 + x)), "sin": (np.sin, mp.sin), "cos": (np.cos, mp.cos),
    "tan": (np.tan, mp.tan), "arcsin": (np.arcsin, mp.asin), "arccos": (np.arccos, mp.acos),
    "arctan": (np.arctan, mp.atan), "sinh": (np.sinh, mp.sinh), "cosh": (np.cosh, mp.cosh),
    "arcsinh": (np.arcsinh, mp.asinh), "arccosh": (np.arccosh, mp.acosh),
    "arctanh": (np.arctanh, mp.atanh), "deg2rad": (np.deg2rad, mp.radians),
    "rad2deg": (np.rad2deg, mp.degrees), "sinc": (np.sinc, lambda x: mp.sincpi(x)),
    "i0": (np.i0, lambda x: mp.besseli(0, x)),
    "clip": (lambda x: np.clip(x, -0.5, 2.0), None),
    "where": (lambda x: np.where(x > 0, x * x, -x), lambda x: x * x if x > 0 else -x),
    "square by power": (lambda x: x**2, lambda x: x**2), "cube": (lambda x: x**3, lambda x: x**3),
    "power 1.5": (lambda x: x**1.5, lambda x: x**1.5), "power 0": (lambda x: x**0, lambda x: x**0),
    "expit": (special.expit, _expit), "scipy expit": (sp.expit, _expit),
    "log_expit": (special.log_expit, lambda x: -mp.log(1 + mp.exp(-x))),
    "logit": (special.logit, lambda x: mp.log(x / (1 - x))),
    "softplus": (special.softplus, lambda x: mp.log(1 + mp.exp(x))),
    "log1mexp": (special.log1mexp, lambda x: mp.log(1 - mp.exp(-x))),
    "entr": (sp.entr, lambda x: -x * mp.log(x)),
    "erf": (sp.erf, mp.erf), "erfc": (sp.erfc, mp.erfc), "erfcx": (sp.erfcx, _erfcx),
    "ndtr": (sp.ndtr, mp.ncdf), "erfi": (sp.erfi, mp.erfi),
    "log_ndtr": (special.log_ndtr, lambda x: mp.log(mp.ncdf(x))),
    "gammaln": (sp.gammaln, lambda x: mp.loggamma(x)), "gamma": (sp.gamma, mp.gamma),
    "rgamma": (sp.rgamma, mp.rgamma), "digamma": (sp.digamma, mp.digamma),
    "trigamma": (special.trigamma, lambda x: mp.polygamma(1, x)),
    "i0 scipy": (sp.i0, lambda x: mp.besseli(0, x)), "i1": (sp.i1, lambda x: mp.besseli(1, x)),
    "i0e": (sp.i0e, lambda x: mp.besseli(0, x) * mp.exp(-abs(x))),
    "i1e": (sp.i1e, lambda x: mp.besseli(1, x) * mp.exp(-abs(x))),
    "j0": (sp.j0, lambda x: mp.besselj(0, x)), "j1": (sp.j1, lambda x: mp.besselj(1, x)),
    "log_bessel_i0": (special.log_bessel_i0, lambda x: mp.log(mp.besseli(0, x))),
    "exprel": (sp.exprel, lambda x: mp.expm1(x) / x if x else mp.mpf(1)),
    "ellipk": (sp.ellipk, mp.ellipk), "ellipe": (sp.ellipe, mp.ellipe),
    "spence": (sp.spence, lambda x: mp.polylog(2, 1 - x)),
}
"""Name -> function, its twin."""


_log_sum = lambda x, y: mp.log(mp.exp(x) + mp.exp(y))

TWO = {
    "add": (np.add, lambda x, y: x + y), "subtract": (np.subtract, lambda x, y: x - y),
    "multiply": (np.multiply, lambda x, y: x * y), "divide": (np.divide, lambda x, y: x / y),
    "power": (np.power, lambda x, y: x**y), "float_power": (np.float_power, lambda x, y: x**y),
    "maximum": (np.maximum, max), "minimum": (np.minimum, min),
    "fmax": (np.fmax, max), "fmin": (np.fmin, min),
    "remainder": (np.remainder, None), "fmod": (np.fmod, None),
    "hypot": (np.hypot, mp.hypot), "arctan2": (np.arctan2, mp.atan2),
    "logaddexp": (np.logaddexp, _log_sum),
    "logaddexp2": (np.logaddexp2, lambda x, y: mp.log(mp.mpf(2) ** x + mp.mpf(2) ** y) / mp.log(2)),
    "copysign": (np.copysign, lambda x, y: abs(x) * (1 if y >= 0 else -1)),
    "heaviside": (np.heaviside, None), "xlogy": (sp.xlogy, lambda x, y: x * mp.log(y)),
    "xlog1py": (sp.xlog1py, lambda x, y: x * mp.log(1 + y)),
    "rel_entr": (sp.rel_entr, lambda x, y: x * mp.log(x / y)),
    "kl_div": (sp.kl_div, lambda x, y: x * mp.log(x / y) - x + y),
    "huber": (sp.huber, None), "pseudo_huber": (sp.pseudo_huber, None),
    "boxcox": (sp.boxcox, lambda x, y: (x**y - 1) / y if y else mp.log(x)),
    "boxcox1p": (sp.boxcox1p, lambda x, y: ((1 + x) ** y - 1) / y if y else mp.log(1 + x)),
    "binom": (sp.binom, mp.binomial), "poch": (sp.poch, mp.rf), "iv": (sp.iv, mp.besseli),
    "where tie": (lambda x, y: np.where(x >= y, x, y), None),
    "clip": (lambda x, y: np.clip(x, 0.0, y), None),
}
"""Name -> function, its twin."""
