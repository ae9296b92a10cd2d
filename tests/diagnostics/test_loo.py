import numpy as np
import pytest

from lightppl.diagnostics import loo
from lightppl.errors import ShapeError


def normal_model(rng, y, num_draws=1000):
    """Draws of mu | y for y ~ N(mu, 1) under a flat prior, and the pointwise log likelihood."""
    mu = y.mean() + rng.standard_normal((4, num_draws)) / np.sqrt(len(y))
    return -0.5 * np.log(2 * np.pi) - 0.5 * (y - mu[..., None]) ** 2


def exact_loo(y):
    rest = (y.sum() - y) / (len(y) - 1)
    variance = 1 + 1 / (len(y) - 1)
    return -0.5 * np.log(2 * np.pi * variance) - 0.5 * (y - rest) ** 2 / variance


def test_equals_the_exact_answer_of_a_normal_model():
    rng = np.random.default_rng(0)
    y = rng.standard_normal(30)
    result = loo(normal_model(rng, y))
    assert result.pointwise == pytest.approx(exact_loo(y), abs=0.03)
    assert result.elpd == pytest.approx(exact_loo(y).sum(), abs=0.05)
    assert result.p_eff == pytest.approx(1, abs=0.4)
    assert np.all(result.pareto_k < 0.5)


def test_an_outlier_is_reported():
    rng = np.random.default_rng(1)
    y = np.append(rng.standard_normal(10), 25.0)
    result = loo(normal_model(rng, y))
    assert result.pareto_k[-1] > result.threshold
    assert "not reliable" in str(result)


def test_shape_of_observations_is_kept():
    rng = np.random.default_rng(2)
    result = loo(normal_model(rng, rng.standard_normal(12), 200).reshape(4, 200, 3, 4))
    assert result.pointwise.shape == result.pareto_k.shape == (3, 4)
    assert "elpd_loo" in str(result)


def test_the_observation_axis_must_be_there():
    with pytest.raises(ShapeError, match="observations"):
        loo(np.zeros((4, 100)))
