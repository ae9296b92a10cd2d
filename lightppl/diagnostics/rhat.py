"""R-hat: do the chains agree with each other and with themselves?

References
----------
Gelman & Rubin (1992), "Inference from iterative simulation using multiple sequences".
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 4.
"""

import numpy as np

from lightppl.diagnostics.chains import is_constant, map_rows, split_chains
from lightppl.diagnostics.ranks import fold_rows, normal_scores, sort_rows


def rhat(x):
    """Return the rank-normalised split R-hat: the larger of its bulk and its tail form.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``
        Near 1 if the chains agree; above 1.01 they do not.  NaN for a constant, and where a draw
        is NaN; infinite draws have ranks.

    References
    ----------
    Vehtari et al. (2021), sec. 4.2.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(rhat(x) < 1.01), bool(rhat(x + np.arange(4)[:, None]) > 1.5)
    (True, True)
    """
    return map_rows(_rhat_rows, x)


def split_gelman_rubin(x):
    """Return the classic R-hat of chains cut into halves.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``

    References
    ----------
    Gelman et al. (2013), "Bayesian Data Analysis", 3rd ed., sec. 11.4.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((1, 1000))
    >>> bool(split_gelman_rubin(x + np.linspace(0, 5, 1000)) > 1.5)
    True
    """
    return map_rows(lambda rows: scale_reduction(split_chains(rows)), x)


def gelman_rubin(x):
    """Return the classic R-hat of whole chains.

    Parameters
    ----------
    x : (C, N, *shape) array

    Returns
    -------
    float or array of ``shape``

    References
    ----------
    Gelman & Rubin (1992).

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((4, 1000))
    >>> bool(gelman_rubin(x) < 1.01)
    True
    """
    return map_rows(scale_reduction, x)


def rank_normalized_rhat(rows, ordered, scores):
    """Return R-hat of rows that are already sorted and scored.

    Parameters
    ----------
    rows : (R, C, N) float64 array
        Whole chains.
    ordered : SortedRows
        Of their halves.
    scores : (R, 2 C, N // 2) float64 array
        Normal scores of their halves.

    Returns
    -------
    (R,) float64 array
    """
    bulk = scale_reduction(scores)
    tail = scale_reduction(normal_scores(fold_rows(ordered)))
    # fmax: a two-valued variable may fold into a constant, whose tail form is NaN
    return np.where(is_constant(rows), np.nan, np.fmax(bulk, tail))


def scale_reduction(rows):
    """Return sqrt(var_plus / W) of (R, C, N) rows.

    W is the mean variance within chains and var_plus the estimate that adds the variance between.
    """
    within, total = chain_variances(rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(total / within)


def chain_variances(rows):
    """Return W and var_plus of (R, C, N) rows, each (R,); Vehtari et al. (2021), eqs. (1)-(3)."""
    num_chains, num_draws = rows.shape[1:]
    within = rows.var(axis=2, ddof=1).mean(axis=1)
    total = within * (num_draws - 1) / num_draws
    if num_chains > 1:
        total = total + rows.mean(axis=2).var(axis=1, ddof=1)
    return within, total


def _rhat_rows(rows):
    halves = split_chains(rows)
    ordered = sort_rows(halves)
    return rank_normalized_rhat(rows, ordered, normal_scores(ordered))
