"""Distribution functions named in the manner of Cephes, by parameters that vary continuously.

Counts, which SciPy rounds down, have a derivative of zero or none.

References: Abramowitz & Stegun (1964), 26.5 and 26.7; Cohen (1988), "Noncentral chi-square: some
observations on recurrence", for the noncentral chi-square distribution.
"""

import math

import numpy as np

from lightppl.autodiff import special
from lightppl.autodiff.shape_derivatives import betainc_da, betainc_db, gammainc_da
from lightppl.autodiff.special_functions.gamma_functions import beta_density, gamma_density
from lightppl.autodiff.special_functions.table import UNKNOWN, row
from lightppl.scipy_functions import scipy_special as scipy


def negated(partials):
    """Return the partial derivatives of the complement."""
    return tuple(_negated(x) if callable(x) else x for x in partials)


def _negated(partial):
    return lambda ans, *args: -partial(ans, *args)


# --- gamma, chi-square and Poisson distributions
CHI_SQUARE = (
    lambda ans, v, x: 0.5 * gammainc_da(0.5 * v, 0.5 * x),
    lambda ans, v, x: 0.5 * gamma_density(0.5 * v, 0.5 * x),
)
GAMMA = (
    lambda ans, a, b, x: x * gamma_density(b, a * x),
    lambda ans, a, b, x: gammainc_da(b, a * x),
    lambda ans, a, b, x: a * gamma_density(b, a * x),
)
POISSON = (
    lambda ans, k, m: -gammainc_da(k + 1.0, m),
    lambda ans, k, m: -gamma_density(k + 1.0, m),
)
row("chdtr", *CHI_SQUARE)
row("chdtrc", *negated(CHI_SQUARE))
row("gdtr", *GAMMA)
row("gdtrc", *negated(GAMMA))
row("pdtr", None, lambda ans, k, m: -gamma_density(np.floor(k) + 1.0, m))
row("pdtrc", None, lambda ans, k, m: gamma_density(np.floor(k) + 1.0, m))

# --- binomial and negative binomial distributions
BINOMIAL = (
    lambda ans, k, n, p: betainc_db(n - k, k + 1.0, 1.0 - p) - betainc_da(n - k, k + 1.0, 1.0 - p),
    lambda ans, k, n, p: betainc_da(n - k, k + 1.0, 1.0 - p),
    lambda ans, k, n, p: -beta_density(n - k, k + 1.0, 1.0 - p),
)
NEGATIVE_BINOMIAL = (
    lambda ans, k, n, p: betainc_db(n, k + 1.0, p),
    lambda ans, k, n, p: betainc_da(n, k + 1.0, p),
    lambda ans, k, n, p: beta_density(n, k + 1.0, p),
)
row("bdtr", None, UNKNOWN, lambda ans, k, n, p: BINOMIAL[2](ans, np.floor(k), n, p))
row("bdtrc", None, UNKNOWN, lambda ans, k, n, p: -BINOMIAL[2](ans, np.floor(k), n, p))
row("nbdtr", UNKNOWN, UNKNOWN, NEGATIVE_BINOMIAL[2])
row("nbdtrc", UNKNOWN, UNKNOWN, _negated(NEGATIVE_BINOMIAL[2]))


# --- the F distribution
def _ratio(dfn, dfd, x):
    return dfn * x / (dfd + dfn * x)


F = (
    lambda ans, m, n, x: 0.5 * betainc_da(0.5 * m, 0.5 * n, _ratio(m, n, x))
    + x * n / (n + m * x) ** 2 * beta_density(0.5 * m, 0.5 * n, _ratio(m, n, x)),
    lambda ans, m, n, x: 0.5 * betainc_db(0.5 * m, 0.5 * n, _ratio(m, n, x))
    - x * m / (n + m * x) ** 2 * beta_density(0.5 * m, 0.5 * n, _ratio(m, n, x)),
    lambda ans, m, n, x: m * n / (n + m * x) ** 2
    * beta_density(0.5 * m, 0.5 * n, _ratio(m, n, x)),
)
row("fdtr", *F)
row("fdtrc", *negated(F))


# --- Student's distribution
def _student_density(df, t):
    power = -0.5 * (df + 1.0) * np.log1p(t * t / df)
    return np.exp(power - special.betaln(0.5 * df, 0.5)) / np.sqrt(df)


def _student_by_df(ans, df, t):
    """From ``1 - I_w(df / 2, 1 / 2) / 2`` with ``w = df / (df + t**2)``: A & S 26.7.1."""
    total = df + t * t
    w = df / total
    by_w = np.abs(t) * np.exp(
        (0.5 * df - 1.0) * np.log(w) - special.betaln(0.5 * df, 0.5)
    ) / (total * np.sqrt(total))
    return -0.5 * np.sign(t) * (0.5 * betainc_da(0.5 * df, 0.5, w) + by_w)


STUDENT = (_student_by_df, lambda ans, df, t: _student_density(df, t))
row("stdtr", *STUDENT)


# --- the noncentral chi-square distribution
def _noncentral_density(x, df, nc):
    order = 0.5 * df - 1.0
    ratio = np.exp(0.5 * order * (np.log(x) - np.log(nc)) - 0.5 * (np.sqrt(x) - np.sqrt(nc)) ** 2)
    return 0.5 * ratio * scipy.ive(order, np.sqrt(x * nc))


NONCENTRAL_CHI_SQUARE = (
    lambda ans, x, df, nc: _noncentral_density(x, df, nc),
    UNKNOWN,
    lambda ans, x, df, nc: -_noncentral_density(x, df + 2.0, nc),
)
row("chndtr", *NONCENTRAL_CHI_SQUARE)
row("ncfdtr", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
row("nctdtr", UNKNOWN, UNKNOWN, UNKNOWN)


# --- others
def _kolmogorov_slope(ans, x):
    """Of ``2 sum((-1)**(k - 1) exp(-2 k**2 x**2))``; below 1, of its other form by theta functions.

    Reference: Feller (1948), "On the Kolmogorov-Smirnov limit theorems for empirical
    distributions".
    """
    is_small = np.less(x, 1.0)
    large = np.where(is_small, 1.0, x)
    small = np.where(is_small, np.maximum(x, 0.02), 1.0)
    upper = sum(
        (-1.0) ** k * 8.0 * k * k * large * np.exp(-2.0 * k * k * large * large)
        for k in range(1, 6)
    )
    lower = 0.0
    for k in range(1, 6):
        c = ((2 * k - 1) * math.pi) ** 2 / 8.0
        square = small * small
        lower = lower - (2.0 * c / square - 1.0) * np.exp(-c / square) / square
    return np.where(is_small, math.sqrt(2.0 * math.pi) * lower, upper)


row("kolmogorov", _kolmogorov_slope)
row("kolmogi", lambda ans, p: 1.0 / _kolmogorov_slope(p, ans))
row("smirnov", UNKNOWN, UNKNOWN)
row("smirnovi", UNKNOWN, UNKNOWN)
row("tklmbda",
    lambda ans, x, k: 1.0 / (np.power(ans, k - 1.0) + np.power(1.0 - ans, k - 1.0)), UNKNOWN)
row("voigt_profile", UNKNOWN, UNKNOWN, UNKNOWN)
