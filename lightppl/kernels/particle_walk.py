"""Random-walk Metropolis in the shape of a population: the plain move of a particle.

Only what moves particles is here: the population gives shape and length of the steps, so there is
no warmup.

Legend: ``D`` dimension; ``U`` potential energy; ``M^-1`` the metric.

Reference: Roberts, Gelman, Gilks (1997), "Weak convergence and optimal scaling of random walk
Metropolis algorithms": steps of 2.38 / sqrt(D) standard deviations, an acceptance of 0.234.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels import phase_point
from lightppl.kernels.metric import Metric, draw_momentum
from lightppl.kernels.phase_point import copy_into, drift, point_at
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import metropolis_prob

SAMPLE, PROPOSAL = 0, 1


class State(NamedTuple):
    """What the next step needs.

    Parameters
    ----------
    U : float
    step_size : float
        Standard deviations of a step, in units of those of the population.
    status : int
        A code of `lightppl.jit.Status`.
    """

    U: float
    step_size: float
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 D) float64
    metric : Metric
        Its inverse mass matrix is the covariance of the population.
    """

    points: np.ndarray
    metric: Metric


class Info(NamedTuple):
    """What a step reports.

    Parameters
    ----------
    accept_prob : float
        In [0, 1].
    num_steps : float
        1.0.
    """

    accept_prob: float
    num_steps: float


def make_work(q, metric):
    """Return the arrays of a particle at `q` (D,), with a metric of its own."""
    points = np.zeros((2, phase_point.NUM_VECTORS * len(q)))
    points[SAMPLE, : len(q)] = q
    return Work(points, metric)


@kernel
def start(target, work, options, state, rng):
    """Return the state with the potential energy at the position of the particle.

    Parameters
    ----------
    target : Target
    work : Work
        The gradient is overwritten.
    options : object
        Not used.
    state : State
    rng : numpy.random.Generator
        Not used.
    """
    z = point_at(work.points, SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    status = Status.OK if np.isfinite(U) else Status.NON_FINITE_START
    return State(U, state.step_size, status)


@kernel
def transition(target, work, options, state, rng, phase):
    """Take one step from N(q, step_size^2 M^-1), or stay, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : object
        Not used.
    state : State
    rng : numpy.random.Generator
        Gives D normal variates and one uniform.
    phase : int
        Not used.

    Returns
    -------
    state : State
    info : Info

    References
    ----------
    Metropolis et al. (1953), "Equation of state calculations by fast computing machines".
    """
    z, proposal = point_at(work.points, SAMPLE), point_at(work.points, PROPOSAL)
    draw_momentum(work.metric, rng, z.p, z.v)  # v = M^-1 p is from N(0, M^-1)
    copy_into(proposal.q, z.q)
    drift(proposal.q, z.v, state.step_size)
    U = evaluate_potential(target, proposal.q, proposal.grad)
    accept_prob = metropolis_prob(U - state.U)
    if rng.random() < accept_prob:
        copy_into(z.q, proposal.q)
        state = State(U, state.step_size, state.status)
    return state, Info(accept_prob, 1.0)
