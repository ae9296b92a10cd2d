"""Leapfrog as in the textbook, in plain NumPy: the slow twin of `lightppl.kernels.integrators`."""

import numpy as np


def leapfrog(q, p, gradient, inverse_mass, step_size):
    """Return (q, p) after one leapfrog step."""
    p = p - 0.5 * step_size * gradient(q)
    q = q + step_size * (np.asarray(inverse_mass) @ p)
    p = p - 0.5 * step_size * gradient(q)
    return q, p
