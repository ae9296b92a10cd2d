"""Starting strategies do what their names say, and reach every way to start a chain."""

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.infer import (
    HMC, MCMC, NUTS, init_to_feasible, init_to_mean, init_to_median, init_to_pathfinder,
    init_to_sample, init_to_uniform, init_to_value, initialize_model,
)
from lightppl.infer.util import find_valid_initial_params

CHANCE = [init_to_uniform, init_to_median, init_to_sample, init_to_pathfinder]
NO_CHANCE = [init_to_feasible, init_to_mean, init_to_value(values={"mu": 1.0, "rate": 2.0})]


def model():
    lp.sample("mu", dist.Normal(3.0, 0.5))
    lp.sample("rate", dist.Gamma(4.0, 2.0))


def values_at_sites(strategy, count, site="rate"):
    """What a strategy gives a site, for many generators."""
    found = []
    for seed in range(count):
        with handlers.substitute(substitute_fn=strategy), handlers.seed(rng_seed=seed):
            with handlers.trace() as tr:
                model()
        found.append(float(tr[site].value))
    return np.array(found)


def first_points(strategy, num_chains=3, kernel=NUTS, init_params=None):
    """Where chains are before their first transition, constrained."""
    sampler = kernel(model, init_strategy=strategy)
    states = [sampler.init(key, 0, init_params) for key in range(num_chains)]
    constrain = sampler.postprocess_fn((), {})
    return [constrain(state.z) for state in states]


def test_samples_are_draws_from_the_prior():
    found = values_at_sites(init_to_sample, 400)
    assert stats.kstest(found, stats.gamma(4.0, scale=0.5).cdf).pvalue > 1e-3


def test_medians_lie_near_the_prior_median():
    prior = stats.gamma(4.0, scale=0.5)
    found = values_at_sites(init_to_median(num_samples=101), 60)
    assert np.mean(found) == pytest.approx(prior.median(), rel=0.03)
    assert found.std() < 0.2 * prior.std()
    assert values_at_sites(init_to_median, 60).std() > 1.5 * found.std()


def test_means_are_prior_means():
    np.testing.assert_allclose(values_at_sites(init_to_mean, 2), 2.0)
    np.testing.assert_allclose(values_at_sites(init_to_mean, 2, "mu"), 3.0)


def test_uniform_is_uniform_before_the_transform():
    found = np.log(values_at_sites(init_to_uniform(radius=0.7), 400))
    assert stats.kstest(found, stats.uniform(-0.7, 1.4).cdf).pvalue > 1e-3


def test_feasible_is_zero_before_the_transform_and_value_is_the_value():
    np.testing.assert_allclose(values_at_sites(init_to_feasible, 2), 1.0)
    np.testing.assert_allclose(values_at_sites(init_to_value(values={"rate": 7.0}), 2), 7.0)


@pytest.mark.parametrize("kernel", [NUTS, HMC])
@pytest.mark.parametrize("strategy", CHANCE, ids=["uniform", "median", "sample", "pathfinder"])
def test_strategies_of_chance_differ_by_chain(strategy, kernel):
    points = first_points(strategy, kernel=kernel)
    assert len({float(point["mu"]) for point in points}) == 3


@pytest.mark.parametrize("strategy", NO_CHANCE, ids=["feasible", "mean", "value"])
def test_strategies_without_chance_are_alike_in_all_chains(strategy):
    points = first_points(strategy)
    assert len({float(point["mu"]) for point in points}) == 1


@pytest.mark.parametrize("strategy", CHANCE + NO_CHANCE)
def test_init_params_win_and_the_strategy_fills_the_rest(strategy):
    points = first_points(strategy, 2, init_params={"mu": -1.0})
    alone = first_points(strategy, 2)
    np.testing.assert_allclose([point["mu"] for point in points], -1.0)
    if strategy in NO_CHANCE:
        assert points[0]["rate"] == pytest.approx(alone[0]["rate"])
    else:
        assert points[0]["rate"] != points[1]["rate"]


def test_init_params_per_chain_reach_their_chains():
    mcmc = MCMC(
        NUTS(model, step_size=1e-9, adapt_step_size=False, max_tree_depth=1),
        num_warmup=0, num_samples=1, num_chains=3, progress_bar=False,
    )  # fmt: skip
    mcmc.run(0, init_params={"mu": np.array([1.0, 2.0, 3.0]), "rate": 0.5})
    draws = mcmc.get_samples(group_by_chain=True)
    np.testing.assert_allclose(draws["mu"][:, 0], [1.0, 2.0, 3.0], atol=1e-6)
    np.testing.assert_allclose(draws["rate"][:, 0], 0.5, atol=1e-6)


@pytest.mark.parametrize("strategy", CHANCE + NO_CHANCE)
def test_initialize_model_uses_the_strategy(strategy):
    info = initialize_model([0, 1], model, init_strategy=strategy).param_info
    assert info.z["mu"].shape == (2,) and np.all(np.isfinite(info.potential_energy))
    assert (info.z["mu"][0] == info.z["mu"][1]) == (strategy in NO_CHANCE)
    found, is_valid = find_valid_initial_params(0, model, init_strategy=strategy)
    assert is_valid and found.z["mu"] == info.z["mu"][0]
