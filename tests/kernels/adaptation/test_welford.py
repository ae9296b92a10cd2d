"""Running moments against NumPy, and the metric made of them."""

import numpy as np
import pytest

from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.metric import as_dense, make_metric, set_low_rank
from tests.kernels import calls

BLOCKS = {"diagonal": [], "dense": [[0, 1, 2]], "block": [[2, 0]]}
MIXING = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.8], [0.3, 0.0, 2.0]])


def draws_of(num, offset=0.0):
    return offset + np.random.default_rng(0).normal(size=(num, 3)) @ MIXING


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_metric_is_the_regularised_covariance(name, offset):
    draws, metric = draws_of(40, offset), make_metric(3, BLOCKS[name])
    moments = make_moments(metric)
    calls.add_draws(moments, metric, draws)
    np.testing.assert_allclose(moments.mean, draws.mean(0), rtol=1e-12)
    calls.metric_from_moments(metric, moments, 40, True)
    expected = 40 / 45 * np.cov(draws, rowvar=False) + 1e-3 * 5 / 45 * np.eye(3)
    mask = np.eye(3, dtype=bool)
    for block in BLOCKS[name]:
        mask[np.ix_(block, block)] = True
    np.testing.assert_allclose(as_dense(metric), np.where(mask, expected, 0.0), rtol=1e-9)


def test_metric_without_regularisation_is_the_covariance():
    draws, metric = draws_of(30), make_metric(3, [[0, 1, 2]])
    moments = make_moments(metric)
    calls.add_draws(moments, metric, draws)
    calls.metric_from_moments(metric, moments, 30, False)
    np.testing.assert_allclose(as_dense(metric), np.cov(draws, rowvar=False), rtol=1e-10)


def test_too_few_draws_or_no_spread_leave_the_metric_usable():
    metric = make_metric(3, [[0, 1]])
    moments = make_moments(metric)
    calls.add_draws(moments, metric, np.ones((1, 3)))
    calls.metric_from_moments(metric, moments, 1, False)
    np.testing.assert_array_equal(as_dense(metric), np.eye(3))
    calls.add_draws(moments, metric, np.ones((5, 3)))
    calls.metric_from_moments(metric, moments, 5, False)
    np.testing.assert_array_equal(as_dense(metric), np.eye(3))


def test_singular_block_falls_back_to_its_diagonal():
    metric = make_metric(2, [[0, 1]])
    moments = make_moments(metric)
    x = np.random.default_rng(0).normal(size=50)
    calls.add_draws(moments, metric, np.stack([x, 2 * x], -1))
    calls.metric_from_moments(metric, moments, 50, False)
    dense = as_dense(metric)
    np.testing.assert_allclose(np.diag(dense), [x.var(ddof=1), 4 * x.var(ddof=1)])
    assert calls.factorize(metric)


def test_variances_replace_directions():
    draws, metric = draws_of(30), make_metric(3, (), 1)
    set_low_rank(metric, np.ones(3), np.array([[0.6, 0.8, 0.0]]), np.array([50.0]))
    moments = make_moments(metric)
    calls.add_draws(moments, metric, draws)
    calls.metric_from_moments(metric, moments, 30, False)
    variances = np.diag(draws.var(axis=0, ddof=1))
    np.testing.assert_allclose(as_dense(metric), variances, rtol=1e-10)
