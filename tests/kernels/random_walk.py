"""Random-walk Metropolis as an `Algorithm`: a third one, which no file of the package knows.

Reference: Metropolis, Rosenbluth, Rosenbluth, Teller and Teller (1953), "Equation of state
calculations by fast computing machines"."""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import evaluate_potential

TARGET_ACCEPT_PROB = 0.35


class Options(NamedTuple):
    """What the user chose: whether warmup looks for a step size."""

    adapt_step_size: bool


class State(NamedTuple):
    """What the next iteration needs; `count` observations of warmup so far."""

    U: float
    step_size: float
    count: int
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten: `points` (2, D), the state and the proposal; `gradient` (D,)."""

    points: np.ndarray
    gradient: np.ndarray


class Info(NamedTuple):
    """What an iteration reports."""

    potential_energy: float
    accept_prob: float
    accepted: float


@kernel
def start(target, work, options, state, rng):
    U = evaluate_potential(target, work.points[0], work.gradient)
    status = Status.OK if np.isfinite(U) else Status.NON_FINITE_START
    return State(U, state.step_size, state.count, True, False, status)


@kernel
def prepare(target, work, options, state, rng):
    return state


@kernel
def transition(target, work, options, state, rng, phase):
    q, proposal = work.points[0], work.points[1]
    for i in range(q.size):
        proposal[i] = q[i] + state.step_size * rng.standard_normal()
    U, accepted = evaluate_potential(target, proposal, work.gradient), 0.0
    accept_prob = min(1.0, np.exp(state.U - U)) if np.isfinite(U) else 0.0
    if rng.random() < accept_prob:
        copy_into(q, proposal)
        accepted = 1.0
    else:
        U = state.U
    state = State(U, state.step_size, state.count, True, False, state.status)
    return state, Info(U, accept_prob, accepted)


@kernel
def adapt(options, work, state, info, phase):
    if not options.adapt_step_size:
        return state
    count = state.count + 1
    factor = np.exp((info.accept_prob - TARGET_ACCEPT_PROB) / np.sqrt(count))
    return State(state.U, state.step_size * factor, count, True, False, state.status)


@kernel
def finish(options, state):
    return state


ALGORITHM = Algorithm(
    "random_walk", "a random walk of the tests", Options, State, Work, Info,
    start, prepare, transition, adapt, finish,
)  # fmt: skip
