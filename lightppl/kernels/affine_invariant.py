"""Affine-invariant ensemble sampling: walkers propose along lines to, or between, other walkers.

The walkers are split in halves.  Those of one half move one after another, each by a Metropolis
step whose proposal is made of walkers of the other half, which stand still meanwhile; then the
halves change places.

Legend: ``K`` walkers; ``D`` dimension; ``H = K / 2`` walkers of a half; ``U`` potential energy;
``M`` kinds of moves; ``x`` position of the walker that moves; ``log_factor`` logarithm of what the
ratio of densities is multiplied by.

References: Goodman and Weare (2010), "Ensemble samplers with affine invariance"; Foreman-Mackey,
Hogg, Lang and Goodman (2013), "emcee: the MCMC hammer", for the halves; ter Braak (2006), "A Markov
chain Monte Carlo version of the genetic algorithm differential evolution"; Nelson, Ford and Payne
(2013), "RUN DMC: an efficient, parallel code for analyzing radial velocity observations using
N-body integrations and differential evolution Markov chain Monte Carlo".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.ensemble import (
    POSITION,
    POTENTIAL_ENERGY,
    evaluate_walkers,
    make_points,
    numbers_of,
    random_index,
    shuffle,
    vector_of,
    walkers_at,
)
from lightppl.kernels.ensemble_moves import Moves, choose_move, draw_pair
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import evaluate_potential

STRETCH, DIFFERENTIAL_EVOLUTION = 0, 1
"""Kinds of moves.  Parameters of a stretch: a.  Of differential evolution: g0, sigma."""

NUMBERS = ("potential_energy", "accept_prob")
"""What a walker reports of itself."""

ACCEPT_PROB = 1


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    randomize_split : bool
        Whether halves are drawn anew in each iteration.
    moves : Moves
    """

    randomize_split: bool
    moves: Moves


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    count : int
        Iterations of warmup so far, or of sampling.
    mean_accept_prob : float
        Over these.
    has_begun, must_prepare : bool
    status : int
    """

    count: int
    mean_accept_prob: float
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (1, K S) float64
        The walkers, see `lightppl.kernels.ensemble`.
    sizes : (3,) int64
    order : (K,) int64
        The first H numbers are the walkers of one half.
    proposal, gradient : (D,) float64
        Scratch.
    """

    points: np.ndarray
    sizes: np.ndarray
    order: np.ndarray
    proposal: np.ndarray
    gradient: np.ndarray


class Info(NamedTuple):
    """What an iteration reports of the ensemble.

    Parameters
    ----------
    accept_prob : float
        Mean acceptance probability of the walkers.
    mean_accept_prob : float
        Mean of that over the iterations of warmup, or of sampling, so far.
    """

    accept_prob: float
    mean_accept_prob: float


def make_work(q):
    """Return the arrays of an ensemble that begins at `q` (K, D)."""
    K, D = np.shape(q)
    points, sizes = make_points(q, len(NUMBERS))
    return Work(points, sizes, np.arange(K), np.zeros(D), np.zeros(D))


def first_state():
    """Return the `State` of an ensemble that has not begun."""
    return State(0, 0.0, False, False, Status.OK)


@kernel
def start(target, work, options, state, rng):
    """Evaluate the density where the walkers are."""
    walkers = walkers_at(work.points, 0, work.sizes)
    are_finite = evaluate_walkers(target, walkers, work.gradient)
    status = Status.OK if are_finite else Status.NON_FINITE_START
    return State(state.count, state.mean_accept_prob, are_finite, False, status)


@kernel
def prepare(target, work, options, state, rng):
    """Do nothing."""
    return state


@kernel
def transition(target, work, options, state, rng, phase):
    """Move the walkers of one half and then those of the other, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
    phase : int
        Not used.

    Returns
    -------
    state : State
    info : Info

    References
    ----------
    Foreman-Mackey et al. (2013), algorithm 3.
    """
    walkers, order = walkers_at(work.points, 0, work.sizes), work.order
    H, total = order.size // 2, 0.0
    if options.randomize_split:
        shuffle(order, rng)
    for half in range(2):
        active, others = order[half * H : (half + 1) * H], order[(1 - half) * H : (2 - half) * H]
        move = choose_move(options.moves, rng)
        for k in active:
            total += move_walker(target, work, walkers, options.moves, move, k, others, rng)
    accept_prob, count = total / order.size, state.count + 1
    mean = state.mean_accept_prob + (accept_prob - state.mean_accept_prob) / count
    return State(count, mean, True, False, state.status), Info(accept_prob, mean)


@kernel
def move_walker(target, work, walkers, moves, move, k, others, rng):
    """Move walker k by a Metropolis step, in place, and return its acceptance probability.

    Parameters
    ----------
    target : Target
    work : Work
        Its scratch is overwritten.
    walkers : Walkers
        Walker k is overwritten.
    moves : Moves
    move : int
        Which of them it is.
    k : int
    others : (H,) int64
        The walkers that stand still.
    rng : numpy.random.Generator
    """
    x, numbers = vector_of(walkers, POSITION, k), numbers_of(walkers, k)
    log_factor = propose(walkers, moves, move, x, others, rng, work.proposal)
    U = evaluate_potential(target, work.proposal, work.gradient)
    log_ratio = log_factor + numbers[POTENTIAL_ENERGY] - U
    # a density that fails is never accepted: NaN is not greater than anything
    accept_prob = min(1.0, np.exp(log_ratio)) if log_ratio > -np.inf else 0.0
    numbers[ACCEPT_PROB] = accept_prob
    if rng.random() < accept_prob:
        copy_into(x, work.proposal)
        numbers[POTENTIAL_ENERGY] = U
    return accept_prob


@kernel
def propose(walkers, moves, move, x, others, rng, proposal):
    """Write a proposal for a walker at x into `proposal` (D,), and return its log factor."""
    if moves.kinds[move] == STRETCH:
        return propose_stretch(walkers, moves.parameters[move, 0], x, others, rng, proposal)
    g0, sigma = moves.parameters[move, 0], moves.parameters[move, 1]
    return propose_difference(walkers, g0, sigma, x, others, rng, proposal)


@kernel
def propose_stretch(walkers, a, x, others, rng, proposal):
    """Propose a point on the line through x and another walker.

    Parameters
    ----------
    walkers : Walkers
    a : float
        The distance from the other walker changes by a factor in [1 / a, a]; above 1.
    x : (D,) float64
    others : (H,) int64
    rng : numpy.random.Generator
        Gives two uniform variates.
    proposal : (D,) float64
        Overwritten.

    Returns
    -------
    log_factor : float

    References
    ----------
    Goodman and Weare (2010), sec. 2, the stretch move.
    """
    y = vector_of(walkers, POSITION, others[random_index(rng, others.size)])
    z = (1.0 + (a - 1.0) * rng.random()) ** 2 / a  # of density proportional to 1 / sqrt(z)
    for i in range(x.size):
        proposal[i] = y[i] + z * (x[i] - y[i])
    return (x.size - 1) * np.log(z)


@kernel
def propose_difference(walkers, g0, sigma, x, others, rng, proposal):
    """Propose x plus a multiple of the difference of two other walkers.

    Parameters
    ----------
    walkers : Walkers
    g0, sigma : float
        The factor is normal with mean g0 and standard deviation g0 sigma; with a g0 of 0 the mean
        is 2.38 / sqrt(2 D), best for normal densities (ter Braak 2006, sec. 2).
    x : (D,) float64
    others : (H,) int64
    rng : numpy.random.Generator
        Gives two uniform variates and a normal one.
    proposal : (D,) float64
        Overwritten.

    Returns
    -------
    log_factor : float
        Zero: of two walkers either may come first, so the way back is as likely.

    References
    ----------
    ter Braak (2006), sec. 2; Nelson et al. (2013), for a random factor instead of noise.
    """
    i, j = draw_pair(others, rng)
    y, w = vector_of(walkers, POSITION, i), vector_of(walkers, POSITION, j)
    mean = g0 if g0 > 0.0 else 2.38 / np.sqrt(2.0 * x.size)
    gamma = mean * (1.0 + sigma * rng.standard_normal())
    for d in range(x.size):
        proposal[d] = x[d] + gamma * (y[d] - w[d])
    return 0.0


@kernel
def adapt(options, work, state, info, phase):
    """Do nothing: there is nothing to learn."""
    return state


@kernel
def finish(options, state):
    """Begin the mean acceptance probability of sampling."""
    return State(0, 0.0, state.has_begun, False, state.status)


ALGORITHM = Algorithm(
    "affine_invariant", "the AIES sampler (about 2 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish, scratch=("proposal", "gradient"),
)  # fmt: skip
