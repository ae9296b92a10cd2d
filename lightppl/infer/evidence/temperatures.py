"""How far to go on the path from prior to posterior in one step.

Legend: ``N`` particles; ``W`` their weights; ``beta`` inverse temperature.

References: Jasra, Stephens, Doucet, Tsagaris (2011), "Inference for Levy-driven stochastic
volatility models via adaptive sequential Monte Carlo", sec. 3.3; Zhou, Johansen, Aston (2016),
"Toward automatic model comparison: an adaptive sequential Monte Carlo approach", sec. 3.3, for the
conditional effective sample size.
"""

import numpy as np

NUM_BISECTIONS = 60
SMALLEST_STEP = 1e-12
"""Of beta; a step that is forced where the likelihood tells particles apart more sharply yet."""


def next_inverse_temperature(log_likelihood, log_weights, beta, target):
    """Return the largest inverse temperature that keeps enough of the particles.

    Parameters
    ----------
    log_likelihood : (N,) float64
        Minus infinity for particles that the data exclude, which do not count.
    log_weights : (N,) float64
        Normalized.
    beta : float
        Where the particles are.
    target : float
        Conditional effective sample size to keep, as a share of the particles, in (0, 1).

    Returns
    -------
    float
        In (beta, 1].
    """
    is_possible = np.isfinite(log_likelihood) & np.isfinite(log_weights)
    W, log_l = np.exp(log_weights[is_possible]), log_likelihood[is_possible]
    if conditional_ess((1.0 - beta) * log_l, W) >= target:
        return 1.0
    low, high = 0.0, 1.0 - beta
    for _ in range(NUM_BISECTIONS):
        middle = 0.5 * (low + high)
        if conditional_ess(middle * log_l, W) >= target:
            low = middle
        else:
            high = middle
    return min(1.0, beta + max(low, SMALLEST_STEP))


def conditional_ess(log_increments, weights):
    """Return the conditional effective sample size as a share of the particles.

    Parameters
    ----------
    log_increments : (N,) float64
        By which log weights grow.
    weights : (N,) float64
        Before that.

    Returns
    -------
    float
        In (0, 1].

    References
    ----------
    Zhou, Johansen, Aston (2016), eq. (3.16), divided by N.

    Examples
    --------
    >>> conditional_ess(np.zeros(4), np.full(4, 0.25))
    np.float64(1.0)
    """
    growth = np.exp(log_increments - np.max(log_increments))
    return np.sum(weights * growth) ** 2 / (np.sum(weights) * np.sum(weights * growth**2))
