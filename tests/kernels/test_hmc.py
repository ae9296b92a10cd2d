"""One HMC transition: equal to its naive twin, and in detailed balance by construction."""

import numpy as np
import pytest

from lightppl.kernels import hmc
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.metric import as_dense, make_metric, set_dense
from lightppl.kernels.target import make_target
from tests.kernels import calls, potentials
from tests.reference.hmc import hmc_transition as naive_transition

METRIC = make_metric(3, [[0, 2]])
set_dense(METRIC, np.array([[1.0, 0.0, 0.3], [0.0, 0.6, 0.0], [0.3, 0.0, 0.8]]))


def step(target, work, rng, step_size, num_steps):
    options = hmc.Options(num_steps, 0.0, WarmupOptions(0.8, False, False, True))
    _, info = calls.hmc_step(target, work, options, first_state(step_size), rng)
    return info


@pytest.mark.parametrize("step_size", [0.05, 0.4, 0.9])
def test_transition_equals_its_naive_twin(step_size):
    potential = potentials.log_gamma([0.7, 2.0, 5.0])
    target, accepted = make_target(potential), set()
    for seed in range(40):
        q = np.random.default_rng(seed).normal(size=3)
        work = hmc.make_work(q, METRIC)
        info = step(target, work, np.random.default_rng(seed), step_size, 7)
        rng = np.random.default_rng(seed)
        p = np.zeros(3)
        calls.momentum(METRIC, rng, p, np.zeros(3))
        new_q, accept_prob = naive_transition(
            q, p, potential.energy, potential.gradient, as_dense(METRIC), step_size, 7, rng.random()
        )
        np.testing.assert_allclose(work.points[hmc.SAMPLE, :3], new_q, rtol=1e-10)
        assert info.accept_prob == pytest.approx(accept_prob, rel=1e-9, abs=1e-300)
        assert info.potential_energy == pytest.approx(potential.energy(new_q), rel=1e-12)
        assert info.num_steps == 7 and info.step_size == step_size
        accepted.add(bool(np.any(new_q != q)))
    assert True in accepted


def test_non_finite_energy_is_a_divergence_and_a_rejection():
    work = hmc.make_work(np.array([0.5, 0.5, 0.5]), METRIC)
    target = make_target(potentials.log_gamma([1.0, 1.0, 1.0]))
    info = step(target, work, np.random.default_rng(0), 1e3, 10)
    assert info.diverging and info.accept_prob == 0.0
    np.testing.assert_array_equal(work.points[hmc.SAMPLE, :3], 0.5)
    assert np.isfinite(info.potential_energy) and np.isfinite(info.energy)


def test_gradient_stays_that_of_the_state():
    potential = potentials.log_gamma([1.0, 2.0, 3.0])
    target, work = make_target(potential), hmc.make_work(np.zeros(3), METRIC)
    rng = np.random.default_rng(5)
    for _ in range(20):
        step(target, work, rng, 0.8, 5)
        q, grad = work.points[hmc.SAMPLE, :3], work.points[hmc.SAMPLE, 9:]
        np.testing.assert_allclose(grad, potential.gradient(q), rtol=1e-12)
