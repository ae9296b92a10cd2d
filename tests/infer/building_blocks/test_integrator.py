"""Velocity Verlet: reversible, of second order, and the kernel's leapfrog."""

import numpy as np
import pytest

from lightppl.errors import ArgumentError
from lightppl.infer.hmc_util import IntegratorState, euclidean_kinetic_energy, velocity_verlet
from lightppl.kernels.metric import make_metric, set_dense
from tests.kernels import calls, potentials

DENSE = np.array([[2.0, 0.5], [0.5, 1.0]])


def quartic(z):
    return 0.25 * np.sum(z**4) + 0.5 * np.sum(z**2)


def relativistic(inverse_mass_matrix, r):
    return np.sum(np.sqrt(1.0 + inverse_mass_matrix * r**2))


@pytest.mark.parametrize("matrix", [np.array([2.0, 0.5]), DENSE])
def test_steps_are_those_of_the_kernel(matrix):
    q, p = np.array([0.3, -1.0]), np.array([0.5, 0.2])
    potential = potentials.gaussian(DENSE)
    metric = make_metric(2, [] if matrix.ndim == 1 else [range(2)])
    set_dense(metric, np.diag(matrix) if matrix.ndim == 1 else matrix)
    z, target = calls.make_point(potential, metric, q, p)
    U = calls.leapfrog_steps(z, target, metric, 0.2, 5)

    start, move = velocity_verlet(lambda z: 0.5 * z @ (DENSE @ z), euclidean_kinetic_energy)
    state = start(q, p)
    for _ in range(5):
        state = move(0.2, matrix, state)
    np.testing.assert_allclose(state.z, z.q, rtol=1e-12)
    np.testing.assert_allclose(state.r, z.p, rtol=1e-12)
    np.testing.assert_allclose(state.z_grad, z.grad, rtol=1e-12)
    assert state.potential_energy == pytest.approx(U)


@pytest.mark.parametrize("kinetic_fn", [euclidean_kinetic_energy, relativistic])
def test_a_step_back_undoes_a_step(kinetic_fn):
    start, move = velocity_verlet(quartic, kinetic_fn)
    matrix, first = np.array([1.0, 3.0]), start(np.array([1.0, -0.5]), np.array([0.2, 2.0]))
    last = first
    for step_size in (0.3, 0.1, 0.2, -0.2, -0.1, -0.3):
        last = move(step_size, matrix, last)
    for one, two in zip(first, last):
        np.testing.assert_allclose(one, two, rtol=1e-12)


@pytest.mark.parametrize("kinetic_fn", [euclidean_kinetic_energy, relativistic])
def test_energy_errors_shrink_with_the_square_of_the_step(kinetic_fn):
    start, move = velocity_verlet(quartic, kinetic_fn)
    matrix = np.array([1.0, 3.0])

    def error(step_size):
        state = start(np.array([1.0, -0.5]), np.array([0.2, 2.0]))
        H0 = state.potential_energy + kinetic_fn(matrix, state.r)
        for _ in range(round(1.0 / step_size)):
            state = move(step_size, matrix, state)
        return state.potential_energy + kinetic_fn(matrix, state.r) - H0

    assert error(0.02) / error(0.01) == pytest.approx(4.0, rel=0.1)


def test_positions_may_be_dicts_and_what_is_given_is_not_evaluated():
    evaluated = []

    def potential_fn(z):
        evaluated.append(1)
        return 0.5 * np.sum(z["b"] ** 2) * np.exp(z["a"])

    start, move = velocity_verlet(potential_fn, euclidean_kinetic_energy, True)
    z, r = {"b": np.ones(2), "a": np.array(0.1)}, {"a": np.array(0.0), "b": np.zeros(2)}
    state = start(z, r)
    np.testing.assert_allclose(state.z_grad["b"], np.exp(0.1) * np.ones(2))
    del evaluated[:]
    assert start(z, r, 3.0, state.z_grad) == IntegratorState(z, r, 3.0, state.z_grad)
    assert not evaluated
    moved = move(0.1, np.ones(3), state)
    assert np.shape(moved.z["a"]) == () and moved.z["b"].shape == (2,)


def test_functions_are_required():
    with pytest.raises(ArgumentError, match="potential_fn"):
        velocity_verlet(3.0, euclidean_kinetic_energy)
