"""`kinetic_fn`: a kinetic energy that the user wrote, compiled for a density and a metric.

The function sees what NumPyro shows it: the inverse mass matrix by tuples of site names, or one
array if positions are one array, and the momentum in the structure of a position.
"""

import numpy as np

from lightppl.arguments import check_callable, shown
from lightppl.density import compile_objective
from lightppl.errors import ArgumentError
from lightppl.kernels.target import make_kinetic
from lightppl.records import record


@record
class CompiledKinetic:
    """A kinetic energy of D momenta and of the n numbers of an inverse mass matrix.

    Attributes
    ----------
    potential : Potential
        Value and gradient, of both.
    size : int
        D.
    shapes : dict of tuple of str to tuple of int
        Of the parts of the inverse mass matrix.
    """

    potential: object
    size: int
    shapes: dict

    def for_chain(self):
        """Return the `Kinetic` of one chain."""
        return make_kinetic(self.potential, self.size)

    def set_metric(self, kinetic, matrices):
        """Put an inverse mass matrix in force.

        Parameters
        ----------
        kinetic : Kinetic
            Its inputs are overwritten.
        matrices : dict of tuple of str to array
            Of a matrix where the kinetic energy was compiled for a diagonal, the diagonal.
        """
        start = self.size
        for key, shape in self.shapes.items():
            matrix = np.asarray(matrices[key])
            if matrix.ndim > len(shape):
                matrix = np.diagonal(matrix)
            kinetic.inputs[start : start + matrix.size] = matrix.ravel()
            start += matrix.size


def check_kinetic(kinetic_fn):
    """Return a kinetic energy that a user gave, and None for the Gaussian one."""
    if kinetic_fn is None:
        return None
    # a package of parts that only those need who give a kinetic energy
    from lightppl.infer.building_blocks.mass import euclidean_kinetic_energy

    if kinetic_fn is euclidean_kinetic_energy:
        return None
    return check_callable(kinetic_fn, "kinetic_fn")


def compile_kinetic(kinetic_fn, density, matrices, *, jit):
    """Compile a kinetic energy.

    Parameters
    ----------
    kinetic_fn : callable
        ``(inverse_mass_matrix, r) -> float``, in plain NumPy, even in r.
    density : Density
        Tells the structure of positions.
    matrices : dict of tuple of str to array
        An inverse mass matrix of the shape that the chain has.
    jit : bool

    Returns
    -------
    CompiledKinetic

    Raises
    ------
    ArgumentError
        If it does not return a finite number, or is not even.
    """
    size = density.size
    shapes = {key: np.shape(matrix) for key, matrix in matrices.items()}
    is_bare = not isinstance(density.unflatten(np.zeros(size)), (dict, list, tuple))

    def energy(x):
        found, start = {}, size
        for key, shape in shapes.items():
            length = int(np.prod(shape))
            found[key] = np.reshape(x[start : start + length], shape)
            start += length
        inverse = next(iter(found.values())) if is_bare else found
        return kinetic_fn(inverse, density.unflatten(x[:size]))

    numbers = np.concatenate([np.zeros(0), *(np.ravel(x) for x in matrices.values())])
    momentum = np.random.default_rng(0).standard_normal(size)
    values = [energy(np.concatenate([p, numbers])) for p in (momentum, -momentum)]
    if not all(np.shape(value) == () and np.isfinite(value) for value in values):
        raise ArgumentError(
            f"kinetic_fn must return one finite number, the kinetic energy, found "
            f"{shown(values[0])}. Sum over coordinates, for example with np.sum."
        )
    if abs(values[0] - values[1]) > 1e-8 * (1.0 + abs(values[0])):
        raise ArgumentError(
            f"kinetic_fn must be even, K(inverse_mass_matrix, -r) = K(inverse_mass_matrix, r), for "
            f"trajectories to be reversible; found {values[0]:.6g} and {values[1]:.6g}."
        )
    potential = compile_objective(energy, np.concatenate([momentum, numbers]), jit)
    return CompiledKinetic(potential, size, shapes)
