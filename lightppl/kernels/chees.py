"""ChEES-HMC: Hamiltonian Monte Carlo that learns its trajectory length from many chains at once.

All walkers of an ensemble (`ensemble`) take trajectories with one step size eps, one metric and one
number of leapfrog steps, which is ``h T / eps`` rounded up, where h runs through the Halton
sequence, so that lengths are spread evenly between 0 and T.  Each walker accepts or refuses its
end.  During warmup the ensemble learns

- eps by dual averaging, from the harmonic mean of acceptance probabilities, which one walker that
  is refused pulls down;
- T by Adam, up the gradient of a criterion that is large if trajectories carry walkers far from,
  and to, the middle of the density (`adaptation.trajectory_length`);
- the metric, from all walkers of a window (`adaptation.pooled_metric`).

Then eps, T and metric are frozen, and each walker is a Markov chain of its own that leaves the
target invariant: h does not depend on where it is.

Deviations: the paper has no metric; squares are here those of coordinates in which the metric is
one, and after a window T is as much shorter as the metric makes motion faster.  The criterion has
many maxima, and goes up with T while walkers are on their way; so T begins again with at most 1, a
sixth of the period that the metric makes, after windows in the first quarter of warmup.

Legend: ``K`` walkers; ``D`` dimension; ``U, H`` potential and total energy; ``eps`` step size;
``T`` longest trajectory; ``h`` jitter in (0, 1); ``alpha`` acceptance probability.

References
----------
Hoffman, Radul, Sountsov (2021), "An adaptive-MCMC scheme for setting trajectory lengths in
Hamiltonian Monte Carlo", AISTATS, algorithm 1.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel, python_function
from lightppl.kernels.adaptation.dual_averaging import (
    FIRST_FACTOR,
    DualAveragingState,
    start_dual_averaging,
    update_dual_averaging,
)
from lightppl.kernels.adaptation.hamiltonian import clip_step_size
from lightppl.kernels.adaptation.pooled_metric import collect, make_pooled_moments, set_metric
from lightppl.kernels.adaptation.trajectory_length import (
    LengthState,
    halton,
    num_steps_of,
    slope_of_criterion,
    start_length,
    update_length,
)
from lightppl.kernels.adaptation.windows import FAST, SAMPLING
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.ensemble import (
    evaluate_walker,
    make_points,
    numbers_of,
    vector_of,
    walkers_at,
)
from lightppl.kernels.ensemble_trajectory import (
    ACCEPT_PROB,
    ENERGY,
    GRADIENT,
    NUM_VECTORS,
    NUMBERS,
    draw_walker,
    find_step_size,
    follow,
    settle,
)
from lightppl.kernels.metric import Metric

SAMPLE, PROPOSAL = 0, 1
"""Points: the walkers, and the ends of their trajectories."""

SMALLEST_ACCEPT_PROB = 1e-300  # the inverse of a smaller one overflows

FEWEST_POINTS = 10
"""Of a window, from which on a metric is made of it."""

EARLY, LOG_RESTART = 0.25, 0.0
"""Windows that end in the first quarter of warmup cut T down to 1."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    target_accept_prob : float
        Harmonic mean over walkers.
    learning_rate : float
        Of Adam, in log T.
    most_steps : int
        Leapfrog steps of a trajectory at most.
    adapt_step_size, adapt_length, adapt_metric : bool
    """

    target_accept_prob: float
    learning_rate: float
    most_steps: int
    adapt_step_size: bool
    adapt_length: bool
    adapt_metric: bool


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    step_size : float
    length : LengthState
        T, and how it adapts.
    slope : float
        Derivative of ChEES by log T, up to a factor, from the last iteration.
    index : int
        In the Halton sequence.
    dual_averaging : DualAveragingState
    num_collected : int
        Points of the window so far.
    has_begun, must_prepare : bool
        See `lightppl.kernels.algorithm`.
    status : int
    """

    step_size: float
    length: LengthState
    slope: float
    index: int
    dual_averaging: DualAveragingState
    num_collected: int
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 K S) float64
        As `lightppl.kernels.ensemble` lays them out, with the vectors of a `PhasePoint`.
    sizes : (3,) int64
    metric : Metric
        Diagonal.
    moments : (2, 2, D) float64
        From `make_pooled_moments`.
    means : (2, D) float64
        Scratch: of positions before and after trajectories.
    """

    points: np.ndarray
    sizes: np.ndarray
    metric: Metric
    moments: np.ndarray
    means: np.ndarray


class Info(NamedTuple):
    """What an iteration reports of the ensemble.

    Parameters
    ----------
    mean_accept_prob, harmonic_accept_prob : float
        Means over walkers of acceptance probabilities.
    num_steps : float
        Leapfrog steps of each trajectory.
    step_size, trajectory_length : float
        eps and T.
    """

    mean_accept_prob: float
    harmonic_accept_prob: float
    num_steps: float
    step_size: float
    trajectory_length: float


def make_work(q, metric):
    """Return the arrays of an ensemble that begins at `q` (K, D), with a metric of its own."""
    points, sizes = make_points(q, len(NUMBERS), NUM_VECTORS, num_points=2)
    return Work(points, sizes, metric, make_pooled_moments(sizes[1]), np.zeros((2, sizes[1])))


def first_state(step_size, T, index=0, must_prepare=True):
    """Return the `State` of an ensemble that has not begun.

    Parameters
    ----------
    step_size, T : float
    index : int
        Iterations of earlier runs that this one goes on from.
    must_prepare : bool
        Whether adaptation begins.
    """
    dual_averaging = python_function(start_dual_averaging)(float(step_size))
    length = python_function(start_length)(float(np.log(T)))
    return State(
        float(step_size), length, 0.0, int(index), dual_averaging, 0, False, must_prepare,
        Status.OK,
    )  # fmt: skip


@kernel
def start(target, work, options, state, rng):
    """Evaluate density and gradient where the walkers are."""
    walkers, are_finite = walkers_at(work.points, SAMPLE, work.sizes), True
    for k in range(walkers.num_walkers):
        U = evaluate_walker(target, walkers, k, vector_of(walkers, GRADIENT, k))
        numbers_of(walkers, k)[ENERGY] = U
        are_finite = are_finite and np.isfinite(U)
    status = Status.OK if are_finite else Status.NON_FINITE_START
    return State(
        state.step_size, state.length, state.slope, state.index, state.dual_averaging,
        state.num_collected, are_finite, state.must_prepare, status,
    )  # fmt: skip


@kernel
def prepare(target, work, options, state, rng):
    """Let dual averaging begin at a step size that is searched, and the average of T from now on.

    Parameters
    ----------
    target : Target
    work : Work
        Momenta and proposals are overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator

    Returns
    -------
    State
        With status ``STEP_SIZE_NOT_FOUND`` and the old step size if the search failed.
    """
    step_size, status = state.step_size, state.status
    if options.adapt_step_size and work.sizes[1] > 0:
        walkers = walkers_at(work.points, SAMPLE, work.sizes)
        ends = walkers_at(work.points, PROPOSAL, work.sizes)
        found = find_step_size(target, work.metric, walkers, ends, rng, step_size)
        if found > 0.0:  # NaN compares false
            step_size = found
        else:
            status = Status.STEP_SIZE_NOT_FOUND
    return State(
        step_size, start_length(state.length.log_T), 0.0, state.index,
        start_dual_averaging(step_size), state.num_collected, state.has_begun, False, status,
    )  # fmt: skip


@kernel
def transition(target, work, options, state, rng, phase):
    """Take a trajectory with each walker, and accept or refuse its end, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
        Gives D normal variates a walker, and then one uniform a walker.
    phase : int
        In sampling nothing is measured for the adaptation of T.

    Returns
    -------
    state : State
    info : Info

    References
    ----------
    Hoffman, Radul and Sountsov (2021), algorithm 1.
    """
    walkers = walkers_at(work.points, SAMPLE, work.sizes)
    ends = walkers_at(work.points, PROPOSAL, work.sizes)
    T, index = np.exp(state.length.log_T), state.index + 1
    h = halton(index)
    num_steps = num_steps_of(h * T, state.step_size, options.most_steps)
    total, total_inverse = 0.0, 0.0
    for k in range(walkers.num_walkers):
        H = draw_walker(work.metric, walkers, k, rng)
        alpha = follow(target, work.metric, walkers, ends, k, H, state.step_size, num_steps)
        total += alpha
        total_inverse += 1.0 / alpha if alpha > SMALLEST_ACCEPT_PROB else np.inf
    slope = 0.0
    if phase != SAMPLING:
        inverse_mass = work.metric.diagonal
        slope = h * T * slope_of_criterion(walkers, ends, inverse_mass, ACCEPT_PROB, work.means)
    for k in range(walkers.num_walkers):
        alpha = numbers_of(ends, k)[ACCEPT_PROB]
        is_accepted = rng.random() < alpha
        settle(walkers, ends, k, is_accepted)
    info = Info(
        total / walkers.num_walkers, walkers.num_walkers / total_inverse, float(num_steps),
        state.step_size, T,
    )  # fmt: skip
    return State(
        state.step_size, state.length, slope, index, state.dual_averaging, state.num_collected,
        state.has_begun, state.must_prepare, state.status,
    ), info  # fmt: skip


@kernel
def adapt(options, work, state, info, phase):
    """Return the state after one warmup iteration: adapt eps and T, collect the walkers.

    Parameters
    ----------
    options : Options
    work : Work
        Its moments are overwritten in windows.
    state : State
    info : Info
    phase : int

    Returns
    -------
    State

    References
    ----------
    Hoffman, Radul and Sountsov (2021), algorithm 1; Kingma and Ba (2015), algorithm 1.
    """
    step_size, dual_averaging, count = state.step_size, state.dual_averaging, state.num_collected
    if options.adapt_step_size:
        dual_averaging = update_dual_averaging(
            dual_averaging, info.harmonic_accept_prob, options.target_accept_prob
        )
        step_size = clip_step_size(np.exp(dual_averaging.x))
    length = state.length
    if options.adapt_length:
        # dual averaging tries steps that are far too long, which T must not follow
        first_step_size = np.exp(dual_averaging.mu) / FIRST_FACTOR
        shortest, longest = min(step_size, first_step_size), options.most_steps * step_size
        length = update_length(length, state.slope, options.learning_rate, shortest, longest)
    if phase != FAST and options.adapt_metric:
        walkers = walkers_at(work.points, SAMPLE, work.sizes)
        count = collect(work.moments, walkers, GRADIENT, count)
    return State(
        step_size, length, state.slope, state.index, dual_averaging, count, state.has_begun,
        state.must_prepare, state.status,
    )  # fmt: skip


def learn(options, work, state, phases, num_done):
    """Make a metric of the walkers of a window, and let the step size be searched again.

    Parameters
    ----------
    options : Options
    work : Work
        Its metric is overwritten, its moments are emptied.
    state : State
    phases : (W,) int64
    num_done : int

    Returns
    -------
    State
    """
    step_size, length = state.step_size, state.length
    if options.adapt_metric and state.num_collected >= FEWEST_POINTS:
        change = set_metric(work.metric, work.moments)
        if options.adapt_length:
            length = length._replace(log_T=length.log_T - change)
    if options.adapt_step_size and state.dual_averaging.t > 0:
        step_size = python_function(clip_step_size)(float(np.exp(state.dual_averaging.x_bar)))
    if options.adapt_length and num_done <= EARLY * len(phases):
        shorter = max(np.log(step_size), min(length.log_T, LOG_RESTART))
        length = length._replace(log_T=float(shorter))
    return state._replace(
        num_collected=0, must_prepare=True, step_size=step_size, length=length
    )


@kernel
def finish(options, state):
    """Return the state with averages of eps and T, which sampling keeps."""
    step_size = state.step_size
    if options.adapt_step_size and state.dual_averaging.t > 0:
        step_size = clip_step_size(np.exp(state.dual_averaging.x_bar))
    length = state.length
    if length.num_updates > 0:
        length = start_length(length.log_T_bar)
    return State(
        step_size, length, state.slope, state.index, state.dual_averaging, state.num_collected,
        state.has_begun, state.must_prepare, state.status,
    )  # fmt: skip


ALGORITHM = Algorithm(
    "chees", "the ChEES-HMC sampler (about 3 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish, learn, scratch=("means",),
)  # fmt: skip
