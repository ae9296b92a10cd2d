"""One Barker transition in plain NumPy: the slow twin of `lightppl.kernels.barker`."""

import numpy as np


def barker_transition(q, energy, gradient, C, step_size, normals, coins, uniform):
    """Return (q, accept_prob) for given variates (Livingstone and Zanella, 2022, algorithm 2).

    `C` (D, D) with C C^T the inverse mass matrix; signs are decided by the D `coins`.
    """
    z = step_size * normals
    forward = 1.0 / (1.0 + np.exp((C.T @ gradient(q)) * z))
    w = np.where(coins < forward, z, -z)
    new_q = q + C @ w
    odds = (1.0 + np.exp(w * (C.T @ gradient(q)))) / (1.0 + np.exp(-w * (C.T @ gradient(new_q))))
    accept_prob = min(1.0, np.exp(energy(q) - energy(new_q)) * np.prod(odds))
    return (new_q if uniform < accept_prob else q), accept_prob


def proposal_density(q, new_q, gradient, C, step_size):
    """Return the density of the step, as the paper has it: twice the normal one, times the odds."""
    w = np.linalg.solve(C, new_q - q)
    normal = np.exp(-0.5 * (w / step_size) ** 2) / (np.sqrt(2.0 * np.pi) * step_size)
    forward = 1.0 / (1.0 + np.exp((C.T @ gradient(q)) * w))
    return np.prod(2.0 * normal * forward) / abs(np.linalg.det(C))
