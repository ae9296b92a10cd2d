"""Kinetic energies of the user's: their momenta, velocities and steps."""

import numpy as np
import pytest

from lightppl.density import compile_objective
from lightppl.diagnostics import mcse_mean
from lightppl.kernels.metric import make_metric, set_dense
from lightppl.kernels.target import make_kinetic, make_target
from tests.kernels import calls, potentials

DENSE = np.array([[2.0, 0.5], [0.5, 1.0]])


def target_with(energy, size=2, potential=None):
    """A target with a compiled kinetic energy; the functions are returned to be kept alive."""
    compiled = compile_objective(energy, np.linspace(0.3, 1.2, size))
    potential = potentials.gaussian(np.eye(size)) if potential is None else potential
    return make_target(potential, make_kinetic(compiled, size)), (compiled, potential)


def laplace(p):
    return np.sum(np.abs(p))


def relativistic(p):
    return np.sum(np.sqrt(1.0 + 3.0 * p**2))


def standard_errors(p):
    """How far moments are from those of the Laplace distribution, in standard errors."""
    n = p.size
    return np.array([
        (np.mean(p)) / np.sqrt(2.0 / n),
        (np.mean(np.abs(p)) - 1.0) / np.sqrt(1.0 / n),
        (np.mean(p**2) - 2.0) / np.sqrt(20.0 / n),
        (np.mean(np.abs(p) > 3.0) - np.exp(-3.0)) / np.sqrt(np.exp(-3.0) / n),
    ])  # fmt: skip


@pytest.mark.parametrize("matrix", [np.eye(2), DENSE])
def test_a_refreshed_momentum_keeps_its_distribution(matrix):
    target, kept = target_with(laplace)
    metric = make_metric(2, [range(2)])
    set_dense(metric, matrix)
    rng = np.random.default_rng(0)
    before, after, v = rng.laplace(size=(20_000, 2)), np.zeros((20_000, 2)), np.zeros(2)
    for start, p in zip(before, after):
        p[:] = start
        calls.refresh(target, metric, rng, p, v)
    errors = standard_errors(after)
    assert np.max(np.abs(errors)) < 4.5  # fail
    assert np.max(np.abs(errors)) < 3.5  # alert
    dependence = np.corrcoef(np.abs(before).ravel(), np.abs(after).ravel())[0, 1]
    assert dependence < 0.8, "it moves"
    assert np.max(np.abs(standard_errors(rng.standard_normal((20_000, 2))))) > 20, (
        "the check would see momenta that are drawn from the normal distribution instead"
    )


def test_refreshing_finds_the_distribution_from_anywhere():
    target, kept = target_with(laplace)
    rng, p, v = np.random.default_rng(1), np.zeros(2), np.zeros(2)
    draws = np.zeros((20_000, 2))
    for n in range(len(draws)):
        calls.refresh(target, make_metric(2), rng, p, v)
        draws[n] = p
    chains = draws.T
    for found, expected in ((chains, 0.0), (np.abs(chains), 1.0), (chains**2, 2.0)):
        z = (found.mean() - expected) / mcse_mean(found)
        assert abs(z) < 4.5  # fail
        assert abs(z) < 3.5  # alert


def test_velocity_and_energy_are_those_of_the_function():
    target, kept = target_with(relativistic)
    p, v = np.array([0.3, -2.0]), np.zeros(2)
    K = calls.refresh(target, make_metric(2), np.random.default_rng(0), p, v)
    assert K == pytest.approx(relativistic(p))
    np.testing.assert_allclose(v, 3.0 * p / np.sqrt(1.0 + 3.0 * p**2), rtol=1e-12)


@pytest.mark.parametrize("matrix", [np.diag([2.0, 0.5]), DENSE])
def test_steps_of_a_gaussian_energy_by_hand_are_those_of_the_metric(matrix):
    potential = potentials.log_gamma([2.0, 3.0])
    target, kept = target_with(lambda p: 0.5 * p @ (matrix @ p), potential=potential)
    metric = make_metric(2, [range(2)])
    set_dense(metric, matrix)
    one, plain = calls.make_point(kept[1], metric, np.array([0.3, -1.0]), np.array([0.5, 0.2]))
    two, _ = calls.make_point(kept[1], metric, np.array([0.3, -1.0]), np.array([0.5, 0.2]))
    calls.leapfrog_steps(one, plain, metric, 0.1, 20)
    calls.leapfrog_steps(two, target, metric, 0.1, 20)
    for x, y in zip(one, two):
        np.testing.assert_allclose(x, y, rtol=1e-10)


def test_steps_of_any_even_energy_are_reversible():
    target, kept = target_with(relativistic)
    q, p = np.array([0.3, -1.0]), np.array([0.5, 0.2])
    z, _ = calls.make_point(kept[1], make_metric(2), q, p)
    calls.leapfrog_steps(z, target, make_metric(2), 0.2, 10)
    assert np.max(np.abs(z.q - q)) > 0.5
    z.p[:] = -z.p
    calls.leapfrog_steps(z, target, make_metric(2), 0.2, 10)
    np.testing.assert_allclose(z.q, q, atol=1e-12)
    np.testing.assert_allclose(z.p, -p, atol=1e-12)
