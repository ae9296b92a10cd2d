"""A first step size: double or halve until one leapfrog step is accepted about 80 % of the time.

Legend: ``U`` potential energy; ``H0`` total energy before the step; ``delta_H`` its change.

Reference: Hoffman and Gelman (2014), "The no-U-turn sampler", algorithm 4.  Like Stan, the
threshold is 0.8 instead of 0.5 and the momentum is drawn afresh for every trial.
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.kinetic import refresh_momentum
from lightppl.kernels.metric import set_acceleration
from lightppl.kernels.phase_point import copy_into, point_at

ACCEPT_PROB = 0.8
MAX_TRIALS = 100


@kernel(inline="always")
def find_initial_step_size(points, target, metric, rng, step_size, U):
    """Return the first step size, from `step_size` by factors of two, that crosses 80 % acceptance.

    Parameters
    ----------
    points : (num_points, 4 D) float64
        The first is the current state, with position and gradient, whose momentum and velocity are
        overwritten; the last is scratch.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
    step_size : float
        Where the search begins.
    U : float
        Potential energy of the current state.

    Returns
    -------
    step_size : float
        NaN if none was found in 100 trials.

    References
    ----------
    Hoffman and Gelman (2014), algorithm 4.
    """
    growing = is_acceptable(points, target, metric, rng, step_size, U)
    factor = 2.0 if growing else 0.5
    for _ in range(MAX_TRIALS):
        step_size *= factor
        if is_acceptable(points, target, metric, rng, step_size, U) != growing:
            return step_size
    return np.nan


@kernel
def is_acceptable(points, target, metric, rng, step_size, U):
    """Return whether one leapfrog step with a fresh momentum is accepted with probability > 0.8."""
    z, trial = point_at(points, 0), point_at(points, points.shape[0] - 1)
    H0 = U + refresh_momentum(target, metric, rng, z.p, z.v)
    copy_into(points[points.shape[0] - 1], points[0])
    a = metric.accelerations[0]
    set_acceleration(metric, z.grad, a)
    U_trial, K_trial = leapfrog(trial, a, target, metric, step_size)
    delta_H = U_trial + K_trial - H0
    return delta_H < -np.log(ACCEPT_PROB)  # NaN is not acceptable
