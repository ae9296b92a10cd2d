"""Kinetic energy of a target: Gaussian by the metric, or a function that the user wrote.

A function of the user's is compiled like a potential: ``K(p)`` and its gradient, the velocity, in
one call.  It must be even, K(-p) = K(p), for trajectories to be reversible.

Momenta are then refreshed by a few Metropolis steps that leave exp(-K) invariant, from the momentum
of the point where the last trajectory was left.  NumPyro draws from N(0, M) whatever K is, which
samples the posterior only if K is Gaussian.  Proposals are those of the preconditioned
Crank-Nicolson method, p' = sqrt(1 - b^2) p + b xi with xi from N(0, M): they leave N(0, M)
invariant, so that only K(p) - p^T M^-1 p / 2 decides, and a small b is accepted in any dimension.

Legend: ``D`` dimension; ``p, v`` as in `phase_point.py`; ``K`` kinetic energy; ``b`` the share of
fresh noise.

References
----------
Neal (2011), "MCMC using Hamiltonian dynamics", sec. 2.2 and 5.5.3: other kinetic energies.
Cotter, Roberts, Stuart, White (2013), "MCMC methods for functions", Statistical Science 28(3).
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.metric import draw_momentum, kinetic_energy, set_velocity
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import call_address

NUM_REFRESHMENTS = 16
NUM_SHARES = 4
"""Shares of fresh noise: 1, 1/2, 1/4, 1/8, and again."""


@kernel(small=True)
def is_gaussian(target):
    """Return whether the kinetic energy is that of the metric."""
    return target.kinetic.address == 0


@kernel(small=True)
def kinetic_energy_of(target, p, v):
    """Return K(p), given p and the velocity v, both (D,); v is overwritten by what it is."""
    if is_gaussian(target):
        return kinetic_energy(p, v)
    return evaluate_kinetic(target.kinetic, p, v)


@kernel
def evaluate_kinetic(kinetic, p, v):
    """Return K(p) of a user's function and write its gradient, the velocity, into `v`.

    Parameters
    ----------
    kinetic : Kinetic
        Its inputs and gradient are overwritten.
    p, v : (D,) float64
    """
    inputs, gradient = kinetic.inputs, kinetic.gradient
    for i in range(p.size):
        inputs[i] = p[i]
    K = call_address(
        kinetic.address, inputs, gradient, kinetic.float_data, kinetic.int_data, kinetic.workspace
    )
    for i in range(p.size):
        v[i] = gradient[i]
    return K


@kernel
def refresh_momentum(target, metric, rng, p, v):
    """Overwrite a momentum by a fresh one and `v` by its velocity; return its kinetic energy.

    Parameters
    ----------
    target : Target
    metric : Metric
        Its scratch is overwritten.
    rng : numpy.random.Generator
        Gives D normal variates if the kinetic energy is Gaussian.
    p : (D,) float64
        The last momentum; not read if the kinetic energy is Gaussian.
    v : (D,) float64
        Overwritten.

    Returns
    -------
    K : float
    """
    if is_gaussian(target):
        draw_momentum(metric, rng, p, v)
        return kinetic_energy(p, v)
    kinetic = target.kinetic
    trial, w = kinetic.scratch[0], kinetic.scratch[1]
    excess = excess_over_gaussian(kinetic, metric, p, w)
    for k in range(NUM_REFRESHMENTS):
        b = 1.0 / (1 << (k % NUM_SHARES))
        draw_momentum(metric, rng, trial, w)
        for i in range(p.size):
            trial[i] = np.sqrt(1.0 - b * b) * p[i] + b * trial[i]
        trial_excess = excess_over_gaussian(kinetic, metric, trial, w)
        if rng.random() < np.exp(min(excess - trial_excess, 0.0)):  # NaN is refused
            copy_into(p, trial)
            excess = trial_excess
    if rng.random() < 0.5:  # a trajectory that is refused would have to turn back
        for i in range(p.size):
            p[i] = -p[i]
    return evaluate_kinetic(kinetic, p, v)


@kernel
def excess_over_gaussian(kinetic, metric, p, w):
    """Return K(p) - p^T M^-1 p / 2; the vector `w` (D,) is overwritten."""
    K = evaluate_kinetic(kinetic, p, w)
    set_velocity(metric, p, w)
    return K - kinetic_energy(p, w)
