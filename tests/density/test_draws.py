"""Many draws at once: what is no function of the draws is found, and differs between them."""

import random
import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.density import compile_density
from lightppl.errors import LightPPLWarning, ModelError
from lightppl.infer import Predictive

GENERATOR = np.random.default_rng(0)
COUNT = iter(range(10**6))
HIDDEN = {
    "np.random": lambda: np.random.normal(),
    "a generator": lambda: GENERATOR.normal(),
    "a generator of the model": lambda: np.random.default_rng().normal(size=2)[0],
    "random": lambda: random.gauss(0.0, 1.0),
    "large arrays": lambda: GENERATOR.normal(size=40_000)[:100].sum(),
    "a counter": lambda: next(COUNT) * 1.5,
}


def model(draw, y=1.0):
    a = lp.sample("a", dist.Normal(0.0, 1.0))
    lp.deterministic("noise", a + draw())
    lp.sample("y", dist.Normal(a, 1.0), obs=y)


@pytest.mark.parametrize("source", HIDDEN)
def test_numbers_drawn_behind_sample_are_said_and_differ_between_draws(source):
    density, points = compile_density(model, (HIDDEN[source],)), np.zeros((30, 1))
    with pytest.warns(LightPPLWarning, match="same draw differ in 'noise'"):
        noise = density.constrain(points)["noise"]
    assert len(set(noise)) == 30
    predict = Predictive(model, {"a": np.zeros(30)}, return_sites=["noise", "y"])
    with pytest.warns(LightPPLWarning, match="same draw differ in 'noise'"):
        drawn = predict(0, HIDDEN[source], None)
    assert len(set(drawn["noise"])) == len(set(drawn["y"])) == 30


def test_steady_models_are_left_alone():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw = lambda: np.random.default_rng(5).normal()  # noqa: E731
        noise = compile_density(model, (draw,)).constrain(np.zeros((30, 1)))["noise"]
        drawn = Predictive(model, {"a": np.zeros(30)})(0, draw, None)
    assert len(set(noise)) == 1 and len(set(drawn["y"])) == 30


@pytest.mark.filterwarnings("ignore::lightppl.errors.FallbackWarning")
@pytest.mark.parametrize("first", [1.0, -1.0])
def test_a_deterministic_site_of_some_draws_only_is_named(first):
    def model(is_shape):
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        if x > 0 or is_shape:
            lp.deterministic("twice", np.stack([x, x]) if x > 0 else x)

    for is_shape, message in ((False, "exists for some draws only"), (True, "for one draw and")):
        density = compile_density(model, (is_shape,), {})
        with pytest.raises(ModelError, match=f"'twice'.*{message}"):
            density.constrain(np.array([[first], [-first]]))


def test_a_density_looks_at_its_model_once_for_many_draws():
    looks = []

    def model():
        looks.append(1)
        x = lp.sample("x", dist.HalfNormal(1.0))
        lp.deterministic("twice", 2.0 * x)

    density = compile_density(model, ())
    constrain, points = density.constraining(), np.linspace(-1.0, 1.0, 12)[:, None]
    looks.clear()
    pieces = [constrain(points[k : k + 3]) for k in range(0, 12, 3)]
    assert len(looks) <= 2
    whole = density.constrain(points)
    for name, x in whole.items():
        np.testing.assert_array_equal(np.concatenate([piece[name] for piece in pieces]), x)


def test_numbers_drawn_behind_sample_differ_in_every_call():
    constrain = compile_density(model, (HIDDEN["np.random"],)).constraining()
    with pytest.warns(LightPPLWarning, match="same draw differ in 'noise'"):
        first = constrain(np.zeros((30, 1)))["noise"]
    assert len({*first, *constrain(np.zeros((30, 1)))["noise"]}) == 60
