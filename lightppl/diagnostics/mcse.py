"""Monte Carlo standard errors: how far estimates may be off because there are finitely many draws.

References
----------
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 4.3 and 4.4.
Kenney & Keeping (1951), "Mathematics of Statistics", part 2, sec. 7: variance of a variance.
"""

import numpy as np

from lightppl.arguments import check_number, check_numbers
from lightppl.diagnostics.chains import is_degenerate, map_rows, split_chains, to_rows
from lightppl.diagnostics.ess import (
    effective_draws_for_mean,
    effective_draws_or_all,
    ess_quantile,
)
from lightppl.scipy_functions import SciPyFunction

betaincinv = SciPyFunction("betaincinv")


def mcse_mean(x):
    """Return the standard error of the mean of the draws.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``
        In units of `x`; NaN for a constant.

    References
    ----------
    Vehtari et al. (2021), sec. 4.4.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(0.01 < mcse_mean(x) < 0.02)
    True
    """
    return map_rows(error_of_mean, x)


def mcse_sd(x):
    """Return the standard error of the standard deviation of the draws.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``
        In units of `x`; NaN for a constant.

    References
    ----------
    Kenney & Keeping (1951), with the effective size of the squared deviations.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(0.007 < mcse_sd(x) < 0.015)
    True
    """
    return map_rows(error_of_sd, x)


def mcse_quantile(x, prob):
    """Return the standard error of a quantile of the draws.

    Parameters
    ----------
    x : (C, N, *shape) array
    prob : float
        Between 0 and 1.

    Returns
    -------
    float or array of ``shape``
        Half the distance of the order statistics one standard error of `prob` apart.

    References
    ----------
    Vehtari et al. (2021), sec. 4.4.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(0.015 < mcse_quantile(x, 0.5) < 0.03)
    True
    """
    prob = check_number(prob, "prob", above=0, below=1)
    x = check_numbers(x, "x", finite=False)
    shape = x.shape[2:]
    ess = np.reshape(ess_quantile(x, prob), (-1,))
    values = np.sort(to_rows(x).reshape(len(ess), -1), axis=1)
    num_draws = values.shape[1]
    errors = np.full(len(ess), np.nan)
    for row in np.flatnonzero(np.isfinite(ess)):
        a, b = ess[row] * prob + 1, ess[row] * (1 - prob) + 1
        low = int(np.floor(betaincinv(a, b, _ONE_SD_BELOW) * num_draws))
        high = int(np.ceil(betaincinv(a, b, 1 - _ONE_SD_BELOW) * num_draws))
        high_value = values[row, min(high, num_draws) - 1]
        errors[row] = 0.5 * (high_value - values[row, max(low, 1) - 1])
    return errors.reshape(shape)[()]


def error_of_mean(rows):
    """Return the standard error of the mean of (R, C, N) rows, (R,)."""
    return rows.std(axis=(1, 2), ddof=1) / np.sqrt(effective_draws_for_mean(rows))


def error_of_sd(rows):
    """Return the standard error of the standard deviation of (R, C, N) rows, (R,)."""
    square = (rows - rows.mean(axis=(1, 2), keepdims=True)) ** 2
    variance = square.mean(axis=(1, 2))
    ess = effective_draws_or_all(split_chains(square))
    # var(s^2) = var of the squared deviations / ess, and ds = d(s^2) / (2 s)
    error = np.sqrt(square.var(axis=(1, 2)) / ess / (4 * variance))
    return np.where(is_degenerate(rows), np.nan, error)


_ONE_SD_BELOW = 0.15865525393145707
