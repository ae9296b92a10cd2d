"""Hamiltonian Monte Carlo with trajectories of a fixed number of steps, or of a fixed time.

Legend: ``D`` dimension; ``U`` potential energy; ``H`` total energy; ``delta_H`` its change along
the trajectory; ``S`` as in `metric.py`.

Reference: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 3.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels import phase_point
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState,
    WarmupOptions,
    adapt,
    finish,
    learn,
    moved,
    prepare,
    start,
)
from lightppl.kernels.adaptation.heating import heat_momentum
from lightppl.kernels.adaptation.welford import Moments, make_moments
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.kinetic import refresh_momentum
from lightppl.kernels.metric import Metric, set_acceleration
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.trajectory import is_divergent, metropolis_prob

SAMPLE, PROPOSAL = 0, 1
"""Points of a chain: the current state, and the end of the trajectory."""

MOST_STEPS = 100_000
"""Bounds a trajectory while warmup tries tiny step sizes."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    num_steps : int
        Leapfrog steps of a trajectory, or 0:
    time : float
        the time that it takes then.
    warmup : WarmupOptions
    is_calibrated : bool
        Whether the end of a trajectory can be refused; if not, it is refused only where the energy
        is not finite, and the chain does not leave the target invariant.
    """

    num_steps: int
    time: float
    warmup: WarmupOptions
    is_calibrated: bool = True


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 D) float64
        At ``SAMPLE`` the current state, with position and gradient; at ``PROPOSAL`` scratch.  Other
        samplers that have these arrays may have more points.
    metric : Metric
    moments : Moments
    """

    points: np.ndarray
    metric: Metric
    moments: Moments


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy, energy : float
        U and H of the new state.
    accept_prob : float
        Metropolis acceptance probability, in [0, 1].
    num_steps : float
        Leapfrog steps.
    diverging : float
        1.0 if the energy error was beyond all bounds, else 0.0.
    step_size : float
    accepted : float
        1.0 if the end of the trajectory is the new state, else 0.0.
    """

    potential_energy: float
    energy: float
    accept_prob: float
    num_steps: float
    diverging: float
    step_size: float
    accepted: float


def make_work(q, metric, moments=None, num_points=2):
    """Return the arrays of a chain that begins at `q` (D,), with a metric of its own."""
    points = np.zeros((num_points, phase_point.NUM_VECTORS * len(q)))
    points[SAMPLE, : len(q)] = q
    return Work(points, metric, make_moments(metric) if moments is None else moments)


@kernel
def transition(target, work, options, state, rng, phase):
    """Refresh the momentum, integrate, and accept or reject the end point, in place.

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
        Its `num_steps` are fewer than asked for when the energy stopped being finite.

    References
    ----------
    Neal (2011), sec. 3.2.
    """
    points, step_size, U = work.points, state.step_size, state.U
    num_steps = num_steps_of(options, step_size)
    z, proposal = point_at(points, SAMPLE), point_at(points, PROPOSAL)
    K = refresh_momentum(target, work.metric, rng, z.p, z.v)
    H = U + K * heat_momentum(target, z, phase)
    copy_into(points[PROPOSAL], points[SAMPLE])
    U_proposal, delta_H, step = U, 0.0, 0
    a = work.metric.accelerations[0]
    set_acceleration(work.metric, z.grad, a)
    # Only a non-finite energy may end the loop early: that is seen from both ends alike.
    while step < num_steps and np.isfinite(delta_H):
        U_proposal, K_proposal = leapfrog(proposal, a, target, work.metric, step_size)
        delta_H = U_proposal + K_proposal - H
        step += 1
    diverging = is_divergent(delta_H)
    accept_prob = 0.0 if diverging else metropolis_prob(delta_H)
    accepted = rng.random() < accept_prob
    if not options.is_calibrated:
        accepted = np.isfinite(U_proposal) and np.isfinite(delta_H)
    if accepted:
        copy_into(points[SAMPLE], points[PROPOSAL])
        U, H = U_proposal, H + delta_H
    info = Info(
        U, H, accept_prob, float(step), 1.0 if diverging else 0.0, step_size,
        1.0 if accepted else 0.0,
    )  # fmt: skip
    return moved(state, U), info


@kernel
def num_steps_of(options, step_size):
    """Return how many leapfrog steps a trajectory has at this step size, at least one."""
    if options.num_steps > 0:
        return options.num_steps
    return int(min(max(options.time / step_size, 1.0), MOST_STEPS))


ALGORITHM = Algorithm(
    "hmc", "the HMC sampler (about 3 s)", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
