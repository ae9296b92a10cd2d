"""MCLMC: equal to its naive twin, off by what theory says, and tuned to what was asked for."""

import numpy as np
import pytest

from lightppl.kernels import mclmc
from lightppl.kernels.adaptation.energy_error import start_energy_error
from lightppl.kernels.adaptation.windows import SAMPLING, SLOW, SLOW_END
from lightppl.kernels.block import block_of
from lightppl.kernels.isokinetic import INTEGRATORS
from lightppl.kernels.record import make_record
from lightppl.kernels.target import make_target
from lightppl.settings import is_numba_disabled
from tests.kernels import calls, potentials
from tests.reference import mclmc as naive
from tests.reference.mclmc_bias import stationary_variances

SCALE = np.array([1.2, 0.7, 0.4])
LOG_GAMMA = potentials.log_gamma([0.7, 2.0, 5.0])
FIXED = {name: mclmc.Options(code, 5e-4, False, False, False) for name, code in INTEGRATORS.items()}


@pytest.mark.parametrize("integrator", INTEGRATORS)
@pytest.mark.parametrize("step_size", [0.1, 0.8])
def test_transition_equals_its_naive_twin(integrator, step_size):
    target = make_target(LOG_GAMMA)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        q, u = rng.normal(size=3), rng.normal(size=3)
        u /= np.linalg.norm(u)
        work = mclmc.make_work(q, SCALE, False, u)
        state = mclmc.first_state(step_size, 1.5)
        state, info = calls.mclmc_step(
            target, work, FIXED[integrator], state, np.random.default_rng(seed)
        )
        normals = np.random.default_rng(seed).standard_normal(3)
        new, v, delta_E = naive.mclmc_transition(
            q, u, LOG_GAMMA, SCALE, step_size, 1.5, integrator, normals
        )
        np.testing.assert_allclose(work.points[0, :3], new, rtol=1e-11)
        np.testing.assert_allclose(work.points[0, 3:6], v, rtol=1e-11)
        np.testing.assert_allclose(work.points[0, 9:], LOG_GAMMA.gradient(new), rtol=1e-11)
        assert info.energy_error == pytest.approx(delta_E, rel=1e-8, abs=1e-13)
        assert state.U == info.potential_energy == pytest.approx(LOG_GAMMA.energy(new), rel=1e-12)


def test_a_step_that_fails_stays_and_turns_away():
    potential = potentials.gaussian(np.eye(3))
    target, q = make_target(potential), np.full(3, 0.5)
    u = np.array([1.0, 0.0, 0.0])
    work = mclmc.make_work(q, SCALE, False, u)
    state, info = calls.mclmc_step(
        target, work, FIXED["leapfrog"], mclmc.first_state(1e4, 1.0), np.random.default_rng(0)
    )
    assert info.diverging == 1.0 and np.isfinite(state.U)
    np.testing.assert_array_equal(work.points[0, :3], q)
    np.testing.assert_allclose(work.points[0, 9:], potential.gradient(q), rtol=1e-14)
    direction = work.points[0, 3:6]
    assert np.linalg.norm(direction) == pytest.approx(1.0) and not np.array_equal(direction, u)


def run(potential, seed, num_steps, step_size, L, options, q=None):
    """Return the draws and energy errors of a chain without warmup."""
    q = np.zeros(potential.size) if q is None else q
    work = mclmc.make_work(q, np.ones(potential.size), False)
    record = make_record(num_steps, potential.size, len(mclmc.Info._fields))
    state = mclmc.first_state(step_size, L, must_prepare=False)
    block_of(mclmc.ALGORITHM)(
        make_target(potential), work, options, state, record, np.random.default_rng(seed),
        np.zeros(0, np.int64), 0, num_steps,
    )  # fmt: skip
    return record.q, mclmc.Info(*record.info.T)


SPECTRA = {"one": np.ones(100), "two": np.repeat([1.0, 4.0], 50)}


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize(
    "integrator, h", [("leapfrog", 0.9), ("leapfrog", 0.45), ("mclachlan", 1.2), ("mclachlan", 0.9)]
)
@pytest.mark.skipif(is_numba_disabled(), reason="a million steps")
def test_variances_are_off_by_what_theory_says(integrator, h, spectrum):
    precisions = SPECTRA[spectrum]
    h /= np.sqrt(precisions.max())
    potential = potentials.gaussian(np.diag(precisions))
    D, num_steps = len(precisions), 60_000
    step_size, L = h * np.sqrt(D), np.sqrt(D)
    q0 = np.random.default_rng(5).normal(size=D) / np.sqrt(precisions)
    q, _ = run(potential, 1, num_steps, step_size, L, FIXED[integrator], q0)
    expected = stationary_variances(integrator, h, precisions, step_size / L) * precisions - 1.0
    squares = q**2 * precisions - 1.0
    for group in np.unique(precisions):
        among = precisions == group
        batches = squares[:, among].mean(axis=1).reshape(30, -1).mean(axis=1)
        error = np.hypot(batches.std(ddof=1) / np.sqrt(30), 2e-3)  # 1/D of what is said for many D
        assert abs(batches.mean() - expected[among][0]) < 4.5 * error
    assert np.abs(expected).max() > 5e-3, "there is something to see"


def test_theory_has_its_closed_form_and_shrinks_with_the_step():
    found = []
    for h in (0.8, 0.4, 0.2):
        variance = stationary_variances("leapfrog", h, np.ones(3), 1.0)[0]
        root = np.sqrt(variance)
        assert root * np.tanh(h * root / 2) == pytest.approx(h / 2, rel=1e-9)
        found.append(variance - 1.0)
    assert found[2] == pytest.approx(0.2**2 / 12, rel=0.02)
    assert found[0] > 3.9 * found[1] > 15.2 * found[2]


@pytest.mark.parametrize("size", [20, 1000])
def test_the_step_size_gives_the_variance_that_was_asked_for(size):
    potential = potentials.log_gamma(np.full(size, 3.0))
    options = FIXED["leapfrog"]._replace(adapt_step_size=True)
    state, step_size, errors = start_energy_error.py_func(), 0.25 * np.sqrt(size), []
    q, rng = np.log(np.random.default_rng(1).gamma(3.0, size=size)), np.random.default_rng(0)
    work, target = mclmc.make_work(q, np.full(size, 0.6), False), make_target(potential)
    chain = mclmc.first_state(step_size, np.sqrt(size))
    for i in range(1500 if size == 20 else 600):
        chain, info = calls.mclmc_step(target, work, options, chain, rng)
        state, step_size = calls.update_energy_error(
            state, chain.step_size, info.energy_error, info.diverging > 0.0, size, 5e-4
        )
        chain = mclmc.State(*chain)._replace(step_size=step_size)
        errors.append(info.energy_error)
    assert np.mean(np.square(errors[200:])) / size == pytest.approx(5e-4, rel=0.3)
    assert abs(np.mean(errors[200:])) < 0.25 * np.std(errors[200:])


def test_a_step_that_failed_bounds_later_ones():
    state, step_size = calls.update_energy_error(
        start_energy_error.py_func(), 1.0, np.nan, True, 10, 5e-4
    )
    assert step_size == 0.8
    _, step_size = calls.update_energy_error(state, 0.8, 1e-9, False, 10, 5e-4)
    assert step_size == 0.8


def make_window(q, grad, scale):
    """Return work whose window holds these draws."""
    work = mclmc.make_work(q[0], scale, True)
    work.window.q[: len(q)], work.window.grad[: len(q)] = q, grad
    return work


def test_windows_learn_scales_and_then_the_length():
    rng, truth, n = np.random.default_rng(0), np.array([0.1, 1.0, 30.0]), 400
    q = truth * rng.normal(size=(n, 3))
    options = FIXED["mclachlan"]._replace(
        adapt_step_size=True, adapt_length=True, adapt_scale=True
    )
    state = mclmc.first_state(0.5, 2.0)._replace(num_collected=n)
    phases = np.array([SLOW, SLOW_END, SLOW, SLOW_END, SAMPLING])
    work = make_window(q, q / truth**2, np.ones(3))
    before = np.sqrt(np.sum(np.var(q, axis=0)))
    state = mclmc.learn(options, work, state, phases, 2)
    np.testing.assert_allclose(work.scale, truth, rtol=1e-6)
    assert state.L == pytest.approx(np.sqrt(3.0), rel=0.1)
    assert state.step_size == pytest.approx(0.5 * state.L / before, rel=1e-9)
    assert state.must_prepare and state.num_collected == 0
    for i in range(1, n):
        q[i] = 0.8 * q[i - 1] + 0.6 * q[i]
    work = make_window(q, q / truth**2, truth)
    state = mclmc.learn(options, work, state._replace(num_collected=n), phases, 4)
    assert state.L == pytest.approx(0.4 * state.step_size * 9.0, rel=0.35)
    np.testing.assert_array_equal(work.scale, truth)


def test_windows_of_a_stuck_chain_teach_nothing():
    q = np.ones((50, 3))
    work = make_window(q, q, SCALE)
    options = FIXED["mclachlan"]._replace(adapt_length=True, adapt_scale=True)
    state = mclmc.first_state(0.5, 2.0)._replace(num_collected=50)
    phases = np.array([SLOW_END, SLOW_END, SAMPLING])
    for num_done in (1, 2):
        found = mclmc.learn(options, work, state, phases, num_done)
        assert found.L == 2.0 and found.step_size == 0.5
        np.testing.assert_array_equal(work.scale, SCALE)
