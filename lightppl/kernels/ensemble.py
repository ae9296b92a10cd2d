"""Ensembles of walkers: one chain whose point holds them all, side by side.

A walker is a row of numbers: its D coordinates, then F numbers of its own, such as its potential
energy.  A vector of an ensemble is the rows of its K walkers one after another, so that the loop
over iterations records an ensemble like any other point: the draw, which is the first vector, holds
positions and numbers of all walkers.  Other vectors (momenta, gradients) have rows of the same
length.

Legend: ``K`` walkers; ``D`` dimension; ``F`` numbers of a walker; ``S = D + F`` length of a row;
``V`` vectors of a point; ``P`` points; ``U`` potential energy.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.target import evaluate_potential

POSITION = 0
"""The vector of an ensemble that holds positions, and numbers of walkers."""

POTENTIAL_ENERGY = 0
"""The number of a walker that is its U; every ensemble has it."""


class Walkers(NamedTuple):
    """The walkers of one point of an ensemble; `walkers_at` makes it.

    Parameters
    ----------
    point : (V K S,) float64
    num_walkers, size, row_length : int
        K, D and S.
    """

    point: np.ndarray
    num_walkers: int
    size: int
    row_length: int


def make_points(q, num_numbers, num_vectors=1, num_points=1):
    """Return the points of an ensemble, zero but for the positions of the first.

    Parameters
    ----------
    q : (K, D) float64
        Where the walkers begin.
    num_numbers, num_vectors, num_points : int
        F, V and P.

    Returns
    -------
    points : (P, V K S) float64
    sizes : (3,) int64
        K, D and S, which `walkers_at` needs.

    Examples
    --------
    >>> points, sizes = make_points(np.ones((4, 2)), num_numbers=1)
    >>> points.tolist(), sizes.tolist()
    ([[1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0]], [4, 2, 3])
    """
    num_walkers, size = np.shape(q)
    row_length = size + num_numbers
    points = np.zeros((num_points, num_vectors * num_walkers * row_length))
    rows = points[0, : num_walkers * row_length].reshape(num_walkers, row_length)
    rows[:, :size] = q
    return points, np.array([num_walkers, size, row_length])


@kernel(small=True)
def walkers_at(points, p, sizes):
    """Return the walkers of point p.

    Parameters
    ----------
    points : (P, V K S) float64
    p : int
    sizes : (3,) int64
        From `make_points`.
    """
    return Walkers(points[p], sizes[0], sizes[1], sizes[2])


@kernel(small=True)
def vector_of(walkers, vector, k):
    """Return a vector of walker k, (D,), as a view; vector ``POSITION`` is its position."""
    first = (vector * walkers.num_walkers + k) * walkers.row_length
    return walkers.point[first : first + walkers.size]


@kernel(small=True)
def numbers_of(walkers, k):
    """Return the numbers of walker k, (F,), as a view."""
    first = k * walkers.row_length
    return walkers.point[first + walkers.size : first + walkers.row_length]


@kernel
def evaluate_walker(target, walkers, k, gradient):
    """Evaluate the density at the position of walker k, and write U to its numbers.

    Parameters
    ----------
    target : Target
    walkers : Walkers
        Its numbers are overwritten.
    k : int
    gradient : (D,) float64
        Overwritten: scratch, or a vector of the walker.

    Returns
    -------
    U : float
    """
    U = evaluate_potential(target, vector_of(walkers, POSITION, k), gradient)
    numbers_of(walkers, k)[POTENTIAL_ENERGY] = U
    return U


@kernel
def evaluate_walkers(target, walkers, gradient):
    """Evaluate the density where all walkers are, and write their U to their numbers.

    Parameters
    ----------
    target : Target
    walkers : Walkers
        Its numbers are overwritten.
    gradient : (D,) float64
        Scratch.

    Returns
    -------
    bool
        Whether all densities are finite.
    """
    are_finite = True
    for k in range(walkers.num_walkers):
        U = evaluate_walker(target, walkers, k, gradient)
        are_finite = are_finite and np.isfinite(U)
    return are_finite


@kernel(small=True)
def random_index(rng, n):
    """Return a random integer in ``0 .. n - 1``; takes one uniform variate."""
    return min(int(rng.random() * n), n - 1)


@kernel
def shuffle(order, rng):
    """Put integers in random order, in place; takes one uniform variate less than there are.

    References
    ----------
    Durstenfeld (1964), "Algorithm 235: Random permutation".
    """
    for i in range(order.size - 1, 0, -1):
        j = random_index(rng, i + 1)
        order[i], order[j] = order[j], order[i]
