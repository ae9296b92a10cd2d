"""Runs that end when there are enough draws."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.diagnostics import ess_bulk, ess_tail, rhat
from lightppl.errors import ArgumentError, LightPPLWarning
from lightppl.infer import MCMC, NUTS
from lightppl.infer.mcmc.until import Looking, check_until, looks
from lightppl.infer.until import ESS, RHat
from tests.infer.mcmc import models
from tests.infer.mcmc.test_python_run import RandomWalk


def fit(until, num_samples=5000, model=models.eight_schools, num_threads=2, **options):
    mcmc = MCMC(
        NUTS(model), num_warmup=300, num_samples=num_samples, num_chains=4, progress_bar=False,
        **options,
    )  # fmt: skip
    lp.set_num_threads(num_threads)
    try:
        mcmc.run(0, models.SCHOOLS_SIGMA, y=models.SCHOOLS_Y, until=until)
    finally:
        lp.set_num_threads(None)
    return mcmc


def smallest_ess(samples):
    return min(np.min([ess_bulk(x), ess_tail(x)]) for x in samples.values())


def test_sampling_ends_at_the_first_look_with_enough_draws():
    mcmc, target = fit(ESS(400)), 400
    samples = mcmc.get_samples(group_by_chain=True)
    num_draws = samples["mu"].shape[1]
    assert smallest_ess(samples) >= target
    number = looks(5000).index(num_draws)
    assert number > 0, "the target is not met by the first look already"
    before = looks(5000)[number - 1]
    assert smallest_ess({name: x[:, :before] for name, x in samples.items()}) < target
    for found in (mcmc.get_statistics(True), mcmc.get_extra_fields(True)):
        assert {x.shape for x in found.values()} == {(4, num_draws)}
    np.testing.assert_array_equal(mcmc.last_state.i, 300 + num_draws)
    np.testing.assert_array_equal(mcmc.last_state.z["mu"], samples["mu"][:, -1])


def test_draws_and_end_depend_on_neither_threads_nor_the_most():
    one, other = fit(ESS(300), num_threads=1), fit(ESS(300), num_samples=3001, num_threads=4)
    for name, x in one.get_samples().items():
        np.testing.assert_array_equal(x, other.get_samples()[name])
    fixed = fit(None, num_samples=one.get_samples(True)["mu"].shape[1])
    np.testing.assert_array_equal(one.get_samples()["tau"], fixed.get_samples()["tau"])
    np.testing.assert_array_equal(one.last_state.z["tau"], fixed.last_state.z["tau"])


def test_a_target_that_is_not_met_is_told_and_all_draws_are_kept():
    with pytest.warns(LightPPLWarning, match=r"until= was not reached in 60 draws of each chain: "
                      r"the effective sample size of '\w+' is \d+, less than 10000"):  # fmt: skip
        mcmc = fit(ESS(10_000), num_samples=60)
    assert mcmc.get_samples(True)["mu"].shape == (4, 60)


def test_thinned_draws_are_what_counts():
    mcmc = fit(ESS(300), num_samples=15_000, thinning=3)
    samples = mcmc.get_samples(True)
    assert smallest_ess(samples) >= 300 and samples["mu"].shape[1] in looks(5000)


def test_several_rules_hold_all():
    mcmc = fit([ESS(50), RHat(1.01)])
    samples = mcmc.get_samples(True)
    assert smallest_ess(samples) >= 50
    assert max(np.max(rhat(x)) for x in samples.values()) <= 1.01


def test_samplers_in_python_end_too():
    mcmc = MCMC(RandomWalk(), num_warmup=50, num_samples=3000, num_chains=2, progress_bar=False)
    mcmc.run(0, until=ESS(60))
    assert 0 < mcmc.get_samples(True).shape[1] < 3000


def test_sites_that_are_not_kept_do_not_count():
    assert fit(ESS(300), save_sites=("mu",)).get_samples().keys() == {"mu"}


@pytest.mark.parametrize("until", [400, "ESS", ESS, [ESS(100), 3], {"ess": 3}])
def test_what_is_no_rule_is_refused(until):
    with pytest.raises(ArgumentError, match="until must be ESS"):
        check_until(until)


@pytest.mark.parametrize("make", [lambda: ESS(0), lambda: ESS("many"), lambda: RHat(1.0)])
def test_bad_targets_are_refused(make):
    with pytest.raises(ArgumentError, match="of ESS|of RHat"):
        make()


def test_elements_that_never_change_do_not_count_and_nothing_that_changes_is_not_enough():
    rng = np.random.default_rng(0)
    good = rng.standard_normal((2, 400, 3))
    good[..., 1] = 7.0
    assert Looking((ESS(100),)).is_enough({"x": good, "flag": good[..., 0] > 0})
    looking = Looking((ESS(100),))
    assert not looking.is_enough({"x": np.ones((2, 400))})
    assert looking.missing == "no draw differs from another"


def test_stuck_chains_and_values_that_are_not_finite_are_not_enough():
    rng = np.random.default_rng(0)
    stuck = np.stack([np.zeros(400), np.ones(400)])
    broken = rng.standard_normal((2, 400))
    broken[0, 3] = np.nan
    for x, words in ((stuck, "sample size of 'x'"), (broken, "draws of 'x' are not finite")):
        looking = Looking((ESS(100),))
        assert not looking.is_enough({"good": rng.standard_normal((2, 400)), "x": x})
        assert words in looking.missing


def test_the_site_that_failed_is_looked_at_first():
    seen = []

    class Counting(ESS):
        def measure(self, x):
            seen.append(x.shape)
            return super().measure(x)

    rng = np.random.default_rng(0)
    draws = {"a": rng.standard_normal((2, 100)), "b": np.cumsum(rng.standard_normal((2, 100)), 1)}
    looking = Looking((Counting(50),))
    assert not looking.is_enough(draws) and len(seen) == 2
    assert not looking.is_enough(draws) and len(seen) == 3


def test_looks_are_regular_and_then_in_proportion():
    found = np.array(looks(100_000))
    assert found[0] == 50 and np.all(np.diff(found) >= 50) and found[-1] < 100_000
    assert np.all(np.diff(found)[10:] <= 0.11 * found[10:-1])


def model_with_matrix():
    lp.sample("corr", dist.LKJCholesky(2, 1.0))


def test_a_correlation_matrix_has_elements_that_never_change():
    mcmc = MCMC(NUTS(model_with_matrix), num_warmup=200, num_samples=4000, progress_bar=False)
    mcmc.run(1, until=ESS(100))
    assert len(mcmc.get_samples()["corr"]) < 4000
