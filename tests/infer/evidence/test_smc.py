"""Tempered sequential Monte Carlo: evidence within its error, draws of the posterior."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import (
    ArgumentError, DiscreteLatentError, InitializationError, LightPPLError, ModelError,
    SamplingWarning,
)
from lightppl.infer import SMC
from tests.infer.evidence.conjugate_models import CONJUGATE
from tests.infer.evidence.eight_schools import (
    EFFECTS, eight_schools, require_draws_of_nuts,
)

RUNS = [
    ("nuts", "normal-normal"),
    ("nuts", "linear regression"),
    ("nuts", "gamma-Poisson"),
    ("random_walk", "normal-normal"),
    ("random_walk", "beta-binomial"),
    ("random_walk", "gamma-Poisson"),
]
"""Moves and models whose evidence is compared with the exact one."""


def run(name, key, **options):
    model, args, exact = CONJUGATE[name]
    smc = SMC(model, **{"num_particles": 512, **options})
    smc.run(key, *args)
    return smc, exact


@pytest.fixture(scope="module")
def scores():
    """Distances of the log evidence from the exact one, in standard errors."""
    found = {}
    for kernel, name in RUNS:
        runs = [run(name, seed, kernel=kernel) for seed in range(5)]
        found[kernel, name] = [(x.log_evidence - exact) / x.log_evidence_error for x, exact in runs]
    return found


@pytest.mark.parametrize("kernel, name", RUNS)
def test_the_evidence_of_conjugate_models_is_within_its_error(scores, kernel, name):
    assert np.max(np.abs(scores[kernel, name])) < 3.0


def test_the_error_is_neither_too_large_nor_too_small(scores):
    # 30 squares of Student's t with 31 degrees of freedom: mean 1.07, standard deviation 0.3
    assert 0.4 < np.mean(np.square(np.concatenate(list(scores.values())))) < 2.2


@pytest.mark.parametrize("kernel", ["nuts", "random_walk"])
def test_draws_are_those_of_the_posterior(kernel):
    counts = CONJUGATE["gamma-Poisson"][1][0]
    exact = stats.gamma(3.0 + counts.sum(), scale=1.0 / (0.5 + len(counts)))
    draws = run("gamma-Poisson", 11, kernel=kernel, num_particles=4096)[0].get_samples()["rate"]
    error = exact.std() / np.sqrt(len(draws) / 4.0)  # some draws are there twice
    assert draws.mean() == pytest.approx(exact.mean(), abs=4.0 * error)
    assert draws.std() == pytest.approx(exact.std(), rel=0.1)
    shares = [np.mean(exact.cdf(draws) < p) for p in (0.1, 0.5, 0.9)]
    np.testing.assert_allclose(shares, [0.1, 0.5, 0.9], atol=0.06)


def test_eight_schools_are_those_of_nuts():
    smc = SMC(eight_schools, num_particles=4096)
    smc.run(0, EFFECTS)
    # moves leave some correlation between particles of one ancestor
    require_draws_of_nuts(smc.get_samples(), num_effective=1000)


def test_modes_keep_their_weights():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 5.0))
        weights = np.log(np.array([0.8, 0.2]))
        near = np.stack([-0.5 * ((x + 8.0) / 0.3) ** 2, -0.5 * ((x - 8.0) / 0.3) ** 2])
        lp.factor("modes", lp.special.logsumexp(weights + near))

    smc = SMC(model, num_particles=4096)
    smc.run(2)
    width = 0.3 * np.sqrt(2.0 * np.pi)
    exact = np.log(width * stats.norm(0.0, np.sqrt(25.09)).pdf(8.0))
    assert abs(smc.log_evidence - exact) < 3.0 * smc.log_evidence_error
    assert np.mean(smc.get_samples()["x"] < 0) == pytest.approx(0.8, abs=0.06)


def test_draws_do_not_depend_on_the_number_of_threads():
    found = []
    try:
        for num_threads in (1, 2):
            lp.set_num_threads(num_threads)
            found.append(run("linear regression", 3)[0])
    finally:
        lp.set_num_threads(None)
    first, second = found
    np.testing.assert_array_equal(first.get_samples()["beta"], second.get_samples()["beta"])
    assert first.log_evidence == second.log_evidence


def numbers_of_a_small_run():
    """What a run of a few particles finds, as text."""
    found, options = [], {"num_particles": 16, "num_islands": 2, "num_moves": 1}
    for kernel in ("nuts", "random_walk"):
        smc = run("gamma-Poisson", 5, kernel=kernel, **options)[0]
        found += [smc.log_evidence, smc.diagnostics().accept_prob[0], *smc.get_samples()["rate"]]
    return " ".join(map(repr, map(float, found)))


def test_plain_python_gives_the_same_particles():
    program = "from tests.infer.evidence.test_smc import *; print(numbers_of_a_small_run())"
    plain = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    plain, compiled = (np.array(x.split(), float) for x in (plain, numbers_of_a_small_run()))
    assert compiled.size == 2 * 18
    np.testing.assert_allclose(compiled, plain, rtol=1e-9)


def test_a_density_that_runs_eagerly_gives_the_same_particles():
    first, second = (
        run("gamma-Poisson", 5, num_particles=64, num_islands=2, jit_compile=x)[0]
        for x in (True, False)
    )
    np.testing.assert_allclose(
        first.get_samples()["rate"], second.get_samples()["rate"], rtol=1e-9
    )


def test_diagnostics_say_how_it_went(capsys):
    smc = run("linear regression", 0)[0]
    found = smc.diagnostics()
    betas = np.concatenate([[0.0], found.inverse_temperatures])
    assert np.all(np.diff(betas) > 0) and betas[-1] == 1.0
    for x in (found.accept_prob, found.step_size, found.num_steps, found.correlation):
        assert x.shape == found.inverse_temperatures.shape
    assert np.all(np.abs(found.accept_prob - 0.8) < 0.2) and np.all(found.correlation < 0.6)
    assert found.log_evidence_by_island.shape == (32,)
    pooled = np.log(np.mean(np.exp(found.log_evidence_by_island)))
    assert found.log_evidence == pytest.approx(pooled) == smc.log_evidence
    smc.print_summary()
    printed = capsys.readouterr().out
    assert "beta[2]" in printed and f"log evidence {pooled:.3f}" in printed


def test_a_larger_share_takes_more_temperatures():
    few, many = (
        len(run("linear regression", 0, target_ess=x)[0].diagnostics().inverse_temperatures)
        for x in (0.3, 0.9)
    )
    assert many > 1.5 * few


def test_moves_that_do_not_move_are_reported():
    with pytest.warns(SamplingWarning, match="left particles almost where they were"):
        run("linear regression", 0, kernel="random_walk", num_moves=1, target_accept_prob=0.97)


def test_data_that_exclude_some_draws_are_no_trouble():
    def model():
        x = lp.sample("x", dist.Uniform(-1.0, 1.0))
        lp.factor("half", np.where(x > 0.0, 0.0, -np.inf))

    smc = SMC(model, num_particles=1024)
    smc.run(0)
    assert abs(smc.log_evidence - np.log(0.5)) < 4.0 * smc.log_evidence_error
    assert smc.get_samples()["x"].min() > 0.0


def test_data_that_exclude_all_draws_are_an_error():
    def model():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.factor("nothing", np.where(x > 100.0, 0.0, -np.inf))

    with pytest.raises(InitializationError, match="likelihood is zero, or fails, at all 64 draws"):
        SMC(model, num_particles=64, num_islands=2).run(0)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_islands": 1}, "num_islands must be"),
        ({"num_particles": 100, "num_islands": 16}, "num_particles must be a multiple"),
        ({"num_particles": 8, "num_islands": 16}, "num_particles must be"),
        ({"kernel": "hmc"}, "kernel must be one of nuts, random_walk"),
        ({"num_moves": 0}, "num_moves must be"),
        ({"target_ess": 1.0}, "target_ess must be"),
        ({"target_accept_prob": 0.0}, "target_accept_prob must be"),
        ({"max_tree_depth": 0}, "max_tree_depth must be"),
    ],
)
def test_wrong_options_are_refused_by_name(options, message):
    with pytest.raises(ArgumentError, match=message):
        SMC(eight_schools, **options)


def test_models_without_a_path_from_the_prior_are_refused():
    def improper():
        lp.sample("m", dist.ImproperUniform(dist.constraints.real, (), ()))

    def masked():
        lp.sample("m", dist.Normal(0.0, 1.0).mask(False))

    for model, error, message in (
        (improper, ModelError, "prior of site 'm' has no draws"),
        (masked, ModelError, "latent site 'm' has a mask"),
        (lambda: lp.sample("z", dist.Bernoulli(0.5)), DiscreteLatentError, "'z' is discrete"),
        (lambda: lp.sample("y", dist.Normal(0.0, 1.0), obs=1.0), ModelError, "no latent site"),
    ):
        with pytest.raises(error, match=message):
            SMC(model).run(0)
    with pytest.raises(LightPPLError, match="call run first"):
        SMC(eight_schools).get_samples()
