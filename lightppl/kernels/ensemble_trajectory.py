"""Trajectories of all walkers of an ensemble: momenta, ends, and whether walkers move there.

Walkers and the ends of their trajectories are two points of an ensemble with the vectors of a
`PhasePoint` and the numbers of `NUMBERS`.

Legend: ``D`` dimension; ``U, H`` potential and total energy; ``delta_H`` its change along a
trajectory; ``alpha`` acceptance probability.

Reference: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 3.2.
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.ensemble import POSITION, POTENTIAL_ENERGY, numbers_of, vector_of
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.metric import draw_momentum, kinetic_energy
from lightppl.kernels.phase_point import PhasePoint, copy_into
from lightppl.kernels.trajectory import is_divergent, metropolis_prob

MOMENTUM, VELOCITY, GRADIENT, NUM_VECTORS = 1, 2, 3, 4
"""Vectors of an ensemble behind its positions."""

NUMBERS = ("potential_energy", "energy", "accept_prob", "diverging")
ENERGY, ACCEPT_PROB, DIVERGING = 1, 2, 3
"""Numbers of a walker."""

FIRST_ACCEPT_PROB, MAX_TRIALS = 0.8, 100
"""Of the search of a first step size."""


@kernel(small=True)
def phase_point_of(walkers, k):
    """Return position, momentum, velocity and gradient of walker k, as views."""
    return PhasePoint(
        vector_of(walkers, POSITION, k), vector_of(walkers, MOMENTUM, k),
        vector_of(walkers, VELOCITY, k), vector_of(walkers, GRADIENT, k),
    )  # fmt: skip


@kernel
def draw_walker(metric, walkers, k, rng):
    """Draw a momentum for walker k, in place, and return its H."""
    z = phase_point_of(walkers, k)
    draw_momentum(metric, rng, z.p, z.v)
    return numbers_of(walkers, k)[POTENTIAL_ENERGY] + kinetic_energy(z.p, z.v)


@kernel
def follow(target, metric, walkers, ends, k, H, step_size, num_steps):
    """Integrate a trajectory from walker k to its end, and return the acceptance probability.

    Parameters
    ----------
    target : Target
    metric : Metric
    walkers, ends : Walkers
        Walker k of `ends` is overwritten.
    k : int
    H : float
        Of walker k of `walkers`.
    step_size : float
    num_steps : int

    Returns
    -------
    alpha : float
        0 if the trajectory diverged.
    """
    z, end = phase_point_of(walkers, k), phase_point_of(ends, k)
    copy_into(end.q, z.q)
    copy_into(end.p, z.p)
    copy_into(end.v, z.v)
    copy_into(end.grad, z.grad)
    U, delta_H, step = 0.0, 0.0, 0
    # Only a non-finite energy may end the loop early: that is seen from both ends alike.
    while step < num_steps and np.isfinite(delta_H):
        U, K = leapfrog(end, metric.accelerations[0], target, metric, step_size)
        delta_H = U + K - H
        step += 1
    diverging = is_divergent(delta_H)
    alpha = 0.0 if diverging else metropolis_prob(delta_H)
    numbers = numbers_of(ends, k)
    numbers[POTENTIAL_ENERGY], numbers[ENERGY] = U, H + delta_H
    numbers[ACCEPT_PROB], numbers[DIVERGING] = alpha, 1.0 if diverging else 0.0
    numbers_of(walkers, k)[ENERGY] = H
    return alpha


@kernel
def settle(walkers, ends, k, is_accepted):
    """Move walker k to the end of its trajectory or leave it, in place; note what happened."""
    here, there = numbers_of(walkers, k), numbers_of(ends, k)
    here[ACCEPT_PROB], here[DIVERGING] = there[ACCEPT_PROB], there[DIVERGING]
    if is_accepted:
        z, end = phase_point_of(walkers, k), phase_point_of(ends, k)
        copy_into(z.q, end.q)
        copy_into(z.p, end.p)
        copy_into(z.v, end.v)
        copy_into(z.grad, end.grad)
        here[POTENTIAL_ENERGY], here[ENERGY] = there[POTENTIAL_ENERGY], there[ENERGY]


@kernel
def find_step_size(target, metric, walkers, ends, rng, step_size):
    """Return the first step size, by factors of two, whose mean acceptance crosses 80 %.

    Parameters
    ----------
    target : Target
    metric : Metric
    walkers, ends : Walkers
        Momenta, and all of `ends`, are overwritten.
    rng : numpy.random.Generator
    step_size : float
        Where the search begins.

    Returns
    -------
    float
        NaN if none was found in 100 trials.

    References
    ----------
    Hoffman and Gelman (2014), "The no-U-turn sampler", algorithm 4.
    """
    accept_prob = mean_acceptance(target, metric, walkers, ends, rng, step_size)
    is_growing = accept_prob > FIRST_ACCEPT_PROB
    for _ in range(MAX_TRIALS):
        step_size *= 2.0 if is_growing else 0.5
        accept_prob = mean_acceptance(target, metric, walkers, ends, rng, step_size)
        if (accept_prob > FIRST_ACCEPT_PROB) != is_growing:
            return step_size
    return np.nan


@kernel
def mean_acceptance(target, metric, walkers, ends, rng, step_size):
    """Return the mean acceptance probability of one leapfrog step of each walker."""
    total = 0.0
    for k in range(walkers.num_walkers):
        H = draw_walker(metric, walkers, k, rng)
        total += follow(target, metric, walkers, ends, k, H, step_size, 1)
    return total / walkers.num_walkers
