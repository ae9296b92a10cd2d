"""Where chains start."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.density import compile_density
from lightppl.density.initialize import (
    init_to_feasible, init_to_mean, init_to_median, init_to_sample, init_to_uniform, init_to_value,
)
from lightppl.errors import (
    ArgumentError, ConstraintError, InitializationError, ShapeError, SiteNameError,
)
from tests.density.models import EFFECT, SIGMA, schools


@pytest.fixture(scope="module")
def density():
    return compile_density(schools, (SIGMA,), {"y": EFFECT})


def rngs(num_chains=3):
    return [np.random.default_rng(k) for k in range(num_chains)]


def values(density, points):
    return density.constrain(points)


@pytest.mark.parametrize(
    "strategy",
    [init_to_uniform, init_to_feasible, init_to_sample, init_to_median, init_to_mean,
     init_to_uniform(radius=0.5), init_to_median(num_samples=5), init_to_value(values={"mu": 1.0})],
)
def test_every_strategy_starts_at_finite_points(density, strategy):
    points = density.initial_points(rngs(), strategy)
    assert points.shape == (3, 10)
    assert all(np.isfinite(density.potential(q)[0]) for q in points)


def test_radius_bounds_the_unconstrained_values(density):
    points = density.initial_points(rngs(), init_to_uniform(radius=0.1))
    assert np.all(np.abs(points) <= 0.1) and np.ptp(points) > 0


def test_feasible_is_zero_and_mean_is_the_mean(density):
    assert np.all(density.initial_points(rngs(), init_to_feasible) == 0)
    start = values(density, density.initial_points(rngs(), init_to_mean))
    assert np.all(start["mu"] == 0) and np.all(start["z"] == 0)


def test_values_and_init_params_are_taken_exactly(density):
    start = values(density, density.initial_points(rngs(), init_to_value(values={"tau": 3.0})))
    np.testing.assert_allclose(start["tau"], 3.0, rtol=1e-14)
    given = {"tau": np.array([1.0, 2.0, 3.0]), "mu": 0.5}
    start = values(density, density.initial_points(rngs(), init_params=given))
    np.testing.assert_allclose(start["tau"], [1.0, 2.0, 3.0], rtol=1e-14)
    np.testing.assert_allclose(start["mu"], 0.5, rtol=1e-14)


def test_chains_start_at_different_points_and_keys_repeat(density):
    points = density.initial_points(rngs())
    assert not np.allclose(points[0], points[1])
    np.testing.assert_array_equal(points, density.initial_points(rngs()))


def test_the_best_of_five_candidates_is_taken(density):
    tried = []

    def strategy(site):
        value = init_to_uniform(site)
        tried.append((site["name"], value))
        return value

    point = density.initial_points([np.random.default_rng(4)], strategy)[0]
    assert len(tried) == 5 * 3
    candidates = [dict(tried[k : k + 3]) for k in range(0, 15, 3)]
    energies = [density.potential(density.unconstrain(values))[0] for values in candidates]
    assert density.potential(point)[0] == pytest.approx(min(energies))
    assert np.ptp(energies) > 0


def test_a_strategy_without_chance_is_asked_twice_at_most(density):
    calls = []

    def strategy(site):
        calls.append(site["name"])
        return init_to_feasible(site)

    density.initial_points(rngs(1), strategy)
    assert len(calls) == 2 * 3
    calls.clear()
    given = {"mu": 0.0, "tau": 1.0, "z": np.zeros(8)}
    density.initial_points(rngs(1), strategy, given)
    assert calls == []


def test_a_rough_place_far_out_is_no_start():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("rough", -np.where(x > 0.0, 1e4 * (1.0 + np.sin(1e6 * x)), 0.0))

    starts = compile_density(model).initial_points(rngs(40))
    # half of all points are rough, so one chain in 2^5 has no other choice
    assert np.mean(starts > 0.0) < 0.15


def test_unknown_names_and_wrong_shapes_are_errors(density):
    with pytest.raises(SiteNameError, match="init_params names 'muu'.*'mu', 'tau', 'z'"):
        density.initial_points(rngs(), init_params={"muu": 0.0})
    message = "'z' has shape \\(2,\\); expected \\(8,\\), or \\(3, 8\\)"
    with pytest.raises(ShapeError, match=message):
        density.initial_points(rngs(), init_params={"z": np.zeros(2)})


def test_init_params_outside_the_support_name_the_site(density):
    message = "init_params gives site 'tau' a value outside the support.*HalfCauchy"
    with pytest.raises(ConstraintError, match=message):
        density.initial_points(rngs(), init_params={"tau": -1.0})


def test_no_finite_start_names_the_factor():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("bad", np.log(-1.0 - x**2))

    with pytest.raises(InitializationError, match="factor 'bad' is nan"):
        compile_density(model).initial_points(rngs(1))


def test_no_finite_start_names_the_site_its_value_and_its_parents():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Exponential(np.exp(x)), obs=np.inf)

    with lp.validation_enabled(False), pytest.raises(InitializationError) as caught:
        compile_density(model).initial_points(rngs(1))
    for part in ("'y'", "observed", "inf", "rate=", "Exponential"):
        assert part in str(caught.value)


def test_an_infinite_gradient_is_named_by_coordinate():
    def model():
        x = lp.sample("x", dist.Normal(np.zeros(2), 1.0).to_event(1))
        lp.factor("root", np.sum(np.sqrt(x * 0.0)))

    with pytest.raises(InitializationError, match=r"gradient is not.*x\[0\]"):
        compile_density(model).initial_points(rngs(1))


def hard_supports():
    lp.sample("simplex", dist.Dirichlet(0.3 * np.ones(4)))
    lp.sample("cholesky", dist.LKJCholesky(3, 1.0))
    lp.sample("zero_sum", dist.ZeroSumNormal(1.0, (4,)))
    lp.sample("improper", dist.ImproperUniform(dist.constraints.ordered_vector, (), (3,)))
    lp.sample("flat", dist.ImproperUniform(dist.constraints.positive, (2,), ()))


@pytest.mark.parametrize(
    "strategy",
    [init_to_uniform(radius=1), init_to_feasible, init_to_sample, init_to_mean,
     init_to_median(num_samples=5), init_to_value(values={"flat": np.ones(2)})],
    ids=["uniform", "feasible", "sample", "mean", "median", "value"],
)  # fmt: skip
def test_starts_stay_inside_supports_that_are_no_boxes(strategy):
    density = compile_density(hard_supports)
    point = density.initial_points([np.random.default_rng(0)], strategy)[0]
    values = {name: x[0] for name, x in density.constrain(point[None]).items()}
    np.testing.assert_allclose(np.sum(values["simplex"]), 1.0)
    np.testing.assert_allclose(np.sum(values["cholesky"] ** 2, -1), 1.0)
    np.testing.assert_allclose(np.sum(values["zero_sum"]), 0.0, atol=1e-12)
    assert np.all(np.diff(values["improper"]) > 0) and np.all(values["flat"] > 0)


def test_the_median_is_taken_in_unconstrained_space():
    with handlers.seed(rng_seed=0), handlers.trace() as tr:
        with handlers.substitute(substitute_fn=init_to_median(num_samples=9)):
            hard_supports()
    np.testing.assert_allclose(np.sum(tr["simplex"].value), 1.0)


@pytest.mark.parametrize(
    "value, error, message",
    [
        ("a", ArgumentError, "must be an array of numbers"),
        (np.nan, ArgumentError, "must be finite"),
        (np.inf, ArgumentError, "must be finite"),
        ([1.0, 2.0], ShapeError, r"shape \(2,\); expected \(\)"),
    ],
)
def test_a_wrong_value_to_start_at_names_its_site(density, value, error, message):
    strategy = init_to_value(values={"mu": value})
    with pytest.raises(error, match=f"init_to_value for site 'mu'.*{message}"):
        density.initial_points([np.random.default_rng(0)], strategy)
