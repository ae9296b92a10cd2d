import numpy as np
import pytest

from lightppl.diagnostics import effective_sample_size, ess_bulk, ess_mean, ess_quantile, ess_tail
from tests.reference.slow_diagnostics import ar1_chains, split, stan_ess, tail_ess, z_scores


@pytest.mark.parametrize("shape", [(1, 60), (2, 61), (4, 40)])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.8, 0.99])
def test_equals_the_slow_twin(shape, rho):
    x = ar1_chains(np.random.default_rng(0), rho, *shape)
    halves = split(x)
    assert ess_mean(x) == pytest.approx(stan_ess(halves), rel=1e-9)
    assert ess_bulk(x) == pytest.approx(stan_ess(z_scores(halves)), rel=1e-9)
    assert ess_tail(x) == pytest.approx(tail_ess(x), rel=1e-9)


@pytest.mark.parametrize("num_draws", [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
def test_short_chains_have_a_value(num_draws):
    x = np.random.default_rng(1).standard_normal((2, num_draws))
    assert ess_mean(x) == pytest.approx(stan_ess(split(x)), rel=1e-9)


@pytest.mark.parametrize("rho", [-0.3, 0.0, 0.5, 0.9])
def test_autoregressive_chains_have_their_known_size(rho):
    rng = np.random.default_rng(2)
    exact = 4 * 4000 * (1 - rho) / (1 + rho)
    ratio = np.mean([ess_mean(ar1_chains(rng, rho, 4, 4000)) for _ in range(5)]) / exact
    assert 0.85 < ratio < 1.1  # fail
    assert ratio == pytest.approx(1, abs=0.08)  # alert
    classic = np.mean([effective_sample_size(ar1_chains(rng, rho, 4, 4000)) for _ in range(5)])
    assert 0.85 < classic / exact < 1.1


def test_median_of_independent_draws_has_full_size():
    x = np.random.default_rng(3).standard_normal((4, 1000, 20))
    assert np.mean(ess_quantile(x, 0.5)) == pytest.approx(4000, rel=0.05)


def test_chains_that_disagree_have_hardly_any_size():
    x = np.random.default_rng(4).standard_normal((4, 1000)) + 3 * np.arange(4)[:, None]
    assert ess_bulk(x) < 10


def test_antithetic_chains_are_bounded():
    x = np.tile([1.0, -1.0], (4, 500)) + 1e-3 * np.random.default_rng(5).standard_normal((4, 1000))
    assert ess_mean(x) == pytest.approx(4000 * np.log10(4000))


def test_ranks_let_cauchy_draws_have_a_size():
    x = np.random.default_rng(6).standard_cauchy((4, 1000))
    assert 3000 < ess_bulk(x) < 5000


@pytest.mark.parametrize("measure", [ess_bulk, ess_tail, ess_mean, effective_sample_size])
def test_constants_and_non_finite_draws_give_nan_without_warning(measure):
    x = np.random.default_rng(7).standard_normal((4, 100, 3))
    x[..., 0] = 2.0
    x[2, 5, 1] = np.nan
    assert np.isnan(measure(x)).tolist() == [True, True, False]


@pytest.mark.parametrize("num_draws", [100, 101])
def test_infinite_draws_have_ranks_but_no_mean(num_draws):
    x = np.random.default_rng(7).standard_normal((4, num_draws))
    largest = np.unravel_index(np.argmax(x), x.shape)
    bulk, tail = ess_bulk(x), ess_tail(x)
    x[largest] = np.inf
    assert (ess_bulk(x), ess_tail(x)) == (bulk, tail)
    assert np.isnan(ess_mean(x))


@pytest.mark.parametrize("measure", [ess_bulk, ess_tail, ess_mean])
def test_nan_in_the_middle_draw_that_halves_leave_out_is_seen(measure):
    x = np.random.default_rng(8).standard_normal((2, 101))
    assert np.isfinite(measure(x))
    x[1, 50] = np.nan
    assert np.isnan(measure(x))


def test_a_two_valued_variable_takes_the_tail_that_exists():
    x = np.random.default_rng(8).random((4, 500)) < 0.3
    assert 1000 < ess_tail(x) < 4000


def test_shape_follows_the_site():
    x = np.random.default_rng(9).standard_normal((2, 50, 3, 2))
    for measure in (ess_bulk, ess_tail, ess_mean, effective_sample_size):
        assert measure(x).shape == (3, 2)
