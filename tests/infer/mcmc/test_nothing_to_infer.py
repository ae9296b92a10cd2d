"""Models of which nothing is inferred, and latent sites without elements."""

import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ShapeError
from lightppl.infer import (
    HMC, MCMC, NUTS, SA, BarkerMH, Predictive, initialize_model, log_likelihood,
)

LOG_DENSITY_AT_ZERO = -0.5 * np.log(2 * np.pi)


def run(sampler, *args, num_chains=1, **kwargs):
    mcmc = MCMC(sampler, num_warmup=20, num_samples=30, num_chains=num_chains, progress_bar=False)
    mcmc.run(0, *args, **kwargs)
    return mcmc


def computed():
    lp.deterministic("squares", np.arange(3.0) ** 2)
    lp.sample("y", dist.Normal(0.0, 1.0), obs=0.0)


def empty_simplex():
    lp.sample("share", dist.Dirichlet(np.ones(1)))
    lp.sample("nothing", dist.Normal(0.0, 1.0).expand([0]))
    lp.sample("y", dist.Normal(0.0, 1.0), obs=0.0)


def beside_others(x, y):
    lp.sample("share", dist.Dirichlet(np.ones(1)))
    slopes = lp.sample("slopes", dist.Normal(np.zeros(x.shape[1]), 1.0).to_event(1))
    mean = lp.sample("mean", dist.Normal(0.0, 1.0))
    lp.sample("y", dist.Normal(mean + x @ slopes, 1.0), obs=y)


@pytest.mark.parametrize("sampler", [NUTS, HMC, BarkerMH, SA])
@pytest.mark.parametrize("num_chains", [1, 2])
def test_deterministic_sites_are_returned(sampler, num_chains):
    mcmc = run(sampler(computed), num_chains=num_chains)
    assert set(mcmc.get_samples()) == {"squares"}
    np.testing.assert_array_equal(
        mcmc.get_samples(group_by_chain=True)["squares"],
        np.broadcast_to([0.0, 1.0, 4.0], (num_chains, 30, 3)),
    )
    assert not np.any(mcmc.get_extra_fields().get("diverging", False))
    np.testing.assert_allclose(mcmc.last_state.potential_energy, -LOG_DENSITY_AT_ZERO)


def test_a_model_without_any_site_has_no_draws():
    mcmc = run(NUTS(lambda: None))
    assert mcmc.get_samples() == {}
    with pytest.raises(ShapeError, match="There are no draws to describe"):
        mcmc.print_summary()


def test_an_energy_that_never_changes_is_no_bad_sign(capsys):
    run(NUTS(computed)).print_summary(exclude_deterministic=False)
    printed = capsys.readouterr().out
    assert "squares[2]" in printed and "E-BFMI is below" not in printed


@pytest.mark.parametrize("model", [computed, empty_simplex])
def test_nothing_is_wrong_where_nothing_can_move(model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mcmc = run(NUTS(model), num_chains=2)
    assert mcmc.diagnose().is_good


def test_sites_without_elements_keep_their_shapes():
    mcmc = run(NUTS(empty_simplex))
    assert {name: x.shape for name, x in mcmc.get_samples().items()} == {
        "share": (30, 1), "nothing": (30, 0)
    }
    assert np.all(mcmc.get_samples()["share"] == 1.0)


@pytest.mark.parametrize("dense_mass", [False, True, [("share", "slopes")]])
def test_sites_without_elements_stand_beside_others(dense_mass):
    x, y = np.zeros((4, 0)), np.array([1.0, 2.0, 0.0, 1.0])
    mcmc = run(NUTS(beside_others, dense_mass=dense_mass), x, y)
    draws = mcmc.get_samples()
    assert draws["slopes"].shape == (30, 0) and np.ptp(draws["mean"]) > 0.1
    assert Predictive(beside_others, draws)(0, x, None)["y"].shape == (30, 4)
    assert log_likelihood(beside_others, draws, x, y)["y"].shape == (30, 4)


@pytest.mark.parametrize("model", [computed, empty_simplex])
def test_the_density_is_one_number(model):
    f = lp.log_density_function(model)
    assert f.size == 0
    value, gradient = f.value_and_grad(np.zeros(0))
    np.testing.assert_allclose(value, LOG_DENSITY_AT_ZERO)
    assert gradient.shape == (0,)
    info = initialize_model(0, model)
    np.testing.assert_allclose(info.potential_fn(info.param_info.z), -LOG_DENSITY_AT_ZERO)
    assert set(info.postprocess_fn(info.param_info.z)) <= {"squares", "share", "nothing"}


@pytest.mark.parametrize("adaptation", ["auto", "welford"])
def test_no_step_size_is_searched_where_nothing_moves(adaptation, recwarn):
    def nothing():
        lp.sample("nothing", dist.Normal(0.0, 1.0).expand([0]))

    run(NUTS(nothing, adaptation=adaptation, find_heuristic_step_size=True))
    assert not recwarn.list
