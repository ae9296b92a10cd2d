"""Ordinary differential equations in models: odeint, adaptive and differentiable.

Dormand and Prince's pair of orders 5 and 4: the solution advances with order 5, the difference of
the two is the estimate of the error of a step.  Gradients go through the accepted steps, with the
step sizes held fixed: they are the exact gradients of the numbers that are returned.

References: Dormand & Prince (1980), "A family of embedded Runge-Kutta formulae", J. Comput. Appl.
Math. 6; Hairer, Norsett & Wanner (1993), "Solving Ordinary Differential Equations I", 2nd ed.,
sec. II.4 (choice of step sizes).
"""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.march import march_program
from lightppl.autodiff.operation import is_tracing
from lightppl.autodiff.special import stop_gradient
from lightppl.errors import ControlFlowError, ShapeError, UnsupportedOperationError
from lightppl.language.control_flow import scan
from lightppl.language.structure import leaves_of, rebuild

# Dormand & Prince (1980), table 2: nodes, stages, and weights of the error estimate.
NODES = np.array([0.2, 0.3, 0.8, 8 / 9, 1.0, 1.0])
STAGES = np.array(
    [
        [1 / 5, 0, 0, 0, 0, 0, 0],
        [3 / 40, 9 / 40, 0, 0, 0, 0, 0],
        [44 / 45, -56 / 15, 32 / 9, 0, 0, 0, 0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0, 0, 0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0, 0],
        [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0],
    ]
)
ERROR_WEIGHTS = np.array(
    [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]
)
PLACES = np.eye(7)
SAFETY, SMALLEST_FACTOR, LARGEST_FACTOR = 0.9, 0.2, 10.0


def odeint(rhs, y0, t, *args, rtol=1e-6, atol=1e-6, mxstep=1000):
    """Integrate ``dy/dt = rhs(y, t, *args)``.

    Parameters
    ----------
    rhs : callable
        Plain NumPy; returns what has the structure of `y0`.
    y0 : array, or tuple, list, dict of arrays
        State at ``t[0]``.
    t : (T,) array
        Increasing.
    *args
        Passed to `rhs`.
    rtol, atol : float
        Tolerances of the error of a step, relative and absolute.
    mxstep : int
        Largest number of trial steps between two times; NaN is returned from where it is not
        enough.

    Returns
    -------
    array, or structure of arrays, like `y0` with an axis of length T in front

    Examples
    --------
    >>> y = odeint(lambda y, t, rate: -rate * y, np.array([1.0]), np.array([0.0, 1.0]), 2.0)
    >>> bool(abs(y[1, 0] - np.exp(-2.0)) < 1e-6)
    True
    """
    system = _System(rhs, y0, args, rtol, atol)
    y, t = system.start, as_array(t)
    if np.ndim(t) != 1 or np.shape(t)[0] < 1:
        raise ShapeError(f"odeint needs a vector of times, found shape {np.shape(t)}.")
    if np.shape(t)[0] == 1:
        return system.structured(y[None])
    slope = system.slope(y, t[0])
    h = stop_gradient(_first_step(system, y, slope, t[0]))

    def interval(carry, ends):
        y, slope, h = carry
        y, slope, h = _march(system, y, slope, h, ends[0], ends[1], mxstep)
        return (y, slope, h), y

    ends = np.stack([t[:-1], t[1:]], axis=1)
    _, ys = scan(interval, (y, slope, h), ends)
    return system.structured(np.concatenate([y[None], ys]))


class _System:
    """The right-hand side on flat vectors."""

    def __init__(self, rhs, y0, args, rtol, atol):
        self.rhs, self.y0, self.args, self.rtol, self.atol = rhs, y0, args, rtol, atol
        leaves = [as_array(x) for x in leaves_of(y0)]
        self.shapes = [np.shape(x) for x in leaves]
        self.is_vector = len(leaves) == 1 and np.ndim(leaves[0]) == 1 and leaves[0] is not None
        self.start = self._flat(leaves)

    def _flat(self, leaves):
        if self.is_vector:
            return leaves[0]
        return np.concatenate([np.reshape(x, (-1,)) for x in leaves])

    def structured(self, flat):
        """Return the structure of y0, each leaf with the leading axes of `flat`."""
        if self.is_vector:
            return rebuild(self.y0, iter([flat]))
        lead, start, leaves = np.shape(flat)[:-1], 0, []
        for shape in self.shapes:
            size = int(np.prod(shape, dtype=np.int64))
            leaves.append(np.reshape(flat[..., start : start + size], (*lead, *shape)))
            start += size
        return rebuild(self.y0, iter(leaves))

    def slope(self, y, t):
        """Return dy/dt as a flat vector."""
        result = self.rhs(self.structured(y), t, *self.args)
        leaves = [as_array(x) for x in leaves_of(result)]
        if [np.shape(x) for x in leaves] != self.shapes:
            raise ShapeError(
                "The right-hand side of odeint returned shapes "
                f"{[np.shape(x) for x in leaves]}, the "
                f"state has {self.shapes}."
            )
        return self._flat(leaves)


def _first_step(system, y, slope, t):
    """Return a first step size; Hairer et al., sec. II.4, with one evaluation of the slope."""
    scale = system.atol + np.abs(y) * system.rtol
    d0, d1 = _norm(y / scale), _norm(slope / scale)
    h0 = np.where((d0 < 1e-5) | (d1 < 1e-5), 1e-6, 0.01 * d0 / np.maximum(d1, 1e-300))
    d2 = _norm((system.slope(y + h0 * slope, t + h0) - slope) / scale) / h0
    largest = np.maximum(d1, d2)
    h1 = np.where(
        largest <= 1e-15, np.maximum(1e-6, h0 * 1e-3), (0.01 / np.maximum(largest, 1e-300)) ** 0.2
    )
    return np.minimum(100.0 * h0, h1)


def _norm(x):
    return np.sqrt(np.mean(x**2))


def _runge_kutta(system, y, slope, t, h):
    """Return the new state, its slope, and the estimate of the error of one step."""

    def stage(slopes, x):
        node, weights, place = x
        y_stage = y + h * _weighted(weights, slopes)
        slope = system.slope(y_stage, t + node * h)
        return slopes + place[:, None] * slope, None

    # a loop over the stages compiles the right-hand side once instead of six times
    first = PLACES[0][:, None] * slope
    slopes, _ = scan(stage, first, (NODES, STAGES, PLACES[1:]))
    y_new = y + h * _weighted(STAGES[-1], slopes)
    return y_new, slopes[-1], h * _weighted(ERROR_WEIGHTS, slopes)


def _weighted(weights, slopes):
    return np.sum(weights[:, None] * slopes, axis=0)


def _trial(system, y, slope, t, h, end):
    """Return the next state, whether the step is accepted, and whether the end is reached."""
    h_used = np.minimum(h, end - t)
    y_new, slope_new, error = _runge_kutta(system, y, slope, t, h_used)
    scale = system.atol + system.rtol * np.maximum(np.abs(y), np.abs(y_new))
    ratio = _norm(error / scale)
    is_accepted = ratio <= 1.0  # False for NaN
    factor = SAFETY * np.maximum(ratio, 1e-10) ** -0.2
    factor = np.where(np.isfinite(ratio), factor, SMALLEST_FACTOR)
    factor = np.maximum(np.minimum(factor, LARGEST_FACTOR), SMALLEST_FACTOR)
    # a step that was cut short says nothing against the step size before it
    h_new = np.where(is_accepted, np.maximum(h_used * factor, np.where(h_used < h, h, 0.0)), 0.0)
    h_new = np.where(is_accepted, h_new, h_used * np.minimum(factor, 1.0))
    t_new = np.where(h_used < h, end, t + h_used)
    state = [
        np.where(is_accepted, new, old)
        for new, old in ((y_new, y), (slope_new, slope), (t_new, t), (h_new, h))
    ]
    state[3] = h_new
    return state, is_accepted, is_accepted & (t_new >= end)


def _march(system, y, slope, h, start, end, mxstep):
    """Integrate from `start` to `end`; return state, slope and step size there."""
    state = [y, slope, as_array(start), h]
    if is_tracing():
        try:
            state, is_done = _recorded_march(system, state, end, mxstep)
        except (ControlFlowError, UnsupportedOperationError):
            state, is_done = _plain_march(system, state, end, mxstep)
    else:
        state, is_done = _plain_march(system, state, end, mxstep)
    return np.where(is_done, state[0], np.nan), state[1], stop_gradient(state[3])


def _plain_march(system, state, end, mxstep):
    with np.errstate(all="ignore"):
        for _ in range(mxstep):
            state, _, is_done = _trial(system, *state, end)
            if is_done:
                return state, True
    return state, False


def _recorded_march(system, state, end, mxstep):
    """The march as one operation."""
    # recording needs autograd, which takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import joined_programs, recording

    def accepted(y, slope, t, h):
        h_used = np.minimum(stop_gradient(h), end - t)
        y, slope, _ = _runge_kutta(system, y, slope, t, h_used)
        return [y, slope, t + h_used, stop_gradient(h)]

    def trial(y, slope, t, h):
        new, is_accepted, is_done = _trial(system, y, slope, t, h, end)
        return [*new, is_accepted, is_done]

    recorded = []
    for fun in (trial, accepted):
        with recording() as tape:
            results = fun(*(tape.input(x) for x in state))
            recorded.append((tape.program(results), tape.captured))
    (trial_steps, accepted_steps), consts = joined_programs(recorded, len(state))
    return march_program(trial_steps, accepted_steps, state, consts, mxstep)
