"""Ensemble slice sampling: walkers move along slices in directions that other walkers tell.

The walkers are split in halves.  Each of one half draws a direction, made of walkers of the other
half, and a height below its density; it steps out along the direction to both sides until the
density is below that height, and draws from the interval, which shrinks until a draw is above.
Whatever the scale of the directions, the density is left invariant; the scale ``mu`` decides about
the cost, and warmup learns it.

Legend: ``K`` walkers; ``D`` dimension; ``H = K / 2`` walkers of a half; ``U`` potential energy;
``x`` position of the walker that moves; ``t`` place on its line ``x + t direction``.

References: Karamanis and Beutler (2021), "Ensemble slice sampling"; Neal (2003), "Slice sampling",
figs. 3 and 5, for stepping out and shrinking; Tibbits, Groendyke, Haran and Liechty (2014),
"Automated factor slice sampling", for the scale.
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
from lightppl.kernels.ensemble_directions import (
    Directions,
    draw_direction,
    make_directions,
    prepare_directions,
    scale_direction,
)
from lightppl.kernels.ensemble_moves import Moves, choose_move
from lightppl.kernels.phase_point import copy_into
from lightppl.kernels.target import evaluate_potential

NUMBERS = ("potential_energy",)
"""What a walker reports of itself."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    randomize_split : bool
        Whether halves are drawn anew in each iteration.
    moves : Moves
    max_steps : int
        Intervals are at most so many directions long.
    max_iter : int
        Steps out, and steps of shrinking, of a walker in an iteration.
    tune_mu : bool
    """

    randomize_split: bool
    moves: Moves
    max_steps: int
    max_iter: int
    tune_mu: bool


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    mu : float
        Scale of directions.
    count : int
        Iterations of warmup so far.
    mean_log_mu : float
        Over these, iteration n with the weight n.
    has_begun, must_prepare : bool
    status : int
    """

    mu: float
    count: int
    mean_log_mu: float
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
    directions : Directions
        Scratch.
    proposal, gradient : (D,) float64
        Scratch.
    """

    points: np.ndarray
    sizes: np.ndarray
    order: np.ndarray
    directions: Directions
    proposal: np.ndarray
    gradient: np.ndarray


class Info(NamedTuple):
    """What an iteration reports of the ensemble.

    Parameters
    ----------
    n_expansions, n_contractions : float
        Steps out, and of shrinking, of all walkers.
    mu : float
        The scale of its directions.
    """

    n_expansions: float
    n_contractions: float
    mu: float


def make_work(q, needs_covariance):
    """Return the arrays of an ensemble that begins at `q` (K, D).

    Parameters
    ----------
    q : (K, D) float64
    needs_covariance : bool
        Whether some move is made of the covariance of walkers.
    """
    K, D = np.shape(q)
    points, sizes = make_points(q, len(NUMBERS))
    directions = make_directions(D, needs_covariance)
    return Work(points, sizes, np.arange(K), directions, np.zeros(D), np.zeros(D))


def first_state(mu):
    """Return the `State` of an ensemble that has not begun."""
    return State(float(mu), 0, 0.0, False, False, Status.OK)


@kernel
def start(target, work, options, state, rng):
    """Evaluate the density where the walkers are."""
    walkers = walkers_at(work.points, 0, work.sizes)
    are_finite = evaluate_walkers(target, walkers, work.gradient)
    status = Status.OK if are_finite else Status.NON_FINITE_START
    return State(state.mu, state.count, state.mean_log_mu, are_finite, False, status)


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
    Karamanis and Beutler (2021), the parallel form of the algorithm.
    """
    walkers, order = walkers_at(work.points, 0, work.sizes), work.order
    H, num_expansions, num_contractions = order.size // 2, 0, 0
    if options.randomize_split:
        shuffle(order, rng)
    for half in range(2):
        active, others = order[half * H : (half + 1) * H], order[(1 - half) * H : (2 - half) * H]
        move, scratch = choose_move(options.moves, rng), work.directions
        prepare_directions(scratch, walkers, options.moves, move, others)
        for k in active:
            draw_direction(scratch, walkers, options.moves, move, others, rng)
            if scale_direction(scratch.direction, 2.0 * state.mu):
                numbers = move_along(target, work, options, walkers, k, rng)
                num_expansions += numbers[0]
                num_contractions += numbers[1]
    return state, Info(float(num_expansions), float(num_contractions), state.mu)


@kernel
def move_along(target, work, options, walkers, k, rng):
    """Move walker k to a draw from its slice along the direction in `work`, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its scratch is overwritten.
    options : Options
    walkers : Walkers
        Walker k is overwritten.
    k : int
    rng : numpy.random.Generator

    Returns
    -------
    num_expansions, num_contractions : int

    References
    ----------
    Neal (2003), figs. 3 and 5.
    """
    x, numbers = vector_of(walkers, POSITION, k), numbers_of(walkers, k)
    U_most = numbers[POTENTIAL_ENERGY] - np.log1p(-rng.random())  # plus an exponential variate
    left = -rng.random()
    right = left + 1.0
    # the share of the steps to the left is drawn beforehand, which keeps the way back as likely
    num_steps = min(options.max_steps, options.max_iter)
    num_left = random_index(rng, num_steps)
    num_right, num_expansions = num_steps - 1 - num_left, 0
    while num_left > 0 and energy_at(target, work, x, left) <= U_most:
        left, num_left, num_expansions = left - 1.0, num_left - 1, num_expansions + 1
    while num_right > 0 and energy_at(target, work, x, right) <= U_most:
        right, num_right, num_expansions = right + 1.0, num_right - 1, num_expansions + 1
    num_contractions = 0
    while num_contractions < options.max_iter:
        t = left + rng.random() * (right - left)
        U = energy_at(target, work, x, t)
        if U <= U_most:  # not so where the density fails: NaN is not less than anything
            copy_into(x, work.proposal)
            numbers[POTENTIAL_ENERGY] = U
            break
        left, right = (t, right) if t < 0.0 else (left, t)
        num_contractions += 1
    return num_expansions, num_contractions


@kernel
def energy_at(target, work, x, t):
    """Return U at ``x + t direction``, which is left in ``work.proposal``."""
    for i in range(x.size):
        work.proposal[i] = x[i] + t * work.directions.direction[i]
    return evaluate_potential(target, work.proposal, work.gradient)


@kernel
def adapt(options, work, state, info, phase):
    """Make directions longer if steps out outnumber those of shrinking, and shorter if not.

    References
    ----------
    Tibbits et al. (2014); Karamanis and Beutler (2021), the section on the scale.
    """
    if not options.tune_mu:
        return state
    num_expansions = max(info.n_expansions, 1.0)
    mu = state.mu * 2.0 * num_expansions / (num_expansions + info.n_contractions)
    count = state.count + 1
    mean = state.mean_log_mu + 2.0 / (count + 1) * (np.log(mu) - state.mean_log_mu)
    return State(mu, count, mean, state.has_begun, False, state.status)


@kernel
def finish(options, state):
    """Keep the mean of the scales, in logarithms; the paper keeps the last, which varies more."""
    mu = np.exp(state.mean_log_mu) if state.count > 0 else state.mu
    return State(mu, 0, 0.0, state.has_begun, False, state.status)


ALGORITHM = Algorithm(
    "ensemble_slice", "the ESS sampler (about 2 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish,
    scratch=("directions", "proposal", "gradient"),
)  # fmt: skip
