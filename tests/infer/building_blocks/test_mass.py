"""Mass matrices whole and in blocks: energies, momenta and roots that belong together."""

import numpy as np
import pytest

from lightppl.errors import ShapeError
from lightppl.infer.building_blocks.mass import (
    euclidean_kinetic_energy, euclidean_velocity, map_blocks, mass_matrix_roots,
    momentum_generator, velocity_of,
)
from lightppl.infer.building_blocks.vectors import flatten, unflatten

DENSE = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, -0.2], [0.1, -0.2, 3.0]])
FORMS = {
    "diagonal": np.array([2.0, 1.0, 3.0]),
    "dense": DENSE,
    "blocks": {("b",): DENSE[1:, 1:], ("a",): np.array([0.7])},
    "reordered": {("b", "a"): DENSE},
}
R = {"b": np.array([0.3, -1.2]), "a": np.array(0.4)}


def full(form):
    """The inverse mass matrix in the order a, b[0], b[1]."""
    matrix = FORMS[form]
    if form == "blocks":
        found = np.zeros((3, 3))
        found[0, 0], found[1:, 1:] = 0.7, DENSE[1:, 1:]
        return found
    if form == "reordered":
        return DENSE[np.ix_([2, 0, 1], [2, 0, 1])]
    return np.diag(matrix) if matrix.ndim == 1 else matrix


@pytest.mark.parametrize("form", FORMS)
def test_energy_and_velocity_are_those_of_the_full_matrix(form):
    p = flatten(R)
    assert p.tolist() == [0.4, 0.3, -1.2], "sorted by name, as in JAX"
    assert euclidean_kinetic_energy(FORMS[form], R) == pytest.approx(0.5 * p @ full(form) @ p)
    np.testing.assert_allclose(flatten(euclidean_velocity(FORMS[form], R)), full(form) @ p)


@pytest.mark.parametrize("form", FORMS)
def test_the_velocity_is_the_gradient_of_the_kinetic_energy(form):
    def energy(inverse_mass_matrix, r):
        return euclidean_kinetic_energy_in_numpy(full(form), r)

    np.testing.assert_allclose(
        flatten(velocity_of(energy, FORMS[form], R)), full(form) @ flatten(R), rtol=1e-12
    )


def euclidean_kinetic_energy_in_numpy(matrix, r):
    p = np.concatenate([np.reshape(r["a"], 1), r["b"]])
    return 0.5 * p @ (matrix @ p)


@pytest.mark.parametrize("form", FORMS)
def test_roots_are_lower_triangular_and_inverse_to_each_other(form):
    root, inverse = mass_matrix_roots(FORMS[form])
    blocks = FORMS[form] if isinstance(FORMS[form], dict) else {None: FORMS[form]}
    for key, matrix in blocks.items():
        L, L_inverse = (x if key is None else x[key] for x in (root, inverse))
        if matrix.ndim == 1:
            L, L_inverse, matrix = np.diag(L), np.diag(L_inverse), np.diag(matrix)
        np.testing.assert_array_equal(L, np.tril(L))
        np.testing.assert_array_equal(L_inverse, np.tril(L_inverse))
        np.testing.assert_allclose(L @ L_inverse, np.eye(len(L)), atol=1e-12)
        np.testing.assert_allclose(L @ L.T @ matrix, np.eye(len(L)), atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_momenta_have_the_mass_matrix_as_covariance(form):
    root, _ = mass_matrix_roots(FORMS[form])
    rng = np.random.default_rng(0)
    draws = np.stack([flatten(momentum_generator(R, root, rng)) for _ in range(4000)])
    white = draws @ np.linalg.cholesky(full(form))  # covariance L^T M L = 1
    assert np.max(np.abs(np.cov(white.T) - np.eye(3))) < 0.12
    assert np.max(np.abs(white.mean(axis=0))) < 0.07
    same = momentum_generator(R, root, 7)
    assert set(same) == set(R) and np.shape(same["a"]) == ()
    np.testing.assert_array_equal(flatten(same), flatten(momentum_generator(R, root, 7)))


def test_structures_survive_flattening():
    nested = {"z": [np.arange(2.0), (np.array(5.0),)], "a": np.ones((2, 2))}
    back = unflatten(flatten(nested), nested)
    assert flatten(nested).tolist() == [1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 5.0]
    assert back["a"].shape == (2, 2) and back["z"][1][0] == 5.0


def test_a_matrix_of_three_dimensions_is_refused():
    with pytest.raises(ShapeError, match="vector or a square matrix"):
        map_blocks(len, np.ones((1, 1, 1)))
