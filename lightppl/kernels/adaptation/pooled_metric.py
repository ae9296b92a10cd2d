"""A diagonal metric from positions and gradients of all walkers of an ensemble.

It is sqrt(var q / var grad), the diagonal matrix that is nearest to the density in Fisher
divergence (`fisher`), with variances over walkers and iterations of a window.

Legend: ``D`` dimension; ``q, grad`` position and gradient of the potential energy.

References
----------
Seyboldt, Carlson, Carpenter (2026), "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher
divergence"; Welford (1962), "Note on a method for calculating corrected sums of squares and
products".
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.ensemble import POSITION, vector_of


def make_pooled_moments(size):
    """Return empty moments of `size` coordinates: means and sums of squares, of q and of grad."""
    return np.zeros((2, 2, size))


@kernel
def collect(moments, walkers, gradient, count):
    """Add positions and gradients of all walkers, in place; return how many there are now.

    Parameters
    ----------
    moments : (2, 2, D) float64
        Overwritten.
    walkers : Walkers
    gradient : int
        The vector that holds gradients.
    count : int
        Points so far.

    Returns
    -------
    count : int

    References
    ----------
    Welford (1962), eq. (I) and (II).
    """
    for k in range(walkers.num_walkers):
        count += 1
        for j in range(2):
            x = vector_of(walkers, POSITION if j == 0 else gradient, k)
            for i in range(x.size):
                delta = x[i] - moments[j, 0, i]
                moments[j, 0, i] += delta / count
                moments[j, 1, i] += delta * (x[i] - moments[j, 0, i])
    return count


def set_metric(metric, moments):
    """Overwrite a diagonal metric by what moments say, and empty them.

    Parameters
    ----------
    metric : Metric
        Overwritten; a coordinate that did not move keeps its scale.
    moments : (2, 2, D) float64
        Overwritten.

    Returns
    -------
    float
        By how much the logarithm of the speed of motion has changed, a mean over coordinates.
    """
    (_, squares_q), (_, squares_grad) = moments
    with np.errstate(all="ignore"):
        found = np.sqrt(squares_q / squares_grad)
    is_known = (found > 0.0) & (found < np.inf)
    moments[:] = 0.0
    if not np.any(is_known):
        return 0.0
    change = 0.5 * np.mean(np.log(found[is_known] / metric.diagonal[is_known]))
    metric.diagonal[is_known] = found[is_known]
    return float(change)
