"""Sample adaptive MCMC: an ensemble of points, one of which is replaced in each iteration.

A new point is drawn from the normal distribution with the mean and the covariance of the ensemble;
then one of the N + 1 points is left out, point n with probability proportional to q_n(x_n) / p(x_n)
where q_n is the normal distribution of the N others.  Whatever the N others are, drawing x_n from
q_n and leaving it out again have the same odds both ways: points that are independent draws of the
density p stay so.  Nothing has to stop adapting, and no gradient is needed.  The draw of an
iteration is one point of the ensemble, each as likely as any other.

In half of the iterations of warmup the standard deviations of all q_n are larger by a factor, the
heat.  What was said holds for any, and an ensemble that is narrow and far from where the density is
grows and gets there: ensembles of three dimensions that begin 50 standard deviations away had
arrived after 500 iterations, where some took 7000 without.  This is ours; where the ensemble is
spread as the density, such points are left out more often, so sampling does without.

How all q_n are found at once is in `leave_one_out.py`.

Legend: ``D`` dimension; ``N`` points of the ensemble; ``U`` potential energy; ``x`` a point; ``w``
whitened coordinates of the new point.

Reference: Zhu (2019), "Sample adaptive MCMC", NeurIPS 32, algorithm 1; that the draw is one point
and not all N is as in NumPyro.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.leave_one_out import (
    NormalFit,
    draw_normal,
    fit_normal,
    leave_one_out,
    make_fit,
)
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import is_divergent

MOST_HALVINGS = 50
"""Of the way from the start to a first point at which the density fails."""


HEATED_SHARE, GROWTH = 0.5, 3.0
"""Part of warmup in which standard deviations are larger by the factor ``1 + GROWTH / sqrt(D)``."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    is_dense : bool
        Whether new points have the covariance of the ensemble, or its variances only.
    """

    is_dense: bool


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    U : float
        Potential energy at the draw.
    has_ensemble : bool
        Whether the points of the ensemble have been placed.
    has_begun, must_prepare : bool
        See `lightppl.kernels.algorithm`.
    status : int
        A code of `lightppl.jit.Status`.
    """

    U: float
    has_ensemble: bool
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (1, D) float64
        The draw.
    ensemble : (N, D) float64
        x.
    energies : (N,) float64
        U at the points of the ensemble.
    fit : NormalFit
        Of the ensemble; its `log_q` become odds to be left out.
    vectors : (3, D) float64
        The new point; w; room for a gradient.
    """

    points: np.ndarray
    ensemble: np.ndarray
    energies: np.ndarray
    fit: NormalFit
    vectors: np.ndarray


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy : float
        U of the draw.
    accept_prob : float
        Probability that the new point is not the one that is left out.
    diverging : float
        1.0 if the density fails at the new point, or is lower there beyond all bounds than at the
        draw before; such points are left out, and are no sign of bias.
    """

    potential_energy: float
    accept_prob: float
    diverging: float


def make_work(q, num_points, ensemble=None):
    """Return the arrays of a chain.

    Parameters
    ----------
    q : (D,) float64
        Where it begins.
    num_points : int
        N.
    ensemble : (N, D) float64, optional
        Points to go on from.
    """
    N, D = num_points, len(q)
    return Work(
        np.array(q, np.float64).reshape(1, D),
        np.zeros((N, D)) if ensemble is None else np.array(ensemble, np.float64, order="C"),
        np.zeros(N),
        make_fit(N, D),
        np.zeros((3, D)),
    )


@kernel
def start(target, work, options, state, rng):
    """Return the state with the potential energy at the draw, and place the ensemble around it.

    Parameters
    ----------
    target : Target
    work : Work
        Its ensemble is drawn if there is none, and evaluated.
    options : Options
    state : State
    rng : numpy.random.Generator

    Returns
    -------
    State
        With status ``NON_FINITE_START`` if the density fails at the start or at a point that the
        ensemble has already.
    """
    q, gradient = work.points[0], work.vectors[2]
    U = evaluate_potential(target, q, gradient)
    is_finite = np.isfinite(U)
    for n in range(work.energies.size):
        x = work.ensemble[n]
        if not state.has_ensemble:
            for i in range(x.size):
                x[i] = q[i] + rng.standard_normal()
        work.energies[n] = evaluate_potential(target, x, gradient)
        halvings = 0
        while (
            is_finite
            and not state.has_ensemble
            and not np.isfinite(work.energies[n])
            and halvings < MOST_HALVINGS
        ):
            for i in range(x.size):
                x[i] = 0.5 * (x[i] + q[i])
            work.energies[n] = evaluate_potential(target, x, gradient)
            halvings += 1
        is_finite = is_finite and np.isfinite(work.energies[n])
    status = Status.OK if is_finite else Status.NON_FINITE_START
    return State(U, state.has_ensemble or is_finite, is_finite, False, status)


@kernel
def prepare(target, work, options, state, rng):
    """Return the state; nothing has to be prepared."""
    return state


@kernel
def transition(target, work, options, state, rng, phase):
    """Draw a new point, leave one out, and pick the draw, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
        Gives D normal variates and two uniform ones; in warmup first one more.
    phase : int
        In any but ``SAMPLING`` the new point is drawn with a random heat.

    Returns
    -------
    state : State
    info : Info

    References
    ----------
    Zhu (2019), algorithm 1.
    """
    N = work.energies.size
    x, w, gradient = work.vectors[0], work.vectors[1], work.vectors[2]
    log_weights = work.fit.log_q
    fit_normal(work.fit, work.ensemble, options.is_dense)
    heat = 1.0
    if phase != SAMPLING and rng.random() < HEATED_SHARE:
        heat += GROWTH / np.sqrt(x.size)
    draw_normal(work.fit, rng, heat, x, w)
    U = evaluate_potential(target, x, gradient)
    accept_prob = 0.0
    if np.isfinite(U):
        leave_one_out(work.fit, w, heat, options.is_dense)  # log q_n
        for n in range(N):
            log_weights[n] += work.energies[n]
        log_weights[N] += U
        accept_prob = 1.0 - set_cumulative(log_weights)
    left_out = N
    coin = rng.random()
    if accept_prob > 0.0:
        left_out = first_above(log_weights, coin * log_weights[N])
    if left_out < N:
        copy_into(work.ensemble[left_out], x)
        work.energies[left_out] = U
    diverging = not np.isfinite(U) or is_divergent(U - state.U)
    chosen = min(int(N * rng.random()), N - 1)
    copy_into(work.points[0], work.ensemble[chosen])
    state = State(work.energies[chosen], True, True, False, state.status)
    return state, Info(state.U, accept_prob, 1.0 if diverging else 0.0)


@kernel
def set_cumulative(log_weights):
    """Overwrite logarithms of weights by running sums of weights; return the share of the last."""
    largest = -np.inf
    for n in range(log_weights.size):
        largest = max(largest, log_weights[n])
    total, weight = 0.0, 0.0
    for n in range(log_weights.size):
        weight = np.exp(log_weights[n] - largest)
        total += weight
        log_weights[n] = total
    return weight / total


@kernel
def first_above(increasing, level):
    """Return the first index whose number is above a level, or the last index."""
    for n in range(increasing.size):
        if increasing[n] > level:
            return n
    return increasing.size - 1


@kernel
def adapt(options, work, state, info, phase):
    """Return the state; it is the ensemble that adapts, in warmup and afterwards."""
    return state


@kernel
def finish(options, state):
    """Return the state; nothing ends with warmup."""
    return state


ALGORITHM = Algorithm(
    "sample_adaptive", "the sample adaptive sampler (about 2 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish,
    scratch=("fit", "vectors"),
)  # fmt: skip
