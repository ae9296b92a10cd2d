"""Gibbs and Metropolis updates of discrete sites, alone or between Hamiltonian transitions.

In one iteration each element of each site is updated once, in groups of elements that meet in no
term of the log density; the groups take their turns in random order.

Legend: as in `discrete_sites`.

References: Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
restoration of images"; Liu (1996), "Peskun's theorem and a modified discrete-state Gibbs sampler".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels import hmc, nuts, walnuts
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.discrete_sites import (
    DiscreteSites, Rule, evaluate_group, log_weight, propose_by_weight, propose_uniformly,
    value_index, weigh_values,
)  # fmt: skip
from lightppl.kernels.interleaved import interleaved
from lightppl.kernels.target import evaluate_potential


@kernel
def update_sites(target, work, options, rng):
    """Update every element of the discrete sites once, given the position of the chain.

    Parameters
    ----------
    target : Target
        The head of its workspace is overwritten.
    work : Work
        With ``sites``, a `DiscreteSites`, and ``points``, whose first row begins with the position.
    options : Options
        With ``rule``, a `Rule`.
    rng : numpy.random.Generator
    """
    sites = work.sites
    B = sites.turns.size
    for b in range(B):
        sites.turns[b] = b
    for b in range(B - 1, 0, -1):  # Fisher and Yates' shuffle
        other = min(int(rng.random() * (b + 1)), b)
        sites.turns[b], sites.turns[other] = sites.turns[other], sites.turns[b]
    for turn in range(B):
        if options.rule.random_walk:
            walk_group(target, sites, work.points[0], options.rule, rng, sites.turns[turn])
        else:
            draw_group(target, sites, work.points[0], options.rule, rng, sites.turns[turn])


@kernel
def draw_group(target, sites, q, rule, rng, b):
    """Update the elements of a group by proposals from their conditional distributions.

    Parameters
    ----------
    target : Target
    sites : DiscreteSites
    q : (D or more,) float64
    rule : Rule
    rng : numpy.random.Generator
        Gives one uniform an element, and two where a proposal may be rejected.
    b : int
        The group.
    """
    K, start, size = sites.group_values[b], sites.group_start[b], sites.group_size[b]
    weigh_values(target, sites, q, b, 0, size)
    for i in range(size):
        e = start + i
        current = value_index(sites, e, sites.before[i])
        k, log_ratio = propose_by_weight(
            sites.log_weights, i * K, sites.num_values[e], current, rule, rng
        )
        if k >= 0 and (log_ratio >= 0.0 or np.log(rng.random()) < log_ratio):
            target.workspace[sites.element_place[e]] = sites.values[sites.value_start[e] + k]


@kernel
def walk_group(target, sites, q, rule, rng, b):
    """Update the elements of a group by uniform proposals; parameters as in `draw_group`."""
    start, size = sites.group_start[b], sites.group_size[b]
    evaluate_group(target, sites, q, b)
    for i in range(size):
        e = start + i
        sites.before[i] = target.workspace[sites.element_place[e]]
        sites.log_weights[i] = log_weight(sites.energies[i])
        current = value_index(sites, e, sites.before[i])
        k = propose_uniformly(sites, rule, rng, e, current)
        target.workspace[sites.element_place[e]] = sites.values[sites.value_start[e] + k]
    evaluate_group(target, sites, q, b)
    for i in range(size):
        log_ratio = log_weight(sites.energies[i]) - sites.log_weights[i]
        if not np.log(rng.random()) < log_ratio:  # of two that are impossible, the old one stays
            target.workspace[sites.element_place[start + i]] = sites.before[i]


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    rule : Rule
    """

    rule: Rule


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    U : float
        Potential energy.
    has_begun, must_prepare : bool
        See `lightppl.kernels.algorithm`.
    status : int
        A code of `lightppl.jit.Status`.
    """

    U: float
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (1, D) float64
        The position, which stays where it is.
    sites : DiscreteSites
    gradient : (D,) float64
    """

    points: np.ndarray
    sites: DiscreteSites
    gradient: np.ndarray


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy : float
        U of the new state.
    """

    potential_energy: float


@kernel
def start(target, work, options, state, rng):
    """Return the state with the potential energy of what is held."""
    U = evaluate_potential(target, work.points[0], work.gradient)
    is_finite = np.isfinite(U)
    return State(U, is_finite, False, Status.OK if is_finite else Status.NON_FINITE_START)


@kernel
def prepare(target, work, options, state, rng):
    """Return the state: there is nothing to prepare."""
    return state


@kernel
def transition(target, work, options, state, rng, phase):
    """Update all discrete sites once."""
    update_sites(target, work, options, rng)
    U = evaluate_potential(target, work.points[0], work.gradient)
    return State(U, state.has_begun, state.must_prepare, state.status), Info(U)


@kernel
def adapt(options, work, state, info, phase):
    """Return the state: nothing is learnt."""
    return state


@kernel
def finish(options, state):
    """Return the state: nothing is learnt."""
    return state


def first_state():
    """Return the `State` of a chain that has not begun."""
    return State(np.nan, False, False, Status.OK)


ALGORITHM = Algorithm(
    "discrete_gibbs", "the sampler of discrete sites (about 2 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish, scratch=("sites",),
)  # fmt: skip


def _between(inner):
    return interleaved(
        inner, update_sites,
        name="discrete", title="discrete sites", module=__name__,
        options=("rule",), work=("sites",), scratch=("sites",),
    )  # fmt: skip


_INNER = (hmc.ALGORITHM, nuts.ALGORITHM, walnuts.ALGORITHM)
INTERLEAVED = {inner.name: _between(inner) for inner in _INNER}
"""By the name of the other algorithm: updates of discrete sites before each of its transitions."""
