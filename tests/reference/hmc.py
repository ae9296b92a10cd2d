"""One HMC transition in plain NumPy: the slow twin of `lightppl.kernels.hmc`."""

import numpy as np

from tests.reference.leapfrog import leapfrog


def hmc_transition(q, p, energy, gradient, inverse_mass, step_size, num_steps, uniform):
    """Return (q, accept_prob) for a given momentum and uniform variate (Neal, 2011, sec. 3.2)."""
    new_q, new_p = q, p
    for _ in range(num_steps):
        new_q, new_p = leapfrog(new_q, new_p, gradient, inverse_mass, step_size)
    old_H = energy(q) + 0.5 * p @ inverse_mass @ p
    new_H = energy(new_q) + 0.5 * new_p @ inverse_mass @ new_p
    accept_prob = min(1.0, np.exp(old_H - new_H))
    return (new_q if uniform < accept_prob else q), accept_prob
