"""MEADS: equal to its naive twin, and exact because folds see only others that have not moved."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, loggamma

from lightppl.jit import kernel
from lightppl.kernels import meads
from lightppl.kernels.block import block_of
from lightppl.kernels.ensemble import numbers_of, walkers_at
from lightppl.kernels.record import make_record
from lightppl.kernels.target import make_target
from lightppl.settings import is_numba_disabled
from tests.kernels import calls, potentials
from tests.kernels.runs import one_iteration
from tests.reference import chees as naive

LOG_GAMMA = potentials.log_gamma([0.7, 2.0, 5.0])
OPTIONS = meads.Options(3, 0.5, 1.0)
K, S = 12, 8


def vectors(points):
    return points.reshape(3, K, S)


def a_chain(seed, t):
    """Return work whose walkers have momenta and uniforms, and their target."""
    rng = np.random.default_rng(seed)
    work = meads.make_work(rng.normal(size=(K, 3)), 3)
    vectors(work.points)[1, :, :3] = rng.normal(size=(K, 3))
    vectors(work.points)[0, :, 7] = rng.uniform(-1, 1, size=K)
    return work, make_target(LOG_GAMMA), meads.first_state(t)


@pytest.mark.parametrize("t", [1, 2, 50])
def test_iteration_equals_its_naive_twin(t):
    turned, moved = 0, 0
    for seed in range(10):
        work, target, state = a_chain(seed, t)
        q, p = (vectors(work.points)[j, :, :3].copy() for j in (0, 1))
        u = vectors(work.points)[0, :, 7].copy()
        options = OPTIONS._replace(multiplier=2.0)  # large steps are refused now and then
        rng = np.random.default_rng(seed)
        _, info = one_iteration(meads.ALGORITHM, target, work, options, state, rng)
        folds = np.arange(K).reshape(3, 4)
        rng, expected, steps = np.random.default_rng(seed), {}, []
        start = q.copy()
        for j in (1, 2):
            fold = (t - j) % 3
            source = folds[(fold - 1) % 3]
            grad = np.array([LOG_GAMMA.gradient(x) for x in start[source]])
            scale, eps, gamma = naive.tuning(start[source], grad, t, multiplier=2.0)
            steps.append(eps)
            for k in folds[fold]:
                xi = np.array([rng.standard_normal() for _ in range(3)])
                expected[k] = naive.meads_step(q[k], p[k], u[k], LOG_GAMMA, scale, eps, gamma, xi)
        found = vectors(work.points)
        for k in range(K):
            new, r, v = expected.get(k, (q[k], p[k], u[k]))
            np.testing.assert_allclose(found[0, k, :3], new, rtol=1e-9)
            np.testing.assert_allclose(found[1, k, :3], r, rtol=1e-9)
            np.testing.assert_allclose(found[2, k, :3], LOG_GAMMA.gradient(new), rtol=1e-9)
            assert found[0, k, 7] == pytest.approx(v, rel=1e-9)
            moved += bool(np.any(new != q[k]))
            turned += k in expected and not np.any(new != q[k])
        assert info.step_size == pytest.approx(np.mean(steps), rel=1e-9)
    assert moved > 5 * turned > 0


def test_a_step_that_diverges_turns_round():
    q = np.random.default_rng(0).normal(size=(K, 2))
    q[8:] += 300.0
    target, work = make_target(potentials.quartic(0.5)), meads.make_work(q, 3)
    work.points.reshape(3, K, 7)[1, :, :2] = 1.0
    options = OPTIONS._replace(slowdown=1e-9)  # momenta stay nearly as they are
    one_iteration(
        meads.ALGORITHM, target, work, options, meads.first_state(1), np.random.default_rng(0)
    )
    found = work.points.reshape(3, K, 7)
    assert np.isfinite(found).all()
    diverging = found[0, :, 2 + meads.DIVERGING] == 1.0
    assert diverging.tolist() == [False] * 8 + [True] * 4
    np.testing.assert_array_equal(found[0, 8:, :2], q[8:])


def test_the_estimate_of_the_largest_eigenvalue_has_no_bias_in_numerator_and_denominator():
    eigenvalues = np.array([9.0, 1.0, 0.5])
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 3)) * np.sqrt(eigenvalues)
    expected = np.sum(eigenvalues**2) / np.sum(eigenvalues)
    assert calls.largest_eigenvalue(rows) == pytest.approx(expected, rel=0.2)
    small = rng.normal(size=(7, 5))
    assert calls.largest_eigenvalue(small) == pytest.approx(naive.largest_eigenvalue(small))


def p_values_of(algorithm, seed, num_iterations, num_walkers=16, thinning=25):
    """Return p values of a chi-squared test a coordinate, from quantiles of the exact target."""
    rng = np.random.default_rng(seed)
    q = np.log(rng.gamma(LOG_GAMMA.float_data, size=(num_walkers, 3)))
    work = meads.make_work(q, 4)
    record = make_record(
        num_iterations // thinning, num_walkers * S, len(meads.Info._fields), thinning=thinning
    )
    options = meads.Options(4, 1.0, 1.0)
    block_of(algorithm)(
        make_target(LOG_GAMMA), work, options, meads.first_state(), record, rng,
        np.zeros(0, np.int64), 0, num_iterations,
    )  # fmt: skip
    rows, found = record.q.reshape(-1, num_walkers, S), []
    for d, shape in enumerate(LOG_GAMMA.float_data):
        u = loggamma.cdf(rows[:, :, d].ravel(), shape)
        counts = np.bincount(np.minimum((20 * u).astype(int), 19), minlength=20)
        found.append(chi2.sf(np.sum((counts - len(u) / 20) ** 2) / (len(u) / 20), 19))
    return np.array(found)


@pytest.mark.skipif(is_numba_disabled(), reason="a million steps")
def test_draws_have_the_distribution_of_the_target():
    p = p_values_of(meads.ALGORITHM, 1, 60_000)
    if p.min() < 1e-3:
        p = p_values_of(meads.ALGORITHM, 2, 60_000)
    assert p.min() > 1e-3


@kernel
def halve_uniforms(target, work, options, state, rng, phase):
    """Return an iteration with uniforms half as large as they should be: a planted fault."""
    walkers = walkers_at(work.points, 0, work.sizes)
    for k in range(walkers.num_walkers):
        numbers_of(walkers, k)[meads.UNIFORM] *= 0.5
    return meads.transition(target, work, options, state, rng, phase)


@pytest.mark.skipif(is_numba_disabled(), reason="many steps")
def test_uniforms_that_are_too_small_are_found_out():
    wrong = replace(meads.ALGORITHM, name="halved_uniforms", transition=halve_uniforms)
    assert p_values_of(wrong, 1, 20_000).min() < 1e-8
