"""Coordinates in which a metric is the unit metric: ``q = C x`` with ``C C^T = M^-1``.

C is the lower Cholesky factor of each block of M^-1, the root of its diagonal elsewhere; with
directions it is ``C = diag(s) (I + V^T (diag(lambda)^1/2 - I) V)``.

Legend: ``D`` dimension; other letters as in `metric.py`.

Reference: Livingstone and Zanella (2022), "The Barker proposal: combining robustness and efficiency
in gradient-based MCMC", appendix A.
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import add_multiple, copy_into, dot


@kernel
def leave_coordinates(metric, x, y):
    """Overwrite `y` with C x: a step in the coordinates of the metric as one of positions.

    Parameters
    ----------
    metric : Metric
    x : (D,) float64
    y : (D,) float64
        Overwritten.
    """
    if metric.rank[0] > 0:
        copy_into(y, x)
        _add_along_directions(metric, y)
        for i in range(y.size):
            y[i] *= metric.scale[i]
        return
    for i in range(x.size):
        y[i] = np.sqrt(metric.diagonal[i]) * x[i]
    first = 0
    for b in range(metric.block_start.size - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        n = index.size
        for i in range(n):
            total = 0.0
            for j in range(i + 1):
                total += metric.block_factor[first + i * n + j] * x[index[j]]
            y[index[i]] = total
        first += n * n


@kernel
def enter_coordinates(metric, grad, c):
    """Overwrite `c` with C^T grad: a gradient in the coordinates of the metric.

    Parameters
    ----------
    metric : Metric
    grad : (D,) float64
    c : (D,) float64
        Overwritten.
    """
    if metric.rank[0] > 0:
        for i in range(grad.size):
            c[i] = metric.scale[i] * grad[i]
        _add_along_directions(metric, c)
        return
    for i in range(grad.size):
        c[i] = np.sqrt(metric.diagonal[i]) * grad[i]
    first = 0
    for b in range(metric.block_start.size - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        n = index.size
        for i in range(n):
            c[index[i]] = 0.0
        for j in range(n):
            for i in range(j + 1):
                c[index[i]] += metric.block_factor[first + j * n + i] * grad[index[j]]
        first += n * n


@kernel
def _add_along_directions(metric, y):
    """y <- (I + V^T (diag(lambda)^1/2 - I) V) y; directions are orthonormal, so one by one."""
    for k in range(metric.rank[0]):
        direction = metric.directions[k]
        add_multiple(y, (np.sqrt(metric.factors[k]) - 1.0) * dot(direction, y), direction)
