"""How long trajectories should be, from what a step of many chains shows: ChEES and Adam.

The criterion is the change in the estimator of the expected square,

    ChEES = E[(|q' - m'|^2 - |q - m|^2)^2] / 4,

large if trajectories carry walkers far from, and to, the middle of the density.  Its derivative by
the time t of a trajectory is E[(|q' - m'|^2 - |q - m|^2) (q' - m')^T v'], with v' the velocity at
the end, and t = h T makes t times that the derivative by log T.  Adam goes up.

Legend: ``K`` walkers; ``D`` dimension; ``q, q'`` positions before and after a trajectory; ``m,
m'`` their means; ``T`` longest trajectory; ``h`` jitter in (0, 1); ``M`` mass matrix.

References
----------
Hoffman, Radul, Sountsov (2021), "An adaptive-MCMC scheme for setting trajectory lengths in
Hamiltonian Monte Carlo", AISTATS, sec. 3; Kingma and Ba (2015), "Adam: a method for stochastic
optimization", algorithm 1; Owen (2017), "A randomized Halton algorithm in R", for the sequence.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.ensemble import POSITION, numbers_of, vector_of

MOMENTUM = 1
"""The vector of an ensemble that holds momenta."""

SECOND_MOMENT_DECAY = 0.95
"""beta_2 of Adam; beta_1 is 0."""

AVERAGING = 0.5
"""Update t weighs t to minus this power in the average of log T."""


class LengthState(NamedTuple):
    """What the adaptation of T remembers.

    Parameters
    ----------
    log_T, log_T_bar : float
        Of Adam, and its average.
    square : float
        Adam's second moment.
    num_updates : int
    """

    log_T: float
    log_T_bar: float
    square: float
    num_updates: int


@kernel
def start_length(log_T):
    """Return the state that begins at some T."""
    return LengthState(log_T, log_T, 0.0, 0)


@kernel
def update_length(state, slope, learning_rate, shortest, longest):
    """Return the state after one step of Adam up the criterion.

    Parameters
    ----------
    state : LengthState
    slope : float
        Derivative of the criterion by log T, up to a factor; if it is not finite, nothing happens.
    learning_rate : float
    shortest, longest : float
        Bounds of T.

    Returns
    -------
    LengthState

    References
    ----------
    Kingma and Ba (2015), algorithm 1, with beta_1 = 0; Hoffman, Radul and Sountsov (2021),
    algorithm 1.
    """
    if not np.isfinite(slope):
        return state
    t, log_T = state.num_updates + 1, state.log_T
    square = SECOND_MOMENT_DECAY * state.square + (1.0 - SECOND_MOMENT_DECAY) * slope * slope
    spread = np.sqrt(square / (1.0 - SECOND_MOMENT_DECAY**t))
    if spread > 0.0:
        log_T += learning_rate * slope / spread
    log_T = min(max(log_T, np.log(shortest)), np.log(longest))
    weight = t**-AVERAGING
    return LengthState(log_T, (1.0 - weight) * state.log_T_bar + weight * log_T, square, t)


@kernel
def slope_of_criterion(walkers, ends, inverse_mass, accept_prob, means):
    """Return the derivative of ChEES by the time of trajectories, up to a factor.

    Parameters
    ----------
    walkers, ends : Walkers
        Before and after trajectories that took the same time; the first vector behind the positions
        of `ends` is the momentum.
    inverse_mass : (D,) float64
        Diagonal of M^-1.
    accept_prob : int
        Which number of `ends` is the acceptance probability.
    means : (2, D) float64
        Overwritten.

    Returns
    -------
    float
        A mean over walkers, weighted by their acceptance probabilities.

    References
    ----------
    Hoffman, Radul and Sountsov (2021), eq. (11) and (12).
    """
    set_means(means, walkers, ends, accept_prob)
    total, weights = 0.0, 0.0
    for k in range(walkers.num_walkers):
        alpha, q = numbers_of(ends, k)[accept_prob], vector_of(walkers, POSITION, k)
        q_end, p_end = vector_of(ends, POSITION, k), vector_of(ends, MOMENTUM, k)
        if not alpha > 0.0:
            continue
        gain, along = 0.0, 0.0
        for i in range(q.size):
            before, after = q[i] - means[0, i], q_end[i] - means[1, i]
            gain += (after * after - before * before) / inverse_mass[i]
            along += after * p_end[i]  # in scaled coordinates (after / s) (s p), s^2 = M^-1
        total += alpha * gain * along
        weights += alpha
    return total / weights if weights > 0.0 else 0.0


@kernel
def set_means(means, walkers, ends, accept_prob):
    """Overwrite `means` with those of positions before, and after by acceptance probability."""
    means[:] = 0.0
    weights = 0.0
    for k in range(walkers.num_walkers):
        alpha = numbers_of(ends, k)[accept_prob]
        q, end = vector_of(walkers, POSITION, k), vector_of(ends, POSITION, k)
        for i in range(q.size):
            means[0, i] += q[i] / walkers.num_walkers
            if alpha > 0.0:
                means[1, i] += alpha * end[i]
        weights += alpha
    for i in range(means.shape[1]):
        means[1, i] = means[1, i] / weights if weights > 0.0 else means[0, i]


@kernel
def halton(index):
    """Return a term of the Halton sequence in base 2: the binary digits of `index`, mirrored."""
    x, digit = 0.0, 0.5
    while index > 0:
        if index & 1 == 1:
            x += digit
        index >>= 1
        digit *= 0.5
    return x


@kernel(small=True)
def num_steps_of(time, step_size, most_steps):
    """Return how many steps a trajectory of some time has: at least one, and at most so many."""
    return int(min(max(np.ceil(time / step_size), 1.0), most_steps))
