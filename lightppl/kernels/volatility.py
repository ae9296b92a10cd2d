"""The Metropolis-adjusted Langevin algorithm with noise whose size depends on the place.

The diffusion dq = b(q) dt + sigma(q) dW, with b = (grad sigma^2 - sigma^2 grad U) / 2 coordinate by
coordinate, leaves the density exp(-U) invariant.  A proposal is a step of size h of the
Euler-Maruyama scheme, q' from N(q + h b(q), h sigma(q)^2); it is accepted by the ratio of the two
densities and of the two proposal densities.

A point holds, in the vectors of a `PhasePoint`: ``q``; in ``p`` the squares ``s = sigma^2``; in
``v`` the drift ``b``; ``grad``.  The function of the user's stands where a target has a kinetic
energy: its inputs are q and D weights w, its value the sum of w sigma(q)^2.

Legend: ``D`` dimension; ``U`` potential energy; ``h`` step size.

Reference: Roberts and Stramer (2002), "Langevin diffusions and Metropolis-Hastings algorithms".
"""

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.adaptation.dual_averaging import start_dual_averaging
from lightppl.kernels.adaptation.hamiltonian import HamiltonianState, adapt, finish, learn, moved
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.hmc import PROPOSAL, SAMPLE, Work
from lightppl.kernels.langevin import Options
from lightppl.kernels.metropolis import decide
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.random_walk import Info
from lightppl.kernels.target import call_address, evaluate_potential


@kernel
def start(target, work, options, state, rng):
    """Return the state with the potential energy at the position, and fill the point there."""
    z = point_at(work.points, SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    is_good = np.isfinite(U) and set_drift(target.kinetic, z)
    return HamiltonianState(
        U,
        state.step_size,
        state.dual_averaging,
        state.num_collected,
        is_good,
        state.must_prepare,
        Status.OK if is_good else Status.NON_FINITE_START,
    )


@kernel
def prepare(target, work, options, state, rng):
    """Let adaptation begin at the current step size."""
    return HamiltonianState(
        state.U,
        state.step_size,
        start_dual_averaging(state.step_size),
        state.num_collected,
        state.has_begun,
        False,
        state.status,
    )


@kernel
def set_drift(volatility, z):
    """Overwrite ``z.p`` by the squares of the volatility and ``z.v`` by the drift at a point.

    Parameters
    ----------
    volatility : Kinetic
        Its inputs and gradient are overwritten.  It is evaluated D times, because the derivative of
        each square by its own coordinate is all that is wanted.
    z : PhasePoint
        ``q`` and ``grad`` are read.

    Returns
    -------
    is_good : bool
        Whether all squares are positive and all numbers finite.
    """
    D = z.q.size
    x, gradient = volatility.inputs, volatility.gradient
    for i in range(D):
        x[i], x[D + i] = z.q[i], 0.0
    is_good = True
    for i in range(D):
        x[D + i] = 1.0
        call_address(
            volatility.address, x, gradient,
            volatility.float_data, volatility.int_data, volatility.workspace,
        )  # fmt: skip
        x[D + i] = 0.0
        z.p[i] = gradient[D + i]
        z.v[i] = 0.5 * (gradient[i] - z.p[i] * z.grad[i])
        is_good = is_good and z.p[i] > 0.0 and np.isfinite(z.p[i] + z.v[i])
    return is_good


@kernel
def transition(target, work, options, state, rng, phase):
    """Propose a point and accept or refuse it, in place.

    Parameters
    ----------
    target : Target
        With the volatility in place of a kinetic energy.
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
    points, h = work.points, state.step_size
    z, proposal = point_at(points, SAMPLE), point_at(points, PROPOSAL)
    for i in range(z.q.size):
        proposal.q[i] = z.q[i] + h * z.v[i] + np.sqrt(h * z.p[i]) * rng.standard_normal()
    U = evaluate_potential(target, proposal.q, proposal.grad)
    if not set_drift(target.kinetic, proposal):
        U = np.inf
    delta_H = U - state.U + minus_log_density(proposal, z, h) - minus_log_density(z, proposal, h)
    accept_prob, accepted = decide(rng, delta_H, U, options.is_calibrated)
    if accepted:
        copy_into(points[SAMPLE], points[PROPOSAL])
    else:
        U = state.U
    return moved(state, U), Info(U, accept_prob, 1.0 if accepted else 0.0, state.step_size)


@kernel
def minus_log_density(z, other, h):
    """Return minus the logarithm of the density with which `z` proposes `other`, but a constant."""
    total = 0.0
    for i in range(z.q.size):
        error = other.q[i] - z.q[i] - h * z.v[i]
        total += 0.5 * (error * error / (h * z.p[i]) + np.log(z.p[i]))
    return total


ALGORITHM = Algorithm(
    "volatility", "the Langevin sampler with a volatility", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
