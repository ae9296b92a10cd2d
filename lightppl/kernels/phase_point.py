"""A point of phase space, and the loops over its coordinates.

Legend: ``D`` dimension; ``q`` position; ``p`` momentum; ``v = M^-1 p`` velocity, with M the mass
matrix; ``grad`` gradient of the potential energy U at q.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel

NUM_VECTORS = 4
"""Vectors of length D in one `PhasePoint`."""


class PhasePoint(NamedTuple):
    """Position, momentum, velocity and gradient, kept consistent by whoever moves the point.

    Parameters
    ----------
    q, p, v, grad : (D,) float64
    """

    q: np.ndarray
    p: np.ndarray
    v: np.ndarray
    grad: np.ndarray


@kernel(small=True)
def point_at(points, k):
    """Return phase point k of a (num_points, 4 D) array; row 0 begins with the q of point 0."""
    row = points[k]
    D = row.size // NUM_VECTORS
    return PhasePoint(row[:D], row[D : 2 * D], row[2 * D : 3 * D], row[3 * D :])


@kernel(small=True)
def copy_into(destination, source):
    """Overwrite the vector `destination` (D,) with `source` (D,)."""
    for i in range(source.size):
        destination[i] = source[i]


@kernel(small=True, separate=True)
def multiply(x, y, product):
    """Overwrite `product` with the products of the elements of two vectors, all (D,)."""
    for i in range(x.size):
        product[i] = x[i] * y[i]


@kernel(small=True, separate=True)
def divide(x, y):
    """Divide the elements of a vector by those of another, in place: x <- x / y, both (D,)."""
    for i in range(x.size):
        x[i] /= y[i]


@kernel(fastmath={"contract", "reassoc"}, small=True)
def dot(x, y):
    """Return the inner product of two vectors (D,)."""
    total = 0.0
    for i in range(x.size):
        total += x[i] * y[i]
    return total


@kernel(small=True)
def add_multiple(x, factor, y):
    """Add a multiple of a vector to another, in place: x <- x + factor y, both (D,)."""
    for i in range(x.size):
        x[i] += factor * y[i]


@kernel(small=True, separate=True)
def kick(p, grad, step_size):
    """Momentum half of a leapfrog step, in place: p <- p - step_size grad."""
    for i in range(p.size):
        p[i] -= step_size * grad[i]


@kernel(small=True, separate=True)
def drift(q, v, step_size):
    """Position half of a leapfrog step, in place: q <- q + step_size v."""
    for i in range(q.size):
        q[i] += step_size * v[i]
