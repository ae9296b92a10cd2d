"""What warmup learns for every Hamiltonian sampler: its step size and its metric.

`HamiltonianState` is the `State` of such an algorithm, and `start`, `prepare`, `adapt`, `finish`
and `learn` are its functions of these names (`lightppl.kernels.algorithm`).  Its `Options` have a
field ``warmup``, a `WarmupOptions`; its `Work` has ``points``, ``metric`` and ``moments``; its
`Info` has ``accept_prob``.

There are two ways to learn.  ``WELFORD`` is Stan's: dual averaging, and variances of draws.  All
others keep draws and gradients of a window (``moments.window``), make a metric of both when it has
ended (`gradient_metric`), and end with a step size that is accepted as often as was asked for
(`step_size`).

Legend: ``D`` dimension; ``U`` potential energy; ``z`` phase point.

References: Hoffman and Gelman (2014), "The no-U-turn sampler", sec. 3.2; Stan Reference Manual,
"Automatic parameter tuning".
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
from lightppl.kernels.adaptation.gradient_metric import WELFORD, learn_metric
from lightppl.kernels.adaptation.initial_step_size import find_initial_step_size
from lightppl.kernels.adaptation.step_size import careful_target, update_step_size
from lightppl.kernels.adaptation.welford import set_metric_from_moments, update_moments
from lightppl.kernels.adaptation.window import forget_draws, keep_draw
from lightppl.kernels.adaptation.windows import FAST, SLOW_END
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.target import evaluate_potential

SMALLEST_STEP_SIZE = 1e-300
LARGEST_STEP_SIZE = 1e300

NUM_TRANSIENT = 100
"""First draws, of which later windows use at most the second half; and without whose first half a
misfit is judged."""

FEWEST_UPDATES = 5
"""Of dual averaging, before its average is a step size to sample with."""


class WarmupOptions(NamedTuple):
    """What the user chose about adaptation.

    Parameters
    ----------
    target_accept_prob : float
        In (0, 1).
    adapt_step_size : bool
    find_step_size : bool
        Whether a first step size is searched at the start and after each slow window.
    regularize : bool
        Whether variances of draws are shrunk.
    method : int
        ``WELFORD`` or another of `gradient_metric`; these always search a first step size.
    is_careful : bool
        Whether the target is raised where no metric fits, see `careful_target`.
    """

    target_accept_prob: float
    adapt_step_size: bool
    find_step_size: bool
    regularize: bool
    method: int = WELFORD
    is_careful: bool = True


class HamiltonianState(NamedTuple):
    """What the next iteration of a Hamiltonian sampler needs and arrays do not hold.

    Parameters
    ----------
    U : float
        Potential energy at the position.
    step_size : float
    dual_averaging : DualAveragingState
    num_collected : int
        Draws of the window so far.
    has_begun, must_prepare : bool
        See `lightppl.kernels.algorithm`.
    status : int
        A code of `lightppl.jit.Status`.
    """

    U: float
    step_size: float
    dual_averaging: DualAveragingState
    num_collected: int
    has_begun: bool
    must_prepare: bool
    status: int


def first_state(step_size, must_prepare=True):
    """Return the `HamiltonianState` of a chain that has not begun.

    Parameters
    ----------
    step_size : float
        Where adaptation begins, or what sampling keeps.
    must_prepare : bool
        Whether adaptation begins; False for a chain that goes on after its warmup.
    """
    dual_averaging = python_function(start_dual_averaging)(float(step_size))
    return HamiltonianState(
        np.nan, float(step_size), dual_averaging, 0, False, must_prepare, Status.OK
    )


@kernel
def start(target, work, options, state, rng):
    """Return the state with the potential energy at the position of the chain.

    Parameters
    ----------
    target : Target
    work : Work
        The gradient is overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
        Not used.

    Returns
    -------
    HamiltonianState
        With status ``NON_FINITE_START`` if the potential energy is not finite.
    """
    z = point_at(work.points, 0)
    U = evaluate_potential(target, z.q, z.grad)
    is_finite = np.isfinite(U)
    return HamiltonianState(
        U,
        state.step_size,
        state.dual_averaging,
        state.num_collected,
        is_finite,
        state.must_prepare,
        Status.OK if is_finite else Status.NON_FINITE_START,
    )


@kernel
def prepare(target, work, options, state, rng):
    """Let dual averaging begin, at a step size that is searched from the current one if asked for.

    Parameters
    ----------
    target : Target
    work : Work
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator

    Returns
    -------
    HamiltonianState
        With status ``STEP_SIZE_NOT_FOUND`` and the old step size if the search failed.
    """
    step_size, status = state.step_size, state.status
    uses_gradients = options.warmup.method != WELFORD
    is_asked = options.warmup.find_step_size or (uses_gradients and options.warmup.adapt_step_size)
    if is_asked and work.metric.diagonal.size > 0:  # with no coordinates any step size will do
        found = find_initial_step_size(work.points, target, work.metric, rng, step_size, state.U)
        if SMALLEST_STEP_SIZE < found < LARGEST_STEP_SIZE:  # NaN compares false
            step_size = found
        else:
            status = Status.STEP_SIZE_NOT_FOUND
    return HamiltonianState(
        state.U,
        step_size,
        start_dual_averaging(step_size),
        state.num_collected,
        state.has_begun,
        False,
        status,
    )


@kernel
def adapt(options, work, state, info, phase):
    """Return the state after one warmup iteration: adapt the step size, collect the draw.

    Parameters
    ----------
    options : Options
    work : Work
        Its moments are overwritten in slow windows.
    state : HamiltonianState
    info : Info
        Of this iteration.
    phase : int
        ``FAST``; or ``SLOW``, ``HEATED`` or ``SLOW_END``, in which draws are collected.

    Returns
    -------
    HamiltonianState
    """
    step_size, dual_averaging = state.step_size, state.dual_averaging
    is_welford = options.warmup.method == WELFORD
    if options.warmup.adapt_step_size:
        delta = options.warmup.target_accept_prob
        if is_welford:
            dual_averaging = update_dual_averaging(dual_averaging, info.accept_prob, delta)
        else:
            if options.warmup.is_careful:
                delta = careful_target(delta, work.moments.window.misfit[0])
            dual_averaging = update_step_size(dual_averaging, info.accept_prob, delta)
        step_size = clip_step_size(np.exp(dual_averaging.x))
    count = state.num_collected
    if phase != FAST:
        count += 1
        if is_welford:
            update_moments(work.moments, work.metric, point_at(work.points, 0).q, count)
        else:
            keep_draw(work.moments.window, point_at(work.points, 0), count - 1)
    return HamiltonianState(
        state.U,
        step_size,
        dual_averaging,
        count,
        state.has_begun,
        state.must_prepare,
        state.status,
    )


def learn(options, work, state, phases, num_done):
    """Replace the metric by what a window has shown, and let step size adaptation begin again.

    Parameters
    ----------
    options : Options
    work : Work
        Its metric is overwritten, its moments are emptied.
    state : HamiltonianState
    phases : (W,) int64
        Of all warmup iterations.
    num_done : int
        Iterations so far; the last one was the end of the window.

    Returns
    -------
    HamiltonianState
    """
    if options.warmup.method == WELFORD:
        set_metric_from_moments(
            work.metric, work.moments, state.num_collected, options.warmup.regularize
        )
        for sums in work.moments[:3]:
            sums[:] = 0.0
        return state._replace(num_collected=0, must_prepare=True)
    window, count = work.moments.window, state.num_collected
    learn_metric(options.warmup.method, work.metric, window, count)
    if num_done - count < NUM_TRANSIENT // 2:
        window.misfit[0] = np.nan  # draws on their way say nothing about where the density is
    later_ends = np.flatnonzero(phases[num_done:] == SLOW_END) + num_done + 1
    begin = begin_of_window(num_done, int(later_ends[0])) if len(later_ends) else num_done
    num_to_forget = begin - (num_done - count)
    count = forget_draws(window, count, num_to_forget) if num_to_forget > 0 else count
    state = state._replace(num_collected=count, must_prepare=True)
    if options.warmup.adapt_step_size and state.dual_averaging.t > 0:
        step_size = python_function(clip_step_size)(np.exp(state.dual_averaging.x_bar))
        return state._replace(step_size=step_size)
    return state


def begin_of_window(num_done, end):
    """Return from which draw on a window that ends at `end` counts draws of earlier windows.

    After a third of all draws that there will be, of the first hundred only the second half: those
    before are on their way to where the density is.

    Examples
    --------
    >>> [begin_of_window(*x) for x in ((35, 60), (100, 160), (250, 430), (430, 850))]
    [30, 80, 143, 283]
    """
    return min(num_done, max(end // 3, min(NUM_TRANSIENT, end // 2)))


@kernel
def finish(options, state):
    """Return the state with the averaged step size, which sampling keeps.

    The first updates of dual averaging are about ten times the step size that was searched, with
    which no draw would be accepted.  A warmup that ends there keeps at most half of what the search
    has found, unless it is to be Stan's.
    """
    step_size, learnt = state.step_size, state.dual_averaging
    if options.warmup.adapt_step_size and learnt.t > 0:
        log_step_size = learnt.x_bar
        if options.warmup.method != WELFORD and learnt.t < FEWEST_UPDATES:
            log_step_size = min(log_step_size, learnt.mu - np.log(2.0 * FIRST_FACTOR))
        step_size = clip_step_size(np.exp(log_step_size))
    return HamiltonianState(
        state.U,
        step_size,
        state.dual_averaging,
        state.num_collected,
        state.has_begun,
        state.must_prepare,
        state.status,
    )


@kernel(inline="always")
def moved(state, U):
    """Return the state with the potential energy of a new position."""
    return HamiltonianState(
        U,
        state.step_size,
        state.dual_averaging,
        state.num_collected,
        state.has_begun,
        state.must_prepare,
        state.status,
    )


@kernel(inline="always")
def clip_step_size(step_size):
    """Return the step size, kept within the range of normal floating-point numbers."""
    return min(max(step_size, SMALLEST_STEP_SIZE), LARGEST_STEP_SIZE)
