"""Pareto smoothed importance sampling: tame weights, and a number that tells if they work.

Legend: S draws, M of them in the tail; k and sigma: shape and scale of the generalised
Pareto distribution.

References
----------
Vehtari, Simpson, Gelman, Yao, Gabry (2024), "Pareto smoothed importance sampling", JMLR 25(72).
Zhang & Stephens (2009), "A new and efficient estimation method for the generalized Pareto
distribution", Technometrics 51(3).
"""

import math

import numpy as np

from lightppl.arguments import check_numbers, shown
from lightppl.errors import ArgumentError, ShapeError


def psis(log_ratios, relative_ess=1.0):
    """Smooth importance ratios by a generalised Pareto distribution fitted to their upper tail.

    Parameters
    ----------
    log_ratios : (S,) or (S, *shape) array
        Logarithms of importance ratios, up to a constant.
    relative_ess : float or array of ``shape``
        Effective sample size of the draws divided by S; 1 for independent draws.

    Returns
    -------
    log_weights : array of the shape of `log_ratios`
        Normalised: ``exp`` of them sums to 1 over the first axis.
    pareto_k : float or array of ``shape``
        Below 0.7 estimates are reliable; -inf if the tail is constant.  inf if it cannot be fitted,
        being too short, or because ratios are infinite (those draws then share all the weight),
        NaN, or zero for every draw (then there are no weights, which are NaN).

    References
    ----------
    Vehtari et al. (2024), algorithm 1.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal(2000)
    >>> log_weights, k = psis(0.3 * x)
    >>> bool(k < 0.5), round(float(np.exp(log_weights).sum()), 9)
    (True, 1.0)
    """
    log_ratios = check_numbers(log_ratios, "log_ratios", finite=False).astype(np.float64)
    relative_ess = check_numbers(relative_ess, "relative_ess")
    if log_ratios.ndim < 1 or len(log_ratios) < 2:
        raise ShapeError(f"psis needs two or more draws on axis 0, found shape {log_ratios.shape}.")
    shape = log_ratios.shape[1:]
    columns = log_ratios.reshape(len(log_ratios), -1)
    if relative_ess.shape not in ((), shape) or not np.all(relative_ess > 0):
        raise ArgumentError(
            f"relative_ess must be positive, a number or of shape {shape}, found "
            f"{shown(relative_ess)}."
        )
    relative_ess = np.broadcast_to(relative_ess.astype(np.float64), shape).reshape(-1)
    log_weights = np.empty(columns.shape)
    pareto_k = np.empty(columns.shape[1])
    for j in range(columns.shape[1]):
        log_weights[:, j], pareto_k[j] = _smooth(columns[:, j], relative_ess[j])
    return log_weights.reshape(log_ratios.shape), pareto_k.reshape(shape)[()]


def reliable_k(num_draws):
    """Return the largest k at which S draws are reliable; Vehtari et al. (2024), sec. 3.2.4."""
    return min(1 - 1 / math.log10(num_draws), 0.7)


def fit_generalized_pareto(tail):
    """Fit a generalised Pareto distribution by the estimator of Zhang & Stephens.

    Parameters
    ----------
    tail : (M,) float64 array
        Ascending, positive.

    Returns
    -------
    k, sigma : float
        Shape and scale; k positive means a heavy tail.

    References
    ----------
    Zhang & Stephens (2009), sec. 4; the weak prior on k: Vehtari et al. (2024), appendix G.
    """
    size = len(tail)
    grid_size = 30 + int(math.sqrt(size))
    quartile = tail[int(size / 4 + 0.5) - 1]
    theta = (1 - np.sqrt(grid_size / (np.arange(1, grid_size + 1) - 0.5))) / (3 * quartile)
    theta += 1 / tail[-1]
    with np.errstate(under="ignore"):
        k = np.mean(np.log1p(-theta[:, None] * tail), axis=1)
    profile = size * (np.log(-theta / k) - k - 1)
    weight = np.exp(profile - profile.max())
    weight /= weight.sum()
    theta_mean = np.sum(theta * weight)
    k_mean = float(np.mean(np.log1p(-theta_mean * tail)))
    sigma = float(-k_mean / theta_mean)
    return (size * k_mean + _PRIOR_SIZE * _PRIOR_K) / (size + _PRIOR_SIZE), sigma


def _smooth(log_ratio, relative_ess):
    """Return normalised log weights and k of one (S,) vector."""
    if not np.isfinite(log_ratio.max()):
        return _weights_without_scale(log_ratio), np.inf
    log_weight = log_ratio - log_ratio.max()
    order = np.argsort(log_weight, kind="stable")
    tail_size = _tail_size(len(log_weight), relative_ess)
    k = np.inf
    if tail_size >= _SHORTEST_TAIL:
        in_tail = order[-tail_size:]
        cutoff = log_weight[order[-tail_size - 1]]
        log_weight[in_tail], k = _smooth_tail(log_weight[in_tail], cutoff)
    largest = log_weight.max()
    total = largest + np.log(np.sum(np.exp(log_weight - largest)))
    return log_weight - total, k


def _weights_without_scale(log_ratio):
    """Return the log weights of ratios whose largest is infinite, NaN or zero."""
    is_infinite = log_ratio == np.inf
    if np.any(np.isnan(log_ratio)) or not np.any(is_infinite):
        return np.full(log_ratio.shape, np.nan)
    return np.where(is_infinite, -math.log(np.count_nonzero(is_infinite)), -np.inf)


def _smooth_tail(log_tail, cutoff):
    """Replace ascending tail values by expected order statistics of the fitted distribution."""
    base = math.exp(cutoff)
    tail = np.exp(log_tail) - base
    if not tail[-1] > 0 or not tail[0] >= 0:
        return log_tail, -np.inf
    k, sigma = fit_generalized_pareto(np.maximum(tail, np.finfo(float).tiny))
    if not np.isfinite(k):
        return log_tail, np.inf
    prob = (np.arange(len(tail)) + 0.5) / len(tail)
    with np.errstate(over="ignore"):
        smooth = -sigma * np.log1p(-prob) if k == 0 else sigma * np.expm1(-k * np.log1p(-prob)) / k
    return np.minimum(np.log(base + smooth), 0.0), k  # never above the largest raw ratio


def _tail_size(num_draws, relative_ess):
    relative_ess = relative_ess if relative_ess > 0 else 1.0
    return math.ceil(min(num_draws / 5, 3 * math.sqrt(num_draws / relative_ess)))


_SHORTEST_TAIL = 5
_PRIOR_SIZE = 10
_PRIOR_K = 0.5
