"""The leapfrog integrator, which its inventors called velocity Verlet.

Legend: ``z`` position; ``r`` momentum; ``U`` potential, ``K`` kinetic energy.

References
----------
Verlet (1967), "Computer experiments on classical fluids"; Neal (2011), "MCMC using Hamiltonian
dynamics", sec. 2.3.
"""

from typing import NamedTuple

from lightppl.arguments import check_callable, check_flag
from lightppl.infer.building_blocks.gradient import ValueAndGradient
from lightppl.infer.building_blocks.mass import velocity_of
from lightppl.infer.building_blocks.vectors import flatten, unflatten


class IntegratorState(NamedTuple):
    """A point of phase space with what is known there.

    Attributes
    ----------
    z, r : structures of arrays
        Position and momentum.
    potential_energy : float
    z_grad : structure of arrays
        Gradient of the potential energy.
    """

    z: object
    r: object
    potential_energy: object = None
    z_grad: object = None


def velocity_verlet(potential_fn, kinetic_fn, forward_mode_differentiation=False):
    """Return functions that start a trajectory and that move it by one step.

    Parameters
    ----------
    potential_fn : callable
        ``z -> float``, minus the log density, in plain NumPy.
    kinetic_fn : callable
        ``(inverse_mass_matrix, r) -> float``, such as `euclidean_kinetic_energy`.
    forward_mode_differentiation : bool
        Gradients are the same numbers either way, and are always taken in reverse mode, which
        handles loops of any length here.

    Returns
    -------
    init_fn : callable
        ``(z, r, potential_energy=None, z_grad=None)`` to `IntegratorState`.
    update_fn : callable
        ``(step_size, inverse_mass_matrix, state)`` to `IntegratorState`; a negative step goes back.

    References
    ----------
    Neal (2011), sec. 2.3, with M^-1 r replaced by the gradient of K for other kinetic energies.

    Examples
    --------
    >>> import numpy as np
    >>> from lightppl.infer.hmc_util import euclidean_kinetic_energy
    >>> init_fn, update_fn = velocity_verlet(lambda z: 0.5 * np.sum(z**2), euclidean_kinetic_energy)
    >>> state = update_fn(0.1, np.ones(1), init_fn(np.array([1.0]), np.array([0.0])))
    >>> round(float(state.z[0]), 6), round(float(state.r[0]), 6)
    (0.995, -0.09975)
    """
    check_callable(potential_fn, "potential_fn")
    check_callable(kinetic_fn, "kinetic_fn")
    check_flag(forward_mode_differentiation, "forward_mode_differentiation")

    value_and_gradient = ValueAndGradient(potential_fn)

    def init_fn(z, r, potential_energy=None, z_grad=None):
        """Return the state at a position and momentum, evaluating what is not given."""
        if potential_energy is None or z_grad is None:
            potential_energy, z_grad = value_and_gradient(z)
        return IntegratorState(z, r, potential_energy, z_grad)

    def update_fn(step_size, inverse_mass_matrix, state):
        """Return the state one leapfrog step later."""
        z, r, _, z_grad = state
        r = _moved(r, z_grad, -0.5 * step_size)  # r(t + eps/2)
        z = _moved(z, velocity_of(kinetic_fn, inverse_mass_matrix, r), step_size)
        potential_energy, z_grad = value_and_gradient(z)
        r = _moved(r, z_grad, -0.5 * step_size)
        return IntegratorState(z, r, potential_energy, z_grad)

    return init_fn, update_fn


def _moved(structure, direction, length):
    return unflatten(flatten(structure) + length * flatten(direction), structure)
