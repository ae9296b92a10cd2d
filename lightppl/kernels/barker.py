"""Metropolis-Hastings with the Barker proposal: a random walk whose steps prefer to go downhill.

A step of each coordinate is drawn from a symmetric density, here a normal one, and then goes
forward or backward with the odds that the gradient gives: exp(-step gradient) to 1.  Where
gradients are large the odds saturate and the length of the step does not grow, so that a step size
that is too large, or a start in the tail, costs a Langevin proposal far more than this one.

All of it happens in the coordinates of a metric, in which variables have unit scale.

Legend: ``D`` dimension; ``q, y`` position and proposal; ``U`` potential energy; ``w`` the step in
the coordinates of the metric, ``b z`` in the paper; ``c`` gradient of U there; ``C`` with
C C^T = M^-1.

Reference: Livingstone and Zanella (2022), "The Barker proposal: combining robustness and
efficiency in gradient-based MCMC", JRSS B 84(2), algorithm 2 (sec. 4.1) and, for C, algorithm 4
(appendix A).
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
from lightppl.kernels.adaptation.welford import Moments, make_moments
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.metric import Metric
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.preconditioning import enter_coordinates, leave_coordinates
from lightppl.kernels.target import evaluate_potential

SAMPLE, PROPOSAL = 0, 1
"""Points of a chain.  Of a phase point, `q` and `grad` are what they are called; `p` is here w, and
`v` is c."""

MOST_FACTORS = 500
"""Of a product of numbers between a half and two, which stays finite."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    warmup : WarmupOptions
    """

    warmup: WarmupOptions


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 D) float64
        At ``SAMPLE`` the current state, with position and gradient; at ``PROPOSAL`` scratch.
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
    potential_energy : float
        U of the new state.
    accept_prob : float
        In [0, 1].
    step_size : float
    """

    potential_energy: float
    accept_prob: float
    step_size: float


def make_work(q, metric, moments=None):
    """Return the arrays of a chain that begins at `q` (D,), with a metric of its own."""
    points = np.zeros((2, phase_point.NUM_VECTORS * len(q)))
    points[SAMPLE, : len(q)] = q
    return Work(points, metric, make_moments(metric) if moments is None else moments)


@kernel
def transition(target, work, options, state, rng, phase):
    """Propose a step, and accept or reject it, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
        Gives D pairs of a normal variate and a uniform one, and one more uniform.
    phase : int
        Not used.

    Returns
    -------
    state : HamiltonianState
    info : Info

    References
    ----------
    Livingstone and Zanella (2022), algorithm 2.
    """
    metric, step_size, U = work.metric, state.step_size, state.U
    x, y = point_at(work.points, SAMPLE), point_at(work.points, PROPOSAL)
    enter_coordinates(metric, x.grad, x.v)
    draw_step(rng, step_size, x.v, y.p)
    leave_coordinates(metric, y.p, y.q)
    for i in range(x.q.size):
        y.q[i] += x.q[i]
    U_proposal = evaluate_potential(target, y.q, y.grad)
    enter_coordinates(metric, y.grad, y.v)
    log_ratio = U - U_proposal + log_proposal_ratio(y.p, x.v, y.v)
    # NaN is not larger than minus infinity
    accept_prob = min(1.0, np.exp(log_ratio)) if log_ratio > -np.inf else 0.0
    if rng.random() < accept_prob:
        copy_into(work.points[SAMPLE], work.points[PROPOSAL])
        U = U_proposal
    return moved(state, U), Info(U, accept_prob, step_size)


@kernel
def draw_step(rng, step_size, c, w):
    """Overwrite `w` with a step that prefers to go downhill.

    Parameters
    ----------
    rng : numpy.random.Generator
    step_size : float
        Standard deviation of its length.
    c : (D,) float64
        Gradient of U; both in the coordinates of the metric.
    w : (D,) float64
        Overwritten.

    References
    ----------
    Livingstone and Zanella (2022), eq. (13): forward with probability 1 / (1 + exp(c z)).
    """
    for i in range(w.size):
        z = step_size * rng.standard_normal()
        goes_forward = rng.random() * (1.0 + np.exp(c[i] * z)) < 1.0
        w[i] = z if goes_forward else -z


@kernel
def log_proposal_ratio(w, c_before, c_after):
    """Return log q(y, x) - log q(x, y): densities of the step back and of the step.

    Parameters
    ----------
    w : (D,) float64
        The step from x to y.
    c_before, c_after : (D,) float64
        Gradients of U at x and y; all in the coordinates of the metric.

    References
    ----------
    Livingstone and Zanella (2022), eq. (14): the product of (1 + exp(w c(x))) / (1 + exp(-w c(y))).
    """
    total, product = 0.0, 1.0
    for i in range(w.size):
        forth, back = w[i] * c_before[i], -w[i] * c_after[i]
        # log(1 + exp(t)) = max(t, 0) + log(1 + exp(-|t|)), whose last terms are summed as a product
        total += max(forth, 0.0) - max(back, 0.0)
        product *= (1.0 + np.exp(-abs(forth))) / (1.0 + np.exp(-abs(back)))
        if i % MOST_FACTORS == MOST_FACTORS - 1:
            total += np.log(product)
            product = 1.0
    return total + np.log(product)


ALGORITHM = Algorithm(
    "barker", "the Barker sampler (about 3 s)", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
