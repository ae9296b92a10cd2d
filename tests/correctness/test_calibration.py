"""Samplers return draws of the posterior, and one that does not is found out.

`bench/sbc.py` does the same at length.
"""

import warnings

import numpy as np
import pytest

from lightppl.infer import (
    AIES, ESS, HMC, MCLMC, MEADS, NUTS, SA, WALNUTS, AdjustedMCLMC, BarkerMH, ChEESHMC,
    HamiltonianMonteCarlo, MetropolisAdjustedLangevinAlgorithm, NoUTurnSampler,
    RandomWalkMetropolis, SliceSampler,
)  # fmt: skip
from tests.correctness.calibration import joined, p_values, ranks_of, worst
from tests.correctness.calibration_models import (
    MODELS, centred_hierarchy, counts, hierarchy, location_scale, shares,
)  # fmt: skip
from tests.correctness.wrong_samplers import blind, too_slow

SAMPLERS = {
    "NUTS": NUTS,
    "WALNUTS": WALNUTS,
    "dense": lambda model: NUTS(model, adaptation="dense"),
    "low rank": lambda model: NUTS(model, adaptation="low_rank"),
    "HMC": lambda model: HMC(model, trajectory_length=2.0),
}
NUM_DRAWS = 99

OTHERS = {
    "random walk": (RandomWalkMetropolis, {}, 1000),
    "Langevin": (MetropolisAdjustedLangevinAlgorithm, {}, 100),
    "volatility": (
        MetropolisAdjustedLangevinAlgorithm, {"volatility_fn": lambda q: 0.5 + 0.5 / (1.0 + q**2)},
        150,
    ),
    "slice": (SliceSampler, {}, 400),
    "stepping out": (SliceSampler, {"max_steps_out": 8}, 400),
    "HMC of few steps": (HamiltonianMonteCarlo, {"num_leapfrog_steps": 4}, 6),
    "no U-turn": (NoUTurnSampler, {}, 4),
}  # fmt: skip
"""Samplers that forget slowly: options, and every how manieth draw is used."""


def calibrated(model, make_sampler, num_runs=12, **options):
    """Smallest corrected p value of uniformity, of ten groups a run."""
    options = {"warmup": 300, **options}
    runs = [
        ranks_of(model, make_sampler, 1000 * k + 7, groups=10, draws=NUM_DRAWS, **options)
        for k in range(num_runs)
    ]
    return worst(joined(runs), NUM_DRAWS)


def assert_calibrated(found):
    p_value, where = found
    assert p_value > 1e-4, f"ranks are not uniform: {where}, p = {p_value:.2g}"
    if p_value < 0.02:
        warnings.warn(f"ranks look odd: {where}, p = {p_value:.2g}", stacklevel=2)


@pytest.mark.parametrize("name", ["NUTS", "WALNUTS"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_ranks_of_the_truth_are_uniform(model, name):
    assert_calibrated(calibrated(model, SAMPLERS[name]))


@pytest.mark.parametrize("name", ["HMC", "dense", "low rank"])
def test_ranks_are_uniform_with_other_trajectories_and_metrics(name):
    assert_calibrated(calibrated(hierarchy, SAMPLERS[name]))


@pytest.mark.parametrize(
    "make_sampler, model, groups, num_runs, warmup",
    [(BarkerMH, location_scale, 10, 12, 400), (SA, counts, 4, 30, 2000)],
)
def test_ranks_are_uniform_with_random_walks(make_sampler, model, groups, num_runs, warmup):
    """Whose draws are thinned more, and whose ensembles are of few dimensions."""
    runs = [
        ranks_of(
            model, make_sampler, 1000 * k + 7, groups=groups, draws=NUM_DRAWS, thinning=30,
            warmup=warmup,
        )
        for k in range(num_runs)
    ]  # fmt: skip
    assert_calibrated(worst(joined(runs), NUM_DRAWS))


@pytest.mark.parametrize("name", OTHERS)
def test_ranks_are_uniform_with_samplers_of_short_steps(name):
    kernel, options, thinning = OTHERS[name]
    make_sampler = lambda model: kernel(model, **options)  # noqa: E731
    assert_calibrated(calibrated(location_scale, make_sampler, thinning=thinning, warmup=2000))


@pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")  # three draws a walker
@pytest.mark.parametrize("sampler, warmup, thinning", [(AIES, 4000, 600), (ESS, 500, 100)])
def test_ranks_are_uniform_with_ensembles(sampler, warmup, thinning):
    found = calibrated(location_scale, sampler, warmup=warmup, thinning=thinning, chains=40)
    assert_calibrated(found)


@pytest.mark.parametrize("sampler, thinning", [(MCLMC, 30), (AdjustedMCLMC, 4)])
def test_ranks_are_uniform_at_constant_speed(sampler, thinning):
    """Also without acceptance: its bias is too small to be seen here."""
    assert_calibrated(calibrated(location_scale, sampler, thinning=thinning))


@pytest.mark.filterwarnings("ignore::lightppl.errors.SamplingWarning")  # few draws a chain
@pytest.mark.parametrize("sampler, warmup, thinning", [(ChEESHMC, 300, 10), (MEADS, 500, 60)])
def test_ranks_are_uniform_with_chains_that_learn_from_each_other(sampler, warmup, thinning):
    found = calibrated(location_scale, sampler, warmup=warmup, thinning=thinning, chains=32)
    assert_calibrated(found)


def test_walnuts_is_calibrated_on_funnels():
    assert_calibrated(calibrated(centred_hierarchy, WALNUTS))


@pytest.mark.parametrize("model", [hierarchy, shares], ids=lambda model: model.__name__)
def test_a_sampler_whose_momenta_do_not_fit_its_energy_is_found_out(model):
    p_value, _ = calibrated(model, too_slow, num_runs=20)
    assert p_value < 1e-5


def test_only_the_log_likelihood_sees_that_data_are_ignored():
    """Draws from the prior are calibrated for every parameter (Modrak et al. 2023, sec. 3)."""
    runs = [ranks_of(hierarchy, blind, k, groups=10, draws=NUM_DRAWS) for k in range(10)]
    ranks = joined(runs)
    assert worst({"log likelihood": ranks.pop("log likelihood")}, NUM_DRAWS)[0] < 1e-10
    assert worst(ranks, NUM_DRAWS)[0] > 0.01


def test_p_values_are_uniform_for_uniform_ranks_and_small_for_others():
    rng = np.random.default_rng(1)
    found = [p_values(rng.integers(0, 100, size=200), 99) for _ in range(2000)]
    for name in ("bins", "mean", "spread"):
        share = np.mean([p[name] < 0.05 for p in found])
        assert share == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 2000)), name
    shifted = np.clip(rng.integers(0, 100, size=200) + 15, 0, 99)
    narrow = rng.binomial(99, rng.beta(1.6, 1.6, size=400))
    bumpy = 10 * rng.choice([0, 2, 4, 5, 7, 9], size=400)
    assert p_values(shifted, 99)["mean"] < 1e-4
    assert p_values(narrow, 99)["spread"] < 1e-4
    assert p_values(bumpy, 99)["bins"] < 1e-4
