"""The compact inverse Hessian against BFGS with full matrices, and its draws."""

import numpy as np
import pytest
from scipy import stats

from lightppl.infer.paths.inverse_hessian import (
    has_curvature, normal_approximation, updated_diagonal,
)
from tests.reference import quasi_newton


def pairs_of_a_convex_path(size, num_pairs, seed=0):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(size, size))
    hessian = root @ root.T + 0.1 * np.eye(size)
    steps = rng.normal(size=(num_pairs, size))
    return hessian, [(s, hessian @ s) for s in steps]


def approximation_of(size, num_pairs, seed=0):
    rng = np.random.default_rng(seed + 1)
    _, pairs = pairs_of_a_convex_path(size, num_pairs, seed)
    q, grad, alpha = rng.normal(size=size), rng.normal(size=size), rng.uniform(0.2, 5.0, size)
    found = normal_approximation(q, grad, alpha, [s for s, _ in pairs], [z for _, z in pairs])
    return found, q, grad, quasi_newton.inverse_hessian(alpha, pairs)


@pytest.mark.parametrize(
    "size, num_pairs", [(1, 0), (1, 1), (1, 4), (2, 1), (3, 6), (8, 3), (40, 6), (300, 6)]
)
def test_compact_form_equals_dense_bfgs(size, num_pairs):
    found, q, grad, H = approximation_of(size, num_pairs)
    np.testing.assert_allclose(found.covariance(), H, rtol=1e-7, atol=1e-9 * np.abs(H).max())
    np.testing.assert_allclose(found.log_determinant, np.linalg.slogdet(H)[1], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(found.mean, q - H @ grad, rtol=1e-7, atol=1e-8)


def test_a_pair_left_out_is_seen():
    found, *_, H = approximation_of(8, 3)
    fewer = approximation_of(8, 2)[0]
    assert np.abs(found.covariance() - H).max() < 1e-3 * np.abs(fewer.covariance() - H).max()


@pytest.mark.parametrize("size, num_pairs", [(1, 1), (4, 6), (30, 4)])
def test_draws_have_the_density_they_report(size, num_pairs):
    found, *_, H = approximation_of(size, num_pairs)
    normals = np.random.default_rng(3).standard_normal((7, size))
    draws, log_density = found.draw(normals)
    expected = stats.multivariate_normal.logpdf(draws, found.mean, H, allow_singular=True)
    np.testing.assert_allclose(log_density, expected, rtol=1e-6, atol=1e-6)


def test_draws_are_an_affine_map_whose_square_is_the_covariance():
    found, *_, H = approximation_of(12, 3)
    shift, columns = found.draw(np.zeros((1, 12)))[0], found.draw(np.eye(12))[0]
    root = (columns - shift).T
    np.testing.assert_allclose(shift[0], found.mean)
    np.testing.assert_allclose(root @ root.T, H, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("size", [1, 2, 17])
def test_the_diagonal_is_that_of_a_scaled_bfgs_update(size):
    _, pairs = pairs_of_a_convex_path(size, 3)
    alpha = np.ones(size)
    for s, z in pairs:
        expected = quasi_newton.diagonal(alpha, s, z)
        alpha = updated_diagonal(alpha, s, z)
        np.testing.assert_allclose(alpha, expected, rtol=1e-10)
        assert np.all(alpha > 0)


def test_pairs_without_curvature_are_told():
    s = np.array([1.0, 0.0])
    assert has_curvature(s, np.array([0.5, 0.0]))
    assert not has_curvature(s, np.array([-0.5, 0.0]))
    assert not has_curvature(s, np.array([0.0, 1.0]))
    assert not has_curvature(s, np.array([np.nan, 1.0]))
    assert not has_curvature(0 * s, 0 * s)


def test_a_matrix_that_is_not_positive_definite_is_no_approximation():
    s, z = np.array([1.0, 0.0]), np.array([-1.0, 0.0])
    assert normal_approximation(s, s, np.ones(2), [s], [z]) is None
    assert normal_approximation(s, s * np.nan, np.ones(2), [], []) is None
