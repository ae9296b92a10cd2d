"""The Metropolis-adjusted Langevin algorithm: a step along the gradient, with noise.

A proposal is a step of the Euler-Maruyama scheme for the Langevin diffusion with covariance M^-1,

    q' = q - h/2 M^-1 grad U(q) + sqrt(h) xi,   xi from N(0, M^-1),

which is one leapfrog step of size sqrt(h) with a fresh momentum, and the Metropolis-Hastings ratio
of the two proposal densities and U is the change of the total energy along that step (Neal, 2011,
sec. 5.2).

Legend: ``D`` dimension; ``U`` potential energy; ``K`` kinetic energy; ``h`` step size; ``M^-1`` the
metric.

References: Roberts and Tweedie (1996), "Exponential convergence of Langevin distributions and their
discrete approximations"; Roberts and Rosenthal (1998), "Optimal scaling of discrete approximations
to Langevin diffusions", for an acceptance of 0.574; Neal (2011), "MCMC using Hamiltonian dynamics",
sec. 5.2.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.adaptation import hamiltonian
from lightppl.kernels.adaptation.dual_averaging import start_dual_averaging
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState, WarmupOptions, adapt, finish, learn, moved, start,
)  # fmt: skip
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.hmc import PROPOSAL, SAMPLE, Work
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.kinetic import refresh_momentum
from lightppl.kernels.metric import set_acceleration
from lightppl.kernels.metropolis import decide
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.random_walk import Info


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    is_calibrated : bool
        Whether proposals can be refused.
    warmup : WarmupOptions
    """

    is_calibrated: bool
    warmup: WarmupOptions


@kernel
def prepare(target, work, options, state, rng):
    """Let adaptation begin, with a search for a leapfrog step sqrt(h) if one is asked for."""
    root = np.sqrt(state.step_size)
    found = hamiltonian.prepare(target, work, options, with_step_size(state, root), rng)
    is_as_before = found.step_size == root  # whose square would be rounded
    return with_step_size(found, state.step_size if is_as_before else found.step_size**2)


@kernel
def with_step_size(state, step_size):
    """Return the `HamiltonianState` whose adaptation begins at a step size."""
    return HamiltonianState(
        state.U,
        step_size,
        start_dual_averaging(step_size),
        state.num_collected,
        state.has_begun,
        state.must_prepare,
        state.status,
    )


@kernel
def transition(target, work, options, state, rng, phase):
    """Propose a point and accept or refuse it, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
        Gives D normal variates and one uniform.
    phase : int
        Not used.

    Returns
    -------
    state : HamiltonianState
    info : Info
    """
    points, a = work.points, work.metric.accelerations[0]
    z, proposal = point_at(points, SAMPLE), point_at(points, PROPOSAL)
    K = refresh_momentum(target, work.metric, rng, z.p, z.v)
    copy_into(points[PROPOSAL], points[SAMPLE])
    set_acceleration(work.metric, z.grad, a)
    U, K_proposal = leapfrog(proposal, a, target, work.metric, np.sqrt(state.step_size))
    delta_H = U + K_proposal - (state.U + K)
    accept_prob, accepted = decide(rng, delta_H, U, options.is_calibrated)
    if accepted:
        copy_into(points[SAMPLE], points[PROPOSAL])
    else:
        U = state.U
    return moved(state, U), Info(U, accept_prob, 1.0 if accepted else 0.0, state.step_size)


ALGORITHM = Algorithm(
    "langevin", "the Langevin sampler", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
