"""Mean and covariance of draws that arrive one at a time.

Reference: Welford (1962), "Note on a method for calculating corrected sums of squares and
products".
"""

import numpy as np

from lightppl.arguments import check_count, check_flag
from lightppl.errors import ArgumentError
from lightppl.infer.building_blocks.mass import mass_matrix_roots
from lightppl.kernels.adaptation.welford import SHRINKAGE_COUNT, SHRINKAGE_VARIANCE


def welford_covariance(diagonal=True):
    """Return functions that start, update and read a running covariance.

    Parameters
    ----------
    diagonal : bool
        Whether variances are kept instead of a matrix.

    Returns
    -------
    init_fn : callable
        ``(size)`` to the state ``(mean, sums of squared deviations, count)``.
    update_fn : callable
        ``(sample, state)`` to the next state; a sample is a vector (size,).
    final_fn : callable
        ``(state, regularize=False)`` to ``(covariance, mass_matrix_sqrt, mass_matrix_sqrt_inv)``:
        with the covariance as inverse mass matrix, see `momentum_generator`.

    References
    ----------
    Welford (1962), eq. (I) and (II); Stan Reference Manual, "Euclidean metric", for shrinking:
    n / (n + 5) covariance + 1e-3 * 5 / (n + 5).

    Examples
    --------
    >>> init_fn, update_fn, final_fn = welford_covariance()
    >>> state = init_fn(1)
    >>> for x in [1.0, 2.0, 6.0]:
    ...     state = update_fn(np.array([x]), state)
    >>> float(final_fn(state)[0][0])
    7.0
    """
    diagonal = check_flag(diagonal, "diagonal")

    def init_fn(size):
        """Return the state before any draw."""
        size = check_count(size, "size")
        return np.zeros(size), np.zeros(size if diagonal else (size, size)), 0

    def update_fn(sample, state):
        """Return the state after one draw."""
        mean, squares, count = state
        count = count + 1
        before = sample - mean
        mean = mean + before / count
        after = sample - mean
        return mean, squares + (before * after if diagonal else np.outer(after, before)), count

    def final_fn(state, regularize=False):
        """Return the covariance and the roots of its inverse."""
        _, squares, count = state
        if count < 2:
            raise ArgumentError(f"A covariance needs at least 2 draws, found {count}.")
        covariance = squares / (count - 1)
        if regularize:
            shrinkage = count / (count + SHRINKAGE_COUNT)
            ridge = SHRINKAGE_VARIANCE * (1.0 - shrinkage)
            unit = np.ones(len(squares)) if diagonal else np.eye(len(squares))
            covariance = shrinkage * covariance + ridge * unit
        return (covariance, *mass_matrix_roots(covariance))

    return init_fn, update_fn, final_fn
