import numpy as np
import pytest
from scipy.special import logsumexp

from lightppl.diagnostics import psis
from lightppl.diagnostics.pareto import fit_generalized_pareto, reliable_k
from lightppl.errors import ShapeError


@pytest.mark.parametrize("k", [-0.3, 0.2, 0.5, 0.9])
def test_fit_finds_the_shape_of_pareto_draws(k):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(40):
        p = rng.random(1000)
        found.append(fit_generalized_pareto(np.sort(2.0 * ((1 - p) ** -k - 1) / k)))
    k_mean, sigma_mean = np.mean(found, axis=0)
    assert k_mean == pytest.approx(k, abs=0.03)
    assert sigma_mean == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("df", [2, 5])
def test_shape_is_one_over_the_number_of_moments(df):
    ratios = np.abs(np.random.default_rng(1).standard_t(df, size=(40_000, 5)))
    _, k = psis(np.log(ratios))
    assert np.mean(k) == pytest.approx(1 / df, abs=0.1)


def test_weights_are_normalised_and_keep_their_order():
    log_ratios = np.random.default_rng(2).standard_normal((500, 3))
    log_weights, k = psis(log_ratios)
    assert logsumexp(log_weights, axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert k.shape == (3,)
    for j in range(3):
        assert np.all(np.diff(log_weights[np.argsort(log_ratios[:, j]), j]) >= 0)


def test_a_constant_in_the_ratios_changes_nothing():
    log_ratios = np.random.default_rng(3).standard_normal(500)
    first, second = psis(log_ratios), psis(log_ratios + 1000)
    assert second[0] == pytest.approx(first[0], abs=1e-9)
    assert second[1] == pytest.approx(first[1], abs=1e-6)


def test_smoothing_estimates_better_than_plain_weights():
    # importance sampling of E[x] under N(0, 1) from N(0, 0.6): infinite variance of plain weights
    rng = np.random.default_rng(4)
    x = 0.6 * rng.standard_normal((1000, 300))
    log_ratios = -0.5 * x**2 + 0.5 * (x / 0.6) ** 2
    plain = log_ratios - logsumexp(log_ratios, axis=0)
    smooth, k = psis(log_ratios)
    error_plain, error_smooth = (np.std(np.sum(np.exp(w) * x**2, axis=0)) for w in (plain, smooth))
    assert error_smooth < error_plain
    assert 0.4 < np.mean(k) < 0.8


def test_equal_ratios_need_no_smoothing():
    log_weights, k = psis(np.zeros(100))
    assert np.allclose(np.exp(log_weights), 0.01) and k == -np.inf


def test_infinite_ratios_share_all_the_weight():
    log_ratios = np.random.default_rng(5).standard_normal(500)
    log_ratios[[3, 9]] = np.inf
    log_weights, k = psis(log_ratios)
    assert k == np.inf
    assert np.flatnonzero(np.exp(log_weights)).tolist() == [3, 9]
    assert np.exp(log_weights[[3, 9]]) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_without_ratios_there_are_no_weights(value):
    log_weights, k = psis(np.full(500, value))
    assert k == np.inf and np.all(np.isnan(log_weights))


def test_draws_of_ratio_zero_have_no_weight():
    log_ratios = 0.3 * np.random.default_rng(6).standard_normal(1000)
    log_ratios[::4] = -np.inf
    log_weights, k = psis(log_ratios)
    assert np.all(log_weights[::4] == -np.inf) and k < 0.5
    assert np.exp(log_weights).sum() == pytest.approx(1)


def test_too_short_tails_are_not_fitted():
    assert psis(np.arange(10.0))[1] == np.inf


def test_threshold_grows_with_draws():
    assert reliable_k(100) == pytest.approx(0.5)
    assert reliable_k(100_000) == 0.7


def test_a_scalar_is_an_error():
    with pytest.raises(ShapeError, match="psis"):
        psis(np.array(1.0))
