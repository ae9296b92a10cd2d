"""Windows write the metric, and bad windows leave it usable."""

import numpy as np
import pytest

from lightppl.kernels.adaptation.gradient_metric import AUTO, DENSE, FISHER, LOW_RANK, learn_metric
from lightppl.kernels.adaptation.window import Window
from lightppl.kernels.metric import as_dense, make_metric, set_low_rank
from tests.kernels.adaptation.test_fisher import normal_sample

COVARIANCE = np.array([[4.0, 1.9, 0.0], [1.9, 1.0, 0.0], [0.0, 0.0, 9.0]])


def window_of(q, grad):
    return Window(np.array(q), np.array(grad), np.ones(1, np.int64), np.full(1, np.nan))


def learnt(method, q, grad, blocks=(), max_rank=3, begin=None):
    metric = make_metric(q.shape[1], blocks, max_rank) if begin is None else begin
    window = window_of(q, grad)
    learn_metric(method, metric, window, len(q))
    return metric, float(window.misfit[0])


@pytest.mark.parametrize("method", [AUTO, LOW_RANK])
def test_directions_are_learnt(method):
    metric, misfit = learnt(method, *normal_sample(COVARIANCE, 60))
    np.testing.assert_allclose(as_dense(metric), COVARIANCE, rtol=0.02, atol=0.03)
    assert abs(misfit) < 0.5 and 1 <= metric.rank[0] <= 2, "the third is as its diagonal says"


def test_fisher_is_diagonal():
    q, grad = normal_sample(COVARIANCE, 60)
    metric, misfit = learnt(FISHER, q, grad)
    assert metric.rank[0] == 0
    np.testing.assert_allclose(metric.diagonal, np.sqrt(q.var(0) / grad.var(0)))
    assert misfit > 1.0


@pytest.mark.parametrize("method", [AUTO, DENSE])
def test_blocks_stay_blocks(method):
    metric, _ = learnt(method, *normal_sample(COVARIANCE, 60), blocks=[[1, 0]], max_rank=0)
    np.testing.assert_allclose(as_dense(metric), COVARIANCE, rtol=0.02, atol=0.03)
    assert as_dense(metric)[0, 2] == 0.0
    np.testing.assert_allclose(metric.block_factor[0] ** 2, metric.block_matrix[0])


def test_no_more_directions_than_there_is_room_for():
    covariance = 0.98 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    metric, _ = learnt(LOW_RANK, *normal_sample(covariance, 60), max_rank=2)
    assert metric.rank[0] == 2


def test_a_coordinate_that_did_not_move_keeps_its_scale():
    q, grad = normal_sample(COVARIANCE, 60)
    q[:, 1] = 7.0
    begin = make_metric(3, (), 3)
    set_low_rank(begin, np.array([2.0, 5.0, 2.0]), np.eye(3)[:1], np.array([3.0]))
    metric, _ = learnt(AUTO, q, grad, begin=begin)
    assert metric.diagonal[1] == 5.0 and np.all(metric.directions[: metric.rank[0], 1] == 0.0)
    assert metric.diagonal[2] == pytest.approx(9.0, rel=0.02)


@pytest.mark.parametrize("blocks", [(), [[0, 1, 2]]])
@pytest.mark.parametrize("bad", ["stuck", "infinite", "few", "nothing"])
def test_a_bad_window_leaves_the_metric_as_it_was(bad, blocks):
    q, grad = normal_sample(COVARIANCE, 40)
    begin, _ = learnt(AUTO, q, grad, blocks, 0 if blocks else 3)
    before = as_dense(begin)
    if bad == "stuck":
        q, grad = np.tile(q[:1], (40, 1)), np.tile(grad[:1], (40, 1))
    elif bad == "infinite":
        grad = np.full_like(grad, np.nan)
    else:
        q, grad = q[: 3 if bad == "few" else 0], grad[: 3 if bad == "few" else 0]
    metric, _ = learnt(AUTO, q, grad, begin=begin)
    np.testing.assert_array_equal(as_dense(metric), before)


def test_draws_that_are_not_finite_do_not_count():
    q, grad = normal_sample(COVARIANCE, 61)
    expected, _ = learnt(AUTO, q[:60], grad[:60])
    grad[60] = np.inf
    found, _ = learnt(AUTO, q, grad)
    np.testing.assert_array_equal(as_dense(found), as_dense(expected))


@pytest.mark.parametrize("seed", range(20))
def test_any_metric_that_is_learnt_is_positive_definite(seed):
    """Wild windows: huge and tiny scales, few draws, heavy tails, trends."""
    rng = np.random.default_rng(seed)
    n, D = int(rng.integers(4, 40)), int(rng.integers(1, 20))
    scale = 10.0 ** rng.uniform(-8, 8, D)
    q = scale * rng.standard_cauchy(size=(n, D)) * 10.0 ** rng.uniform(-3, 6, size=(n, 1))
    grad = rng.standard_cauchy(size=(n, D)) / scale * 10.0 ** rng.uniform(-3, 6, size=(n, 1))
    metric, _ = learnt(AUTO, q, grad, max_rank=D)
    k = metric.rank[0]
    assert np.all(np.isfinite(metric.diagonal)) and np.all(metric.diagonal > 0)
    assert np.all((metric.factors[:k] > 0) & np.isfinite(metric.factors[:k]))
    V = metric.directions[:k]
    np.testing.assert_allclose(V @ V.T, np.eye(k), atol=1e-8)
