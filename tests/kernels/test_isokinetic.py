"""Isokinetic steps: equal to their twin, reversible, of second order, true to volume."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lightppl.kernels import isokinetic
from lightppl.kernels.metric import make_metric
from tests.kernels import calls, potentials
from tests.reference import mclmc as naive

LOG_GAMMA = potentials.log_gamma([0.7, 2.0, 5.0, 1.0])
SCALE = np.array([1.2, 0.7, 0.4, 1.0])
INTEGRATORS = list(isokinetic.INTEGRATORS)


def a_point(seed=0):
    rng = np.random.default_rng(seed)
    u = rng.normal(size=4)
    return calls.make_point(LOG_GAMMA, make_metric(4), rng.normal(size=4), u / np.linalg.norm(u))


def steps(z, target, step_size, integrator, num_steps=1):
    code = isokinetic.INTEGRATORS[integrator]
    return calls.isokinetic_steps(z, SCALE, target, step_size, code, num_steps)


@pytest.mark.parametrize("integrator", INTEGRATORS)
@pytest.mark.parametrize("step_size", [0.01, 0.5, 2.0])
def test_a_step_equals_its_naive_twin(integrator, step_size):
    z, target = a_point()
    q, u, delta_K = naive.step(
        z.q.copy(), z.p.copy(), LOG_GAMMA.gradient, SCALE, step_size, integrator
    )
    U, found = steps(z, target, step_size, integrator)
    np.testing.assert_allclose(z.q, q, rtol=1e-12)
    np.testing.assert_allclose(z.p, u, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(z.grad, LOG_GAMMA.gradient(q), rtol=1e-12)
    assert found == pytest.approx(delta_K, rel=1e-10)
    assert U == pytest.approx(LOG_GAMMA.energy(q), rel=1e-13)


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_the_way_back_leads_back(integrator):
    z, target = a_point(1)
    q, u = z.q.copy(), z.p.copy()
    _, there = steps(z, target, 0.4, integrator, 12)
    assert np.linalg.norm(z.p) == pytest.approx(1.0, abs=1e-13)
    z.p[:] *= -1.0
    _, back = steps(z, target, 0.4, integrator, 12)
    np.testing.assert_allclose(z.q, q, atol=1e-11)
    np.testing.assert_allclose(z.p, -u, atol=1e-11)
    assert back == pytest.approx(-there, abs=1e-10)


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_steps_solve_the_equations_of_motion_to_second_order(integrator):
    z, _ = a_point(2)

    def field(_, y):
        x, u = y[:4], y[4:]
        g = SCALE * LOG_GAMMA.gradient(SCALE * x)
        return np.concatenate([u, -(g - u * (u @ g)) / 3.0])

    y = solve_ivp(field, (0.0, 1.0), np.concatenate([z.q / SCALE, z.p]), rtol=1e-11, atol=1e-12)
    errors = []
    for num_steps in (8, 16):
        z, target = a_point(2)
        U0 = LOG_GAMMA.energy(z.q)
        U, delta_K = steps(z, target, 1.0 / num_steps, integrator, num_steps)
        errors.append((np.abs(z.q / SCALE - y.y[:4, -1]).max(), abs(U - U0 + delta_K)))
    ratio = np.array(errors[0]) / np.array(errors[1])
    assert np.all((ratio > 3.3) & (ratio < 4.7)), ratio


@pytest.mark.parametrize("integrator", INTEGRATORS)
def test_kinetic_energy_is_minus_the_logarithm_of_the_change_of_volume(integrator):
    """On the product of space and sphere, by central differences in tangents of the sphere."""
    z, target = a_point(3)
    q, u = z.q.copy(), z.p.copy()

    def tangents(u):
        return np.linalg.svd(u[None])[2][1:]

    def image(q, u):
        z.q[:], z.p[:] = q, u / np.linalg.norm(u)
        calls.evaluate(target, z.q, z.grad)
        _, delta_K = steps(z, target, 0.7, integrator)
        return z.q.copy(), z.p.copy(), delta_K

    _, end, delta_K = image(q, u)
    columns, h = [], 1e-5
    for dq, du in [(e, 0.0) for e in np.eye(4)] + [(0.0, t) for t in tangents(u)]:
        ahead, behind = image(q + h * dq, u + h * du), image(q - h * dq, u - h * du)
        moved = [(x - y) / (2 * h) for x, y in zip(ahead[:2], behind[:2])]
        columns.append(np.concatenate([moved[0], tangents(end) @ moved[1]]))
    _, log_volume = np.linalg.slogdet(np.array(columns))
    assert -log_volume == pytest.approx(delta_K, abs=1e-7)


def test_turns_of_any_length_stay_finite_and_end_downhill():
    z, target = a_point(4)
    calls.turn(z.p, z.grad, SCALE, 1e6)
    downhill = -SCALE * z.grad / np.linalg.norm(SCALE * z.grad)
    np.testing.assert_allclose(z.p, downhill, atol=1e-12)
    u = z.p.copy()
    assert calls.turn(z.p, np.zeros(4), SCALE, 1.0) == 0.0
    np.testing.assert_array_equal(z.p, u)


def test_noise_forgets_a_direction_along_the_length_that_is_asked_for():
    """E[u . u'] after a path of L is exp(-1) in many dimensions."""
    size, step_size, L = 2000, 3.0, 60.0
    rng = np.random.default_rng(0)
    u = rng.normal(size=size)
    u /= np.linalg.norm(u)
    begin = u.copy()
    for _ in range(20):
        calls.refresh_direction(u, calls.share_of_noise(step_size, L, size), rng)
    assert np.linalg.norm(u) == pytest.approx(1.0, abs=1e-14)
    assert u @ begin == pytest.approx(np.exp(-1.0), abs=5 / np.sqrt(size))
    calls.refresh_direction(u, np.inf, rng)
    assert abs(u @ begin) < 5 / np.sqrt(size)
