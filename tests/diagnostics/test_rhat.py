import numpy as np
import pytest

from lightppl.diagnostics import gelman_rubin, rhat, split_gelman_rubin
from tests.reference.slow_diagnostics import ar1_chains, plain_rhat, rank_rhat, split


def independent(seed, shape):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("shape", [(1, 40), (2, 51), (4, 30)])
def test_equals_the_slow_twin(shape):
    x = ar1_chains(np.random.default_rng(0), 0.6, *shape)
    assert rhat(x) == pytest.approx(rank_rhat(x), rel=1e-10)
    assert split_gelman_rubin(x) == pytest.approx(plain_rhat(split(x)), rel=1e-12)
    if shape[0] > 1:
        assert gelman_rubin(x) == pytest.approx(plain_rhat(x), rel=1e-12)


def test_shape_follows_the_site():
    assert rhat(independent(0, (4, 100, 2, 3))).shape == (2, 3)


def test_good_chains_stay_below_the_threshold():
    values = rhat(independent(1, (4, 1000, 200)))
    assert np.mean(values > 1.01) < 0.01  # fail
    assert np.median(values) < 1.001  # alert: far from the threshold


def test_a_shift_of_a_tenth_of_a_standard_deviation_is_seen():
    x = independent(2, (4, 1000, 100))
    shifted = x + 0.1 * np.array([-1.0, 1, -1, 1])[:, None, None]
    assert np.mean(rhat(shifted)) - np.mean(rhat(x)) > 0.004


def test_a_shift_of_half_a_standard_deviation_is_above_the_threshold():
    x = independent(3, (4, 1000, 50))
    assert np.all(rhat(x + 0.5 * np.array([0.0, 0, 0, 1])[:, None, None]) > 1.01)


def test_different_scales_are_seen_only_by_the_folded_form():
    x = independent(4, (4, 1000, 20)) * np.array([1.0, 1, 1, 2])[:, None, None]
    assert np.all(rhat(x) > 1.03)
    assert np.all(split_gelman_rubin(x) < 1.01)


def test_a_drift_in_a_single_chain_is_seen():
    assert rhat(independent(5, (1, 1000)) + np.linspace(0, 1, 1000)) > 1.05


def test_heavy_tails_do_not_hide_disagreement():
    x = np.random.default_rng(6).standard_cauchy((4, 1000))
    x[0] += 1
    assert rhat(x) > 1.02


def test_ranks_make_it_invariant_to_monotone_transforms():
    x = independent(7, (4, 200))
    bulk_only = 8 * x  # folding is not invariant: compare where the bulk form is the larger
    bulk_only[0] += 8
    assert rhat(bulk_only) == pytest.approx(rhat(np.exp(bulk_only / 8)), rel=1e-12)


@pytest.mark.parametrize("bad", [1.0, np.nan, np.inf])
def test_constants_and_non_finite_draws_give_nan_without_warning(bad):
    x = np.full((4, 100), bad)
    assert np.isnan(rhat(x))


def test_chains_stuck_at_different_values_are_infinitely_apart():
    assert rhat(np.repeat(np.arange(4.0)[:, None], 100, axis=1)) > 100


def test_two_valued_variables_have_a_value():
    x = np.random.default_rng(8).random((4, 500)) < 0.3
    assert 0.99 < rhat(x) < 1.02
