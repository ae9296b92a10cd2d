import numpy as np
import pytest

from lightppl.diagnostics import loo
from lightppl.errors import LightPPLWarning, ShapeError


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
    with pytest.warns(LightPPLWarning, match="1 of 11 observations have Pareto k above 0.70"):
        result = loo(normal_model(rng, y))
    assert result.pareto_k[-1] > result.threshold
    assert "not reliable" in str(result)


@pytest.mark.parametrize("num_impossible", [1, 3, 4000])
def test_an_observation_that_is_impossible_under_a_draw_warns(num_impossible):
    rng = np.random.default_rng(3)
    log_likelihood = normal_model(rng, rng.standard_normal(5))
    log_likelihood.reshape(-1, 5)[:num_impossible, 2] = -np.inf
    with np.errstate(all="raise", under="ignore"):
        with pytest.warns(LightPPLWarning, match="1 of 5 observations .* not finite under some"):
            result = loo(log_likelihood)
    others = loo(np.delete(log_likelihood, 2, axis=-1))
    assert result.pareto_k[2] == np.inf
    assert np.array_equal(np.delete(result.pareto_k, 2), others.pareto_k)
    assert np.array_equal(np.delete(result.pointwise, 2), others.pointwise)
    # the harmonic mean of likelihoods of which one is zero
    assert result.pointwise[2] == -np.inf and result.elpd == -np.inf
    assert "1 of 5" in str(result)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_log_likelihood_that_is_no_number_is_never_reliable(value):
    rng = np.random.default_rng(4)
    log_likelihood = normal_model(rng, rng.standard_normal(5), 100)
    log_likelihood[1, 7, 3] = value
    with pytest.warns(LightPPLWarning, match="not finite under some draw"):
        result = loo(log_likelihood)
    assert result.pareto_k[3] == np.inf and np.isnan(result.elpd)
    assert np.all(np.isfinite(np.delete(result.pointwise, 3)))


def test_nothing_is_warned_of_when_all_is_well(recwarn):
    rng = np.random.default_rng(5)
    loo(normal_model(rng, rng.standard_normal(30)))
    assert not [x for x in recwarn if issubclass(x.category, LightPPLWarning)]


def test_shape_of_observations_is_kept():
    rng = np.random.default_rng(2)
    result = loo(normal_model(rng, rng.standard_normal(12), 200).reshape(4, 200, 3, 4))
    assert result.pointwise.shape == result.pareto_k.shape == (3, 4)
    assert "elpd_loo" in str(result)


def test_the_observation_axis_must_be_there():
    with pytest.raises(ShapeError, match="observations"):
        loo(np.zeros((4, 100)))
