"""What a user would write in a file of their own: scalar kernels for Numba."""

import math

import numba

CURVATURE = 1.5


def log_cosh(x):
    """Return the logarithm of the hyperbolic cosine, without overflow."""
    return abs(x) + math.log1p(math.exp(-2.0 * abs(x))) - 0.6931471805599453


@numba.njit
def curved_ratio(x, y):
    """Return a ratio that depends on a constant of this file."""
    return x / (1.0 + CURVATURE * y * y)


def density(x):
    """Return a line; its name is also one of compiled programs."""
    return 2.0 * x + 1.0


def potential(x):
    """Return a line; its name is also one of compiled programs."""
    return 1.0 + 2.0 * x


def outside_the_language(x):
    """Return a line with a list, which only Numba can compile."""
    both = [x, x + 1.0]
    return both[0] + both[1]
