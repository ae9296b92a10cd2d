"""Do draws follow a distribution?  Tests of fit that return p-values.

Reading order: `auto_goodness_of_fit` picks the test from the support; `kolmogorov_smirnov` serves
continuous draws with a cdf, `chi_squared` discrete draws with a log probability, `moment_z_scores`
whatever has a mean and a variance.
"""

import numpy as np

from lightppl.scipy_functions import SciPyFunction

chdtrc = SciPyFunction("chdtrc")
kolmogorov = SciPyFunction("kolmogorov")

_MIN_EXPECTED = 5.0


def auto_goodness_of_fit(draws, distribution):
    """Return the p-value of the hypothesis that draws come from a univariate distribution.

    Parameters
    ----------
    draws : (N,) array
    distribution : Distribution
        With empty batch and event shape; discrete, or with a `cdf`.

    Returns
    -------
    float
        Uniform on [0, 1] if they do; tiny if they do not.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = dist.Normal(0.0, 1.0)
    >>> auto_goodness_of_fit(d.sample(0, (1000,)), d) > 1e-3
    True
    """
    if distribution.is_discrete:
        return chi_squared(draws, distribution.log_prob)
    return kolmogorov_smirnov(draws, distribution.cdf)


def kolmogorov_smirnov(draws, cdf):
    """Return the p-value of the Kolmogorov-Smirnov test.

    Parameters
    ----------
    draws : (N,) array
        At least some hundred, for the limiting distribution to hold.
    cdf : callable
        Array -> array of probabilities.

    References
    ----------
    Stephens (1970), "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics without
    extensive tables": the correction of the statistic for finite N.
    """
    u = np.sort(np.asarray(cdf(np.asarray(draws)), dtype=np.float64).ravel())
    count = u.size
    above = np.arange(1, count + 1) / count - u
    below = u - np.arange(count) / count
    distance = max(above.max(), below.max())
    root = np.sqrt(count)
    return float(kolmogorov((root + 0.12 + 0.11 / root) * distance))


def chi_squared(draws, log_prob):
    """Return the p-value of Pearson's chi-squared test for integer draws.

    Cells with few expected draws are pooled with all values that were not drawn.

    Parameters
    ----------
    draws : (N,) array of int
    log_prob : callable
        Array of int -> array of log probabilities.
    """
    values, counts = np.unique(np.asarray(draws), return_counts=True)
    expected = draws.size * np.exp(np.asarray(log_prob(values), dtype=np.float64))
    large = expected >= _MIN_EXPECTED
    rest = max(draws.size - expected[large].sum(), 0.0)
    statistic = float(np.sum((counts[large] - expected[large]) ** 2 / expected[large]))
    cells = int(large.sum())
    rest_count = counts[~large].sum()
    if rest >= _MIN_EXPECTED:
        statistic += float((rest_count - rest) ** 2 / rest)
        cells += 1
    elif rest_count > 10 * (rest + 1.0):  # draws where there should be next to none
        return 0.0
    return float(chdtrc(max(cells - 1, 1), statistic))


def moment_z_scores(draws, mean, variance):
    """Return how many standard errors sample mean and variance lie from their expectation.

    Parameters
    ----------
    draws : (N, ...) array
    mean, variance : (...) array

    Returns
    -------
    mean_z, variance_z : (...) arrays
        Standard normal if the draws fit and have a fourth moment.
    """
    draws = np.asarray(draws, dtype=np.float64)
    count = len(draws)
    centred = draws - mean
    square = centred**2
    mean_z = _ratio(centred.mean(0), np.sqrt(np.asarray(variance) / count))
    variance_z = _ratio(square.mean(0) - variance, square.std(0) / np.sqrt(count))
    return mean_z, variance_z


def _ratio(gap, error):
    """Return ``gap / error``, taking a gap of rounding size as zero."""
    gap, error = np.broadcast_arrays(gap, error)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(gap) < 1e-12, 0.0, gap / error)
