"""Microcanonical Langevin Monte Carlo: isokinetic steps with a little noise, none refused.

1. Take one step of isokinetic dynamics (`isokinetic`), which moves at constant speed.
2. Mix the direction with noise, so much that it is forgotten along a path of length L.

No step is refused, so one gradient or two make a draw that is used, whatever the dimension; the
price is a bias, because a step conserves energy up to an error only.  Warmup chooses the step size
by the variance of that error (`adaptation.energy_error`), which bounds the bias:

For a normal density of many dimensions a step is a linear map of each coordinate and its velocity:
sums over coordinates that turns depend on, |s grad| and u . grad, hardly vary.  So the chain has a
normal distribution whose variances solve a linear equation, which `tests.reference.mclmc_bias`
does.  If all coordinates have the variance 1, it is one number, and for leapfrog steps of
h = step_size / sqrt(D) it solves

    sqrt(variance) tanh(h sqrt(variance) / 2) = h / 2,    variance = 1 + h^2 / 12 + O(h^4).

The default, an energy error of variance 5e-4 a dimension, comes with h = .66 and variances that are
3.7 % too large for leapfrog steps, and with h = 1.22 and 2.1 % too small for McLachlan's scheme;
a tenth of it with 1.7 % and .9 %.  Where coordinates differ from what warmup believes of their
scales the mean of the errors is smaller, but single coordinates can have more: one in a hundred
that is ten times as narrow as believed has a variance that is 28 % too large, or 25 % too small.

A step that fails leaves the position as it was and draws a new direction.

Legend: ``D`` dimension; ``U`` potential energy; ``delta_E`` energy error of a step; ``L`` length
along which a direction is forgotten; ``z, u, s`` as in `isokinetic.py`.

References
----------
Robnik, De Luca, Silverstein, Seljak (2023), "Microcanonical Hamiltonian Monte Carlo", Journal of
Machine Learning Research 24; Robnik and Seljak (2024), "Fluctuation without dissipation:
Microcanonical Langevin Monte Carlo", for the noise.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels import phase_point
from lightppl.kernels.adaptation.autocorrelation_time import autocorrelation_times
from lightppl.kernels.adaptation.energy_error import (
    EnergyErrorState,
    start_energy_error,
    update_energy_error,
)
from lightppl.kernels.adaptation.fisher import centred, fit_diagonal
from lightppl.kernels.adaptation.gradient_metric import usable_rows
from lightppl.kernels.adaptation.window import Window, keep_draw, kept_rows, make_window
from lightppl.kernels.adaptation.windows import FAST, SLOW_END
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.isokinetic import isokinetic_step, refresh_direction, share_of_noise
from lightppl.kernels.phase_point import copy_into, dot, point_at
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import is_divergent

SAMPLE, TRIAL = 0, 1
"""Points of a chain: the current state, and the end of a step."""

FIRST_STEP = 0.25
"""First step size, times sqrt(D)."""

LENGTH_OF_TIME = 0.4
"""L, in paths that are as long as an autocorrelation time."""

FEWEST_ROWS = 20
"""Draws of a window from which its variances, or autocorrelations, are used."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    integrator : int
        ``LEAPFROG`` or ``MCLACHLAN``.
    variance : float
        Of the energy error of a step, a dimension.
    adapt_step_size, adapt_length, adapt_scale : bool
    """

    integrator: int
    variance: float
    adapt_step_size: bool
    adapt_length: bool
    adapt_scale: bool


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    U : float
        Potential energy at the position.
    step_size, L : float
        In scaled coordinates.
    energy_error : EnergyErrorState
    num_collected : int
        Draws of the window so far.
    has_begun, must_prepare : bool
        See `lightppl.kernels.algorithm`.
    status : int
        A code of `lightppl.jit.Status`.
    """

    U: float
    step_size: float
    L: float
    energy_error: EnergyErrorState
    num_collected: int
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 D) float64
        Laid out as a `PhasePoint`, with the direction in the place of the momentum; velocities are
        not kept.
    scale : (D,) float64
        s, standard deviations so far as they are known.
    window : Window
    """

    points: np.ndarray
    scale: np.ndarray
    window: Window


class Info(NamedTuple):
    """What an iteration reports.

    Parameters
    ----------
    potential_energy : float
        U of the new state.
    energy_error : float
        delta_E of the step, also if it failed.
    diverging : float
        1.0 if the step failed, else 0.0.
    step_size, length : float
        In force, `length` being L.
    """

    potential_energy: float
    energy_error: float
    diverging: float
    step_size: float
    length: float


def make_work(q, scale, is_learning, direction=None):
    """Return the arrays of a chain that begins at `q`.

    Parameters
    ----------
    q, scale : (D,) float64
    is_learning : bool
        Whether there is to be room for draws of a window.
    direction : (D,) float64, optional
        Zeros, or nothing, for one that is drawn at the start.
    """
    size = len(q)
    points = np.zeros((2, phase_point.NUM_VECTORS * size))
    points[SAMPLE, :size] = q
    if direction is not None:
        points[SAMPLE, size : 2 * size] = direction
    return Work(points, np.array(scale, float), make_window(size, is_learning))


def first_state(step_size, L, must_prepare=True):
    """Return the `State` of a chain that has not begun; what is NaN is chosen by `prepare`."""
    nothing = start_energy_error.py_func()
    return State(
        np.nan, float(step_size), float(L), nothing, 0, False, must_prepare, Status.OK
    )


@kernel
def start(target, work, options, state, rng):
    """Return the state with the energy at the position; draw a direction if there is none.

    Parameters
    ----------
    target : Target
    work : Work
        Gradient and direction are overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
        Gives D normal variates if there is no direction.

    Returns
    -------
    State
        With status ``NON_FINITE_START`` if the potential energy is not finite.
    """
    z = point_at(work.points, SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    if not dot(z.p, z.p) > 0.0:
        refresh_direction(z.p, np.inf, rng)
    is_finite = np.isfinite(U)
    status = Status.OK if is_finite else Status.NON_FINITE_START
    return State(
        U, state.step_size, state.L, state.energy_error, state.num_collected, is_finite,
        state.must_prepare, status,
    )  # fmt: skip


@kernel
def prepare(target, work, options, state, rng):
    """Choose a first step size and L where there are none; forget what is known of step sizes."""
    root = np.sqrt(work.scale.size)
    step_size = state.step_size if state.step_size > 0.0 else FIRST_STEP * root  # NaN is none
    L = state.L if state.L > 0.0 else root
    return State(
        state.U, step_size, L, start_energy_error(), state.num_collected,
        state.has_begun, False, state.status,
    )  # fmt: skip


@kernel
def transition(target, work, options, state, rng, phase):
    """Take one step and mix its direction with noise, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
        Gives D normal variates.
    phase : int
        Not used.

    Returns
    -------
    state : State
    info : Info

    References
    ----------
    Robnik and Seljak (2024), sec. 3.
    """
    points, step_size, U = work.points, state.step_size, state.U
    z, trial = point_at(points, SAMPLE), point_at(points, TRIAL)
    copy_into(points[TRIAL], points[SAMPLE])
    U_trial, delta_K = isokinetic_step(trial, work.scale, target, step_size, options.integrator)
    delta_E = U_trial - U + delta_K
    diverging = is_divergent(delta_E)
    if diverging:
        refresh_direction(z.p, np.inf, rng)
    else:
        copy_into(points[SAMPLE], points[TRIAL])
        U = U_trial
        refresh_direction(z.p, share_of_noise(step_size, state.L, z.p.size), rng)
    info = Info(U, delta_E, 1.0 if diverging else 0.0, step_size, state.L)
    return State(
        U, step_size, state.L, state.energy_error, state.num_collected, state.has_begun,
        state.must_prepare, state.status,
    ), info  # fmt: skip


@kernel
def adapt(options, work, state, info, phase):
    """Return the state after one warmup iteration: adapt the step size, collect the draw.

    Parameters
    ----------
    options : Options
    work : Work
        Its window is overwritten in slow phases.
    state : State
    info : Info
        Of this iteration.
    phase : int

    Returns
    -------
    State
    """
    step_size, energy_error, count = state.step_size, state.energy_error, state.num_collected
    if options.adapt_step_size:
        energy_error, step_size = update_energy_error(
            energy_error, step_size, info.energy_error, info.diverging > 0.0, work.scale.size,
            options.variance,
        )  # fmt: skip
    if phase != FAST:
        keep_draw(work.window, point_at(work.points, SAMPLE), count)
        count += 1
    return State(
        state.U, step_size, state.L, energy_error, count, state.has_begun, state.must_prepare,
        state.status,
    )  # fmt: skip


def learn(options, work, state, phases, num_done):
    """Learn scales and L from the draws of a window that has ended.

    The last window says how long draws remember each other, and so L; each one before it says where
    the density is: scales, from draws and gradients, and a first L, the size of the density.

    Parameters
    ----------
    options : Options
    work : Work
        Its scale is overwritten.
    state : State
    phases : (W,) int64
        Of all warmup iterations.
    num_done : int
        Iterations so far; the last one was the end of the window.

    Returns
    -------
    State

    References
    ----------
    Robnik et al. (2023), sec. 5; for the scales, `adaptation.fisher`.
    """
    stride = int(work.window.stride[0])
    q, grad = usable_rows(*kept_rows(work.window, state.num_collected))
    work.window.stride[0] = 1
    state = state._replace(num_collected=0)
    if np.count_nonzero((q[1:] != q[:-1]).any(axis=1)) < FEWEST_ROWS - 1:
        return state
    if not np.any(phases[num_done:] == SLOW_END):
        return _learn_length(options, state, stride, q)
    if not options.adapt_scale:
        return state._replace(L=_size_of(q, work.scale, state.L)) if options.adapt_length else state
    with np.errstate(all="ignore"):
        found = np.sqrt(fit_diagonal(centred(q, grad)))
    is_known = (found > 0.0) & (found < np.inf)
    before = _size_of(q, work.scale, state.L)
    work.scale[is_known] = found[is_known]
    after = _size_of(q, work.scale, state.L)
    if options.adapt_length:
        state = state._replace(L=after)
    if options.adapt_step_size:
        state = state._replace(step_size=state.step_size * after / before)
    return state._replace(must_prepare=True)


def _learn_length(options, state, stride, q):
    """Return the state with an L that is a share of how far a chain goes to forget where it was."""
    tau = stride * autocorrelation_times(q)
    tau = tau[np.isfinite(tau)]
    if not (options.adapt_length and len(tau)):
        return state
    return state._replace(L=LENGTH_OF_TIME * state.step_size * float(np.mean(tau)))


def _size_of(q, scale, otherwise):
    """Return the root of the sum of variances of scaled draws; `otherwise`, if they are none."""
    size = float(np.sqrt(np.sum(np.var(q / scale, axis=0))))
    return size if 0.0 < size < np.inf else otherwise


@kernel
def finish(options, state):
    """Return the state as it is: the step size of the last steps is an average already."""
    return state


ALGORITHM = Algorithm(
    "mclmc", "the MCLMC sampler (about 2 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
