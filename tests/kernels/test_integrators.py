"""Leapfrog: reversible, volume preserving, second order, and equal to its naive twin."""

import numpy as np
import pytest

from lightppl.kernels.metric import as_dense, make_metric, set_dense
from tests.kernels import calls, potentials
from tests.kernels.test_metric import random_directions
from tests.reference.leapfrog import leapfrog as naive_leapfrog

PRECISION = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 3.0]])
INVERSE_MASS = np.array([[1.0, 0.2, 0.1], [0.2, 0.5, 0.0], [0.1, 0.0, 2.0]])
POTENTIALS = {
    "gaussian": potentials.gaussian(PRECISION),
    "log_gamma": potentials.log_gamma([1.0, 2.5, 4.0]),
}


def metric_of(blocks):
    metric = make_metric(3, blocks)
    set_dense(metric, INVERSE_MASS)
    return metric


METRICS = {
    "diagonal": metric_of([]),
    "dense": metric_of([[0, 1, 2]]),
    "block": metric_of([[2, 0]]),
    "directions": random_directions(3, 2),
}


@pytest.fixture(params=POTENTIALS)
def potential(request):
    return POTENTIALS[request.param]


@pytest.fixture(params=METRICS)
def metric(request):
    return METRICS[request.param]


def start(potential, metric):
    return calls.make_point(potential, metric, [0.3, -0.7, 1.1], [0.5, 1.2, -0.4])


def test_leapfrog_equals_its_naive_twin(potential, metric):
    z, target = start(potential, metric)
    q, p = z.q.copy(), z.p.copy()
    for _ in range(20):
        U = calls.leapfrog_steps(z, target, metric, 0.13, 1)
        q, p = naive_leapfrog(q, p, potential.gradient, as_dense(metric), 0.13)
        np.testing.assert_allclose(z.q, q, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(z.p, p, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(z.grad, potential.gradient(q), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(z.v, as_dense(metric) @ p, rtol=1e-12, atol=1e-14)
        assert U == pytest.approx(potential.energy(q), rel=1e-12)


def test_leapfrog_is_reversible(potential, metric):
    z, target = start(potential, metric)
    q, p = z.q.copy(), z.p.copy()
    calls.leapfrog_steps(z, target, metric, 0.2, 50)
    assert np.linalg.norm(z.q - q) > 0.1
    calls.leapfrog_steps(z, target, metric, -0.2, 50)
    np.testing.assert_allclose(z.q, q, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(z.p, p, rtol=1e-11, atol=1e-12)


def test_velocities_stay_those_of_the_momenta(potential, metric):
    """They are not made of momenta, but changed along with them."""
    z, target = start(potential, metric)
    calls.leapfrog_steps(z, target, metric, 0.2, 5000)
    np.testing.assert_allclose(z.v, as_dense(metric) @ z.p, rtol=1e-11, atol=1e-12)


def test_leapfrog_preserves_volume(potential, metric):
    """The Jacobian of five steps, by central differences, has determinant one."""

    def flow(x):
        z, target = calls.make_point(potential, metric, x[:3], x[3:])
        calls.leapfrog_steps(z, target, metric, 0.25, 5)
        return np.concatenate([z.q, z.p])

    x, h = np.array([0.3, -0.7, 1.1, 0.5, 1.2, -0.4]), 1e-5
    jacobian = np.array([(flow(x + h * e) - flow(x - h * e)) / (2 * h) for e in np.eye(6)])
    assert np.linalg.det(jacobian) == pytest.approx(1.0, abs=1e-8)


def energy_error(potential, metric, step_size, time=1.0):
    z, target = start(potential, metric)

    def total(U):
        return U + 0.5 * z.p @ z.v

    before = total(potential.energy(z.q))
    U = calls.leapfrog_steps(z, target, metric, step_size, round(time / step_size))
    return total(U) - before


def energy_order(potential, metric):
    return np.log2(
        energy_error(potential, metric, 0.01) / energy_error(potential, metric, 0.005)
    )


def test_energy_error_is_of_second_order(potential, metric):
    assert energy_order(potential, metric) == pytest.approx(2.0, abs=0.02)


def test_energy_order_sees_a_gradient_wrong_by_a_thousandth():
    faulty = potentials.wrong_gradient(PRECISION, 1.001)
    assert abs(energy_order(faulty, METRICS["dense"]) - 2.0) > 0.2
