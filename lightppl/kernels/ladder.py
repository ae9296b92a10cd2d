"""Replica exchange: copies of an algorithm at several temperatures, of which neighbours swap.

Rung k samples the density to the power of its inverse temperature, which the density holds as its
only held value: U is multiplied by it.  An iteration proposes to swap the positions of neighbours,
in turns those whose first one has an even place on the ladder and those whose first one has an odd
place, and then each rung makes one transition.  The state of the chain is the first rung.

Legend: ``D`` dimension; ``R`` rungs; ``beta`` inverse temperature; ``U`` potential energy of a
rung; ``K`` numbers of its report.

References: Swendsen and Wang (1986), "Replica Monte Carlo simulation of spin glasses"; Geyer
(1991), "Markov chain Monte Carlo maximum likelihood"; Okabe, Kawata, Okamoto and Mikami (2001),
"Replica-exchange Monte Carlo method for the isobaric-isothermal ensemble"; Syed, Bouchard-Cote,
Deligiannidis and Doucet (2022), "Non-reversible parallel tempering: a scalable highly parallel
MCMC scheme", algorithm 1.
"""

import sys
from collections import namedtuple
from functools import cache
from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.adaptation.windows import SAMPLING
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.phase_point import copy_into


class State(NamedTuple):
    """What the next iteration needs.

    Parameters
    ----------
    U : float
        Of the first rung.
    num_rounds : int
        Of swaps, so far.
    rungs : tuple of State
        Of the algorithm, one a rung.
    has_begun, must_prepare : bool
    status : int
        See `lightppl.kernels.algorithm`.
    """

    U: float
    num_rounds: int
    rungs: tuple
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (1, V D) float64
        A copy of the first point of the first rung.
    rungs : tuple of Work
        Of the algorithm, one a rung.
    betas : (R,) float64
        Never written.
    energies : (R,) float64
        U of each rung divided by its beta.
    swap_probs : (R - 1,) float64
        With which neighbours were accepted to swap in the last iteration.
    is_swapped : (R,) bool
        Whether a rung has another position since then.
    reports : (R, K) float64
        Of the last iteration.
    position : (D,) float64
        Scratch.
    """

    points: np.ndarray
    rungs: tuple
    betas: np.ndarray
    energies: np.ndarray
    swap_probs: np.ndarray
    is_swapped: np.ndarray
    reports: np.ndarray
    position: np.ndarray


def rungs_of(items):
    """Return a named tuple of as many items, one a rung; its type is ``rungs_R`` of this module."""
    return getattr(sys.modules[__name__], f"rungs_{len(items)}")(*items)


def __getattr__(name):
    """Make the type of named tuples for a number of rungs, when somebody looks for it."""
    prefix, _, count = name.partition("_")
    if prefix != "rungs" or not count.isdecimal():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = namedtuple(name, [f"rung_{k}" for k in range(int(count))], module=__name__)
    return vars(sys.modules[__name__]).setdefault(name, made)


def make_work(works, betas, num_infos, size):
    """Return the arrays of a ladder.

    Parameters
    ----------
    works : sequence of Work
        Of the algorithm, one a rung.
    betas : (R,) float64
    num_infos, size : int
        K and D.
    """
    R = len(betas)
    return Work(
        works[0].points[:1].copy(), rungs_of(works), np.array(betas, np.float64), np.zeros(R),
        np.zeros(R - 1), np.zeros(R, np.bool_), np.zeros((R, num_infos)), np.zeros(size),
    )  # fmt: skip


def first_state(states):
    """Return the state of a ladder that has not begun, of those of its rungs."""
    return State(np.nan, 0, rungs_of(states), False, False, Status.OK)


@kernel
def decide_swaps(work, parity, rng):
    """Decide which neighbours swap, from the energies where the rungs are.

    Parameters
    ----------
    work : Work
        Its `swap_probs` are overwritten, of all neighbours, and `is_swapped`.
    parity : int
        0 or 1: pairs (k, k + 1) with k even, or odd, may swap.
    rng : numpy.random.Generator

    References
    ----------
    Syed et al. (2022), eq. (4).
    """
    betas, energies = work.betas, work.energies
    for k in range(betas.size):
        work.is_swapped[k] = False
    for k in range(betas.size - 1):
        log_ratio = (betas[k + 1] - betas[k]) * (energies[k + 1] - energies[k])
        work.swap_probs[k] = 1.0 if log_ratio >= 0.0 else np.exp(log_ratio)
        if k % 2 == parity and rng.random() < work.swap_probs[k]:
            work.is_swapped[k] = work.is_swapped[k + 1] = True


@kernel
def exchange(one, other, position):
    """Exchange the positions (D,) with which two points begin; overwrites `position` (D,), too."""
    D = position.size
    copy_into(position, one[:D])
    copy_into(one[:D], other[:D])
    copy_into(other[:D], position)


@cache
def ladder_of(inner, num_rungs):
    """Return the algorithm of a ladder with rungs of another algorithm.

    Parameters
    ----------
    inner : Algorithm
        Of one point, with a field ``U`` in its state.
    num_rungs : int
        R.

    Returns
    -------
    Algorithm
        Its `Options` are those of `inner`; so is its `Info`, of the first rung, with a further
        field ``swap_prob_k`` for each pair of neighbours.
    """
    Rungs = type(rungs_of(range(num_rungs)))
    swap_fields = [f"swap_prob_{k}" for k in range(num_rungs - 1)]
    Info = namedtuple(f"info_{inner.name}_{num_rungs}", (*inner.Info._fields, *swap_fields))
    started = _over_rungs(_started(inner.start), num_rungs)
    moved = _over_rungs(_moved(inner), num_rungs)
    finished = _finished(inner.finish, num_rungs)
    report, swaps = _numbers(len(inner.Info._fields)), _numbers(num_rungs - 1)

    def start(target, work, options, state, rng):
        """Evaluate the density at the position of each rung."""
        D = work.position.size
        copy_into(work.rungs[0].points[0][:D], work.points[0][:D])
        rungs = Rungs(*started(target, work, options, state.rungs, rng, SAMPLING))
        return collected(target, work, rungs, state.num_rounds)

    def prepare(target, work, options, state, rng):
        """Do nothing: rungs prepare what they have to in `transition`."""
        return state

    def transition(target, work, options, state, rng, phase):
        """Swap neighbours, and let each rung make a transition and learn from it."""
        for k in range(num_rungs):
            work.energies[k] = state.rungs[k].U / work.betas[k]
        decide_swaps(work, state.num_rounds % 2, rng)
        for k in range(state.num_rounds % 2, num_rungs - 1, 2):
            if work.is_swapped[k]:
                exchange(work.rungs[k].points[0], work.rungs[k + 1].points[0], work.position)
        rungs = Rungs(*moved(target, work, options, state.rungs, rng, phase))
        state = collected(target, work, rungs, state.num_rounds + 1)
        return state, Info(*(report(work.reports[0]) + swaps(work.swap_probs)))

    def adapt(options, work, state, info, phase):
        """Do nothing: rungs have learnt in `transition`."""
        return state

    def finish(options, state):
        """End the warmup of each rung."""
        rungs = Rungs(*finished(options, state.rungs))
        return State(state.U, state.num_rounds, rungs, state.has_begun, False, state.status)

    @kernel
    def collected(target, work, rungs, num_rounds):
        """Return the state of the chain from those of the rungs; the chain is the first rung."""
        copy_into(work.points[0], work.rungs[0].points[0])
        target.workspace[0] = work.betas[0]
        has_begun, status = True, Status.OK
        for k in range(num_rungs):
            has_begun = has_begun and rungs[k].has_begun
            status = max(status, rungs[k].status)
        if not has_begun:
            status = Status.NON_FINITE_START
        return State(rungs[0].U, num_rounds, rungs, has_begun, False, status)

    def learn(options, work, state, phases, num_done):
        """Let each rung learn from the window that has ended."""
        found = [
            inner.learn(options, rung, x, phases, num_done)
            for rung, x in zip(work.rungs, state.rungs)
        ]
        return state._replace(rungs=rungs_of(found))

    return Algorithm(
        f"ladder_{num_rungs}_{inner.name}",
        f"replica exchange with {inner.title.split(' (')[0]} (about 10 s)",
        inner.Options, State, Work, Info,
        kernel(start, parts=(started, copy_into, collected)),
        kernel(prepare),
        kernel(transition, parts=(moved, decide_swaps, exchange, report, swaps, collected)),
        kernel(adapt),
        kernel(finish, parts=(finished,)),
        None if inner.learn is None else learn,
    )  # fmt: skip


def _over_rungs(function, num_rungs, k=0):
    """Return a kernel that returns what a function returns for each rung from k on, as a tuple.

    A tuple is made of its first item and the rest, because its items have to be known when a
    kernel is compiled.
    """
    if k == num_rungs:

        @kernel
        def nothing(target, work, options, states, rng, phase):
            return ()

        return nothing
    rest = _over_rungs(function, num_rungs, k + 1)

    def over_rungs(target, work, options, states, rng, phase):
        target.workspace[0] = work.betas[k]
        found = function(target, work, options, states[k], rng, phase, k)
        return (found,) + rest(target, work, options, states, rng, phase)

    return kernel(over_rungs, parts=(function, rest))


def _started(start):
    def started(target, work, options, state, rng, phase, k):
        return start(target, work.rungs[k], options, state, rng)

    return kernel(started, parts=(start,))


def _moved(inner):
    start, prepare, transition, adapt, _ = inner.kernels

    def moved(target, work, options, state, rng, phase, k):
        """One iteration of a rung, as the loop over iterations has it."""
        rung = work.rungs[k]
        if work.is_swapped[k]:
            state = start(target, rung, options, state, rng)
        if state.must_prepare:
            state = prepare(target, rung, options, state, rng)
        state, info = transition(target, rung, options, state, rng, phase)
        for j in range(len(info)):
            work.reports[k, j] = info[j]
        if phase != SAMPLING:
            state = adapt(options, rung, state, info, phase)
        return state

    return kernel(moved, parts=(start, prepare, transition, adapt))


def _finished(finish, num_rungs, k=0):
    """Return a kernel that ends the warmup of each rung from k on."""
    if k == num_rungs:

        @kernel
        def nothing(options, states):
            return ()

        return nothing
    rest = _finished(finish, num_rungs, k + 1)

    def finished(options, states):
        return (finish(options, states[k]),) + rest(options, states)

    return kernel(finished, parts=(finish, rest))


def _numbers(count, k=0):
    """Return a kernel that returns the elements of a vector from k on as a tuple."""
    if k == count:

        @kernel
        def nothing(vector):
            return ()

        return nothing
    rest = _numbers(count, k + 1)

    def numbers(vector):
        return (vector[k],) + rest(vector)

    return kernel(numbers, parts=(rest,))
