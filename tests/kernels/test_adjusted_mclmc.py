"""Adjusted MCLMC: equal to its naive twin, and exact, whatever the step size."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, loggamma

from lightppl.jit import kernel
from lightppl.kernels import adjusted_mclmc
from lightppl.kernels.adaptation.gradient_metric import FISHER
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state, moved
from lightppl.kernels.block import block_of
from lightppl.kernels.isokinetic import INTEGRATORS
from lightppl.kernels.metric import make_metric
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.record import make_record
from lightppl.kernels.target import evaluate_potential, make_target
from lightppl.settings import is_numba_disabled
from tests.kernels import calls, potentials
from tests.reference import mclmc as naive

SCALE = np.array([1.2, 0.7, 0.4])
LOG_GAMMA = potentials.log_gamma([0.7, 2.0, 5.0])
BEFORE = 2
"""A point that only the planted fault uses."""

WARMUP = WarmupOptions(0.9, False, False, True, FISHER)


def make_work(q, L):
    metric = make_metric(3)
    metric.diagonal[:] = SCALE**2
    work = adjusted_mclmc.make_work(q, metric, L)
    return work._replace(points=np.vstack([work.points, work.points[:1]]))


@pytest.mark.parametrize("integrator", INTEGRATORS)
@pytest.mark.parametrize("step_size", [0.2, 1.5])
def test_transition_equals_its_naive_twin(integrator, step_size):
    target, seen = make_target(LOG_GAMMA), set()
    options = adjusted_mclmc.Options(INTEGRATORS[integrator], False, WARMUP)
    for seed in range(40):
        q = np.random.default_rng(100 + seed).normal(size=3)
        work, rng = make_work(q, 3.0), np.random.default_rng(seed)
        _, info = calls.adjusted_mclmc_step(target, work, options, first_state(step_size), rng)
        rng = np.random.default_rng(seed)
        normals = np.array([rng.standard_normal() for _ in range(3)])
        uniforms = rng.random(), rng.random()
        new, accept_prob, num_steps = naive.adjusted_transition(
            q, LOG_GAMMA, SCALE, step_size, 3.0, integrator, normals, uniforms
        )
        np.testing.assert_allclose(work.points[0, :3], new, rtol=1e-9)
        assert info.accept_prob == pytest.approx(accept_prob, rel=1e-7, abs=1e-300)
        assert info.num_steps == num_steps
        assert info.potential_energy == pytest.approx(LOG_GAMMA.energy(new), rel=1e-9)
        np.testing.assert_allclose(work.points[0, 9:], LOG_GAMMA.gradient(new), rtol=1e-9)
        seen.add((num_steps, bool(np.any(new != q))))
    assert len({x for x, _ in seen}) > 1 and any(x for _, x in seen)


def test_non_finite_energy_is_a_divergence_and_a_rejection():
    work = make_work(np.full(3, 0.5), 1e4)
    options = adjusted_mclmc.Options(INTEGRATORS["leapfrog"], False, WARMUP)
    rng = np.random.default_rng(0)
    target = make_target(potentials.gaussian(np.eye(3)))
    _, info = calls.adjusted_mclmc_step(target, work, options, first_state(1e3), rng)
    assert info.diverging and info.accept_prob == 0.0 and np.isfinite(info.potential_energy)
    np.testing.assert_array_equal(work.points[0, :3], 0.5)


def p_values_of(algorithm, integrator, step_size, seed, num_draws=1_000_000, thinning=25):
    """Return p values of a chi-squared test a coordinate, from quantiles of the exact target."""
    work, target = make_work(np.zeros(3), 2.5), make_target(LOG_GAMMA)
    record = make_record(
        num_draws // thinning, 3, len(adjusted_mclmc.Info._fields), thinning=thinning
    )
    options = adjusted_mclmc.Options(INTEGRATORS[integrator], False, WARMUP)
    state = first_state(step_size, must_prepare=False)
    rng = np.random.Generator(np.random.SFC64(seed))
    block_of(algorithm)(
        target, work, options, state, record, rng, np.zeros(0, np.int64), 0, num_draws
    )
    found = []
    for k, shape in enumerate(LOG_GAMMA.float_data):
        u = loggamma.cdf(record.q[:, k], shape)
        counts = np.bincount(np.minimum((40 * u).astype(int), 39), minlength=40)
        expected = len(u) / 40
        found.append(chi2.sf(np.sum((counts - expected) ** 2) / expected, 39))
    return np.array(found), record.info[:, 2].mean()


@pytest.mark.parametrize("integrator, step_size", [("leapfrog", 2.2), ("mclachlan", 3.0)])
@pytest.mark.skipif(is_numba_disabled(), reason="a million transitions")
def test_draws_have_the_distribution_of_the_target(integrator, step_size):
    """With steps so large that one trajectory in three or so is refused."""
    p, accept_prob = p_values_of(adjusted_mclmc.ALGORITHM, integrator, step_size, 1)
    assert 0.3 < accept_prob < 0.85
    if p.min() < 1e-3:
        warnings.warn(f"{integrator}: p = {p.min():.2g}, once more", stacklevel=1)
        p, _ = p_values_of(adjusted_mclmc.ALGORITHM, integrator, step_size, 2)
    assert p.min() > 1e-3


@kernel
def accept_by_potential(target, work, options, state, rng, phase):
    """Return a transition that forgets how trajectories change volume: a planted fault."""
    U = state.U
    copy_into(work.points[BEFORE], work.points[adjusted_mclmc.SAMPLE])
    state, info = adjusted_mclmc.transition(target, work, options, state, rng, phase)
    copy_into(work.points[adjusted_mclmc.SAMPLE], work.points[BEFORE])
    proposal = point_at(work.points, adjusted_mclmc.PROPOSAL)
    U_proposal = evaluate_potential(target, proposal.q, proposal.grad)
    if rng.random() < np.exp(min(U - U_proposal, 0.0)):
        copy_into(work.points[adjusted_mclmc.SAMPLE], work.points[adjusted_mclmc.PROPOSAL])
        U = U_proposal
    return moved(state, U), info


@pytest.mark.skipif(is_numba_disabled(), reason="a hundred thousand transitions")
def test_an_acceptance_that_forgets_the_change_of_volume_is_found_out():
    wrong = replace(
        adjusted_mclmc.ALGORITHM, name="volume_forgotten", transition=accept_by_potential
    )
    p, _ = p_values_of(wrong, "leapfrog", 2.2, 1, 200_000)
    assert p.min() < 1e-10


def test_windows_double_or_halve_the_length_at_most():
    rng, n = np.random.default_rng(0), 200
    options = adjusted_mclmc.Options(INTEGRATORS["leapfrog"], True, WARMUP)
    for memory, expected in ((0.0, 0.67), (0.3, 1.24), (0.97, 2.0)):
        work = make_work(np.zeros(3), 4.0)
        q = rng.normal(size=(n, 3))
        for i in range(1, n):
            q[i] = memory * q[i - 1] + np.sqrt(1 - memory**2) * q[i]
        work.moments.window.q[:n], work.moments.window.grad[:n] = SCALE * q, q / SCALE
        state = first_state(1.0)._replace(num_collected=n)
        adjusted_mclmc.learn(options, work, state, np.array([2, 2, 0]), 2)
        assert work.length[0] / 4.0 == pytest.approx(expected, rel=0.3)
        np.testing.assert_allclose(work.scale, SCALE, rtol=0.3)
