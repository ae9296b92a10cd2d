"""Mass matrices, whole or in blocks of sites; kinetic energy, velocity and momenta.

A mass matrix is a vector (diagonal), a matrix (dense), or a dict from tuples of site names to
vectors and matrices; within a key coordinates follow the order of its names, and a plain array
follows the sorted names.

Legend: ``D`` dimension; ``r`` momentum; ``v = M^-1 r`` velocity; ``L`` lower triangular.

Reference: Neal (2011), "MCMC using Hamiltonian dynamics", sec. 4.1.
"""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.errors import ShapeError
from lightppl.infer.building_blocks.gradient import ValueAndGradient
from lightppl.infer.building_blocks.vectors import flatten, unflatten
from lightppl.random import as_generator


def euclidean_kinetic_energy(inverse_mass_matrix, r):
    """Return r^T M^-1 r / 2.

    Parameters
    ----------
    inverse_mass_matrix : (D,) array, (D, D) array, or dict of tuple of str to such
    r : structure of arrays
        Momentum; with a dict of matrices a dict by site.

    Returns
    -------
    float

    Examples
    --------
    >>> float(euclidean_kinetic_energy(np.array([2.0, 1.0]), np.array([3.0, 4.0])))
    17.0
    """
    v = euclidean_velocity(inverse_mass_matrix, r)
    return 0.5 * np.dot(flatten(r), flatten(v))


def momentum_generator(prototype_r, mass_matrix_sqrt, rng_key):
    """Return a draw from N(0, M).

    Parameters
    ----------
    prototype_r : structure of arrays
        Tells the shapes.
    mass_matrix_sqrt : (D,) array, (D, D) array, or dict of tuple of str to such
        L with L L^T = M; of a diagonal M the square roots.
    rng_key : key

    Returns
    -------
    structure of arrays like `prototype_r`

    Examples
    --------
    >>> momentum_generator({"x": np.zeros(2)}, np.ones(2), 0)["x"].shape
    (2,)
    """
    rng = as_generator(rng_key)

    def draw(root, prototype):
        noise = rng.standard_normal(len(root))
        return unflatten(root * noise if root.ndim == 1 else root @ noise, prototype)

    return map_blocks(draw, mass_matrix_sqrt, prototype_r)


def euclidean_velocity(inverse_mass_matrix, r):
    """Return M^-1 r, of the structure of `r`."""

    def velocity(matrix, part):
        p = flatten(part)
        return unflatten(matrix * p if matrix.ndim == 1 else matrix @ p, part)

    return map_blocks(velocity, inverse_mass_matrix, r)


def velocity_of(kinetic_fn, inverse_mass_matrix, r):
    """Return the gradient of the kinetic energy with respect to the momentum.

    Parameters
    ----------
    kinetic_fn : callable
        ``(inverse_mass_matrix, r) -> float``, in plain NumPy.
    inverse_mass_matrix : array or dict
    r : structure of arrays

    Returns
    -------
    structure of arrays like `r`
    """
    if kinetic_fn is euclidean_kinetic_energy:
        return euclidean_velocity(inverse_mass_matrix, r)
    return ValueAndGradient(lambda x: kinetic_fn(inverse_mass_matrix, x))(r)[1]


def mass_matrix_roots(inverse_mass_matrix):
    """Return L and L^-1 with L L^T = M, of each block.

    Parameters
    ----------
    inverse_mass_matrix : (D,) array, (D, D) array, or dict of tuple of str to such

    Returns
    -------
    mass_matrix_sqrt, mass_matrix_sqrt_inv : arrays or dicts of the same form
        Lower triangular for dense blocks.

    Raises
    ------
    LinAlgError
        If a block is not positive definite.

    Examples
    --------
    >>> root, inverse = mass_matrix_roots(np.array([[4.0, 1.0], [1.0, 2.0]]))
    >>> np.allclose(root @ root.T @ [[4.0, 1.0], [1.0, 2.0]], np.eye(2)), root[0, 1]
    (True, np.float64(0.0))
    """
    roots = map_blocks(_roots_of, inverse_mass_matrix)
    if isinstance(roots, dict):
        return {k: x[0] for k, x in roots.items()}, {k: x[1] for k, x in roots.items()}
    return roots


def map_blocks(function, matrices, structure=None):
    """Apply a function to each block of a mass matrix and to the part of a structure it owns.

    Parameters
    ----------
    function : callable
        ``(matrix)`` or ``(matrix, part)``.
    matrices : array or dict of tuple of str to array
    structure : structure of arrays, optional
        With a dict of matrices a dict by site; a part keeps the order of the names in its key.

    Returns
    -------
    object or dict
        Without a structure, what the function returned, by block.  With one, a structure.
    """
    if not isinstance(matrices, dict):
        matrix = _as_matrix(matrices)
        return function(matrix) if structure is None else function(matrix, structure)
    if structure is None:
        return {key: function(_as_matrix(matrix)) for key, matrix in matrices.items()}
    found = {}
    for key, matrix in matrices.items():
        part = function(_as_matrix(matrix), tuple(structure[name] for name in key))
        found.update(zip(key, part))
    return found


def _as_matrix(matrix):
    if not is_traced(matrix):
        matrix = np.asarray(matrix, np.float64)
    if matrix.ndim not in (1, 2):
        raise ShapeError(
            f"A mass matrix must be a vector or a square matrix, found shape {matrix.shape}."
        )
    return matrix


def _roots_of(inverse):
    if inverse.ndim == 1:
        return np.sqrt(1.0 / inverse), np.sqrt(inverse)
    # With J the exchange of rows, J M^-1 J = C C^T gives M = L L^T with L = J C^-T J, lower too.
    factor = np.linalg.cholesky(inverse[::-1, ::-1])
    root_inverse = factor.T[::-1, ::-1]
    return np.tril(np.linalg.inv(root_inverse)), np.tril(root_inverse)
