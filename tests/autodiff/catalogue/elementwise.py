"""Functions of elements: arithmetic, comparisons, elementary and special functions."""

import numpy as np
import scipy.special

from lightppl import special
from lightppl.autodiff.digamma_rise import digamma_rise
from lightppl.autodiff.incomplete import log_betainc, log_gammainc, log_gammaincc
from tests.autodiff.catalogue.row import positive, real, row, spread, unit

_UFUNCS = [
    (np.negative, real), (np.positive, real), (np.absolute, real), (np.fabs, real),
    (np.reciprocal, real), (np.square, real), (np.sqrt, positive), (np.cbrt, positive),
    (np.exp, real), (np.exp2, real), (np.expm1, real), (np.log, positive), (np.log2, positive),
    (np.log10, positive), (np.log1p, positive), (np.sin, real), (np.cos, real), (np.tan, unit),
    (np.arcsin, unit), (np.arccos, unit), (np.arctan, real), (np.sinh, real), (np.cosh, real),
    (np.tanh, real), (np.arcsinh, real), (np.arctanh, unit), (np.deg2rad, real), (np.rad2deg, real),
    (np.radians, real), (np.degrees, real), (np.floor, spread), (np.ceil, spread),
        (np.trunc, spread),
    (np.rint, spread), (np.sign, real),
    (scipy.special.expit, real), (scipy.special.logit, unit), (scipy.special.log_expit, real),
    (scipy.special.gammaln, positive), (scipy.special.gamma, positive),
    (scipy.special.digamma, positive), (scipy.special.erf, real), (scipy.special.erfc, real),
    (scipy.special.erfcx, real), (scipy.special.erfinv, unit), (scipy.special.erfcinv, unit),
    (scipy.special.ndtr, real), (scipy.special.log_ndtr, real), (scipy.special.ndtri, unit),
    (scipy.special.i0, real), (scipy.special.i0e, real), (scipy.special.i1, real),
    (scipy.special.i1e, real),
]

_PAIRS = [
    (np.add, real, real), (np.subtract, real, real), (np.multiply, real, real),
    (np.divide, real, real), (np.power, positive, real), (np.float_power, positive, real),
    (np.maximum, real, real), (np.minimum, real, real), (np.fmax, real, real),
        (np.fmin, real, real),
    (np.hypot, real, real), (np.arctan2, real, real), (np.logaddexp, real, real),
    (np.logaddexp2, real, real), (np.copysign, real, real),
    (scipy.special.xlogy, positive, positive), (scipy.special.xlog1py, positive, positive),
    (scipy.special.beta, positive, positive), (scipy.special.betaln, positive, positive),
    (scipy.special.gammainc, positive, positive), (scipy.special.gammaincc, positive, positive),
    (scipy.special.ive, positive, positive), (scipy.special.kve, positive, positive),
]

_COMPOSED = [
    ("expm1", [real]), ("log1p", [positive]), ("cbrt", [positive]), ("exp10", [unit]),
    ("entr", [unit]), ("rel_entr", [unit, unit]), ("kl_div", [unit, unit]),
        ("iv", [positive, positive]),
    ("kv", [positive, positive]), ("k0", [positive]), ("k1e", [positive]), ("rgamma", [positive]),
    ("poch", [positive, positive]), ("binom", [positive, unit]), ("boxcox", [positive, real]),
    ("boxcox1p", [unit, real]), ("inv_boxcox", [unit, unit]), ("huber", [positive, real]),
    ("pseudo_huber", [positive, real]), ("stdtr", [positive, real]), ("fdtr", [positive] * 3),
    ("chdtr", [positive] * 2), ("gdtr", [positive] * 3),
]

ROWS = [
    *(row(f.__name__, f, (domain, 3)) for f, domain in _UFUNCS),
    *(
        row(f.__name__, f, (first, 3), (second, 3), tolerance=1e-6)
        for f, first, second in _PAIRS
    ),
    row("arccosh", np.arccosh, [1.5, 2.5]),
    row("remainder", np.remainder, [5.3, -4.4, 3.1], [2.0, 1.5, -1.2]),
    row("fmod", np.fmod, [5.3, -4.4, 3.1], [2.0, 1.5, -1.2]),
    row("floor_divide", np.floor_divide, [5.3, -4.4, 3.1], [2.0, 1.5, -1.2]),
    *(
        row(f"scipy {name}", getattr(scipy.special, name), *((domain, 3) for domain in domains),
            tolerance=1e-6)
        for name, domains in _COMPOSED
    ),
    row("betainc", scipy.special.betainc, (positive, 3), (positive, 3), (unit, 3), tolerance=1e-6),
    row("digamma_rise", digamma_rise, (positive, 3), (positive, 3), tolerance=1e-6),
    row("digamma_rise far", digamma_rise, [1e4, 20.0], [3.0, 400.0], tolerance=1e-6),
    row("log_gammainc", log_gammainc, (positive, 3), (positive, 3), tolerance=1e-6),
    row("log_gammaincc", log_gammaincc, (positive, 3), (positive, 3), tolerance=1e-6),
    row("log_gammainc far", log_gammainc, [900.0, 200.0], [5.0, 0.01], tolerance=1e-6),
    row("log_gammaincc far", log_gammaincc, [5.0, 0.5], [900.0, 2e3], tolerance=1e-6),
    row("log_betainc", lambda a, b, x: log_betainc(a, b, x, 1.0 - x),
        (positive, 3), (positive, 3), (unit, 3), tolerance=1e-6),
    row("log_betainc far", lambda a, b, x: log_betainc(a, b, x, 1.0 - x),
        [900.0, 300.0], [3.0, 4.0], [0.1, 0.01], tolerance=1e-6),
    row("broadcast scalar", lambda x, y: x * y + x, (real,), (real, 3)),
    row("broadcast rows", lambda x, y: x / y - y, (real, 2, 1), (real, 3)),
    row("broadcast cube", np.logaddexp, (real, 2, 1, 2), (real, 3, 1)),
    row("sparse constant factor", lambda x: x * np.array([0.0, 1.0, -2.0]), (real, 3)),
    row("reflected operators", lambda x: 2.0 - x + 1.0 / x + 2.0**x + 3.0 // x, (positive, 3)),
    row("integer powers", lambda x: x**0 + x**1 + x**2 + x**3 + x**-1 + x**-2 + x**5, (real, 3)),
    row("root powers", lambda x: x**0.5 + x**-0.5 + x**1.5, (positive, 3)),
    row("power of a constant", lambda x: np.array([0.0, 1.0, 2.0]) ** x, (positive, 3)),
    row("negative base", lambda x, y: x ** np.round(y), [-1.5, -0.7], [2.1, 2.9]),
    row("absolute operator", abs, (real, 3)),
    row("comparisons", lambda x, y: (x > y) * x + (x <= y) * y + (x >= 0.0) + (x < y) * 2.0,
        (real, 3), (real, 3)),
    row("equality", lambda x: (x == x) * x + (x != x) * 2.0, (real, 3)),
    row("logic", lambda x, y: ((x > 0) & (y > 0)) * x + ((x > 0) | ~(y > 0)) * y, (real, 4),
        (real, 4)),
    row("logical functions", lambda x: np.logical_and(x > 0, x < 1) * x
        + np.logical_not(x) + np.logical_xor(x > 0, x < 1) * 2.0 * x, (real, 4)),
    row("xor operator", lambda x: ((x > 0) ^ (x > 1)) * x, (real, 4)),
    row("not a number", lambda x: np.where(np.isnan(x) | np.isinf(x), 0.0, x) * np.isfinite(x),
        (real, 3)),
    row("square of square", lambda x: np.square(np.square(x)) * x, (real, 3)),
    row("heaviside", lambda x: np.heaviside(x, 0.5) * x, (real, 4)),
    row("signs", lambda x: np.copysign(x, -x) + np.signbit(x) * x + np.isposinf(x), (real, 4)),
    row("parts", lambda x: np.modf(x)[0] + np.divmod(x, 2.0)[1] + np.fix(x), (spread, 4)),
    row("sinc", np.sinc, (real, 3)),
    row("isclose", lambda x: np.isclose(x, x + 1e-12) * x + np.allclose(x, x), (real, 3)),
    row("sums of truth values", lambda x: ((x > 0) + (x < 1)) * x + ((x > 0) * (x < 1)) * x,
        (real, 4)),
    row("integers", lambda x: (x > 0).astype(int) * 2 + np.maximum((x > 1).astype(int), 1) * x
        + (~((x > 0).astype(int))) * x, (real, 4)),
    row("softplus", special.softplus, (real, 3)),
    row("log1mexp", special.log1mexp, (positive, 3)),
    row("trigamma", special.trigamma, (positive, 3), tolerance=1e-6),
    row("polygamma 3", lambda x: special.polygamma(3, x), (positive, 3), tolerance=1e-6),
    row("log_bessel_i0", special.log_bessel_i0, (positive, 3)),
    row("multigammaln", lambda a: special.multigammaln(a + 2.0, 3), (positive, 2)),
    row("logsumexp", special.logsumexp, (real, 4)),
    row("logsumexp axis", lambda x: special.logsumexp(x, axis=-1), (real, 2, 3)),
    row("logsumexp axes", lambda x: special.logsumexp(x, axis=(0, 2), keepdims=True),
        (real, 2, 2, 2)),
    row("logsumexp weights", lambda x, b: special.logsumexp(x, axis=0, b=b), (real, 3, 2),
        (positive, 3, 2)),
    row("softmax", special.softmax, (real, 4)),
    row("softmax axis", lambda x: special.softmax(x, axis=0), (real, 3, 2)),
    row("log_softmax", lambda x: special.log_softmax(x, axis=-1), (real, 2, 3)),
    row("polynomial of functions", lambda x: np.exp(-0.5 * x**2) * np.sin(3.0 * x) / (1.0 + x**2),
        (real, 5)),
]
