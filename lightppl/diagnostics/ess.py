"""Effective sample size: how many independent draws would estimate as well.

The sum of autocorrelations is cut by Geyer's initial monotone sequence: sums of neighbouring pairs
of autocorrelations of a reversible chain are positive and decreasing, so the first pair that is not
positive ends the sum, and a pair larger than the one before is noise.

References
----------
Geyer (1992), "Practical Markov chain Monte Carlo", Statistical Science 7(4), sec. 3.3.
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 3.2 and 4.3.
"""

import numpy as np

from lightppl.arguments import check_flag, check_number
from lightppl.diagnostics.autocovariance import autocovariance, mean_autocovariance
from lightppl.diagnostics.chains import is_constant, is_degenerate, map_rows, split_chains
from lightppl.diagnostics.ranks import normal_scores, quantile_of_sorted, sort_rows
from lightppl.diagnostics.rhat import chain_variances


def ess_bulk(x):
    """Return the effective sample size for the bulk: of the normal scores of the draws.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``
        NaN for a constant and where a draw is NaN; infinite draws have ranks.

    References
    ----------
    Vehtari et al. (2021), sec. 4.3.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(3000 < ess_bulk(x) < 5000)
    True
    """
    return map_rows(_ess_bulk_rows, x)


def ess_tail(x):
    """Return the effective sample size for the tails: the smaller for the 5 % and 95 % quantiles.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``
        NaN for a constant.

    References
    ----------
    Vehtari et al. (2021), sec. 4.3.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(2500 < ess_tail(x) < 5000)
    True
    """
    return map_rows(_ess_tail_rows, x)


def ess_mean(x):
    """Return the effective sample size for the mean.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``

    References
    ----------
    Vehtari et al. (2021), sec. 3.2, eq. (10).

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(3000 < ess_mean(x) < 5000)
    True
    """
    return map_rows(effective_draws_for_mean, x)


def ess_quantile(x, prob):
    """Return the effective sample size for a quantile.

    Parameters
    ----------
    x : (C, N, *shape) array
    prob : float
        Between 0 and 1.

    Returns
    -------
    float or array of ``shape``

    References
    ----------
    Vehtari et al. (2021), sec. 4.3.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(2500 < ess_quantile(x, 0.5) < 5000)
    True
    """
    prob = check_number(prob, "prob", above=0, below=1)
    return map_rows(lambda rows: _ess_quantile_rows(rows, prob), x)


def effective_sample_size(x, bias=True):
    """Return the classic effective sample size of whole chains, without ranks and splitting.

    Parameters
    ----------
    x : (C, N, *shape) array
    bias : bool
        Whether autocovariances are divided by N (True) or by N - t.

    Returns
    -------
    float or array of ``shape``

    References
    ----------
    Geyer (1992), sec. 3.3; Gelman et al. (2013), "Bayesian Data Analysis", 3rd ed., sec. 11.5.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(3000 < effective_sample_size(x) < 5000)
    True
    """
    bias = check_flag(bias, "bias")
    return map_rows(lambda rows: _classic_ess_rows(rows, bias), x)


def effective_draws(rows):
    """Return the effective number of draws of rows that are already split.

    Parameters
    ----------
    rows : (R, C, N) float64 array

    Returns
    -------
    (R,) float64 array
        At most S log10(S): antithetic chains may beat independence, but not without bound.

    References
    ----------
    Vehtari et al. (2021), eqs. (7)-(10).
    """
    num_draws = rows.shape[1] * rows.shape[2]
    within, total = chain_variances(rows)
    rho = 1 - (within[:, None] - mean_autocovariance(rows)) / total[:, None]  # eq. (7)
    rho[:, 0] = 1
    tau = np.maximum(_truncated_sum(rho), 1 / np.log10(num_draws))
    return np.where(is_degenerate(rows), np.nan, num_draws / tau)


def effective_draws_for_mean(rows):
    """Return the effective number of draws of whole chains for their mean.

    Parameters
    ----------
    rows : (R, C, N) float64 array

    Returns
    -------
    (R,) float64 array
        NaN also where only the middle draw of an odd N, which no half has, is not finite.
    """
    found = effective_draws(split_chains(rows))
    return np.where(is_degenerate(rows), np.nan, found)


def effective_draws_of_tail(rows, sorted_values):
    """Return the smaller effective number of draws for the 5 % and the 95 % quantile.

    Parameters
    ----------
    rows : (R, C, N) float64 array
        Whole chains.
    sorted_values : (R, S) float64 array
        All their draws, in ascending order.

    Returns
    -------
    (R,) float64 array
        NaN where draws are constant or NaN.
    """
    low, high = (effective_draws_of_quantile(rows, sorted_values, prob) for prob in TAIL_PROBS)
    return np.minimum(low, high)


def effective_draws_of_quantile(rows, sorted_values, prob):
    """Return the effective number of draws for a quantile.

    Parameters
    ----------
    rows : (R, C, N) float64 array
        Whole chains: an odd N has its quantile over all draws, and only the indicators are split.
    sorted_values : (R, S) float64 array
        All their draws, in ascending order.
    prob : float

    Returns
    -------
    (R,) float64 array
        All draws, if a discrete variable has none beyond the quantile: ArviZ too counts a constant
        indicator so.  NaN where the draws themselves are constant or NaN.
    """
    threshold = quantile_of_sorted(sorted_values, prob)
    found = effective_draws_or_all(split_chains(_is_below(rows, threshold)))
    return np.where(is_constant(rows), np.nan, found)


def effective_draws_or_all(rows):
    """Return the effective number of draws of split rows, and all of them for a constant."""
    num_draws = rows.shape[1] * rows.shape[2]
    return np.where(is_constant(rows), num_draws, effective_draws(rows))


def _truncated_sum(rho):
    """Return tau = -1 + 2 sum of pairs, for (R, N) autocorrelations."""
    num_draws = rho.shape[1]
    num_pairs = max(1, (num_draws - 1) // 2)
    pairs = rho[:, : 2 * num_pairs : 2] + rho[:, 1 : 2 * num_pairs : 2]
    is_end = ~(pairs > 0)
    is_end[:, -1] = True
    end = is_end.argmax(axis=1)
    monotone = np.minimum.accumulate(pairs, axis=1)
    kept = np.where(np.arange(num_pairs) < end[:, None], monotone, 0.0)
    # The even lag of the last pair is used once, as Stan does; it must be positive, unless the
    # draws end before the sum does.
    last_even = np.take_along_axis(rho, 2 * end[:, None], axis=1)[:, 0]
    last_pair = np.take_along_axis(pairs, end[:, None], axis=1)[:, 0]
    return -1 + 2 * kept.sum(axis=1) + np.where(last_pair < 0, np.maximum(last_even, 0), last_even)


def _classic_ess_rows(rows, bias):
    num_draws = rows.shape[1] * rows.shape[2]
    within, total = chain_variances(rows)
    mean_covariance = autocovariance(rows, axis=2, bias=bias).mean(axis=1)
    rho = 1 - (within[:, None] - mean_covariance) / total[:, None]
    rho[:, 0] = 1
    num_pairs = rows.shape[2] // 2
    pairs = rho[:, : 2 * num_pairs : 2] + rho[:, 1 : 2 * num_pairs : 2]
    positive = np.maximum(pairs[:, 1:], 0)
    tau = -1 + 2 * (pairs[:, 0] + np.minimum.accumulate(positive, axis=1).sum(axis=1))
    return np.where(is_degenerate(rows), np.nan, num_draws / tau)


def _ess_bulk_rows(rows):
    halves = split_chains(rows)
    bulk = effective_draws(normal_scores(sort_rows(halves)))
    return np.where(is_constant(rows), np.nan, bulk)


def _ess_tail_rows(rows):
    return effective_draws_of_tail(rows, _sorted_draws(rows))


def _ess_quantile_rows(rows, prob):
    return effective_draws_of_quantile(rows, _sorted_draws(rows), prob)


def _sorted_draws(rows):
    return np.sort(rows.reshape(len(rows), -1), axis=1)


def _is_below(rows, threshold):
    return (rows <= threshold[:, None, None]).astype(np.float64)


TAIL_PROBS = (0.05, 0.95)
