"""One transition of Hamiltonian Monte Carlo with a fixed number of steps.

Legend: ``U`` potential energy; ``H`` total energy; ``delta_H`` its change along the trajectory.

Reference: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 3.
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.metric import draw_momentum, kinetic_energy
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.trajectory import TransitionInfo, is_divergent, metropolis_prob

SAMPLE, PROPOSAL = 0, 1
"""Points of a chain: the current state, and the end of the trajectory."""


@kernel
def hmc_transition(points, target, metric, rng, step_size, num_steps, U):
    """Refresh the momentum, integrate, and accept or reject the end point, in place.

    Parameters
    ----------
    points : (2, 4 D) float64
        At ``SAMPLE`` the current state, with position and gradient; at ``PROPOSAL`` scratch.
        Overwritten.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
        Gives D normal variates and one uniform.
    step_size : float
    num_steps : int
        Leapfrog steps; fewer are taken when the energy stops being finite.
    U : float
        Potential energy of the current state.

    Returns
    -------
    TransitionInfo

    References
    ----------
    Neal (2011), sec. 3.2.
    """
    z, proposal = point_at(points, SAMPLE), point_at(points, PROPOSAL)
    draw_momentum(metric, rng, z.p, z.v)
    H0 = U + kinetic_energy(z.p, z.v)
    copy_into(points[PROPOSAL], points[SAMPLE])
    U_proposal, delta_H, step = U, 0.0, 0
    # Only a non-finite energy may end the loop early: that is seen from both ends alike.
    while step < num_steps and np.isfinite(delta_H):
        U_proposal, K_proposal = leapfrog(proposal, target, metric, step_size)
        delta_H = U_proposal + K_proposal - H0
        step += 1
    diverging = is_divergent(delta_H)
    accept_prob = 0.0 if diverging else metropolis_prob(delta_H)
    if rng.random() < accept_prob:
        copy_into(points[SAMPLE], points[PROPOSAL])
        return TransitionInfo(U_proposal, H0 + delta_H, accept_prob, step, 0, diverging)
    return TransitionInfo(U, H0, accept_prob, step, 0, diverging)
