"""The gamma function and its kin, complete and incomplete.

References: DLMF chapters 5 and 8; 5.5.3 (reflection), 8.8.13 and 8.17.20 (the densities).
"""

import math

import numpy as np

from lightppl.autodiff import special
from lightppl.autodiff.beta import stirling_correction
from lightppl.autodiff.digamma_rise import digamma_rise
from lightppl.autodiff.shape_derivatives import betainc_da, betainc_db, gammainc_da
from lightppl.autodiff.special import digamma, trigamma
from lightppl.autodiff.special_functions.table import UNKNOWN, is_pole, nonzero, row
from lightppl.scipy_functions import scipy_special

_STIRLING_FROM = 10.0


def gamma_density(a, x):
    """Return ``x**(a - 1) exp(-x) / gamma(a)``, the derivative of `gammainc` in x.

    For large `a` the large parts of the exponent cancel by hand: with ``u = x / a - 1`` what
    remains is ``a (u - log(1 + u))`` and Stirling's correction.
    """
    is_finite = np.less(x, np.inf)
    x = np.where(is_finite, x, 1.0)
    is_large = np.greater(a, _STIRLING_FROM)
    moderate = np.where(is_large, 1.0, a)
    large = np.where(is_large, a, _STIRLING_FROM)
    plain = scipy_special.xlogy(moderate - 1.0, x) - x - special.gammaln(moderate)
    excess = (x - large) / large
    saddle = large * (np.log1p(excess) - excess) - stirling_correction(large)
    saddle = np.exp(saddle) * np.sqrt(large / (2.0 * math.pi)) / nonzero(x)
    return np.where(is_finite, np.where(is_large, saddle, np.exp(plain)), 0.0)


def beta_density(a, b, x):
    """Return ``x**(a - 1) (1 - x)**(b - 1) / B(a, b)``, the derivative of `betainc` in x."""
    powers = scipy_special.xlogy(a - 1.0, x) + scipy_special.xlog1py(b - 1.0, -x)
    return np.exp(powers - special.betaln(a, b))


def reciprocal_gamma_slope(x):
    """Return the derivative of ``1 / gamma(x)``, also at the poles of gamma: DLMF 5.5.3."""
    is_left = np.less(x, 0.5)
    left, right = np.where(is_left, x, 0.0), np.where(is_left, 1.0, x)
    turn = math.pi * (left - 2.0 * np.rint(0.5 * left))
    reflected = special.gamma(1.0 - left) * (
        np.cos(turn) - np.sin(turn) * digamma(1.0 - left) / math.pi
    )
    reciprocal = scipy_special.rgamma(right)
    usual = np.where(np.equal(reciprocal, 0), 0.0, -reciprocal * digamma(right))
    return np.where(is_left, reflected, usual)


def rise_of_digamma(x, d):
    """Return ``digamma(x + d) - digamma(x)``, without cancellation between positive numbers."""
    low = np.minimum(x, x + d)
    is_positive = np.greater(low, 0)
    size, sign = np.abs(d), np.where(np.less(d, 0), -1.0, 1.0)
    rise = sign * digamma_rise(np.where(is_positive, low, 1.0), size)
    left = np.where(is_positive, 1.0, x)
    plain = _digamma_off_poles(left + d) - _digamma_off_poles(left)
    return np.where(is_positive, rise, plain)


def _digamma_off_poles(x):
    return digamma(np.where(is_pole(x), 1.0, x))


def _poch_dz(ans, z, m):
    """At a pole of gamma(z), which one of gamma(z + m) cancels, ``1 / gamma(z)`` has a slope."""
    at_pole = special.gamma(np.where(is_pole(z), z + m, 1.0)) * reciprocal_gamma_slope(z)
    at_both = ans * rise_of_digamma(1.0 - z, -m)  # DLMF 5.5.4: the cotangents are the same
    at_pole = np.where(is_pole(z + m), at_both, at_pole)
    return np.where(is_pole(z), at_pole, ans * rise_of_digamma(z, m))


def _binom_dn(ans, n, k):
    rest = n - k + 1.0
    at_zero = scipy_special.poch(k + 1.0, n - k) * reciprocal_gamma_slope(rest)
    usual = ans * rise_of_digamma(rest, k)
    return np.where(is_pole(rest), at_zero, usual)


def _binom_dk(ans, n, k):
    rest = n - k + 1.0
    at_upper = -scipy_special.poch(k + 1.0, n - k) * reciprocal_gamma_slope(rest)
    at_lower = scipy_special.poch(rest, k) * reciprocal_gamma_slope(k + 1.0)
    usual = ans * rise_of_digamma(k + 1.0, n - 2.0 * k)
    return np.where(is_pole(rest), at_upper, np.where(is_pole(k + 1.0), at_lower, usual))


# --- complete
row("gammaln", lambda ans, x: digamma(x))
row("loggamma", lambda ans, x: digamma(x))
row("gamma", lambda ans, x: ans * digamma(x))
row("rgamma", lambda ans, x: reciprocal_gamma_slope(x))
row("gammasgn", None)
row("psi", lambda ans, x: trigamma(x))
row(
    "beta",
    lambda ans, a, b: -ans * rise_of_digamma(a, b),
    lambda ans, a, b: -ans * rise_of_digamma(b, a),
)
row(
    "betaln",
    lambda ans, a, b: -rise_of_digamma(a, b),
    lambda ans, a, b: -rise_of_digamma(b, a),
)
row("poch", _poch_dz, lambda ans, z, m: ans * digamma(z + m))
row("binom", _binom_dn, _binom_dk)
row("zeta", UNKNOWN, lambda ans, s, q: -s * scipy_special.zeta(s + 1.0, q), is_compiled=False)
row("zetac", UNKNOWN)

# --- incomplete
row("gammainc", lambda ans, a, x: gammainc_da(a, x), lambda ans, a, x: gamma_density(a, x))
row("gammaincc", lambda ans, a, x: -gammainc_da(a, x), lambda ans, a, x: -gamma_density(a, x))
row(
    "betainc",
    lambda ans, a, b, x: betainc_da(a, b, x),
    lambda ans, a, b, x: betainc_db(a, b, x),
    lambda ans, a, b, x: beta_density(a, b, x),
)
row(
    "betaincc",
    lambda ans, a, b, x: -betainc_da(a, b, x),
    lambda ans, a, b, x: -betainc_db(a, b, x),
    lambda ans, a, b, x: -beta_density(a, b, x),
)
