"""Directions in which walkers move along slices, told by the walkers that stand still.

A direction is as likely as its opposite, and does not depend on the walker that moves in it.  That
is all that slice sampling asks for, so any mixture of these leaves every density invariant.

Legend: ``D`` dimension; ``H`` walkers that stand still; ``h`` bandwidth of a kernel density
estimate; ``L`` with L L^T the covariance of the walkers that stand still.

Reference: Karamanis and Beutler (2021), "Ensemble slice sampling", the section on moves.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.ensemble import POSITION, random_index, vector_of
from lightppl.kernels.ensemble_moves import draw_pair
from lightppl.kernels.phase_point import copy_into, dot

DIFFERENTIAL, GAUSSIAN, KDE, RANDOM = 0, 1, 2, 3
"""Kinds of moves.  Parameters of a KDE: the rule of its bandwidth, and the bandwidth if given."""

SCOTT, SILVERMAN, GIVEN = 0, 1, 2
"""Rules of bandwidths."""

SMALLEST_PIVOT = 1e-13
"""Of a covariance, relative to the variance of that coordinate; below it is zero."""


class Directions(NamedTuple):
    """A direction, and what it is made of; all is overwritten.

    Parameters
    ----------
    direction, normals : (D,) float64
    factor : (D, D) float64
        L, if a move is made of it; else it may be (0, 0).
    """

    direction: np.ndarray
    normals: np.ndarray
    factor: np.ndarray


def make_directions(size, needs_covariance):
    """Return `Directions` of dimension `size`, with room for L if a move is made of it."""
    room = size if needs_covariance else 0
    return Directions(np.zeros(size), np.zeros(size), np.zeros((room, room)))


@kernel
def prepare_directions(scratch, walkers, moves, move, others):
    """Find L, if this move is made of it.

    Parameters
    ----------
    scratch : Directions
        Overwritten.
    walkers : Walkers
    moves : Moves
    move : int
        Which of them it is.
    others : (H,) int64
        The walkers that stand still.
    """
    if moves.kinds[move] == GAUSSIAN or moves.kinds[move] == KDE:
        factorize_covariance(walkers, others, scratch.normals, scratch.factor)


@kernel
def draw_direction(scratch, walkers, moves, move, others, rng):
    """Write a random direction into ``scratch.direction``.

    Parameters
    ----------
    scratch : Directions
        Overwritten, but for `factor`, which is of `prepare_directions`.
    walkers : Walkers
    moves : Moves
    move : int
        Which of them it is.
    others : (H,) int64
        The walkers that stand still.
    rng : numpy.random.Generator
    """
    kind, direction, normals = moves.kinds[move], scratch.direction, scratch.normals
    for d in range(direction.size):
        normals[d] = rng.standard_normal() if kind != DIFFERENTIAL else 0.0
    if kind == RANDOM:
        copy_into(direction, normals)
        scale_direction(direction, 1.0 / np.sqrt(dot(direction, direction)))
    elif kind == GAUSSIAN:
        multiply_factor(scratch.factor, normals, direction)
    elif kind == DIFFERENTIAL:
        i, j = draw_pair(others, rng)
        copy_into(direction, normals)  # zero here
        add_difference(walkers, i, j, 0.0, direction)
    else:
        # the difference of two draws, each a walker with noise of covariance h^2 L L^T
        i, j = others[random_index(rng, others.size)], others[random_index(rng, others.size)]
        h = bandwidth(moves.parameters[move], others.size, direction.size)
        multiply_factor(scratch.factor, normals, direction)
        add_difference(walkers, i, j, np.sqrt(2.0) * h, direction)


@kernel(small=True)
def scale_direction(direction, factor):
    """Multiply a vector (D,) in place, and return whether it is finite and not zero."""
    total = 0.0
    for i in range(direction.size):
        direction[i] *= factor
        total += abs(direction[i])
    return 0.0 < total < np.inf


@kernel(small=True)
def bandwidth(parameters, n, size):
    """Return the bandwidth of a kernel density estimate of n walkers in `size` dimensions.

    References
    ----------
    Scott (1992), "Multivariate density estimation"; Silverman (1986), "Density estimation for
    statistics and data analysis".
    """
    if parameters[0] == GIVEN:
        return parameters[1]
    count = float(n) if parameters[0] == SCOTT else n * (size + 2.0) / 4.0
    return count ** (-1.0 / (size + 4.0))


@kernel(small=True)
def add_difference(walkers, i, j, factor, direction):
    """Replace a direction (D,) by x - y + factor direction, with walkers i at x and j at y."""
    x, y = vector_of(walkers, POSITION, i), vector_of(walkers, POSITION, j)
    for d in range(direction.size):
        direction[d] = x[d] - y[d] + factor * direction[d]


@kernel
def factorize_covariance(walkers, others, mean, factor):
    """Overwrite `factor` with L, lower triangular, of the covariance of some walkers.

    Parameters
    ----------
    walkers : Walkers
    others : (H,) int64
        At least two.
    mean : (D,) float64
        Overwritten with their mean.
    factor : (D, D) float64
        Overwritten.  Columns of directions in which they do not spread are zero.

    References
    ----------
    Higham (2002), "Accuracy and stability of numerical algorithms", sec. 10.3, for matrices that
    are semidefinite.
    """
    D, H = mean.size, others.size
    for d in range(D):
        mean[d] = 0.0
        for j in range(D):
            factor[d, j] = 0.0
    for k in others:
        x = vector_of(walkers, POSITION, k)
        for d in range(D):
            mean[d] += x[d] / H
    for k in others:
        x = vector_of(walkers, POSITION, k)
        for i in range(D):
            for j in range(i + 1):
                factor[i, j] += (x[i] - mean[i]) * (x[j] - mean[j]) / (H - 1)
    for j in range(D):
        variance = factor[j, j]
        for m in range(j):
            factor[j, j] -= factor[j, m] ** 2
        is_zero = not factor[j, j] > SMALLEST_PIVOT * variance
        factor[j, j] = 0.0 if is_zero else np.sqrt(factor[j, j])
        for i in range(j + 1, D):
            for m in range(j):
                factor[i, j] -= factor[i, m] * factor[j, m]
            factor[i, j] = 0.0 if is_zero else factor[i, j] / factor[j, j]


@kernel(small=True)
def multiply_factor(factor, x, product):
    """Overwrite `product` (D,) with L x, for a lower triangular L (D, D)."""
    for i in range(x.size):
        total = 0.0
        for j in range(i + 1):
            total += factor[i, j] * x[j]
        product[i] = total
