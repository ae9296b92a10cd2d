"""Each strategy keeps the law of the site it rewrites."""

import math

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ModelError
from lightppl.infer.reparam import (
    CircularReparam,
    ExplicitReparam,
    LocScaleReparam,
    ProjectedNormalReparam,
    TransformReparam,
)
from lightppl.reparam.reparam import unwrap

AFFINE = dist.transforms.AffineTransform(np.array([1.0, -2.0]), 3.0)
FAMILIES = {
    "Normal": dist.Normal(np.array([2.0, -1.0]), 0.5),
    "Normal event": dist.Normal(np.array([2.0, -1.0]), 0.5).to_event(1),
    "Normal expanded": dist.Normal(2.0, 0.5).expand([3, 2]).to_event(1),
    "Normal masked": dist.Normal(np.array([2.0, -1.0]), 0.5).mask(np.array([True, False])),
    "StudentT": dist.StudentT(4.0, np.array([2.0, -1.0]), 0.5),
}


def strategy_for(family, centered):
    return LocScaleReparam(centered, shape_params=["df"] if family == "StudentT" else [])


@pytest.mark.parametrize("centered", [0, 0.3, 1.0])
@pytest.mark.parametrize("family", FAMILIES)
def test_loc_scale_keeps_shapes_and_density(family, centered):
    fn = FAMILIES[family]
    with handlers.trace() as tr, handlers.seed(rng_seed=0):
        with handlers.reparam(config={"x": strategy_for(family, centered)}):
            x = lp.sample("x", fn)
    assert x.shape == fn.shape()
    if centered == 1.0:
        assert list(tr) == ["x"] and tr["x"].type == "sample"
        return
    assert list(tr) == ["x_decentered", "x"] and tr["x"].type == "deterministic"
    part = tr["x_decentered"]
    assert part.fn.shape() == fn.shape() and part.fn.event_shape == fn.event_shape
    # log p(x') = log p(x) + log |dx / dx'|, where the mask leaves a density
    log_stretch = (1 - centered) * math.log(0.5) * (2 if fn.event_shape else 1)
    counts = np.asarray(part.log_prob()) != 0
    np.testing.assert_allclose(
        np.where(counts, part.log_prob(), 0.0),
        np.where(counts, fn.log_prob(x) + log_stretch, 0.0),
        rtol=1e-12,
    )


def test_loc_scale_learns_its_centredness_by_default():
    with handlers.trace() as tr, handlers.reparam(config={"x": LocScaleReparam()}):
        lp.sample("x", dist.Normal(np.zeros(3), 1.0).to_event(1))
    assert tr["x_centered"].type == "param"
    np.testing.assert_array_equal(tr["x_centered"].value, [0.5, 0.5, 0.5])


def test_loc_scale_works_in_plates_and_by_a_function_of_the_site():
    def model():
        tau = lp.sample("tau", dist.HalfNormal(1.0))
        with lp.plate("school", 8):
            return lp.sample("theta", dist.Normal(4.0, tau))

    def config(site):
        return LocScaleReparam(0) if site["name"] == "theta" else None

    tr = handlers.trace(handlers.reparam(model, config)).get_trace()
    assert list(tr) == ["tau", "school", "theta_decentered", "theta"]
    assert tr["theta_decentered"].value.shape == (8,)
    np.testing.assert_allclose(
        tr["theta"].value, 4.0 + tr["tau"].value * tr["theta_decentered"].value
    )


def test_transform_reparam_draws_the_base():
    fn = dist.TransformedDistribution(dist.Normal(np.zeros(2), 1.0), AFFINE)
    with handlers.trace() as tr, lp.plate("data", 2):
        with handlers.reparam(config={"x": TransformReparam()}):
            x = lp.sample("x", fn)
    assert list(tr) == ["data", "x_base", "x"]
    np.testing.assert_array_equal(x, AFFINE(tr["x_base"].value))


def test_transform_reparam_keeps_event_dimensions():
    fn = dist.TransformedDistribution(dist.Normal(np.zeros(2), 1.0), AFFINE).to_event(1)
    with handlers.trace() as tr, handlers.reparam(config={"x": TransformReparam()}):
        lp.sample("x", fn)
    assert tr["x_base"].fn.event_shape == (2,)


def test_explicit_reparam_keeps_density_and_takes_observations():
    fn = dist.Normal(np.array([1.0, 2.0]), 5.0)
    for obs in (None, np.array([0.5, 4.0])):
        with handlers.trace() as tr, handlers.reparam(config={"x": ExplicitReparam(AFFINE)}):
            x = lp.sample("x", fn, obs=obs)
        assert tr["x_base"].is_observed == (obs is not None)
        np.testing.assert_allclose(x, AFFINE(tr["x_base"].value))
        np.testing.assert_allclose(tr["x_base"].log_prob(), fn.log_prob(x) + math.log(3.0))


def test_circular_reparam_takes_any_circular_support():
    fn = dist.ImproperUniform(dist.constraints.circular, (2,), ())
    with handlers.substitute(data={"x_unwrapped": np.array([4.0, -9.0])}):
        with handlers.reparam(config={"x": CircularReparam()}):
            x = lp.sample("x", fn)
    np.testing.assert_allclose(x, [4.0 - 2 * np.pi, -9.0 + 2 * np.pi])


@pytest.mark.skipif(not hasattr(dist, "VonMises"), reason="needs VonMises")
def test_circular_reparam_wraps_and_keeps_the_density():
    fn = dist.VonMises(np.array([0.0, 2.0]), 3.0)
    unwrapped = np.array([4.0, -9.0])
    with handlers.trace() as tr, handlers.substitute(data={"x_unwrapped": unwrapped}):
        with handlers.reparam(config={"x": CircularReparam()}):
            x = lp.sample("x", fn)
    assert np.all((x >= -np.pi) & (x < np.pi))
    np.testing.assert_allclose(np.cos(x), np.cos(unwrapped))
    np.testing.assert_allclose(tr["x_factor"].log_prob(), fn.log_prob(x))


@pytest.mark.skipif(not hasattr(dist, "ProjectedNormal"), reason="needs ProjectedNormal")
def test_projected_normal_reparam_gives_unit_vectors():
    concentration = np.array([[3.0, 0.0, 0.0], [0.0, 0.0, -3.0]])
    with handlers.trace() as tr, handlers.seed(rng_seed=0), lp.plate("data", 2):
        with handlers.reparam(config={"x": ProjectedNormalReparam()}):
            x = lp.sample("x", dist.ProjectedNormal(concentration))
    np.testing.assert_allclose(np.sum(x**2, -1), 1.0)
    assert tr["x_normal"].fn.batch_shape == (2,) and tr["x_normal"].fn.event_shape == (3,)
    vector = tr["x_normal"].value + concentration
    np.testing.assert_allclose(x, vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def test_unwrap_and_put_on_are_inverse():
    mask = np.array([[True], [False]])
    fn = dist.Normal(np.zeros(3), 1.0).expand([2, 4, 3]).to_event(1).mask(mask)
    base, wrapping = unwrap(fn)
    again = wrapping.put_on(base)
    assert (again.batch_shape, again.event_shape) == (fn.batch_shape, fn.event_shape)
    x = np.random.default_rng(0).normal(size=fn.shape())
    np.testing.assert_array_equal(again.log_prob(x), fn.log_prob(x))


@pytest.mark.parametrize(
    ("strategy", "fn", "sentence"),
    [
        (LocScaleReparam(0), dist.Gamma(1.0, 1.0), "Site 'x' has a Gamma; LocScaleReparam needs"),
        (TransformReparam(), dist.Normal(0.0, 1.0), "Site 'x' has a Normal; TransformReparam"),
        (CircularReparam(), dist.Normal(0.0, 1.0), "Site 'x' has the support.*CircularReparam"),
    ],
)
def test_a_strategy_on_the_wrong_family_says_so(strategy, fn, sentence):
    with pytest.raises(ModelError, match=sentence), handlers.reparam(config={"x": strategy}):
        lp.sample("x", fn)


def test_a_strategy_on_an_observed_site_says_so():
    with pytest.raises(ModelError, match="Site 'x' is observed.*only rewrites latent sites"):
        with handlers.reparam(config={"x": LocScaleReparam(0)}):
            lp.sample("x", dist.Normal(0.0, 1.0), obs=1.0)


def test_bad_strategies_are_refused():
    with pytest.raises(ModelError, match=r"centered in \[0, 1\], found 2"):
        LocScaleReparam(2)
    with pytest.raises(TypeError, match="reparam needs config"):
        handlers.reparam(config=3)
