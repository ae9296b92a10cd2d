"""Moves of particles leave the target as it is, and are what their slow twin says."""

import numpy as np
import pytest
from scipy import stats

from lightppl.infer.evidence.moves import nuts_move, walk_move
from lightppl.kernels.particles import weigh_particles
from lightppl.kernels.target import make_target
from tests.kernels import potentials
from tests.reference.particle_walk import walk_step

NUM_PARTICLES, NUM_BINS = 200_000, 100
ALERT, FAIL = 1e-3, 1e-7
"""Probabilities: below the first, one repeat with another key; below the second, an error."""


def moved(move, q, step_size, key, num_moves=1, shape=1.5):
    target = make_target(potentials.log_gamma([shape]))
    totals = move.apply(target, np.eye(1), step_size, np.random.default_rng(key), q, num_moves)
    return move.mean_of("accept_prob", totals, len(q) * num_moves)


def draws_of_log_gamma(key):
    return np.log(np.random.default_rng(key).gamma(1.5, size=(NUM_PARTICLES, 1)))


def probability_of_draws(q):
    """Probability that draws of the target fill bins so unevenly."""
    counts = np.histogram(stats.gamma(1.5).cdf(np.exp(q)), NUM_BINS, (0.0, 1.0))[0]
    return stats.chisquare(counts).pvalue


def invariance(move, step_size, key, shape=1.5):
    q = draws_of_log_gamma(key)
    accept_prob = moved(move, q, step_size, key + 1, shape=shape)
    assert 0.1 < accept_prob < 0.99  # neither of no effect nor of no risk
    return probability_of_draws(q)


@pytest.mark.parametrize("move, step_size", [(nuts_move(0.8, 6), 1.8), (walk_move(0.3), 2.5)])
def test_exact_draws_stay_exact_draws(move, step_size):
    probability = invariance(move, step_size, 0)
    if probability < ALERT:
        probability = invariance(move, step_size, 100)
    assert probability > FAIL


def test_moves_of_a_slightly_wrong_density_are_seen():
    assert invariance(walk_move(0.3), 2.5, 0, shape=1.6) < FAIL


def test_moves_that_are_never_refused_are_seen():
    rng, q = np.random.default_rng(1), draws_of_log_gamma(0)
    q += 0.2 * rng.normal(size=q.shape)
    assert probability_of_draws(q) < FAIL


@pytest.mark.parametrize("move, step_size", [(nuts_move(0.8, 6), 0.8), (walk_move(0.3), 2.0)])
def test_moves_reach_the_target_from_elsewhere(move, step_size):
    q = np.random.default_rng(0).uniform(-2.0, 2.0, (20_000, 1))
    moved(move, q, step_size, 1, num_moves=40)
    assert stats.kstest(np.exp(q[:, 0]), stats.gamma(1.5).cdf).pvalue > 1e-4


def test_a_walk_is_that_of_its_slow_twin():
    potential = potentials.quartic(0.5)
    covariance = np.array([[1.0, 0.3], [0.3, 0.5]])
    q = np.random.default_rng(0).normal(size=(50, 2))
    rng, expected, accepted = np.random.default_rng(1), q.copy(), 0.0
    for n in range(50):
        for _ in range(3):
            normals = np.array([rng.standard_normal(), rng.standard_normal()])
            expected[n], accept_prob = walk_step(
                expected[n], potential.energy, np.linalg.cholesky(covariance), 1.2, normals,
                rng.random(),
            )  # fmt: skip
            accepted += accept_prob
    move = walk_move(0.3)
    rng = np.random.default_rng(1)
    totals = move.apply(make_target(potential), covariance, 1.2, rng, q, 3)
    np.testing.assert_allclose(q, expected, rtol=1e-12)
    assert move.mean_of("accept_prob", totals, 1) == pytest.approx(accepted, rel=1e-12)
    assert move.mean_of("num_steps", totals, 150) == 1.0


def test_a_particle_of_no_density_stays():
    q = np.array([[0.1], [1e4], [0.2]])  # exp(1e4) is infinite
    moved(walk_move(0.3), q, 1.0, 0, num_moves=20)
    assert q[1, 0] == 1e4 and q[0, 0] != 0.1 and q[2, 0] != 0.2


def test_the_log_likelihood_is_the_difference_of_two_potentials():
    prior, joint = potentials.gaussian(np.eye(2)), potentials.quartic(0.5)
    q = np.array([[0.5, 1.0], [np.nan, 0.0], [1e200, 0.0]])
    log_likelihood = np.zeros(3)
    targets = make_target(prior), make_target(joint)
    num_failed = weigh_particles(*targets, q, np.zeros(2), log_likelihood)
    assert log_likelihood[0] == pytest.approx(prior.energy(q[0]) - joint.energy(q[0]))
    assert log_likelihood[1] == log_likelihood[2] == -np.inf and num_failed == 2


def test_pilots_find_the_step_size_that_was_asked_for():
    target = make_target(potentials.log_gamma(np.full(5, 3.0)))
    q = np.log(np.random.default_rng(0).gamma(3.0, size=(2000, 5)))
    for move in (nuts_move(0.8, 6), walk_move(0.3)):
        rng = np.random.default_rng(1)
        step_size = move.tuned_step_size(target, np.eye(5), 1e-2, rng, q)
        totals = move.apply(target, np.eye(5), step_size, rng, q.copy(), 1)
        found = move.mean_of("accept_prob", totals, len(q))
        assert found == pytest.approx(move.target_accept_prob, abs=0.15)
