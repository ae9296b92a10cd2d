"""Predictive distributions: vectorised, random, and equal to a plain loop over draws."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import LightPPLWarning, ModelError, ShapeError, SiteNameError
from lightppl.infer import Predictive
from lightppl.infer.util import log_likelihood


def regression(x, y=None):
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    b = lp.sample("b", dist.Normal(np.zeros(2), 1.0).to_event(1))
    s = lp.sample("s", dist.HalfNormal(1.0))
    mean = lp.deterministic("mean", a + x @ b)
    with lp.plate("data", len(x)):
        lp.sample("y", dist.Normal(mean, s), obs=y)


X = np.random.default_rng(0).normal(size=(7, 2))


def draws(count=2000):
    rng = np.random.default_rng(1)
    return {
        "a": rng.normal(size=count), "b": rng.normal(size=(count, 2)),
        "s": rng.uniform(0.5, 1.5, size=count), "mean": np.full((count, 7), 99.0),
    }


def test_deterministic_sites_are_computed_again_for_new_arguments():
    posterior = draws()
    out = Predictive(regression, posterior)(0, X[:3])
    expected = posterior["a"][:, None] + posterior["b"] @ X[:3].T
    np.testing.assert_allclose(out["mean"], expected, rtol=1e-13)


def test_noise_has_the_scale_of_each_draw():
    posterior = draws()
    out = Predictive(regression, posterior)(0, X)
    z = (out["y"] - out["mean"]) / posterior["s"][:, None]
    assert abs(z.mean()) < 0.03 and abs(z.std() - 1.0) < 0.03
    assert abs(np.corrcoef(z[:, 0], z[:, 1])[0, 1]) < 0.1


def test_the_same_key_gives_the_same_draws_and_another_key_others():
    posterior = draws(50)
    first, again = (Predictive(regression, posterior)(3, X)["y"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, Predictive(regression, posterior)(4, X)["y"])


def test_prior_draws_have_the_moments_of_the_prior():
    out = Predictive(regression, num_samples=4000)(0, X)
    assert set(out) == {"a", "b", "s", "mean", "y"}
    variance = 1.0 + (X**2).sum(-1) + 1.0
    np.testing.assert_allclose(out["y"].var(axis=0), variance, rtol=0.12)


def test_return_sites_and_batch_ndims():
    posterior = {name: x.reshape(4, 25, *x.shape[1:]) for name, x in draws(100).items()}
    out = Predictive(regression, posterior, return_sites=["y"], batch_ndims=2)(0, X)
    assert set(out) == {"y"} and out["y"].shape == (4, 25, 7)


def test_unknown_return_sites_are_an_error():
    with pytest.raises(SiteNameError, match="return_sites names 'yy', but the sites.*'y'"):
        Predictive(regression, draws(5), return_sites=["y", "yy"])(0, X)


def test_every_kind_of_draw_is_vectorised_or_looped_with_the_same_distribution():
    def model():
        p = lp.sample("p", dist.Beta(2.0, 2.0))
        with lp.plate("n", 3):
            lp.sample("k", dist.Binomial(10, p))
            lp.sample("c", dist.Categorical(np.stack([p, 0.5 * (1 - p), 0.5 * (1 - p)])))
            lp.sample("g", dist.Gamma(2.0 + p, 1.0))

    out = Predictive(model, {"p": np.full(6000, 0.3)})(0)
    assert out["k"].dtype.kind == "i"
    np.testing.assert_allclose(out["k"].mean(axis=0), 3.0, atol=0.1)
    np.testing.assert_allclose((out["c"] == 0).mean(axis=0), 0.3, atol=0.03)
    np.testing.assert_allclose(out["g"].mean(axis=0), 2.3, atol=0.1)


def test_a_model_that_branches_on_a_draw_falls_back_to_a_loop():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(1.0 if x > 0 else -1.0, 0.01))

    out = Predictive(model, {"x": np.array([2.0, -2.0, 3.0])})(0)
    np.testing.assert_array_equal(np.sign(out["y"]), [1, -1, 1])


def test_guide_and_params_are_used():
    def model():
        z = lp.sample("z", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(z, 1e-3))

    def guide():
        loc = lp.param("loc", 0.0)
        lp.sample("z", dist.Normal(loc, 1e-3))

    out = Predictive(model, guide=guide, params={"loc": 5.0}, num_samples=20)(0)
    np.testing.assert_allclose(out["y"], 5.0, atol=0.02)


def test_missing_or_unequal_draws_are_errors():
    with pytest.raises(ModelError, match="posterior_samples, or num_samples"):
        Predictive(regression)
    with pytest.raises(ShapeError, match="'a' has \\(3,\\), 'b' has \\(4,\\)"):
        Predictive(regression, {"a": np.zeros(3), "b": np.zeros((4, 2))})


def test_log_likelihood_is_pointwise_and_vectorised():
    posterior = draws(30)
    y = np.linspace(-1.0, 1.0, 7)
    found = log_likelihood(regression, posterior, X, y=y)["y"]
    mean = posterior["a"][:, None] + posterior["b"] @ X.T
    expected = dist.Normal(mean, posterior["s"][:, None]).log_prob(y)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def linear(x, y=None):
    slope = lp.sample("slope", dist.Normal(0.0, 1.0))
    mean = lp.deterministic("mean", slope * x)
    lp.sample("y", dist.Normal(mean, 0.1), obs=y)


@pytest.mark.parametrize(
    ("options", "lead"),
    [
        ({"num_samples": 5}, (5,)),
        ({"num_samples": 5, "batch_ndims": 2}, (1, 5)),
        ({"posterior_samples": {}, "num_samples": 5}, (5,)),
        ({"posterior_samples": {"slope": np.ones((2, 3))}, "batch_ndims": 2}, (2, 3)),
        (
            {"posterior_samples": {"slope": np.ones((2, 3))}, "batch_ndims": 2, "num_samples": 6},
            (2, 3),
        ),
        ({"posterior_samples": {"slope": np.float64(1.0)}, "batch_ndims": 0}, ()),
    ],
    ids=str,
)
def test_leading_axes_of_predictions(options, lead):
    draws = Predictive(linear, **options)(0, np.arange(4.0))
    assert draws["y"].shape == draws["mean"].shape == lead + (4,)
    assert ("slope" in draws) == (not options.get("posterior_samples"))


def test_another_number_of_samples_than_there_are_is_warned_about():
    with pytest.warns(LightPPLWarning, match="num_samples=7 is not used.*hold 3 draws"):
        predictive = Predictive(linear, {"slope": np.ones(3)}, num_samples=7)
    assert predictive.num_samples == 3
    with pytest.raises(ShapeError, match="fewer axes than batch_ndims=2"):
        Predictive(linear, {"slope": np.ones(3)}, batch_ndims=2)


def test_deterministic_sites_are_kept_only_when_asked_for():
    given = {"slope": np.ones(3), "mean": np.full((3, 4), 7.0)}
    again = Predictive(linear, given)(0, np.arange(4.0))
    np.testing.assert_array_equal(again["mean"], [np.arange(4.0)] * 3)
    for options in ({"condition_deterministic": True}, {"exclude_deterministic": False}):
        kept = Predictive(linear, given, **options)
        assert kept.condition_deterministic and not kept.exclude_deterministic
        found = kept(0, np.arange(4.0))
        assert np.all(found["mean"] == 7.0) and np.all(np.abs(found["y"] - 7.0) < 1.0)
    with pytest.raises(ModelError, match="its opposite"):
        Predictive(linear, given, condition_deterministic=True, exclude_deterministic=False)


def test_priors_that_cannot_draw_are_given_by_their_draws():
    def model(y=None):
        scale = lp.sample("scale", dist.ImproperUniform(dist.constraints.positive, (), ()))
        lp.sample("y", dist.Normal(0.0, scale), obs=y)

    draws = {"scale": np.array([1.0, 2.0])}
    assert Predictive(model, draws)(0)["y"].shape == (2,)
    found = log_likelihood(model, draws, y=np.zeros(3))["y"]
    np.testing.assert_allclose(found[:, 0], dist.Normal(0.0, draws["scale"]).log_prob(0.0))
