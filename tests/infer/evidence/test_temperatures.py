"""How far a step goes, and what shapes the moves there."""

import numpy as np
import pytest

from lightppl.infer.evidence.moves import covariance_of, largest_correlation
from lightppl.infer.evidence.temperatures import conditional_ess, next_inverse_temperature

_LOG_L = np.random.default_rng(0).normal(-50.0, 30.0, size=500)
_EQUAL = np.full(500, -np.log(500))


@pytest.mark.parametrize("target", [0.3, 0.5, 0.95])
def test_a_step_keeps_as_many_particles_as_asked_for(target):
    beta = next_inverse_temperature(_LOG_L, _EQUAL, 0.1, target)
    assert 0.1 < beta < 1.0
    kept = conditional_ess((beta - 0.1) * _LOG_L, np.exp(_EQUAL))
    assert kept == pytest.approx(target, abs=1e-9)


def test_the_last_step_ends_at_the_posterior():
    assert next_inverse_temperature(1e-3 * _LOG_L, _EQUAL, 0.7, 0.5) == 1.0


def test_excluded_particles_do_not_hold_a_step_back():
    log_l = np.where(np.arange(500) % 10 == 0, -1.0, -np.inf)
    assert next_inverse_temperature(log_l, _EQUAL, 0.0, 0.5) == 1.0


def test_a_step_is_never_empty():
    sharp = np.where(np.arange(500) == 0, 0.0, -1e300)
    assert 0.0 < next_inverse_temperature(sharp, _EQUAL, 0.0, 0.9)
    assert next_inverse_temperature(sharp, _EQUAL, 1.0 - 1e-15, 0.9) == 1.0


def test_islands_count_by_their_weight():
    W = np.array([0.5, 0.5, 0.0, 0.0])
    log_growth = np.array([0.0, 0.0, 5.0, -5.0])
    assert conditional_ess(log_growth, W) == pytest.approx(np.exp(10.0) / np.exp(10.0))


def test_the_shape_of_a_population_is_that_of_its_middle():
    rng, mixing = np.random.default_rng(0), np.array([[2.0, 0.0], [1.5, 1.0]])
    q = rng.normal(size=(20_000, 2)) @ mixing.T
    np.testing.assert_allclose(covariance_of(q), mixing @ mixing.T, rtol=0.05)
    spoilt = np.vstack([q, [[1e12, -1e12]]])
    np.testing.assert_allclose(covariance_of(spoilt), covariance_of(q), rtol=0.01)


def test_the_shape_of_few_particles_is_positive_definite():
    q = np.repeat(np.random.default_rng(0).normal(size=(2, 6)), 4, axis=0)
    q[:, 3] = 1.0
    assert np.all(np.linalg.eigvalsh(covariance_of(q)) > 0.0)


def test_the_largest_correlation_is_that_of_ranks():
    x = np.random.default_rng(0).normal(size=(1000, 2))
    y = np.column_stack([np.exp(x[:, 0]), np.random.default_rng(1).normal(size=1000)])
    assert largest_correlation(x, y) == pytest.approx(1.0)
    assert abs(largest_correlation(x[:, 1:], y[:, 1:])) < 0.15
