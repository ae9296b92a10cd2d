"""One path: where it ends, what it chooses, and what it bears."""

import numpy as np
import pytest

from lightppl.infer.paths.path import (
    PathOptions, approximations_along, estimate_elbo, follow_path, minimize,
)


def normal_target(mean, precision):
    """Return U and its gradient of a normal density that lacks nothing but its constant."""

    def value_and_grad(q):
        grad = precision @ (q - mean)
        return 0.5 * np.dot(q - mean, grad), grad

    return value_and_grad


def log_constant(precision):
    """The log of the integral of exp(-U)."""
    return 0.5 * len(precision) * np.log(2 * np.pi) - 0.5 * np.linalg.slogdet(precision)[1]


def random_target(size, seed=0):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    mean, precision = rng.normal(size=size), root @ root.T / size + np.eye(size)
    return mean, precision, normal_target(mean, precision)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_small_normal_targets_are_found(size):
    mean, precision, target = random_target(size)
    # as many pairs as coordinates determine the Hessian of a quadratic
    options = PathOptions(maxcor=20)
    path = follow_path(target, np.full(size, 1.5), np.random.default_rng(0), options)
    covariance = np.linalg.inv(precision)
    scale = np.sqrt(np.diagonal(covariance))
    error = path.approximation.covariance() - covariance
    assert np.abs((path.approximation.mean - mean) / scale).max() < 0.1
    assert np.abs(error / np.outer(scale, scale)).max() < 0.1
    assert path.elbo == pytest.approx(log_constant(precision), abs=0.05)


@pytest.mark.parametrize("size", [1, 100, 1000])
def test_a_spherical_target_of_any_size_is_found_exactly(size):
    variance = 9.0
    target = normal_target(np.full(size, 2.0), np.eye(size) / variance)
    path = follow_path(target, np.zeros(size), np.random.default_rng(0), PathOptions())
    np.testing.assert_allclose(path.approximation.mean, 2.0, rtol=1e-8)
    np.testing.assert_allclose(path.approximation.scale**2, variance, rtol=1e-8)
    expected = 0.5 * size * np.log(2 * np.pi * variance)
    assert path.elbo == pytest.approx(expected, rel=1e-10)


def test_the_elbo_never_exceeds_the_log_constant_by_more_than_its_noise():
    _, precision, target = random_target(30)
    path = follow_path(target, np.zeros(30), np.random.default_rng(0), PathOptions())
    bound = log_constant(precision)
    assert bound - 3.0 < path.elbo < bound + 0.5
    assert path.elbo < path.elbos.max() + 0.5


def test_the_elbo_of_the_target_itself_is_its_log_constant():
    _, precision, target = random_target(3)
    options = PathOptions(maxcor=20)
    points, grads = minimize(target, np.ones(3), options)
    *_, last = approximations_along(points, grads, 20)
    normals = np.random.default_rng(5).standard_normal((4, 3))
    assert estimate_elbo(target, last, normals) == pytest.approx(log_constant(precision), abs=0.05)
    assert estimate_elbo(lambda q: (np.nan, q), last, normals) == -np.inf


def test_the_optimiser_gives_gradients_of_its_own_points():
    _, _, target = random_target(10)
    points, grads = minimize(target, np.zeros(10), PathOptions())
    assert len(points) > 5
    np.testing.assert_allclose(grads, [target(q)[1] for q in points], rtol=1e-12)
    assert np.all(np.diff([target(q)[0] for q in points]) <= 0)


def test_rounds_find_the_mode_where_scales_differ():
    scale = 10.0 ** np.linspace(-2, 2, 20)
    target = normal_target(scale, np.diag(scale**-2.0))
    points, _ = minimize(target, np.zeros(20), PathOptions())
    assert len(points) < 500
    assert target(points[-1])[0] < 1e-6


def test_maxiter_bounds_the_path():
    scale = 10.0 ** np.linspace(-2, 2, 20)
    target = normal_target(scale, np.diag(scale**-2.0))
    for maxiter in (1, 7, 60):
        points, _ = minimize(target, np.zeros(20), PathOptions(maxiter=maxiter))
        assert len(points) == 1 + maxiter


def test_a_start_at_the_mode_has_the_unit_approximation():
    target = normal_target(np.zeros(4), np.eye(4))
    path = follow_path(target, np.zeros(4), np.random.default_rng(0), PathOptions())
    np.testing.assert_allclose(path.approximation.covariance(), np.eye(4))
    assert path.elbo == pytest.approx(2 * np.log(2 * np.pi))


def test_a_path_passes_by_places_without_a_density():
    def fenced(q):
        if q[0] < 0.1:
            return (np.nan if q[1] > 0 else np.inf), np.full(2, np.nan)
        return 0.5 * np.sum((q - 1.0) ** 2 * [400.0, 1.0]), (q - 1.0) * [400.0, 1.0]

    path = follow_path(fenced, np.array([1.9, -3.0]), np.random.default_rng(0), PathOptions())
    np.testing.assert_allclose(path.approximation.mean, 1.0, atol=1e-4)


def test_a_density_that_grows_for_ever_ends_in_no_approximation_or_a_finite_one():
    path = follow_path(
        lambda q: (-np.sum(np.exp(np.minimum(q, 700.0))), -np.exp(np.minimum(q, 700.0))),
        np.zeros(2), np.random.default_rng(0), PathOptions(maxiter=100),
    )  # fmt: skip
    assert path is None or np.isfinite(path.elbo)
