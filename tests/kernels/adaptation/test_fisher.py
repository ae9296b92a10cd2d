"""Metrics of least Fisher divergence: against a dense twin, and what they promise."""

import numpy as np
import pytest

from lightppl.kernels.adaptation.fisher import (
    Frame, centred, divergence, fit_diagonal, fit_frame, fit_mean, geometric_mean, ridged,
    spread_in, strongest_directions,
)
from tests.reference import fisher as reference


def spd(size, seed, spread=1.0):
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(size, size)))
    return (basis * np.exp(spread * rng.normal(size=size))) @ basis.T


def normal_sample(covariance, n, seed=0):
    """Draws of a normal density, and gradients of its potential."""
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(n, len(covariance))) @ np.linalg.cholesky(covariance).T
    return q + 3.0, np.linalg.solve(covariance, q.T).T


def skewed_sample(size, n, seed=0):
    """Draws and gradients of a density that is not normal: sheared logarithms of gammas."""
    rng = np.random.default_rng(seed)
    x, shear = np.log(rng.gamma(2.0, size=(n, size))), np.eye(size) + 0.5 * np.eye(size, k=1)
    return x @ shear.T, np.linalg.solve(shear.T, (np.exp(x) - 2.0).T).T


def in_full(metric):
    V, s = metric.basis, np.sqrt(metric.diagonal)
    inner = np.eye(len(s)) + V @ (metric.factor @ metric.factor.T - np.eye(V.shape[1])) @ V.T
    return s[:, None] * inner * s


def from_directions(diagonal, directions, factors):
    s = np.sqrt(diagonal)
    return s[:, None] * (np.eye(len(s)) + (directions.T * (factors - 1.0)) @ directions) * s


def test_geometric_mean_solves_its_equation():
    A, B = spd(5, 0), spd(5, 1)
    F, inverse = geometric_mean(A, B)
    X = F @ F.T
    np.testing.assert_allclose(X @ B @ X, A, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(X, reference.geometric_mean(A, B), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(F @ inverse, np.eye(5), atol=1e-12)


@pytest.mark.parametrize("n", [3, 8, 40])
def test_the_metric_in_a_basis_equals_the_one_in_full(n):
    """With 3 draws of 12 dimensions the basis is the span, with 40 it is everything."""
    q, grad = skewed_sample(12, n)
    found = fit_mean(centred(q, grad), 0.1)
    assert found.basis.shape[1] == min(2 * n, 12)
    np.testing.assert_allclose(
        in_full(found), reference.ridged_metric(q, grad, 0.1), rtol=1e-6, atol=1e-8
    )


def test_one_more_draw_than_dimensions_finds_a_normal_density():
    covariance = spd(6, 3, spread=2.0)
    found = in_full(fit_mean(centred(*normal_sample(covariance, 7)), 1e-9))
    np.testing.assert_allclose(found, covariance, rtol=1e-3, atol=1e-3 * np.abs(covariance).max())
    by_draws = np.cov(normal_sample(covariance, 7)[0].T)
    assert not np.allclose(by_draws, covariance, rtol=0.1)


def test_divergence_equals_its_twin():
    q, grad = skewed_sample(6, 50, seed=1)
    for n in (2, 30):
        metric = fit_mean(centred(q[:n], grad[:n]), 0.05)
        spread = spread_in(Frame(metric.diagonal, metric.basis), centred(q, grad))
        found = divergence(spread, metric.factor, metric.inverse_factor) / 6 - 2.0
        expected = reference.divergence(in_full(metric), q, grad)
        assert found == pytest.approx(expected, rel=1e-9)


def test_metrics_of_several_ridges_are_those_of_each():
    q, grad = skewed_sample(5, 30)
    frame = fit_frame(centred(q, grad))
    spread, gammas = spread_in(frame, centred(q, grad)), [1e-5, 0.1, 3.0]
    stacked = geometric_mean(ridged(spread.C_q, gammas), ridged(spread.C_g, gammas))
    for k, gamma in enumerate(gammas):
        metric = fit_mean(centred(q, grad), gamma)
        np.testing.assert_allclose(stacked[0][k], metric.factor, rtol=1e-12, atol=1e-14)
        expected = divergence(spread, metric.factor, metric.inverse_factor)
        np.testing.assert_allclose(divergence(spread, *stacked)[k], expected, rtol=1e-12)


def test_no_metric_has_a_smaller_divergence():
    q, grad = skewed_sample(4, 400)
    best = in_full(fit_mean(centred(q, grad), 1e-12))
    least = reference.divergence(best, q, grad)
    rng = np.random.default_rng(5)
    for _ in range(50):
        step = 0.1 * rng.normal(size=(4, 4))
        other = best + 0.1 * (step + step.T) * np.sqrt(np.outer(np.diag(best), np.diag(best)))
        if np.all(np.linalg.eigvalsh(other) > 0):
            assert reference.divergence(other, q, grad) >= least - 1e-12


def test_the_diagonal_is_the_best_of_diagonals():
    q, grad = skewed_sample(3, 200)
    diagonal = fit_diagonal(centred(q, grad))
    least = reference.divergence(np.diag(diagonal), q, grad)
    for factors in np.exp(0.2 * np.random.default_rng(0).normal(size=(50, 3))):
        assert reference.divergence(np.diag(diagonal * factors), q, grad) > least


@pytest.mark.parametrize("n", [4, 60])
def test_metrics_follow_a_rescaling_of_coordinates(n):
    """With q -> s q and gradients -> gradients / s, M^-1 -> s M^-1 s."""
    q, grad = skewed_sample(7, n)
    s = np.exp(3.0 * np.random.default_rng(2).normal(size=7))
    one = in_full(fit_mean(centred(q, grad), 1e-3))
    two = in_full(fit_mean(centred(q * s, grad / s), 1e-3))
    np.testing.assert_allclose(two, one * np.outer(s, s), rtol=1e-6)


def test_strongest_directions_rebuild_the_metric():
    q, grad = skewed_sample(6, 80)
    metric = fit_mean(centred(q, grad), 1e-3)
    diagonal, directions, factors = strongest_directions(metric, 6, 1.0)
    np.testing.assert_allclose(directions @ directions.T, np.eye(len(factors)), atol=1e-10)
    np.testing.assert_allclose(
        from_directions(diagonal, directions, factors), in_full(metric), rtol=1e-8, atol=1e-10
    )


def test_the_weakest_directions_are_dropped_first():
    q, grad = skewed_sample(6, 80)
    metric = fit_mean(centred(q, grad), 1e-3)
    _, _, factors = strongest_directions(metric, 6, 1.0)
    strength = np.abs(np.log(factors))
    assert np.all(np.diff(strength) <= 0)
    _, directions, few = strongest_directions(metric, 2, 1.0)
    np.testing.assert_array_equal(few, factors[:2])
    assert directions.shape == (2, 6)
    limit = float(np.exp(strength[3])) * 1.0001
    assert len(strongest_directions(metric, 6, limit)[2]) == 3


def test_factors_stay_where_rounding_does_no_harm():
    """Draws on a line and gradients at right angles to it would ask for any factor at all."""
    rng = np.random.default_rng(0)
    q = 1e9 * rng.normal(size=(10, 1)) * np.ones(4) + 1e-6 * rng.normal(size=(10, 4))
    grad = 1e9 * rng.normal(size=(10, 1)) * np.array([1.0, -1.0, 1.0, -1.0])
    _, _, factors = strongest_directions(fit_mean(centred(q, grad + 1e-6), 1e-5), 4, 1.0)
    assert np.all((factors >= 1e-8) & (factors <= 1e8))


def test_one_common_cause_is_one_direction():
    """All directions of 0.01 + 0.99 J but one have the same scale, which is not the diagonal's."""
    covariance = np.full((20, 20), 0.99) + 0.01 * np.eye(20)
    metric = fit_mean(centred(*normal_sample(covariance, 60)), 1e-9)
    diagonal, directions, factors = strongest_directions(metric, 20, 1.5)
    assert len(factors) == 1 and factors[0] == pytest.approx(20 * 0.99 / 0.01 + 1, rel=0.05)
    np.testing.assert_allclose(diagonal, 0.01, rtol=0.4)
    full = from_directions(diagonal, directions, factors)
    np.testing.assert_allclose(full, covariance, rtol=0.02)
