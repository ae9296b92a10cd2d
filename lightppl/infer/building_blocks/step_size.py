"""A first step size: double or halve until one step is accepted about 80 % of the time.

Reference: Hoffman and Gelman (2014), "The no-U-turn sampler", algorithm 4.  Like Stan, the
threshold is 0.8 instead of 0.5 and the momentum is drawn afresh for every trial.
"""

import numpy as np

from lightppl.arguments import check_number
from lightppl.infer.building_blocks.integrator import velocity_verlet
from lightppl.infer.building_blocks.mass import mass_matrix_roots
from lightppl.kernels.adaptation.initial_step_size import ACCEPT_PROB
from lightppl.random import as_key, split


def find_reasonable_step_size(
    potential_fn,
    kinetic_fn,
    momentum_generator,
    init_step_size,
    inverse_mass_matrix,
    z_info,
    rng_key,
):
    """Return the first step size, from `init_step_size` by factors of two, that crosses 80 %.

    Parameters
    ----------
    potential_fn : callable
        ``z -> float``.
    kinetic_fn : callable
        ``(inverse_mass_matrix, r) -> float``.
    momentum_generator : callable
        ``(prototype_r, mass_matrix_sqrt, rng_key)`` to a momentum.  It is handed a root of the mass
        matrix, which its name promises; NumPyro hands it the inverse mass matrix.
    init_step_size : float
        Positive.
    inverse_mass_matrix : array or dict
    z_info : IntegratorState
        The current position.
    rng_key : key

    Returns
    -------
    float
        The smallest or largest number that is tried, if none is accepted, or all are.

    References
    ----------
    Hoffman and Gelman (2014), algorithm 4.

    Examples
    --------
    >>> from lightppl.infer.hmc_util import euclidean_kinetic_energy, momentum_generator
    >>> init_fn, _ = velocity_verlet(lambda z: 0.5 * np.sum(z**2), euclidean_kinetic_energy)
    >>> start = init_fn(np.zeros(2), np.zeros(2))
    >>> find_reasonable_step_size(lambda z: 0.5 * np.sum(z**2), euclidean_kinetic_energy,
    ...                           momentum_generator, 0.01, np.ones(2), start, 0)
    1.28
    """
    step_size = check_number(init_step_size, "init_step_size", above=0)
    start, move = velocity_verlet(potential_fn, kinetic_fn)
    z, _, potential_energy, z_grad = z_info[:4]
    root, _ = mass_matrix_roots(inverse_mass_matrix)
    key = as_key(rng_key)

    def is_acceptable(step_size, key):
        r = momentum_generator(z, root, key)
        state = start(z, r, potential_energy, z_grad)
        H0 = state.potential_energy + kinetic_fn(inverse_mass_matrix, r)
        state = move(step_size, inverse_mass_matrix, state)
        H = state.potential_energy + kinetic_fn(inverse_mass_matrix, state.r)
        return H - H0 < -np.log(ACCEPT_PROB)  # NaN is not acceptable

    key, used = split(key)
    growing = is_acceptable(step_size, used)
    factor = 2.0 if growing else 0.5
    while SMALLEST < step_size * factor < LARGEST:
        step_size *= factor
        key, used = split(key)
        if is_acceptable(step_size, used) != growing:
            break
    return step_size


SMALLEST, LARGEST = 1e-300, 1e300
