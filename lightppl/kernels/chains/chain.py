"""What the chains of all Hamiltonian samplers share: options, state, record, and one warmup step.

A chain runs in blocks of iterations ``[start, stop)``.  Everything that must survive from one
block to the next is in the arrays passed in (position, metric, moments, record, generator) and in
the small `ChainState` that a block takes and returns; where blocks begin does not change the
draws.

Legend: ``D`` dimension; ``N`` rows of a record; ``z`` phase point; ``U`` potential energy.
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
from lightppl.kernels.adaptation.welford import (
    clear_moments,
    set_metric_from_moments,
    update_moments,
)
from lightppl.kernels.adaptation.windows import FAST, SAMPLING, SLOW_END
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.trajectory import TransitionInfo

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


class ChainState(NamedTuple):
    """What the next block needs and arrays do not hold.

    Parameters
    ----------
    step_size : float
    dual_averaging : DualAveragingState
    num_collected : int
        Draws in the moments.
    must_find_step_size : bool
        Whether a step size is to be searched before the next iteration.
    last : TransitionInfo
        Of the last iteration; not read by kernels.
    status : int
        A code of `lightppl.jit.Status`.
    """

    step_size: float
    dual_averaging: DualAveragingState
    num_collected: int
    must_find_step_size: bool
    last: TransitionInfo
    status: int


class ChainRecord(NamedTuple):
    """Draws and statistics of one chain; `start_chain_record` makes it.

    Parameters
    ----------
    first, thinning : int
        Iteration ``first + k`` is written to row ``k // thinning``, the last one of a row stays.
    q : (N, D) float64
    potential_energy, energy, accept_prob, step_size : (N,) float64
    num_steps, tree_depth : (N,) int64
    diverging : (N,) bool
    grad, p : (N, D) float64
        Gradient and momentum of the draw; with 0 rows they are not recorded.
    """

    first: int
    thinning: int
    q: np.ndarray
    potential_energy: np.ndarray
    energy: np.ndarray
    accept_prob: np.ndarray
    step_size: np.ndarray
    num_steps: np.ndarray
    tree_depth: np.ndarray
    diverging: np.ndarray
    grad: np.ndarray
    p: np.ndarray


def start_chain_state(step_size, options):
    """Return the `ChainState` of a chain that has not moved yet."""
    dual_averaging = python_function(start_dual_averaging)(step_size)
    nothing = TransitionInfo(np.nan, np.nan, np.nan, 0, 0, False)
    return ChainState(
        float(step_size), dual_averaging, 0, options.find_step_size, nothing, Status.OK
    )


def start_chain_record(num_rows, size, *, first=0, thinning=1, grad=False, momentum=False):
    """Return a record of `num_rows` draws of dimension `size`, all zero.

    Parameters
    ----------
    num_rows, size : int
    first : int
        First iteration that is recorded.
    thinning : int
    grad, momentum : bool
        Whether gradients and momenta are recorded.

    Returns
    -------
    ChainRecord
    """
    return ChainRecord(
        first,
        thinning,
        np.zeros((num_rows, size)),
        *(np.zeros(num_rows) for _ in range(4)),
        *(np.zeros(num_rows, np.int64) for _ in range(2)),
        np.zeros(num_rows, np.bool_),
        np.zeros((num_rows if grad else 0, size)),
        np.zeros((num_rows if momentum else 0, size)),
    )


@kernel
def write_draw(record, iteration, z, info, step_size):
    """Write one draw into its row of the record, if it has one.

    Parameters
    ----------
    record : ChainRecord
        Overwritten.
    iteration : int
    z : PhasePoint
    info : TransitionInfo
    step_size : float
    """
    row = (iteration - record.first) // record.thinning
    if iteration < record.first or row >= record.energy.size:
        return
    copy_into(record.q[row], z.q)
    record.potential_energy[row] = info.potential_energy
    record.energy[row] = info.energy
    record.accept_prob[row] = info.accept_prob
    record.step_size[row] = step_size
    record.num_steps[row] = info.num_steps
    record.tree_depth[row] = info.tree_depth
    record.diverging[row] = info.diverging
    if record.grad.shape[0] > 0:
        copy_into(record.grad[row], z.grad)
    if record.p.shape[0] > 0:
        copy_into(record.p[row], z.p)


@kernel(inline="always")
def phase_of(phases, iteration):
    """Return the warmup phase of an iteration, `SAMPLING` after warmup."""
    return phases[iteration] if iteration < phases.size else SAMPLING


@kernel(inline="always")
def with_last(state, info):
    """Return the state with the report of the last iteration."""
    return ChainState(
        state.step_size,
        state.dual_averaging,
        state.num_collected,
        state.must_find_step_size,
        info,
        state.status,
    )


@kernel(inline="always")
def with_status(state, status):
    """Return the state with another status, and no search of a step size ahead."""
    return ChainState(
        state.step_size, state.dual_averaging, state.num_collected, False, state.last, status
    )


@kernel
def adapt(state, options, metric, moments, z, phase):
    """Return the state after one warmup iteration; at the end of a slow window replace the metric.

    Parameters
    ----------
    state : ChainState
        Its `last` is the report of this iteration.
    options : WarmupOptions
    metric : Metric
        Overwritten at the end of a slow window.
    moments : Moments
        Overwritten in slow windows.
    z : PhasePoint
        The draw of this iteration.
    phase : int
        ``FAST``, ``SLOW`` or ``SLOW_END``.

    Returns
    -------
    ChainState

    References
    ----------
    Stan Reference Manual, "Automatic parameter tuning".
    """
    step_size, dual_averaging = state.step_size, state.dual_averaging
    count, must_find = state.num_collected, state.must_find_step_size
    if options.adapt_step_size:
        dual_averaging = update_dual_averaging(
            dual_averaging, state.last.accept_prob, options.target_accept_prob
        )
        step_size = clip_step_size(np.exp(dual_averaging.x))
    if phase != FAST:
        count += 1
        update_moments(moments, metric, z.q, count)
    if phase == SLOW_END:
        set_metric_from_moments(metric, moments, count, options.regularize)
        clear_moments(moments)
        count, must_find = 0, options.find_step_size
        dual_averaging = start_dual_averaging(step_size)
    return ChainState(step_size, dual_averaging, count, must_find, state.last, state.status)


@kernel(inline="always")
def prepare_step_size(state, options, points, target, metric, rng, U):
    """Search a step size from the current one and let dual averaging begin there.

    Parameters
    ----------
    state : ChainState
    options : WarmupOptions
    points : (num_points, 4 D) float64
        The first is the current state; the last is scratch.
    target : Target
    metric : Metric
    rng : numpy.random.Generator
    U : float

    Returns
    -------
    ChainState
        With status ``STEP_SIZE_NOT_FOUND`` and the old step size if the search failed.
    """
    found = find_initial_step_size(points, target, metric, rng, state.step_size, U)
    if not SMALLEST_STEP_SIZE < found < LARGEST_STEP_SIZE:  # NaN compares false
        return with_status(state, Status.STEP_SIZE_NOT_FOUND)
    dual_averaging = start_dual_averaging(found)
    return ChainState(found, dual_averaging, state.num_collected, False, state.last, state.status)


@kernel(inline="always")
def finish_warmup(state, options):
    """Return the state with the averaged step size, which sampling keeps."""
    if not options.adapt_step_size or state.dual_averaging.t == 0:
        return state
    step_size = clip_step_size(np.exp(state.dual_averaging.x_bar))
    return ChainState(
        step_size,
        state.dual_averaging,
        state.num_collected,
        state.must_find_step_size,
        state.last,
        state.status,
    )


@kernel(inline="always")
def clip_step_size(step_size):
    """Return the step size, kept within the range of normal floating-point numbers."""
    return min(max(step_size, SMALLEST_STEP_SIZE), LARGEST_STEP_SIZE)
