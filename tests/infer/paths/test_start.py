"""`init_to_pathfinder`: chains start inside the typical set, with what is given kept."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.density import compile_density
from lightppl.errors import ArgumentError
from lightppl.infer import MCMC, NUTS, init_to_pathfinder, init_to_uniform, initialize_model

SCALE = np.array([0.01, 1.0, 50.0])


def far_normal():
    lp.sample("x", dist.Normal(np.array([3.0, -20.0, 400.0]), SCALE).to_event(1))
    lp.sample("tau", dist.HalfNormal(1e-3))


@pytest.fixture(scope="module")
def density():
    return compile_density(far_normal)


def rngs(num_chains=20):
    return [np.random.default_rng(k) for k in range(num_chains)]


@pytest.mark.parametrize("strategy", [init_to_pathfinder, init_to_pathfinder(num_paths=3)])
def test_starts_are_draws_near_the_posterior(density, strategy):
    starts = density.constrain(density.initial_points(rngs(), strategy))
    z = (starts["x"] - [3.0, -20.0, 400.0]) / SCALE
    assert np.all(np.abs(z) < 5.0) and np.all(starts["tau"] < 6e-3)
    assert 0.4 < z.std() < 1.6


def test_starts_repeat_by_key_and_differ_by_chain(density):
    points = density.initial_points(rngs(3), init_to_pathfinder)
    np.testing.assert_array_equal(points, density.initial_points(rngs(3), init_to_pathfinder()))
    assert not np.allclose(points[0], points[1])


def test_given_values_stay_and_the_others_follow():
    def model():
        low = lp.sample("low", dist.Normal(7.0, 0.1))
        lp.sample("x", dist.Uniform(low, low + 10.0))
        lp.sample("y", dist.Normal(low, 0.1), obs=7.0)

    density = compile_density(model)
    points = density.initial_points(rngs(4), init_to_pathfinder, {"x": 8.0})
    starts = density.constrain(points)
    np.testing.assert_allclose(starts["x"], 8.0)
    np.testing.assert_allclose(starts["low"], 7.0, atol=0.5)
    everything = density.initial_points(rngs(1), init_to_pathfinder, {"x": 8.0, "low": 5.0})
    np.testing.assert_allclose(density.constrain(everything)["low"], 5.0)


def test_nuts_and_initialize_model_start_there():
    mcmc = MCMC(
        NUTS(far_normal, init_strategy=init_to_pathfinder), num_warmup=150, num_samples=150,
        num_chains=2, progress_bar=False,
    )  # fmt: skip
    mcmc.run(0)
    assert mcmc.get_samples()["x"].mean(0) == pytest.approx([3.0, -20.0, 400.0], rel=0.1)
    near = initialize_model(1, far_normal, init_strategy=init_to_pathfinder())
    far = initialize_model(1, far_normal, init_strategy=init_to_uniform)
    assert near.param_info.potential_energy < far.param_info.potential_energy - 100.0


def test_a_model_without_a_density_there_is_searched_again():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("half", np.where(x > 0.5, 0.0, -np.inf))

    density = compile_density(model)
    points = density.initial_points(rngs(5), init_to_pathfinder)
    assert np.all(points > 0.5)


def test_options_are_checked():
    with pytest.raises(ArgumentError, match="num_paths"):
        init_to_pathfinder(num_paths=0)
