"""Mixed Hamiltonian Monte Carlo: discrete updates at random times along a trajectory.

Every discrete element has a kinetic energy of its own, exponential at the start of a trajectory.
When its time has come, a value is proposed for it; if the proposal has the Metropolis-Hastings
ratio r, it is taken if the kinetic energy is above -log r, which is used up then, and the element
stays as it is otherwise.  Between such times the continuous coordinates follow leapfrog steps.  At
the end all is accepted or rejected together, by the error of the leapfrog steps alone.

That leaves the target invariant if the times of updates are as probable when they are read
backwards.  In NumPyro's version every trajectory ends with an update and none begins with one, so
that backwards it is a path of another kind.  Here, as in Zhou's paper, all elements stand on a
circle, in random order and with random gaps; and the path goes from the middle of one gap around to
the middle of another, past as many elements as were asked for.

Legend: ``D`` dimension; ``E`` discrete elements; ``L`` updates in a trajectory; ``U`` potential
energy; ``H`` energy of the continuous coordinates; ``delta_H`` its change by leapfrog steps alone.

Reference: Zhou (2020), "Mixed Hamiltonian Monte Carlo for mixed discrete and continuous variables",
algorithm 1.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels import hmc
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState, WarmupOptions, adapt, finish, learn, moved, prepare, start,
)  # fmt: skip
from lightppl.kernels.adaptation.heating import heat_momentum
from lightppl.kernels.adaptation.welford import Moments
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.discrete_sites import (
    DiscreteSites, Rule, evaluate_group, log_weight, propose_by_weight, propose_uniformly,
    value_index, weigh_values,
)  # fmt: skip
from lightppl.kernels.integrators import leapfrog
from lightppl.kernels.kinetic import refresh_momentum
from lightppl.kernels.metric import Metric, set_acceleration
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import is_divergent, metropolis_prob

SAMPLE, PROPOSAL = hmc.SAMPLE, hmc.PROPOSAL


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    num_steps, time : int, float
        As in `hmc.Options`; leapfrog steps are as many, or a few more.
    warmup : WarmupOptions
    rule : Rule
    num_updates : int
        L.
    """

    num_steps: int
    time: float
    warmup: WarmupOptions
    rule: Rule
    num_updates: int


class Circle(NamedTuple):
    """Where elements stand on the circle, and what they have at the start of a trajectory.

    Parameters
    ----------
    order : (E,) int64
    gaps : (E,) float64
        Before each of them, in this order.
    kinetic_energy : (E,) float64
    before : (E,) float64
        Values at the start.
    """

    order: np.ndarray
    gaps: np.ndarray
    kinetic_energy: np.ndarray
    before: np.ndarray


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (2, 4 D) float64
        As in `hmc.Work`.
    metric : Metric
    moments : Moments
    sites : DiscreteSites
    circle : Circle
    """

    points: np.ndarray
    metric: Metric
    moments: Moments
    sites: DiscreteSites
    circle: Circle


class Info(NamedTuple):
    """What a transition reports; see `hmc.Info`.

    Parameters
    ----------
    potential_energy, energy, accept_prob, num_steps, diverging, step_size : float
    """

    potential_energy: float
    energy: float
    accept_prob: float
    num_steps: float
    diverging: float
    step_size: float


def make_circle(num_elements):
    """Return a circle for E elements."""
    floats = (np.zeros(num_elements) for _ in range(3))
    return Circle(np.zeros(num_elements, np.int64), *floats)


@kernel
def transition(target, work, options, state, rng, phase):
    """Move all coordinates along a trajectory, and accept or reject where it ends, in place.

    Parameters
    ----------
    target : Target
    work : Work
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
    phase : int
        Not used.

    Returns
    -------
    state : HamiltonianState
    info : Info

    References
    ----------
    Zhou (2020), algorithm 1.
    """
    points, step_size, U = work.points, state.step_size, state.U
    z, proposal, circle = point_at(points, SAMPLE), point_at(points, PROPOSAL), work.circle
    K = refresh_momentum(target, work.metric, rng, z.p, z.v)
    H = U + K * heat_momentum(target, z, phase)
    arrange(circle, rng)
    keep_values(target, work.sites, circle)
    copy_into(points[PROPOSAL], points[SAMPLE])
    a = work.metric.accelerations[0]
    set_acceleration(work.metric, z.grad, a)
    L, E = options.num_updates, circle.order.size
    time = options.num_steps * step_size if options.num_steps > 0 else options.time
    time_unit = time / length_of_path(circle, L)
    energy, U_proposal, delta_H, count = H, U, 0.0, 0
    for update in range(L + 1):
        lag = gap_before(circle, update, L) * time_unit
        num_steps = int(min(max(np.ceil(lag / step_size), 1.0), hmc.MOST_STEPS))
        step = 0
        # Only a non-finite energy may end a path early: that is seen from both ends alike.
        while step < num_steps and np.isfinite(delta_H):
            U_proposal, K = leapfrog(proposal, a, target, work.metric, lag / num_steps)
            delta_H = U_proposal + K - energy
            step += 1
        count += step
        if update == L or not np.isfinite(delta_H):
            break
        e = circle.order[update % E]
        if update_element(target, work, options.rule, rng, points[PROPOSAL], e):
            before, U_proposal = U_proposal, evaluate_potential(target, proposal.q, proposal.grad)
            set_acceleration(work.metric, proposal.grad, a)
            energy += U_proposal - before  # what the discrete update accounts for
    diverging = is_divergent(delta_H)
    accept_prob = 0.0 if diverging else metropolis_prob(delta_H)
    if rng.random() < accept_prob:
        copy_into(points[SAMPLE], points[PROPOSAL])
        U, H = U_proposal, energy + delta_H
    else:
        put_back_values(target, work.sites, circle)
    diverged = 1.0 if diverging else 0.0
    return moved(state, U), Info(U, H, accept_prob, float(count), diverged, step_size)


@kernel
def arrange(circle, rng):
    """Put the elements on the circle, and draw their kinetic energies.

    Parameters
    ----------
    circle : Circle
        Overwritten.
    rng : numpy.random.Generator
        Gives E - 1 uniforms for the order, and then for each element two exponential variates by
        their inverse distribution function: its gap, its kinetic energy.
    """
    E = circle.order.size
    for e in range(E):
        circle.order[e] = e
    for e in range(E - 1, 0, -1):  # Fisher and Yates' shuffle
        other = min(int(rng.random() * (e + 1)), e)
        circle.order[e], circle.order[other] = circle.order[other], circle.order[e]
    for e in range(E):
        circle.gaps[e] = -np.log1p(-rng.random())
        circle.kinetic_energy[e] = -np.log1p(-rng.random())


@kernel
def gap_before(circle, update, num_updates):
    """Return the distance from update to update; half a gap before the first and after the last."""
    gap = circle.gaps[update % circle.order.size]
    return 0.5 * gap if update == 0 or update == num_updates else gap


@kernel
def length_of_path(circle, num_updates):
    """Return the length of a path that goes past so many elements."""
    total = 0.0
    for update in range(num_updates + 1):
        total += gap_before(circle, update, num_updates)
    return total


@kernel
def keep_values(target, sites, circle):
    """Remember the values of all elements."""
    for e in range(circle.before.size):
        circle.before[e] = target.workspace[sites.element_place[e]]


@kernel
def put_back_values(target, sites, circle):
    """Give all elements the values that were remembered."""
    for e in range(circle.before.size):
        target.workspace[sites.element_place[e]] = circle.before[e]


@kernel
def update_element(target, work, rule, rng, q, e):
    """Propose a value for an element, and take it if its kinetic energy suffices.

    Parameters
    ----------
    target : Target
        The value in its workspace is overwritten.
    work : Work
    rule : Rule
    rng : numpy.random.Generator
        Gives one uniform.
    q : (D or more,) float64
    e : int

    Returns
    -------
    bool
        Whether the value is another one now.

    References
    ----------
    Zhou (2020), algorithm 1, lines 19 and 20.
    """
    sites, place = work.sites, work.sites.element_place[e]
    b = sites.element_group[e]
    i = e - sites.group_start[b]
    before = target.workspace[place]
    current = value_index(sites, e, before)
    if rule.random_walk:
        evaluate_group(target, sites, q, b)
        log_ratio = -log_weight(sites.energies[i])
        k = propose_uniformly(sites, rule, rng, e, current)
        target.workspace[place] = sites.values[sites.value_start[e] + k]
        evaluate_group(target, sites, q, b)
        log_ratio += log_weight(sites.energies[i])
    else:
        weigh_values(target, sites, q, b, i, i + 1)
        k, log_ratio = propose_by_weight(
            sites.log_weights, 0, sites.num_values[e], current, rule, rng
        )
    if k < 0 or k == current or not work.circle.kinetic_energy[e] + log_ratio > 0.0:
        target.workspace[place] = before
        return False
    work.circle.kinetic_energy[e] += log_ratio
    target.workspace[place] = sites.values[sites.value_start[e] + k]
    return True


@kernel
def adapt_step(options, work, state, info, phase):
    """Learn from an iteration; no step is longer than a trajectory, as short paths may ask for."""
    return limited(options, adapt(options, work, state, info, phase))


@kernel
def finish_step(options, state):
    """Return the state with the step size that sampling keeps."""
    return limited(options, finish(options, state))


@kernel
def limited(options, state):
    """Return the state with a step size that is no longer than a trajectory of a given time."""
    longest = np.inf if options.num_steps > 0 else options.time
    return HamiltonianState(
        state.U,
        min(state.step_size, longest),
        state.dual_averaging,
        state.num_collected,
        state.has_begun,
        state.must_prepare,
        state.status,
    )


ALGORITHM = Algorithm(
    "mixed_hmc", "the MixedHMC sampler (about 4 s)", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt_step, finish_step, learn, scratch=("sites", "circle"),
)  # fmt: skip
