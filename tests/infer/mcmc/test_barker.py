"""`BarkerMH` as users have it: the target acceptance, metrics, starts, options, reports."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError
from lightppl.infer import MCMC, BarkerMH
from lightppl.infer.barker import BarkerMHState
from tests.infer.mcmc import models

pytestmark = pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")
FIXED = dict(adapt_step_size=False, adapt_mass_matrix=False)


def run(kernel, *args, key=0, num_warmup=500, num_samples=1000, num_chains=1, **options):
    mcmc = MCMC(
        kernel, num_warmup=num_warmup, num_samples=num_samples, num_chains=num_chains,
        progress_bar=False,
    )  # fmt: skip
    mcmc.run(key, *args, **options)
    return mcmc


def ten_normals():
    x = lp.sample("x", dist.Normal(0.0, 1.0).expand([10]))
    lp.sample("obs", dist.Normal(x, 1.0), obs=np.ones(10))


def scales_and_correlations():
    a = lp.sample("a", dist.Normal(0.0, 100.0))
    lp.sample("b", dist.Normal(np.zeros(3), 0.01).to_event(1))
    lp.sample("c", dist.Normal(0.98 * a, 20.0))


@pytest.mark.parametrize("target", [0.4, 0.6])
@pytest.mark.parametrize("model", [ten_normals, scales_and_correlations])
def test_steps_are_accepted_as_often_as_was_asked_for(model, target):
    """The mean of 32 chains; dual averaging of NumPyro is at .29 for a target of .4."""
    mcmc = run(BarkerMH(model, target_accept_prob=target), num_chains=32, num_warmup=600,
               num_samples=500, extra_fields=("accept_prob",))  # fmt: skip
    found = mcmc.get_extra_fields(group_by_chain=True)["accept_prob"].mean(axis=1)
    assert found.mean() == pytest.approx(target, abs=0.04) and found.std() < 0.09


def test_the_target_is_not_raised_where_no_metric_fits():
    """Correlations that a diagonal metric cannot have would raise that of `NUTS` to .7."""
    kernel = BarkerMH(scales_and_correlations, adaptation="fisher")
    mcmc = run(kernel, num_chains=16, extra_fields=("accept_prob", "adapt_state.metric_misfit"))
    fields = mcmc.get_extra_fields()
    assert fields["adapt_state.metric_misfit"].mean() > 1.0
    assert fields["accept_prob"].mean() == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("dense_mass", [False, True, [("a", "c")]])
def test_metrics_of_every_form_find_scales_and_correlations(dense_mass):
    mcmc = run(BarkerMH(scales_and_correlations, dense_mass=dense_mass), num_samples=4000,
               num_chains=4)  # fmt: skip
    draws = mcmc.get_samples()
    assert draws["a"].std() == pytest.approx(100.0, rel=0.1)
    np.testing.assert_allclose(draws["b"].std(axis=0), 0.01, rtol=0.1)
    assert np.corrcoef(draws["a"], draws["c"])[0, 1] == pytest.approx(0.98, abs=0.01)
    matrix = mcmc.last_state.adapt_state.inverse_mass_matrix
    assert set(matrix) == {False: {("a", "b", "c")}, True: {("a", "b", "c")}}.get(
        dense_mass if isinstance(dense_mass, bool) else None, {("a", "c"), ("b",)}
    )


def test_the_conjugate_posterior_comes_out():
    mcmc = run(BarkerMH(models.normal_mean), models.Y, num_samples=20_000, num_chains=4)
    mean, sd = models.normal_mean_posterior(models.Y)
    mu = mcmc.get_samples()["mu"]
    assert mu.mean() == pytest.approx(mean, abs=0.05 * sd) and mu.std() == pytest.approx(sd, 0.03)


def test_a_run_begins_at_init_params():
    kernel = BarkerMH(models.normal_mean, step_size=1e-9, **FIXED)
    mcmc = run(kernel, models.Y, num_warmup=0, num_samples=3, init_params={"mu": 17.0})
    np.testing.assert_allclose(mcmc.get_samples()["mu"], 17.0, atol=1e-6)
    state = kernel.init(0, 0, {"mu": -4.0}, (models.Y,))
    assert float(state.z["mu"]) == -4.0


def test_a_potential_function_is_sampled_from():
    def potential_fn(z):
        return 0.5 * np.sum(z["x"] ** 2) + 2.0 * (z["y"] - 1.0) ** 2

    init_params = {"x": np.zeros(3), "y": np.array(0.0)}
    mcmc = run(BarkerMH(potential_fn=potential_fn), init_params=init_params, num_samples=8000)
    draws = mcmc.get_samples()
    assert draws["y"].mean() == pytest.approx(1.0, abs=0.06)
    assert draws["y"].std() == pytest.approx(0.5, rel=0.1)
    np.testing.assert_allclose(draws["x"].std(axis=0), 1.0, rtol=0.12)


def test_a_run_goes_on_from_a_state_with_its_step_size_and_metric():
    kernel = BarkerMH(ten_normals)
    first = run(kernel, num_chains=2)
    state = first.last_state
    assert isinstance(state, BarkerMHState) and state.z_grad["x"].shape == (2, 10)
    np.testing.assert_allclose(state.z_grad["x"], 2.0 * state.z["x"] - 1.0, rtol=1e-12)
    mcmc = MCMC(kernel, num_warmup=0, num_samples=50, num_chains=2, progress_bar=False)
    mcmc.post_warmup_state = state
    mcmc.run(3, extra_fields=("i", "adapt_state.step_size"))
    assert mcmc.get_extra_fields(group_by_chain=True)["i"][0, 0] == 1501
    np.testing.assert_equal(
        mcmc.last_state.adapt_state.inverse_mass_matrix, state.adapt_state.inverse_mass_matrix
    )
    np.testing.assert_equal(mcmc.last_state.adapt_state.step_size, state.adapt_state.step_size)


def test_options_that_are_switched_off_leave_their_numbers_alone():
    given = {("x",): np.linspace(0.5, 1.5, 10)}
    kernel = BarkerMH(ten_normals, step_size=0.7, inverse_mass_matrix=given, **FIXED)
    state = run(kernel).last_state
    assert state.adapt_state.step_size == 0.7
    np.testing.assert_equal(state.adapt_state.inverse_mass_matrix, given)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"step_size": 0.0}, "step_size"),
        ({"target_accept_prob": 1.0}, "target_accept_prob"),
        ({"adapt_step_size": "yes"}, "adapt_step_size"),
        ({"adapt_mass_matrix": 2}, "adapt_mass_matrix"),
        ({"dense_mass": "x"}, "dense_mass"),
        ({"adaptation": "welford"}, "adaptation must be one of auto, fisher, low_rank, dense"),
        ({"init_strategy": 3}, "init_strategy"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        BarkerMH(ten_normals, **arguments)


def test_its_acceptance_is_told_while_it_runs():
    kernel = BarkerMH(ten_normals)
    state = run(kernel).last_state
    assert kernel.get_diagnostics_str(state).startswith("step size ")
    chain = kernel.open_chain(0, 5)
    chain.advance(0, 5)
    assert chain.describe().startswith("step size ")
