"""Where divergences gather, which sites make a funnel, which depend on each other."""

import numpy as np
import pytest

from lightppl.diagnostics.geometry import (
    correlation, find_correlated, locate_divergences, shares_below, sites_that_narrow,
)

NAMES = ["mu", "tau", "theta[0]", "theta[1]", "theta[2]", "theta[3]", "other"]


def funnel(seed=0, num_chains=4, num_draws=500):
    """Draws of a hierarchical model with unit information, and divergences in its neck."""
    rng = np.random.default_rng(seed)
    mu = rng.normal(0.0, 5.0, (num_chains, num_draws))
    log_tau = rng.standard_normal((num_chains, num_draws))
    theta = mu + np.exp(log_tau) * rng.standard_normal((4, num_chains, num_draws))
    other = rng.standard_normal((num_chains, num_draws))
    rows = np.concatenate([[mu], [np.exp(log_tau)], theta, [other]])
    diverging = (log_tau < -1.0) & (rng.random(log_tau.shape) < 0.2)
    return rows, diverging


@pytest.mark.parametrize("seed", range(3))
def test_a_funnel_is_named_with_its_scale_and_the_site_that_narrows(seed):
    rows, diverging = funnel(seed)
    found = locate_divergences(NAMES, rows, diverging)
    assert found.topic == "funnel" and found.sites == ("tau", "theta")
    assert "at low tau" in found.what and "theta narrows as tau falls" in found.what
    assert '{"theta": LocScaleReparam(0)}' in found.remedy


@pytest.mark.parametrize("seed", range(20))
def test_divergences_without_a_place_are_said_to_have_none(seed):
    rows, _ = funnel(seed)
    diverging = np.random.default_rng(100 + seed).random(rows.shape[1:]) < 0.03
    assert locate_divergences(NAMES, rows, diverging) is None


def test_divergences_at_high_values_and_in_both_tails_are_told_apart():
    rows, _ = funnel()
    x = rows[-1]
    high = locate_divergences(NAMES, rows, x > np.quantile(x, 0.98))
    assert high.topic == "where" and high.sites[0] == "other"
    assert "at high other (half of them in its highest 1 %)" in high.what
    tails = locate_divergences(NAMES, rows, np.abs(x) > np.quantile(np.abs(x), 0.95))
    assert "in both tails of other" in tails.what


def test_a_few_divergences_have_no_place():
    rows, _ = funnel()
    diverging = np.zeros(rows.shape[1:], bool)
    diverging[0, np.argsort(rows[1, 0])[:4]] = True
    assert locate_divergences(NAMES, rows, diverging) is None
    assert locate_divergences(NAMES, rows, np.ones_like(diverging)) is None


def test_only_sites_whose_spread_follows_the_scale_narrow():
    rows, _ = funnel()
    assert sites_that_narrow(NAMES, rows, 1) == ["theta"]
    rows[2:6] = np.random.default_rng(5).standard_normal(rows[2:6].shape)  # non-centred
    assert sites_that_narrow(NAMES, rows, 1) == []


def test_scalars_that_depend_on_each_other_are_paired():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((5, 4, 300))
    rows[3] = -rows[1] + 0.01 * rng.standard_normal((4, 300))
    rows[4] = 1.0
    names = ["a", "b", "c", "d[7]", "one"]
    found = find_correlated(names, rows, ["d[7]", "b", "one", "a"])
    assert found.sites == ("b", "d[7]") and "b and d[7] (-1.000)" in found.what
    assert "dense_mass=[('b', 'd')]" in found.remedy
    assert find_correlated(names, rows, ["a", "c"]) is None


def test_shares_and_correlations_are_those_of_numpy():
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((2, 3, 50))
    flat = rows.reshape(2, -1)
    expected = (np.argsort(np.argsort(flat, axis=1), axis=1) + 0.5) / flat.shape[1]
    np.testing.assert_allclose(shares_below(rows), expected)
    assert correlation(*flat) == pytest.approx(np.corrcoef(flat)[0, 1])
    assert correlation(flat[0], np.ones(150)) == 0.0
