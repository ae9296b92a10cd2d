"""What moves particles: NUTS or a random walk, shaped and tuned by the population itself.

Legend: ``N`` particles; ``D`` dimension; ``M^-1`` the inverse mass matrix.

References: Chopin (2002), "A sequential particle filter method for static models", sec. 4, for
moves shaped by the particles; Buchholz, Chopin, Jacob (2021), "Adaptive tuning of Hamiltonian Monte
Carlo within sequential Monte Carlo", sec. 4, for pilot runs that tune a step size.
"""

import numpy as np

from lightppl.jit import Status
from lightppl.kernels import nuts, particle_walk
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.metric import make_metric, set_dense
from lightppl.kernels.particles import mover_of
from lightppl.records import record

FARTHEST = 5.0
"""Spreads from the median; what lies farther out, as in priors of heavy tails, counts as there."""

NUM_PILOTS, MOST_ROUNDS, TOLERANCE = 64, 10, 0.07
"""Particles and rounds that the step size is tuned by, and how near the acceptance must come."""


@record
class Move:
    """A way to move particles.

    Attributes
    ----------
    mover : Kernel
        From `mover_of`.
    Info : type of named tuple
        What it reports; ``accept_prob`` and ``num_steps`` among it.
    options : object
        Of the algorithm.
    is_dense : bool
        Whether correlations of the population shape it.
    target_accept_prob : float
    """

    mover: object
    Info: type
    options: object
    is_dense: bool
    target_accept_prob: float

    def first_step_size(self, size):
        """Return a step size to tune from, in units of the population, for dimension D."""
        return 2.38 / np.sqrt(size) if self.is_dense else size**-0.25

    def make_work(self, q, covariance):
        """Return arrays for one thread, with a metric of its own."""
        size = len(q)
        metric = make_metric(size, [range(size)] if self.is_dense else ())
        set_dense(metric, covariance)
        if self.is_dense:
            return particle_walk.make_work(q, metric)
        return nuts.make_work(q, metric, self.options.max_depth)

    def state(self, step_size):
        """Return the algorithm's `State` of a particle that begins."""
        if self.is_dense:
            return particle_walk.State(np.nan, float(step_size), Status.OK)
        return first_state(step_size, must_prepare=False)

    def apply(self, target, covariance, step_size, rng, q, num_moves):
        """Move particles in place.

        Parameters
        ----------
        target : Target
        covariance : (D, D) float64
        step_size : float
        rng : numpy.random.Generator
        q : (N, D) float64
            Overwritten.
        num_moves : int

        Returns
        -------
        (K,) float64
            Sums of the reports over particles and moves.
        """
        totals = np.zeros(len(self.Info._fields))
        work = self.make_work(q[0], covariance)
        state = self.state(step_size)
        self.mover(target, work, self.options, state, rng, q, num_moves, totals)
        return totals

    def mean_of(self, field, totals, count):
        """Return the mean of a field of the reports, from their sums."""
        return float(totals[self.Info._fields.index(field)] / count)

    def tuned_step_size(self, target, covariance, step_size, rng, q):
        """Return a step size that is accepted as often as asked for, by copies of some particles.

        Parameters
        ----------
        target : Target
        covariance : (D, D) float64
        step_size : float
            To begin with.
        rng : numpy.random.Generator
        q : (N, D) float64
        """
        pilots = q[:: max(1, len(q) // NUM_PILOTS)]
        for _ in range(MOST_ROUNDS):
            totals = self.apply(target, covariance, step_size, rng, pilots.copy(), 1)
            found = self.mean_of("accept_prob", totals, len(pilots))
            if abs(found - self.target_accept_prob) < TOLERANCE:
                break
            # on the scale of log odds, so that an acceptance near 1 takes large strides too
            growth = 0.5 * (log_odds(found) - log_odds(self.target_accept_prob))
            step_size *= np.exp(np.clip(growth, -1.5, 1.5))
        return step_size


def nuts_move(target_accept_prob, max_tree_depth):
    """Return the move by a NUTS trajectory, whose metric is diagonal."""
    warmup = WarmupOptions(target_accept_prob, False, False, False)
    title = "NUTS for particles (about 3 s)"
    return Move(
        mover_of("nuts", title, nuts.start, nuts.transition),
        nuts.Info,
        nuts.Options(max_tree_depth, max_tree_depth, warmup),
        False,
        target_accept_prob,
    )


def walk_move(target_accept_prob):
    """Return the move by a step of random-walk Metropolis."""
    title = "random walks for particles (about 1 s)"
    return Move(
        mover_of("walk", title, particle_walk.start, particle_walk.transition),
        particle_walk.Info,
        0,
        True,
        target_accept_prob,
    )


def log_odds(probability):
    """Return the logarithm of odds, finite at 0 and 1 too."""
    probability = np.clip(probability, 1e-3, 1.0 - 1e-3)
    return np.log(probability) - np.log1p(-probability)


def covariance_of(q):
    """Return a covariance matrix of a population that tails cannot spoil.

    Parameters
    ----------
    q : (N, D) float64

    Returns
    -------
    (D, D) float64
        Positive definite: correlations are shrunk by D / (N + D).
    """
    low, middle, high = np.quantile(q, [0.1587, 0.5, 0.8413], axis=0)
    spread = 0.5 * (high - low)
    spread = np.where(spread > 0, spread, np.maximum(q.std(axis=0), 1e-10))
    z = np.clip((q - middle) / spread, -FARTHEST, FARTHEST)
    covariance = np.atleast_2d(np.cov(z, rowvar=False))
    N, D = q.shape
    diagonal = np.maximum(np.diagonal(covariance), 1e-10)
    shrunk = N / (N + D) * covariance
    shrunk[np.diag_indices(D)] = diagonal
    return shrunk * np.outer(spread, spread)


def largest_correlation(before, after):
    """Return the largest correlation of a coordinate before with itself after moves, both (N, D).

    Of ranks, so that tails do not count.
    """
    ranks = [np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0) for x in (before, after)]
    a, b = (x - x.mean(axis=0) for x in ranks)
    return float(np.max(np.mean(a * b, axis=0) / (a.std(axis=0) * b.std(axis=0))))
