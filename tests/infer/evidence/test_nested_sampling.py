"""Nested sampling: evidence of conjugate models within its error, draws of the posterior."""

import sys

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, LightPPLError
from tests.infer.evidence.conjugate_models import CONJUGATE
from tests.infer.evidence.eight_schools import (
    EFFECTS, eight_schools, require_draws_of_nuts,
)

pytest.importorskip("dynesty", reason="dynesty is not installed")
nested_sampling = pytest.importorskip("lightppl.contrib.nested_sampling")
NestedSampler = nested_sampling.NestedSampler

NUM_LIVE = {"normal-normal": 60, "linear regression": 40, "gamma-Poisson": 100}


def run(name, key):
    model, args, exact = CONJUGATE[name]
    sampler = NestedSampler(model, constructor_kwargs={"nlive": NUM_LIVE[name]})
    sampler.run(key, *args)
    return sampler, exact


@pytest.fixture(scope="module")
def scores():
    """Distances of the log evidence from the exact one, in standard errors: name, seed."""
    found = {}
    for name in NUM_LIVE:
        runs = [run(name, seed) for seed in range(5)]
        found[name] = [(x.log_evidence - exact) / x.log_evidence_error for x, exact in runs]
    return found


@pytest.mark.parametrize("name", NUM_LIVE)
def test_the_evidence_of_conjugate_models_is_within_its_error(scores, name):
    assert np.max(np.abs(scores[name])) < 3.0


def test_the_error_is_neither_too_large_nor_too_small(scores):
    # 15 squares of standard normal variates: mean 1, standard deviation 0.37
    assert 0.4 < np.mean(np.square(np.concatenate(list(scores.values())))) < 2.2


@pytest.fixture(scope="module")
def sampler():
    return run("gamma-Poisson", 7)[0]


def test_draws_are_those_of_the_posterior(sampler):
    counts = CONJUGATE["gamma-Poisson"][1][0]
    exact = stats.gamma(3.0 + counts.sum(), scale=1.0 / (0.5 + len(counts)))
    draws = sampler.get_samples(0, 2000)["rate"]
    error = exact.std() / np.sqrt(sampler.diagnostics().effective_sample_size)
    assert draws.mean() == pytest.approx(exact.mean(), abs=4.0 * error)
    assert draws.std() == pytest.approx(exact.std(), rel=0.2)
    samples, log_weights = sampler.get_weighted_samples()
    assert np.sum(np.exp(log_weights)) == pytest.approx(1.0)
    weighted = np.sum(np.exp(log_weights) * samples["rate"])
    assert weighted == pytest.approx(exact.mean(), abs=4.0 * error)


def test_eight_schools_are_those_of_nuts():
    sampler = NestedSampler(eight_schools, constructor_kwargs={"nlive": 150})
    sampler.run(0, EFFECTS)
    num_effective = sampler.diagnostics().effective_sample_size
    require_draws_of_nuts(sampler.get_samples(1, 4000), num_effective)


def test_the_same_key_gives_the_same_run(sampler):
    again = run("gamma-Poisson", 7)[0]
    assert again.log_evidence == sampler.log_evidence
    assert again.log_evidence_error == sampler.log_evidence_error
    first, second = (x.get_samples(1, 10)["rate"] for x in (sampler, again))
    np.testing.assert_array_equal(first, second)


def test_an_axis_of_one_chain_can_be_put_in_front(sampler):
    flat = sampler.get_samples(1, 10)["rate"]
    grouped = sampler.get_samples(1, 10, group_by_chain=True)["rate"]
    assert grouped.shape == (1, 10) and np.array_equal(grouped[0], flat)


def test_diagnostics_say_how_it_went(sampler, capsys):
    found = sampler.diagnostics()
    assert found.num_live_points == 100 and found.is_compiled
    assert found.num_likelihood_evaluations > found.num_iterations > 100
    assert found.information == pytest.approx(0.6, abs=0.4)
    # dynesty's own error is a bound
    assert found.log_evidence_error < sampler.results.logzerr[-1]
    sampler.print_summary()
    printed = capsys.readouterr().out
    assert "rate" in printed and f"log evidence {found.log_evidence:.3f}" in printed


def test_two_modes_and_a_discrete_site_keep_their_weights():
    def model(y):
        z = lp.sample("z", dist.Bernoulli(0.3))
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        loc = lp.deterministic("loc", np.where(z == 1, x + 4.0, x - 4.0))
        lp.sample("y", dist.Normal(loc, 2.0), obs=y)

    sampler = NestedSampler(model, constructor_kwargs={"nlive": 200})
    sampler.run(0, 1.0)
    likelihoods = stats.norm(np.array([-4.0, 4.0]), np.sqrt(5.0)).pdf(1.0) * [0.7, 0.3]
    score = (sampler.log_evidence - np.log(likelihoods.sum())) / sampler.log_evidence_error
    assert abs(score) < 3.5
    draws = sampler.get_samples(0, 4000)
    share = likelihoods[1] / likelihoods.sum()
    error = 4.0 * np.sqrt(share * (1.0 - share) / sampler.diagnostics().effective_sample_size)
    assert draws["z"].mean() == pytest.approx(share, abs=max(error, 0.05))
    np.testing.assert_allclose(draws["loc"], draws["x"] + np.where(draws["z"] == 1, 4.0, -4.0))


def test_termination_is_that_of_dynesty():
    model, args, _ = CONJUGATE["gamma-Poisson"]
    sampler = NestedSampler(
        model,
        constructor_kwargs={"nlive": 50},
        termination_kwargs={"maxiter": 20, "add_live": False},
    )
    with pytest.warns(UserWarning, match="stopped short due to maxiter"):
        sampler.run(0, *args)
    assert sampler.diagnostics().num_iterations <= 21


@pytest.mark.parametrize("name", ["ndim", "rstate", "loglikelihood", "prior_transform"])
def test_what_follows_from_the_model_cannot_be_given(name):
    with pytest.raises(ArgumentError, match=f"constructor_kwargs must not name '{name}'"):
        NestedSampler(lambda: None, constructor_kwargs={name: 1})


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="model must be"):
        NestedSampler(3)
    with pytest.raises(ArgumentError, match="termination_kwargs must be a dict"):
        NestedSampler(lambda: None, termination_kwargs=3)
    with pytest.raises(LightPPLError, match="call run first"):
        NestedSampler(lambda: None).get_weighted_samples()


def test_without_dynesty_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "dynesty", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'lightppl\[nested\]'"):
        NestedSampler(lambda: None)
