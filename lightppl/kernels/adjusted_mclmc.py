"""Metropolis-adjusted microcanonical sampling: isokinetic trajectories, accepted or refused.

1. Draw a direction that is uniform on the sphere, and the length of a trajectory, uniform between
   zero and twice its mean L.
2. Take isokinetic steps (`isokinetic`) of that length in all.
3. Accept the end with probability min(1, exp(-delta_U - delta_K)).

Steps are reversible, and delta_K is minus the logarithm of how they change volume on the sphere, so
the third line is the rule of Metropolis, Hastings and Green for exp(-U) and uniform directions: the
target is left invariant, whatever the step size.  The length is drawn without looking at the
position, and keeps trajectories from coming back to where they began.

Warmup learns the step size by the acceptance probability and scales from draws and gradients, like
every Hamiltonian sampler, and L from how long draws remember each other: L tau / 1.5 takes the
place of L when windows end, with tau the autocorrelation time in draws.  It comes to rest where tau
is 1.5: shorter trajectories would diffuse, longer ones cost more than they forget.

A deviation: the paper sets L to a share of the autocorrelation length once.

Legend: ``D`` dimension; ``U`` potential energy; ``delta_E`` energy error of a trajectory; ``L``
mean length of trajectories, in scaled coordinates; ``z, u, s, delta_K`` as in `isokinetic.py`.

References
----------
Robnik, Cohn-Gordon, Seljak (2025), "Metropolis adjusted microcanonical Hamiltonian Monte Carlo",
arXiv:2503.01707; Green (1995), "Reversible jump Markov chain Monte Carlo computation and Bayesian
model determination", Biometrika 82(4), for acceptance where maps change volume.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels import phase_point
from lightppl.kernels.adaptation import hamiltonian
from lightppl.kernels.adaptation.autocorrelation_time import autocorrelation_times
from lightppl.kernels.adaptation.dual_averaging import start_dual_averaging
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState,
    WarmupOptions,
    adapt,
    finish,
    moved,
    start,
)
from lightppl.kernels.adaptation.gradient_metric import usable_rows
from lightppl.kernels.adaptation.welford import Moments, make_moments
from lightppl.kernels.adaptation.window import kept_rows
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.isokinetic import isokinetic_step, refresh_direction
from lightppl.kernels.metric import Metric
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.trajectory import is_divergent, metropolis_prob

SAMPLE, PROPOSAL = 0, 1
"""Points of a chain: the current state, and the end of the trajectory."""

FIRST_STEP, QUARTER_PERIOD = 0.25, 0.5 * np.pi
"""First step size and L, times sqrt(D): along a quarter of a period normal draws forget."""

MOST_STEPS = 10_000
"""Bounds a trajectory while warmup tries tiny step sizes."""

FEWEST_ROWS = 30
"""Draws of a window from which it says how long draws remember each other."""

WANTED_TIME = 1.5
"""Autocorrelation time at which L comes to rest."""

LARGEST_CHANGE = 2.0
"""Factor by which a window changes L at most."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    integrator : int
        ``LEAPFROG`` or ``MCLACHLAN``.
    adapt_length : bool
    warmup : WarmupOptions
    """

    integrator: int
    adapt_length: bool
    warmup: WarmupOptions


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 D) float64
        Laid out as a `PhasePoint`, with the direction in the place of the momentum; velocities are
        not kept.
    scale : (D,) float64
        s.
    length : (1,) float64
        L.
    metric : Metric
        Diagonal; the square of s.
    moments : Moments
    """

    points: np.ndarray
    scale: np.ndarray
    length: np.ndarray
    metric: Metric
    moments: Moments


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy : float
        U of the new state.
    energy_error : float
        delta_E of the trajectory.
    accept_prob : float
        In [0, 1].
    num_steps : float
        Steps of the trajectory.
    diverging : float
        1.0 if the energy error was beyond all bounds, else 0.0.
    step_size, length : float
        In force, `length` being L.
    """

    potential_energy: float
    energy_error: float
    accept_prob: float
    num_steps: float
    diverging: float
    step_size: float
    length: float


def make_work(q, metric, L, moments=None):
    """Return the arrays of a chain that begins at `q` (D,), with a diagonal metric of its own;
    an L of NaN is chosen by `prepare`.
    """
    points = np.zeros((2, phase_point.NUM_VECTORS * len(q)))
    points[SAMPLE, : len(q)] = q
    moments = make_moments(metric) if moments is None else moments
    return Work(points, np.sqrt(metric.diagonal), np.array([float(L)]), metric, moments)


@kernel
def prepare(target, work, options, state, rng):
    """Choose a first step size and L where there are none; let their adaptation begin."""
    root = np.sqrt(work.scale.size)
    step_size = state.step_size if state.step_size > 0.0 else FIRST_STEP * root  # NaN is none
    if not work.length[0] > 0.0:
        work.length[0] = QUARTER_PERIOD * root
    return HamiltonianState(
        state.U, step_size, start_dual_averaging(step_size), state.num_collected,
        state.has_begun, False, state.status,
    )  # fmt: skip


@kernel
def transition(target, work, options, state, rng, phase):
    """Draw a direction and a length, follow the trajectory, and accept or refuse its end, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
        Gives D normal variates and two uniforms.
    phase : int
        Not used.

    Returns
    -------
    state : HamiltonianState
    info : Info
        Its `num_steps` are fewer than drawn when the energy stopped being finite.

    References
    ----------
    Robnik, Cohn-Gordon, Seljak (2025), sec. 3.
    """
    points, step_size, U = work.points, state.step_size, state.U
    z, proposal = point_at(points, SAMPLE), point_at(points, PROPOSAL)
    refresh_direction(z.p, np.inf, rng)
    num_steps = num_steps_of(work.length[0], step_size, rng.random())
    copy_into(points[PROPOSAL], points[SAMPLE])
    U_proposal, delta_E, delta_K, step = U, 0.0, 0.0, 0
    # Only a non-finite energy may end the loop early: that is seen from both ends alike.
    while step < num_steps and np.isfinite(delta_E):
        U_proposal, change = isokinetic_step(
            proposal, work.scale, target, step_size, options.integrator
        )
        delta_K += change
        delta_E = U_proposal - U + delta_K
        step += 1
    diverging = is_divergent(delta_E)
    accept_prob = 0.0 if diverging else metropolis_prob(delta_E)
    if rng.random() < accept_prob:
        copy_into(points[SAMPLE], points[PROPOSAL])
        U = U_proposal
    info = Info(
        U, delta_E, accept_prob, float(step), 1.0 if diverging else 0.0, step_size, work.length[0]
    )
    return moved(state, U), info


@kernel(small=True)
def num_steps_of(L, step_size, uniform):
    """Return how many steps a trajectory has, given a number uniform on [0, 1); at least one."""
    return int(min(np.floor(2.0 * L / step_size * uniform) + 1.0, MOST_STEPS))


def learn(options, work, state, phases, num_done):
    """Learn L and scales from the draws of a window that has ended.

    Parameters
    ----------
    options : Options
    work : Work
        Metric, scale and L are overwritten.
    state : HamiltonianState
    phases : (W,) int64
    num_done : int

    Returns
    -------
    HamiltonianState

    References
    ----------
    Robnik, Cohn-Gordon, Seljak (2025), sec. 4; for the scales, `adaptation.hamiltonian`.
    """
    window = work.moments.window
    q, _ = usable_rows(*kept_rows(window, state.num_collected))
    if options.adapt_length and len(q) >= FEWEST_ROWS:
        tau = int(window.stride[0]) * autocorrelation_times(q)
        tau = tau[np.isfinite(tau)]
        if len(tau):
            factor = float(np.mean(tau)) / WANTED_TIME
            work.length[0] *= min(max(factor, 1.0 / LARGEST_CHANGE), LARGEST_CHANGE)
    state = hamiltonian.learn(options, work, state, phases, num_done)
    work.scale[:] = np.sqrt(work.metric.diagonal)
    return state


ALGORITHM = Algorithm(
    "adjusted_mclmc", "the adjusted MCLMC sampler (about 2 s)", Options, HamiltonianState, Work,
    Info, start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
