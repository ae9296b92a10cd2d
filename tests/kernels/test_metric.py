"""Metrics: velocity, momentum draws, energy, and blocks as parts of a dense matrix."""

import numpy as np
import pytest

from lightppl.kernels.metric import as_dense, make_metric, set_dense, set_low_rank
from tests.kernels import calls

BLOCKS = {
    "diagonal": [], "dense": [[0, 1, 2, 3]], "blocks": [[3, 0], [1, 2]], "one": [[1, 3]],
    "directions": None, "all directions": None,
}  # fmt: skip


def random_directions(size, rank, seed=0):
    """A metric with orthonormal directions and factors on both sides of 1."""
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(size, size)))
    metric = make_metric(size, (), max_rank=size)
    diagonal, factors = rng.uniform(0.1, 9.0, size), np.exp(rng.normal(size=rank))
    set_low_rank(metric, diagonal, basis[:rank], factors)
    return metric


def random_metric(name, seed=0):
    if BLOCKS[name] is None:
        return random_directions(4, 4 if name == "all directions" else 2, seed)
    factor = np.random.default_rng(seed).normal(size=(4, 4))
    metric = make_metric(4, BLOCKS[name])
    set_dense(metric, factor @ factor.T + 0.1 * np.eye(4))
    return metric


@pytest.mark.parametrize("name", BLOCKS)
def test_velocity_is_inverse_mass_times_momentum(name):
    metric = random_metric(name)
    p, v = np.array([1.0, -2.0, 0.5, 3.0]), np.zeros(4)
    calls.velocity(metric, p, v)
    np.testing.assert_allclose(v, as_dense(metric) @ p, rtol=1e-13)


@pytest.mark.parametrize("rank", range(1, 10))
def test_any_number_of_directions_is_their_matrix(rank):
    """Directions are used four, two and one at a time."""
    metric, rng = random_directions(9, rank), np.random.default_rng(1)
    p, v = rng.normal(size=9), np.zeros(9)
    calls.velocity(metric, p, v)
    np.testing.assert_allclose(v, as_dense(metric) @ p, rtol=1e-12, atol=1e-13)
    calls.momentum(metric, np.random.default_rng(5), p, v)
    normals = np.random.default_rng(5).standard_normal(9)
    assert p @ as_dense(metric) @ p == pytest.approx(normals @ normals, rel=1e-12)
    np.testing.assert_allclose(v, as_dense(metric) @ p, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", BLOCKS)
def test_momentum_is_a_linear_map_of_normals_with_covariance_mass(name):
    """p = A z with A A^T = M is exact, so the columns of A are found without statistics."""
    metric = random_metric(name)
    rows = []
    for seed in range(4):
        normals = np.random.default_rng(seed).standard_normal(4)
        p, v = np.zeros(4), np.zeros(4)
        calls.momentum(metric, np.random.default_rng(seed), p, v)
        rows.append((normals, p))
    normals, momenta = (np.array(x).T for x in zip(*rows))
    A = momenta @ np.linalg.inv(normals)
    np.testing.assert_allclose(A @ A.T, np.linalg.inv(as_dense(metric)), rtol=1e-10, atol=1e-12)


def test_kinetic_energy_of_known_vectors():
    p, v = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    assert calls.energy(p, v) == 0.5


def test_block_metric_keeps_only_its_blocks():
    dense = as_dense(random_metric("one"))
    assert dense[1, 3] == dense[3, 1] != 0.0
    assert dense[1, 2] == dense[0, 1] == 0.0


def test_directions_are_what_their_formula_says():
    metric = random_directions(5, 3)
    V, s, factors = metric.directions[:3], metric.scale, metric.factors[:3]
    np.testing.assert_allclose(s**2, metric.diagonal)
    expected = np.diag(s) @ (np.eye(5) + V.T @ (np.diag(factors) - np.eye(3)) @ V) @ np.diag(s)
    np.testing.assert_allclose(as_dense(metric), expected, rtol=1e-12, atol=1e-13)
    scaled = np.linalg.eigvalsh(expected / np.outer(s, s))
    np.testing.assert_allclose(scaled, np.sort([1.0, 1.0, *factors]), rtol=1e-10)


def test_a_dense_matrix_takes_the_place_of_directions():
    metric = random_directions(3, 2)
    set_dense(metric, np.diag([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(as_dense(metric), np.diag([1.0, 2.0, 3.0]))


def test_factorize_refuses_an_indefinite_matrix():
    metric = make_metric(2, [[0, 1]])
    metric.block_matrix[:] = [1.0, 2.0, 2.0, 1.0]
    assert not calls.factorize(metric)
    metric.block_matrix[:] = [1.0, np.nan, np.nan, 1.0]
    assert not calls.factorize(metric)


def test_set_dense_refuses_an_indefinite_matrix():
    with pytest.raises(np.linalg.LinAlgError):
        set_dense(make_metric(2, [[0, 1]]), np.array([[1.0, 2.0], [2.0, 1.0]]))
