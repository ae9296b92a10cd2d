"""What warmup learns for every Hamiltonian sampler: its step size and its metric.

`HamiltonianState` is the `State` of such an algorithm, and `start`, `prepare`, `adapt`, `finish`
and `learn` are its functions of these names (`lightppl.kernels.algorithm`).  Its `Options` have a
field ``warmup``, a `WarmupOptions`; its `Work` has ``points``, ``metric`` and ``moments``; its
`Info` has ``accept_prob``.

Where another way to learn a metric goes:

- arrays that collect a window, such as its draws and gradients, go into `Work`; `adapt` copies
  into them, as `update_moments` does: the draw is ``point_at(work.points, 0).q``, its gradient
  ``.grad``, its number in the window ``state.num_collected``;
- `learn` reads them with NumPy when a window has ended, and overwrites ``work.metric``;
- a new step size, or a new search of one, is asked for through the state that `learn` returns:
  ``step_size``, and ``must_prepare``, upon which dual averaging begins again.

Legend: ``D`` dimension; ``U`` potential energy; ``z`` phase point.

References: Hoffman and Gelman (2014), "The no-U-turn sampler", sec. 3.2; Stan Reference Manual,
"Automatic parameter tuning".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel, python_function
from lightppl.kernels.adaptation.dual_averaging import (
    DualAveragingState,
    start_dual_averaging,
    update_dual_averaging,
)
from lightppl.kernels.adaptation.initial_step_size import find_initial_step_size
from lightppl.kernels.adaptation.welford import set_metric_from_moments, update_moments
from lightppl.kernels.adaptation.windows import FAST
from lightppl.kernels.phase_point import point_at
from lightppl.kernels.target import evaluate_potential

SMALLEST_STEP_SIZE = 1e-300
LARGEST_STEP_SIZE = 1e300


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
        Whether estimated metrics are shrunk.
    """

    target_accept_prob: float
    adapt_step_size: bool
    find_step_size: bool
    regularize: bool


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
    if options.warmup.find_step_size:
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
        ``FAST``, ``SLOW`` or ``SLOW_END``.

    Returns
    -------
    HamiltonianState
    """
    step_size, dual_averaging = state.step_size, state.dual_averaging
    if options.warmup.adapt_step_size:
        dual_averaging = update_dual_averaging(
            dual_averaging, info.accept_prob, options.warmup.target_accept_prob
        )
        step_size = clip_step_size(np.exp(dual_averaging.x))
    count = state.num_collected
    if phase != FAST:
        count += 1
        update_moments(work.moments, work.metric, point_at(work.points, 0).q, count)
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
    set_metric_from_moments(
        work.metric, work.moments, state.num_collected, options.warmup.regularize
    )
    for sums in work.moments:
        sums[:] = 0.0
    return state._replace(num_collected=0, must_prepare=True)


@kernel
def finish(options, state):
    """Return the state with the averaged step size, which sampling keeps."""
    step_size = state.step_size
    if options.warmup.adapt_step_size and state.dual_averaging.t > 0:
        step_size = clip_step_size(np.exp(state.dual_averaging.x_bar))
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
