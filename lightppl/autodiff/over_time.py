"""Loops of densities that go along an axis of time: the last state (`fold`), results (`each`).

Outside of tracing they are Python loops.  While a density is traced, the step is written down once
and the loop becomes one operation, whatever its length.
"""

import numpy as np

from lightppl.autodiff.scan import scan_program
from lightppl.autodiff.operation import is_tracing, plain_value


def fold(step, state, xs):
    """Return the state after one step for each x.

    Parameters
    ----------
    step : callable
        ``step(state, x) -> state``, on lists of arrays; shapes of the state stay.
    state : list of array
        The first one, float64.
    xs : list of (T, ...) array
        T is positive.

    Returns
    -------
    list of array

    Examples
    --------
    >>> total, = fold(lambda state, x: [state[0] + x[0]], [0.0], [np.array([1.0, 2.0, 3.0])])
    >>> float(total)
    6.0
    """
    if not is_tracing():
        for t in range(len(xs[0])):
            state = step(state, [x[t] for x in xs])
        return state
    rows, _ = _recorded(lambda state, x: (step(state, x), []), state, xs)
    return [row[-1] for row in rows]


def each(function, xs):
    """Return the results of a function for each x, with an axis of length T in front.

    Parameters
    ----------
    function : callable
        ``function(x)`` takes and returns lists of arrays.
    xs : list of (T, ...) array
        T is positive.

    Returns
    -------
    list of (T, ...) array

    Examples
    --------
    >>> each(lambda x: [x[0] ** 2], [np.array([1.0, 2.0, 3.0])])
    [array([1., 4., 9.])]
    """
    if not is_tracing():
        results = [function([x[t] for x in xs]) for t in range(len(xs[0]))]
        return [np.stack(rows) for rows in zip(*results)]
    return _recorded(lambda state, x: (state, function(x)), [np.float64(0.0)], xs)[1]


def _recorded(step, state, xs):
    """Return all states and results of ``state, results = step(state, x)``."""
    # recording needs autograd, which takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import record_program

    count = len(state)

    def flat_step(*values):
        state, results = step(values[:count], values[count:])
        return [*state, *results]

    examples = [*map(plain_value, state), *(plain_value(x)[0] for x in xs)]
    program, captured = record_program(flat_step, examples)
    return scan_program(program, state, xs, captured, length=len(xs[0]))
