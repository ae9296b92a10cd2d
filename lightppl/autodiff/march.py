"""A loop of trial steps as one operation: steps are accepted or repeated, until the goal is
reached.

A trial proposes the next state and says whether it is accepted; if not, the state stays, but for
what the trial changes in order to do better next time, such as a step size.  Only accepted states
are kept. The derivative runs backwards over the accepted steps (the discretisation is
differentiated, not the limit that it approximates; what steers the steps counts as constant).

Legend: M largest number of trials, n accepted steps.  The result of the operation is one flat
vector: for each part of the state its rows (M + 1, of which n + 1 count), then its last state; at
the end n, and 1 if the goal was reached.
"""

import numpy as np

from lightppl.autodiff.scan import Piece, backward_plan, scan_program
from lightppl.autodiff.operation import Operation, needs_values
from lightppl.autodiff.structural import zeros


def march_pieces(trial, num_state, max_trials):
    """Return where the parts of the result stand: rows and last of each part, n, whether done.

    Parameters
    ----------
    trial : Program
    num_state, max_trials : int

    Returns
    -------
    list of Piece
    """
    pieces, start = [], 0
    for shape, kind in zip(trial.output_shapes[:num_state], trial.output_kinds):
        for full in ((max_trials + 1, *shape), tuple(shape)):
            pieces.append(Piece(start, full, kind))
            start = pieces[-1].stop
    return [*pieces, Piece(start, (), "float64"), Piece(start + 1, (), "float64")]


def march_program(trial, step, state, consts, max_trials):
    """Repeat trial steps.

    Parameters
    ----------
    trial : Program
        ``trial(*state, *consts)`` returns the new state, whether it is accepted, whether it is the
        goal.
    step : Program
        ``step(*state, *consts)`` returns the state after an accepted trial; it is differentiated.
    state, consts : list of array
    max_trials : int

    Returns
    -------
    state : list of array
        The last one.
    is_done : number
        1.0 if the goal was reached.
    """
    static = {"trial": trial, "step": step, "num_state": len(state), "max_trials": int(max_trials)}
    flat = march(*state, *consts, **static)
    pieces = march_pieces(trial, len(state), max_trials)
    return [piece.read(flat) for piece in pieces[1:-2:2]], pieces[-1].read(flat)


def _march(*args, trial, num_state, max_trials, step=None):
    """The loop itself."""
    state, consts = list(args[:num_state]), args[num_state:]
    pieces = march_pieces(trial, num_state, max_trials)
    flat = np.zeros(pieces[-1].stop)
    views = [flat[p.start : p.stop].reshape(p.shape) for p in pieces]
    rows, lasts = views[:-2:2], views[1:-2:2]
    count, is_done = 0, False
    for row, x in zip(rows, state):
        row[0] = x
    with np.errstate(all="ignore"):
        for _ in range(max_trials if needs_values() else 1):
            *state, is_accepted, is_done = trial(*state, *consts)
            count += int(is_accepted)
            for row, x in zip(rows, state):
                row[count] = x
            if is_done:
                break
    for last, x in zip(lasts, state):
        last[...] = x
    views[-2][...], views[-1][...] = count, bool(is_done)
    return flat


def _derivative(positions, ans, args, kwargs):
    """One backward loop over the accepted steps."""
    trial, step, num_state = kwargs["trial"], kwargs["step"], kwargs["num_state"]
    max_trials = kwargs["max_trials"]

    def pull_back(g):
        plan = backward_plan(step, num_state, 0, tuple(positions), (False,) * num_state)
        pieces = march_pieces(trial, num_state, max_trials)
        rows = [piece.read(ans)[:-1] for piece in pieces[:-2:2]]
        seeds = [pieces[2 * k + 1].read(g) for k in plan.carry]
        sums = [zeros(np.shape(args[k])) for k in plan.consts]
        finals, _ = scan_program(
            plan.program,
            seeds + sums,
            rows,
            list(args[num_state:]),
            length=max_trials,
            reverse=True,
            keeps_rows=(False,) * len(seeds + sums),
            count=pieces[-2].read(ans),
        )
        found = dict(zip((*plan.carry, *plan.consts), finals))
        return tuple(found[k] if k in found else zeros(np.shape(args[k])) for k in positions)

    return pull_back


march = Operation("march", _march, joint_derivative=_derivative)
