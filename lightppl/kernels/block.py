"""The only loop over iterations.

A chain runs in blocks of iterations ``[first, stop)``.  Everything that must survive from one block
to the next is in the arrays passed in (work, record, generator) and in the `State` that a block
takes and returns, so where blocks begin does not change the draws.  No block goes on beyond the end
of a warmup window: `split_at_windows` says where blocks end at the latest, and there the algorithm
may `learn` in plain Python.

Legend: ``W`` warmup iterations.
"""

from functools import cache

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.adaptation.windows import SAMPLING, SLOW_END
from lightppl.kernels.record import write_draw


@cache
def block_of(algorithm):
    """Return the loop over iterations of an algorithm, as a kernel that Python calls.

    Parameters
    ----------
    algorithm : Algorithm

    Returns
    -------
    Kernel
        ``run_block(target, work, options, state, record, rng, phases, first, stop) -> state``, with
        `phases` from `warmup_phases`, (W,) int64; iterations from W on are sampling.  The status is
        ``NON_FINITE_START`` if the density at the position is not finite: at first, or after an
        update of what is held.  Nothing runs then.
    """
    start, prepare, transition, adapt, finish = algorithm.kernels

    def run_block(target, work, options, state, record, rng, phases, first, stop):
        """Run iterations ``first .. stop - 1`` of one chain; overwrites `work` and `record`."""
        if not state.has_begun:
            state = start(target, work, options, state, rng)
            if state.status == Status.NON_FINITE_START:
                return state
        for i in range(first, stop):
            if state.must_prepare:
                state = prepare(target, work, options, state, rng)
            phase = phases[i] if i < phases.size else SAMPLING
            state, info = transition(target, work, options, state, rng, phase)
            if state.status == Status.NON_FINITE_START:
                return state
            write_draw(record, i, work.points[0], info, target.workspace)
            if phase != SAMPLING:
                state = adapt(options, work, state, info, phase)
            if i + 1 == phases.size:
                state = finish(options, state)
        return state

    run_block.__qualname__ = f"run_block[{algorithm.name}]"  # its machine code is kept under this
    return kernel(run_block, entry=True, title=algorithm.title, parts=algorithm.kernels)


def split_at_windows(phases, first, stop):
    """Yield blocks ``(first, stop, is_window_end)`` that make up a range of iterations.

    Parameters
    ----------
    phases : (W,) int64
    first, stop : int

    Examples
    --------
    >>> phases = np.array([SLOW_END - 1, SLOW_END, SLOW_END, 0])
    >>> list(split_at_windows(phases, 0, 10))
    [(0, 2, True), (2, 3, True), (3, 10, False)]
    """
    for end in np.flatnonzero(phases[:stop] == SLOW_END) + 1:
        if end > first:
            yield first, int(end), True
            first = int(end)
    if first < stop:
        yield first, stop, False
