"""A model on the unit cube: its likelihood and its sites, compiled and as they are in the model."""

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl.contrib.control_flow import scan
from lightppl.errors import FallbackWarning, ModelError
from lightppl.handlers import mask, scale
from lightppl.infer.evidence.unit_cube import on_unit_cube

_Y = np.array([1.0, 2.0, 3.0, 4.0])


def mixed(y):
    p = lp.sample("p", dist.Dirichlet(np.ones(3)))
    scale_of_y = lp.sample("scale_base", dist.HalfNormal(2.0))  # a name like those of the cube
    with lp.plate("n", len(y)):
        z = lp.sample("z", dist.Categorical(p))
        count = lp.sample("count", dist.Poisson(3.0))
        loc = lp.deterministic("loc", lp.special.take(np.array([0.0, 2.0, 4.0]), z) + count)
        lp.sample("y", dist.Normal(loc, scale_of_y), obs=y)
    lp.factor("favour", -p[0])


def series(y):
    s = lp.sample("s", dist.HalfNormal(1.0))

    def step(x, observed):
        x = lp.sample("x", dist.Normal(0.9 * x, s))
        lp.sample("y", dist.Normal(x, 0.5), obs=observed)
        return x, x

    scan(step, 0.0, y)


def likelihood_of_mixed(sites):
    log_l = stats.norm(sites["loc"], sites["scale_base"][:, None]).logpdf(_Y).sum(axis=1)
    return log_l - sites["p"][:, 0]


def likelihood_of_series(sites):
    return stats.norm(sites["x"], 0.5).logpdf(_Y).sum(axis=1)


@pytest.mark.parametrize(
    "model, likelihood, size",
    [(mixed, likelihood_of_mixed, 2 + 1 + 4 + 4), (series, likelihood_of_series, 5)],
)
def test_the_compiled_likelihood_is_that_of_the_sites(model, likelihood, size):
    cube = on_unit_cube(model, (_Y,), {}, 0)
    assert cube.is_compiled and cube.size == size
    points = np.random.default_rng(0).random((20, cube.size))
    sites = cube.sites_at(points)
    found = [cube.log_likelihood(u) for u in points]
    np.testing.assert_allclose(found, likelihood(sites), rtol=1e-10)


def test_the_model_keeps_its_sites():
    sites = on_unit_cube(mixed, (_Y,), {}, 0).sites_at(np.full((2, 11), 0.4))
    assert set(sites) == {"p", "scale_base", "z", "count", "loc"}
    assert sites["z"].dtype == sites["count"].dtype == np.int64 and sites["loc"].shape == (2, 4)


def test_a_scale_of_a_latent_site_counts_in_the_likelihood():
    def model(y):
        with scale(scale=0.5):
            m = lp.sample("m", dist.Normal(0.0, 2.0))
        lp.sample("y", dist.Normal(m, 1.0), obs=y)

    m = 2.0 * stats.norm.ppf(0.3)
    expected = stats.norm(m, 1.0).logpdf(1.3) - 0.5 * stats.norm(0.0, 2.0).logpdf(m)
    found = on_unit_cube(model, (1.3,), {}, 0).log_likelihood(np.array([0.3]))
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_masked_latent_site_is_refused():
    def model():
        with mask(mask=False):
            lp.sample("m", dist.Normal(0.0, 2.0))

    with pytest.raises(ModelError, match="prior of site 'm' .* is masked"):
        on_unit_cube(model, (), {}, 0)


def test_a_model_without_latent_sites_is_refused():
    with pytest.raises(ModelError, match="no latent site"):
        on_unit_cube(lambda: lp.sample("y", dist.Normal(0.0, 1.0), obs=1.0), (), {}, 0)


def test_a_model_that_cannot_be_compiled_runs_in_python_after_a_warning():
    def model(y):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        if x > 0:
            y = -y
        lp.sample("y", dist.Normal(x, 1.0), obs=y)

    with pytest.warns(FallbackWarning) as warnings:
        cube = on_unit_cube(model, (1.0,), {}, 0)
    assert len(warnings) == 1
    for u, y in ((0.9, -1.0), (0.1, 1.0)):
        expected = stats.norm(stats.norm.ppf(u), 1.0).logpdf(y)
        assert cube.log_likelihood(np.array([u])) == pytest.approx(expected)


def test_an_impossible_or_failed_likelihood_is_minus_infinity():
    def model():
        x = lp.sample("x", dist.Uniform(-1.0, 1.0))
        lp.factor("root", np.sqrt(x))
        lp.factor("wall", np.where(x > 0.5, -np.inf, 0.0))

    cube = on_unit_cube(model, (), {}, 0)
    found = [cube.log_likelihood(np.array([u])) for u in (0.2, 0.7, 0.9)]
    np.testing.assert_allclose(found, [-np.inf, np.sqrt(0.4), -np.inf])
