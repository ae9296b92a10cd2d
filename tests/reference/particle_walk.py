"""One step of random-walk Metropolis in plain NumPy: the slow twin of the walk of particles."""

import numpy as np


def walk_step(q, energy, factor, step_size, normals, uniform):
    """Return (q, accept_prob) for given variates.

    Parameters
    ----------
    q : (D,) float64
    energy : callable
    factor : (D, D) float64
        Lower Cholesky factor of the covariance of the population.
    step_size : float
    normals : (D,) float64
    uniform : float
    """
    proposal = q + step_size * factor @ normals
    accept_prob = min(1.0, np.exp(energy(q) - energy(proposal)))
    return (proposal if uniform < accept_prob else q), accept_prob
