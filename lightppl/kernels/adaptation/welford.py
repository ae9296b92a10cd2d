"""Running mean and covariance of draws, for the diagonal and for every dense block of a metric.

Legend: ``D`` dimension; ``S`` as in `metric.py`; ``count`` number of draws; ``delta`` deviation
from the old mean.

References: Welford (1962), "Note on a method for calculating corrected sums of squares and
products"; Stan Reference Manual, "HMC algorithm parameters", for the regularisation.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.adaptation.window import Window, make_window
from lightppl.kernels.metric import factorize

SHRINKAGE_COUNT = 5.0
SHRINKAGE_VARIANCE = 1e-3


class Moments(NamedTuple):
    """Running mean and sums of squared deviations.

    Parameters
    ----------
    mean : (D,) float64
    diagonal : (D,) float64
        Sums of squared deviations.
    block_matrix : (S,) float64
        Sums of products of deviations, laid out as ``Metric.block_matrix``.
    window : Window
        The draws themselves with their gradients, for other ways to learn; here not used.
    """

    mean: np.ndarray
    diagonal: np.ndarray
    block_matrix: np.ndarray
    window: Window


def make_moments(metric, keeps_draws=True):
    """Return empty moments with the shape of a metric.

    Parameters
    ----------
    metric : Metric
    keeps_draws : bool
        Whether there is to be room for draws and gradients.
    """
    return Moments(
        np.zeros_like(metric.diagonal),
        np.zeros_like(metric.diagonal),
        np.zeros_like(metric.block_matrix),
        make_window(len(metric.diagonal), keeps_draws),
    )


@kernel
def update_moments(moments, metric, q, count):
    """Add one draw, in place.

    Parameters
    ----------
    moments : Moments
        Overwritten.
    metric : Metric
        Tells the blocks; its scratch is overwritten.
    q : (D,) float64
    count : int
        Number of draws including this one.

    References
    ----------
    Welford (1962), eq. (I) and (II).
    """
    delta, delta_after = metric.scratch[0], metric.scratch[1]
    for i in range(q.size):
        delta[i] = q[i] - moments.mean[i]
        moments.mean[i] += delta[i] / count
        delta_after[i] = q[i] - moments.mean[i]
        moments.diagonal[i] += delta[i] * delta_after[i]
    entry = 0
    for b in range(metric.block_start.size - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        for i in index:
            for j in index:
                moments.block_matrix[entry] += delta[i] * delta_after[j]
                entry += 1


@kernel(entry=True)
def set_metric_from_moments(metric, moments, count, regularize):
    """Overwrite M^-1 with the covariance of the draws, shrunk towards a small multiple of unity.

    Parameters
    ----------
    metric : Metric
        Overwritten.  If a block is not positive definite its off-diagonal entries become zero.
        Directions are dropped: variances are of coordinates.
    moments : Moments
    count : int
        At least 2, or nothing happens.
    regularize : bool
        Whether to shrink.

    References
    ----------
    Stan Reference Manual, "Euclidean metric": n/(n + 5) covariance + 1e-3 * 5/(n + 5).
    """
    if count < 2:
        return
    weight, ridge = 1.0 / (count - 1.0), 0.0
    if regularize:
        shrinkage = count / (count + SHRINKAGE_COUNT)
        weight *= shrinkage
        ridge = SHRINKAGE_VARIANCE * (1.0 - shrinkage)
    _set_scaled(metric.diagonal, moments.diagonal, weight, ridge)
    metric.rank[0] = 0
    _set_scaled_blocks(metric, moments, weight, ridge, 1.0)
    if not factorize(metric):
        _set_scaled_blocks(metric, moments, weight, ridge, 0.0)
        factorize(metric)


@kernel
def _set_scaled(diagonal, sums, weight, ridge):
    for i in range(diagonal.size):
        variance = weight * sums[i] + ridge
        # A coordinate that never moved, or overflowed, keeps its old scale.
        if 0.0 < variance < np.inf:
            diagonal[i] = variance


@kernel
def _set_scaled_blocks(metric, moments, weight, ridge, correlation):
    """Set every block; `correlation` multiplies the entries off the diagonal."""
    entry = 0
    for b in range(metric.block_start.size - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        for i in index:
            for j in index:
                if i == j:
                    metric.block_matrix[entry] = metric.diagonal[i]
                else:
                    covariance = correlation * weight * moments.block_matrix[entry]
                    metric.block_matrix[entry] = covariance
                entry += 1
