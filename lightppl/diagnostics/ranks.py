"""Normal scores: draws replaced by the normal quantiles of their ranks.

Ranks make R-hat and ESS exist for variables without mean or variance, and unchanged by any monotone
transform of the variable.

Reference: Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), "Rank-normalization, folding, and
localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16(2),
eq. (14).
"""

from typing import NamedTuple

import numpy as np

from lightppl.diagnostics.normal_quantile import normal_quantiles


class SortedRows(NamedTuple):
    """Rows of draws and their order, sorted once and used by every measure.

    Attributes
    ----------
    shape : tuple
        (R, C, N) of the draws.
    order : (R, S) int array
        Positions of the draws in ascending order.
    values : (R, S) float64 array
        The draws in ascending order.
    """

    shape: tuple
    order: np.ndarray
    values: np.ndarray


def sort_rows(rows):
    """Sort each row over all its chains.

    Parameters
    ----------
    rows : (R, C, N) float64 array

    Returns
    -------
    SortedRows
    """
    flat = rows.reshape(len(rows), -1)
    order = np.argsort(flat, axis=1)
    return SortedRows(rows.shape, order, np.take_along_axis(flat, order, axis=1))


def fold_rows(ordered):
    """Sort the distances |x - median|, which are large in both tails.

    Parameters
    ----------
    ordered : SortedRows

    Returns
    -------
    SortedRows
        Of the distances, in the places of the draws they belong to.
    """
    distance = np.abs(ordered.values - median_of_sorted(ordered.values)[:, None])
    # distances of sorted draws fall and then rise: a stable sort merges the two runs in one sweep
    fold = np.argsort(distance, axis=1, kind="stable")
    return SortedRows(
        ordered.shape,
        np.take_along_axis(ordered.order, fold, axis=1),
        np.take_along_axis(distance, fold, axis=1),
    )


def normal_scores(ordered):
    """Return the normal scores of draws; equal draws share the score of their average rank.

    Parameters
    ----------
    ordered : SortedRows

    Returns
    -------
    (R, C, N) float64 array
    """
    num_rows, num_draws = ordered.values.shape
    double_rank = np.arange(2, 2 * num_draws + 1)  # ranks of ties may end in one half
    table = normal_quantiles((0.5 * double_rank - 3 / 8) / (num_draws + 1 / 4))  # eq. (14)
    scores = np.empty((num_rows, num_draws))
    np.put_along_axis(scores, ordered.order, table[_first_plus_last(ordered.values)], axis=1)
    return scores.reshape(ordered.shape)


def median_of_sorted(values):
    """Return the median of each row of (R, S) sorted values; NaN, sorted last, is contagious."""
    half = values.shape[1] // 2
    if values.shape[1] % 2:
        median = values[:, half]
    else:
        median = 0.5 * values[:, half - 1] + 0.5 * values[:, half]  # halves first: no overflow
    return np.where(np.isnan(values[:, -1]), np.nan, median)


def quantile_of_sorted(values, prob):
    """Return the quantile of each row of (R, S) sorted values, interpolated linearly.

    A quantile may fall on a draw, as that of 5 % does among 101, and its last bit then tells
    whether the draw lies below it.  So that effective sample sizes are the same numbers everywhere,
    the place is computed in the order of SciPy's ``mquantiles``, which ArviZ uses.
    """
    num_draws = values.shape[1]
    place = num_draws * prob + (1.0 - prob) - 1.0
    below = int(min(max(place, 0), num_draws - 2))
    low, high = values[:, below], values[:, below + 1]
    share = place - below
    with np.errstate(invalid="ignore"):
        between = (1.0 - share) * low + share * high
    return np.where(low == high, low, between)  # equal ones may be infinite


def _first_plus_last(values):
    """Return, for each sorted value, the sum of the first and last position of its run of ties."""
    num_rows, num_draws = values.shape
    position = np.arange(num_draws)
    is_first = np.ones(values.shape, dtype=bool)
    np.not_equal(values[:, 1:], values[:, :-1], out=is_first[:, 1:])
    if is_first.all():
        return np.broadcast_to(2 * position, values.shape)
    first = np.flatnonzero(is_first)
    length = np.diff(first, append=values.size)
    total = np.repeat(2 * first + length - 1, length).reshape(values.shape)
    return total - 2 * num_draws * np.arange(num_rows)[:, None]
