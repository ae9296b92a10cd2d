"""MEADS: generalized Hamiltonian Monte Carlo that many chains tune for each other, all the time.

Generalized HMC takes one leapfrog step an iteration, with a momentum that is forgotten slowly
instead of drawn anew.  A refused step turns the momentum round, which would undo progress; so the
uniform that decides moves slowly too, and refusals come in runs with long stretches between them.

Step size eps, scales s and damping gamma of a walker are functions of other walkers
(`adaptation.maximum_eigenvalue`).  The ensemble (`ensemble`)
is dealt into folds: fold k is moved with parameters from fold k - 1, and the fold whose turn it is
stays.  With fold s at rest, folds s - 1, s - 2, ..., s + 1 are moved in this order, each with
parameters of a fold that has not been moved yet; so each is a step of Gibbs sampling, a Markov
kernel for one fold given the others that leaves its target invariant, and the product over all
walkers is left invariant, during warmup and after it.  Every as many iterations as there are folds
walkers are dealt anew.

Legend: ``K`` walkers; ``D`` dimension; ``U`` potential energy; ``p`` momentum in scaled
coordinates, standard normal; ``u`` uniform on (-1, 1) that decides; ``alpha`` share of fresh noise
in momenta; ``delta`` move of uniforms; ``t`` iterations; ``n`` walkers of a fold.

References
----------
Hoffman and Sountsov (2022), "Tuning-free generalized Hamiltonian Monte Carlo", AISTATS, algorithms
1 to 3; Neal (2020), "Non-reversibly updating a uniform [0,1] value for Metropolis accept/reject
decisions", arXiv:2001.11950; Horowitz (1991), "A generalized guided Monte Carlo algorithm".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import Status, kernel
from lightppl.kernels.adaptation.maximum_eigenvalue import tune
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.ensemble import (
    POSITION,
    POTENTIAL_ENERGY,
    evaluate_walker,
    make_points,
    numbers_of,
    shuffle,
    vector_of,
    walkers_at,
)
from lightppl.kernels.phase_point import copy_into, dot
from lightppl.kernels.target import evaluate_potential
from lightppl.kernels.trajectory import is_divergent, metropolis_prob

MOMENTUM, GRADIENT, NUM_VECTORS = 1, 2, 3
"""Vectors of an ensemble behind its positions."""

NUMBERS = ("potential_energy", "energy", "accept_prob", "diverging", "uniform")
ENERGY, ACCEPT_PROB, DIVERGING, UNIFORM = 1, 2, 3, 4
"""Numbers of a walker."""


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    num_folds : int
    multiplier, slowdown : float
        See `lightppl.kernels.adaptation.maximum_eigenvalue`.
    """

    num_folds: int
    multiplier: float
    slowdown: float


class State(NamedTuple):
    """What the next iteration needs and arrays do not hold.

    Parameters
    ----------
    t : int
        Iterations so far, in all.
    has_begun, must_prepare : bool
        See `lightppl.kernels.algorithm`.
    status : int
    """

    t: int
    has_begun: bool
    must_prepare: bool
    status: int


class Work(NamedTuple):
    """Arrays that are overwritten.

    Parameters
    ----------
    points : (1, 3 K S) float64
        As `lightppl.kernels.ensemble` lays them out: positions, momenta and gradients.
    sizes : (3,) int64
    order : (K,) int64
        The walkers of fold 0, then those of fold 1, and so on.
    rows : (n, D) float64
        Scratch: positions or gradients of a fold, scaled.
    scale : (D,) float64
        s.
    trial : (3, D) float64
        Scratch: position, momentum and gradient at the end of a step.
    """

    points: np.ndarray
    sizes: np.ndarray
    order: np.ndarray
    rows: np.ndarray
    scale: np.ndarray
    trial: np.ndarray


class Info(NamedTuple):
    """What an iteration reports of the ensemble: means over walkers that were moved.

    Parameters
    ----------
    mean_accept_prob, step_size, damping : float
        The damping is gamma.
    """

    mean_accept_prob: float
    step_size: float
    damping: float


def make_work(q, num_folds):
    """Return the arrays of an ensemble that begins at `q` (K, D), dealt into so many folds."""
    K, D = np.shape(q)
    points, sizes = make_points(q, len(NUMBERS), NUM_VECTORS)
    return Work(
        points, sizes, np.arange(K), np.zeros((K // num_folds, D)), np.ones(D), np.zeros((3, D))
    )


def first_state(t=0):
    """Return the `State` of an ensemble that has not begun, after `t` iterations before it."""
    return State(int(t), False, False, Status.OK)


@kernel
def start(target, work, options, state, rng):
    """Evaluate the density where the walkers are; draw momenta and uniforms of those without.

    Parameters
    ----------
    target : Target
    work : Work
        Momenta, gradients and numbers are overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
        Gives D normal variates and a uniform for each walker whose momentum is zero.

    Returns
    -------
    State
        With status ``NON_FINITE_START`` if a potential energy is not finite.
    """
    walkers, are_finite = walkers_at(work.points, 0, work.sizes), True
    for k in range(walkers.num_walkers):
        U = evaluate_walker(target, walkers, k, vector_of(walkers, GRADIENT, k))
        are_finite = are_finite and np.isfinite(U)
        p = vector_of(walkers, MOMENTUM, k)
        if not dot(p, p) > 0.0:
            for i in range(p.size):
                p[i] = rng.standard_normal()
            numbers_of(walkers, k)[UNIFORM] = 2.0 * rng.random() - 1.0
        numbers_of(walkers, k)[ENERGY] = U + 0.5 * dot(p, p)
    return State(state.t, are_finite, False, Status.OK if are_finite else Status.NON_FINITE_START)


@kernel
def prepare(target, work, options, state, rng):
    """Do nothing."""
    return state


@kernel
def transition(target, work, options, state, rng, phase):
    """Move the walkers of all folds but one, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Overwritten.
    options : Options
    state : State
    rng : numpy.random.Generator
        Gives D normal variates for each walker that is moved; and, whenever walkers are dealt
        anew, a uniform for each walker but one.
    phase : int
        Not used: tuning goes on after warmup.

    Returns
    -------
    state : State
    info : Info

    References
    ----------
    Hoffman and Sountsov (2022), algorithm 3.
    """
    walkers = walkers_at(work.points, 0, work.sizes)
    num_folds, n = options.num_folds, work.rows.shape[0]
    resting = state.t % num_folds
    if resting == 0:
        shuffle(work.order, rng)
    total, eps, gamma = 0.0, 0.0, 0.0
    for j in range(1, num_folds):
        fold = (resting - j) % num_folds  # with parameters of a fold that has not been moved yet
        source = (fold - 1) % num_folds
        tuning = tune(
            walkers, work.order[source * n : (source + 1) * n], GRADIENT, work.rows, work.scale,
            options.multiplier, options.slowdown, state.t,
        )  # fmt: skip
        for k in work.order[fold * n : (fold + 1) * n]:
            total += move_walker(target, work, walkers, k, tuning, rng)
        eps += tuning.eps
        gamma += tuning.gamma
    num_moved = num_folds - 1
    info = Info(total / (num_moved * n), eps / num_moved, gamma / num_moved)
    return State(state.t + 1, True, False, state.status), info


@kernel
def move_walker(target, work, walkers, k, tuning, rng):
    """Take one step of generalized HMC with walker k, in place; return the acceptance probability.

    Parameters
    ----------
    target : Target
    work : Work
        Its scale is read, its scratch overwritten.
    walkers : Walkers
    k : int
    tuning : Tuning
    rng : numpy.random.Generator

    Returns
    -------
    float
        0 if the step diverged.

    References
    ----------
    Hoffman and Sountsov (2022), algorithms 1 and 2; Neal (2020), sec. 3.
    """
    q, p = vector_of(walkers, POSITION, k), vector_of(walkers, MOMENTUM, k)
    grad, numbers = vector_of(walkers, GRADIENT, k), numbers_of(walkers, k)
    kept, fresh = np.sqrt(1.0 - tuning.alpha), np.sqrt(tuning.alpha)
    for i in range(p.size):
        p[i] = kept * p[i] + fresh * rng.standard_normal()
    u = moved_uniform(numbers[UNIFORM], tuning.delta)
    H = numbers[POTENTIAL_ENERGY] + 0.5 * dot(p, p)
    U = scaled_leapfrog(target, q, p, grad, work.scale, tuning.eps, work.trial)
    delta_H = U + 0.5 * dot(work.trial[1], work.trial[1]) - H
    diverging = is_divergent(delta_H)
    accept_prob = 0.0 if diverging else metropolis_prob(delta_H)
    if not diverging and abs(u) < np.exp(-delta_H):
        copy_into(q, work.trial[0])
        copy_into(p, work.trial[1])
        copy_into(grad, work.trial[2])
        numbers[POTENTIAL_ENERGY], H = U, H + delta_H
        u *= np.exp(delta_H)  # uniform below the density of the new state
    else:
        for i in range(p.size):
            p[i] = -p[i]
    numbers[ENERGY], numbers[ACCEPT_PROB], numbers[UNIFORM] = H, accept_prob, u
    numbers[DIVERGING] = 1.0 if diverging else 0.0
    return accept_prob


@kernel(small=True)
def moved_uniform(u, delta):
    """Return a number on (-1, 1) moved on by `delta`, from 1 to -1.

    References
    ----------
    Neal (2020), sec. 3.
    """
    u += delta
    return u - 2.0 if u >= 1.0 else u


@kernel
def scaled_leapfrog(target, q, p, grad, scale, eps, trial):
    """Write the end of a leapfrog step in scaled coordinates into `trial`, and return its U.

    Parameters
    ----------
    target : Target
    q, p, grad : (D,) float64
        Position, momentum in scaled coordinates, gradient.
    scale : (D,) float64
    eps : float
    trial : (3, D) float64
        Overwritten.
    """
    for i in range(q.size):
        trial[1, i] = p[i] - 0.5 * eps * (scale[i] * grad[i])
        trial[0, i] = q[i] + eps * (scale[i] * trial[1, i])
    U = evaluate_potential(target, trial[0], trial[2])
    for i in range(q.size):
        trial[1, i] -= 0.5 * eps * (scale[i] * trial[2, i])
    return U


@kernel
def adapt(options, work, state, info, phase):
    """Do nothing: walkers tune each other in every iteration."""
    return state


@kernel
def finish(options, state):
    """Do nothing: sampling goes on as warmup does."""
    return state


ALGORITHM = Algorithm(
    "meads", "the MEADS sampler (about 2 s)", Options, State, Work, Info,
    start, prepare, transition, adapt, finish, scratch=("rows", "scale", "trial"),
)  # fmt: skip
