"""Step size, scales and damping that the walkers of a fold suggest for those of another: MEADS.

With s the standard deviations over the fold of positions, and lambda the largest eigenvalue of a
second moment,

    eps   = min(1, multiplier / sqrt(lambda(s grad))),
    gamma = max(1 / sqrt(lambda((q - mean) / s)), slowdown / (t eps)),
    alpha = 1 - exp(-2 eps gamma),    delta = alpha / 2:

momenta keep the share sqrt(1 - alpha), and uniforms move by delta.  lambda is estimated by the
ratio of the sum of squared eigenvalues to the sum of eigenvalues, both without bias.

Legend: ``D`` dimension; ``n`` walkers of a fold; ``t`` iterations; others as above.

Reference: Hoffman and Sountsov (2022), "Tuning-free generalized Hamiltonian Monte Carlo", AISTATS,
sec. 3 and algorithm 3.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.ensemble import POSITION, vector_of
from lightppl.kernels.phase_point import copy_into, dot


class Tuning(NamedTuple):
    """Parameters of the walkers of a fold, besides their scales.

    Parameters
    ----------
    eps, gamma, alpha, delta : float
    """

    eps: float
    gamma: float
    alpha: float
    delta: float


@kernel
def tune(walkers, members, gradient, rows, scale, multiplier, slowdown, t):
    """Return the parameters that the walkers of a fold suggest, and write their scales.

    Parameters
    ----------
    walkers : Walkers
    members : (n,) int64
        Of the fold.
    gradient : int
        The vector that holds gradients.
    rows : (n, D) float64
        Scratch.
    scale : (D,) float64
        Overwritten by s.
    multiplier, slowdown : float
    t : int

    Returns
    -------
    Tuning

    References
    ----------
    Hoffman and Sountsov (2022), algorithm 3, lines 6 to 11.
    """
    gather(walkers, members, POSITION, rows)
    standardize(rows, scale)
    spread = largest_eigenvalue(rows)
    gather(walkers, members, gradient, rows)
    for i in range(rows.shape[0]):
        for d in range(scale.size):
            rows[i, d] *= scale[d]
    steepness = largest_eigenvalue(rows)
    eps = min(1.0, multiplier / np.sqrt(steepness)) if steepness > 0.0 else 1.0
    gamma = slowdown / ((t + 1.0) * eps)
    if spread > 0.0:
        gamma = max(gamma, 1.0 / np.sqrt(spread))
    alpha = -np.expm1(-2.0 * eps * gamma)
    return Tuning(eps, gamma, alpha, 0.5 * alpha)


@kernel
def gather(walkers, members, vector, rows):
    """Overwrite `rows` (n, D) with a vector of some walkers (n,)."""
    for i in range(members.size):
        copy_into(rows[i], vector_of(walkers, vector, members[i]))


@kernel
def standardize(rows, scale):
    """Center rows (n, D) and divide by their standard deviations, in place.

    Parameters
    ----------
    rows : (n, D) float64
        Overwritten.
    scale : (D,) float64
        Overwritten by the standard deviations; 1 where rows agree or are not finite.
    """
    n = rows.shape[0]
    for d in range(scale.size):
        mean, square = 0.0, 0.0
        for i in range(n):
            mean += rows[i, d] / n
        for i in range(n):
            rows[i, d] -= mean
            square += rows[i, d] * rows[i, d] / n
        deviation = np.sqrt(square)
        scale[d] = deviation if 0.0 < deviation < np.inf else 1.0
        for i in range(n):
            rows[i, d] /= scale[d]


@kernel
def largest_eigenvalue(rows):
    """Return an estimate of the largest eigenvalue of the second moment of rows (n, D).

    Parameters
    ----------
    rows : (n, D) float64
        n at least 2.

    Returns
    -------
    float
        Estimates of the sum of squared eigenvalues, from pairs of rows, over that of eigenvalues.

    References
    ----------
    Hoffman and Sountsov (2022), sec. 3.1.
    """
    n, total, squares = rows.shape[0], 0.0, 0.0
    for i in range(n):
        total += dot(rows[i], rows[i])
        for j in range(i):
            inner = dot(rows[i], rows[j])
            squares += 2.0 * inner * inner
    return squares / (n - 1.0) / total if total > 0.0 else 0.0
