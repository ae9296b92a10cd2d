"""`pathfinder`: posteriors that are known, weights, and what it says where it fails."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, InitializationError, LightPPLWarning, ModelError
from lightppl.infer import init_to_value, pathfinder
from lightppl.infer.paths.pathfinder import weigh

Y = np.array([1.0, 2.0, 4.5])


def one_mean(y, scale=1.0):
    mu = lp.sample("mu", dist.Normal(0.0, 2.0))
    lp.deterministic("twice", 2 * mu)
    lp.sample("y", dist.Normal(mu, scale), obs=y)


def variance_and_mean(scale=1.0):
    variance = 1 / (1 / 4.0 + len(Y) / scale**2)
    return variance, variance * Y.sum() / scale**2


def test_a_normal_posterior_is_exact_and_its_elbo_is_the_evidence():
    result = pathfinder(0, one_mean, Y, num_samples=4000)
    variance, mean = variance_and_mean()
    assert result.samples["mu"].mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / 4000))
    assert result.samples["mu"].var() == pytest.approx(variance, rel=0.15)
    np.testing.assert_allclose(result.samples["twice"], 2 * result.samples["mu"])
    covariance = np.eye(3) + 4.0
    quadratic = Y @ np.linalg.solve(covariance, Y)
    evidence = -0.5 * (quadratic + np.linalg.slogdet(covariance)[1] + 3 * np.log(2 * np.pi))
    np.testing.assert_allclose(result.elbo, evidence, rtol=1e-9)
    assert result.pareto_k == -np.inf
    np.testing.assert_allclose(np.exp(result.log_weights), 1 / 4000)


def test_arguments_reach_the_model():
    result = pathfinder(0, one_mean, Y, scale=0.1)
    assert result.samples["mu"].mean() == pytest.approx(variance_and_mean(0.1)[1], abs=0.02)


def test_weights_correct_a_skewed_posterior():
    def model():
        lp.sample("rate", dist.Gamma(12.0, 1.0))

    result = pathfinder(0, model, num_samples=20_000, num_draws_per_path=5000)
    assert result.pareto_k < 0.7
    assert result.samples["rate"].mean() == pytest.approx(12.0, rel=0.02)
    plain = pathfinder(0, model, num_samples=20_000, importance_sampling=None)
    weighted = np.sum(np.exp(result.log_weights) * np.exp(result.points[..., 0]))
    assert weighted == pytest.approx(12.0, rel=0.02)
    assert abs(plain.samples["rate"].mean() - 12.0) > 0.1


def test_shapes_and_keys():
    result = pathfinder(3, one_mean, Y, num_paths=2, num_samples=7, num_draws_per_path=50)
    assert result.samples["mu"].shape == (7,) and result.elbo.shape == (2,)
    assert result.log_weights.shape == (2, 50) and result.points.shape == (2, 50, 1)
    again = pathfinder(3, one_mean, Y, num_paths=2, num_samples=7, num_draws_per_path=50)
    np.testing.assert_array_equal(result.samples["mu"], again.samples["mu"])
    other = pathfinder(4, one_mean, Y, num_paths=2, num_samples=7, num_draws_per_path=50)
    assert not np.array_equal(result.samples["mu"], other.samples["mu"])


def test_a_heavy_tail_is_told():
    def model():
        lp.sample("x", dist.Cauchy(np.zeros(20), 1.0).to_event(1))

    with pytest.warns(LightPPLWarning, match="Pareto k is .*=init_to_pathfinder"):
        result = pathfinder(0, model)
    assert result.pareto_k > 0.7


def test_raw_and_no_weights():
    ratios = np.array([[0.0, 1.0, -np.inf], [2.0, 0.0, 1.0]])
    raw, _ = weigh(ratios, "psir")
    usable = np.isfinite(ratios)
    expected = np.where(usable, np.exp(ratios), 0.0)
    np.testing.assert_allclose(np.exp(raw), expected / expected.sum())
    np.testing.assert_allclose(np.exp(weigh(ratios, None)[0]), usable / 5.0)


def test_ratios_that_differ_by_rounding_have_no_tail():
    ratios = 1e-13 * np.random.default_rng(0).standard_normal((4, 500))
    log_weights, k = weigh(ratios, "psis")
    assert k == -np.inf
    np.testing.assert_allclose(np.exp(log_weights), 1 / 2000)


def test_one_usable_draw_takes_all_the_weight():
    ratios = np.full((2, 3), -np.inf)
    ratios[1, 1] = -7.0
    log_weights, k = weigh(ratios, "psis")
    assert log_weights[1, 1] == 0.0 and k == np.inf


def test_a_model_without_a_latent_site_is_an_error():
    with pytest.raises(ModelError, match="no latent site"):
        pathfinder(0, lambda: lp.sample("y", dist.Normal(0.0, 1.0), obs=1.0))


def test_no_approximation_is_an_error():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("point", np.where(np.abs(x - 0.5) < 1e-9, 0.0, -np.inf))

    with pytest.raises(InitializationError, match="None of the 4 paths"):
        pathfinder(0, model, init_strategy=init_to_value(values={"x": 0.5}))


@pytest.mark.parametrize(
    "given", [{"num_paths": 0}, {"num_samples": 0}, {"maxcor": 0}, {"maxiter": 1.5}, {"ftol": -1},
              {"importance_sampling": "all"}, {"num_draws_per_path": 1}]
)  # fmt: skip
def test_wrong_options_are_named(given):
    with pytest.raises(ArgumentError, match=next(iter(given))):
        pathfinder(0, one_mean, Y, **given)
