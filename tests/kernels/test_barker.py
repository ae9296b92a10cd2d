"""Barker transitions: equal to their naive twin, in detailed balance, and true to their target."""

import numpy as np
import pytest
from scipy.stats import loggamma

from lightppl.kernels import barker
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.metric import as_dense, make_metric
from lightppl.kernels.target import make_target
from tests.correctness.wrong_kernels import trust_the_gradient
from tests.kernels import calls, potentials
from tests.kernels.invariance import assert_true_to, run_fixed
from tests.kernels.random_metric import KINDS, random_metric
from tests.reference.barker import barker_transition, proposal_density

OPTIONS = barker.Options(WarmupOptions(0.4, False, False, True))
COUPLED = potentials.gaussian(np.array([[2.0, 0.7, 0.1], [0.7, 1.0, -0.4], [0.1, -0.4, 3.0]]))
SKEW = potentials.log_gamma([0.7])


def root_of(metric):
    """C, a column at a time."""
    columns = np.eye(metric.diagonal.size)
    found = np.empty_like(columns)
    for i, x in enumerate(columns):
        y = np.zeros(len(x))
        calls.leave_coordinates(metric, x, y)
        found[:, i] = y
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_and_a_gradient_have_the_coordinates_of_the_metric(kind):
    metric = random_metric(np.random.default_rng(3), 4, kind)
    C = root_of(metric)
    np.testing.assert_allclose(C @ C.T, as_dense(metric), rtol=1e-12, atol=1e-13)
    grad, c = np.arange(1.0, 5.0), np.zeros(4)
    calls.enter_coordinates(metric, grad, c)
    np.testing.assert_allclose(c, C.T @ grad, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("potential", [COUPLED, potentials.log_gamma([0.7, 2.0, 5.0])])
def test_transition_equals_its_naive_twin_and_is_in_detailed_balance(kind, potential):
    """p(x) q(x, y) a(x, y) = p(y) q(y, x) a(y, x), with densities q as in the paper."""
    metric = random_metric(np.random.default_rng(3), 3, kind)
    C, target, moves = root_of(metric), make_target(potential), set()
    for seed in range(30):
        q = np.random.default_rng(seed).normal(size=3)
        work = barker.make_work(q, metric)
        rng = np.random.default_rng(seed)
        _, info = calls.barker_step(target, work, OPTIONS, first_state(1.3), rng)
        rng = np.random.default_rng(seed)
        normals, coins = np.array([(rng.standard_normal(), rng.random()) for _ in q]).T
        given = potential.energy, potential.gradient, C, 1.3, normals, coins
        expected, accept_prob = barker_transition(q, *given, rng.random())
        y, _ = barker_transition(q, *given, -1.0)
        np.testing.assert_allclose(work.points[0, :3], expected, rtol=1e-10)
        np.testing.assert_allclose(work.points[0, 9:], potential.gradient(expected), rtol=1e-9)
        assert info.accept_prob == pytest.approx(accept_prob, rel=1e-9, abs=1e-300)
        assert info.potential_energy == pytest.approx(potential.energy(expected), rel=1e-12)
        flow, back = (
            np.exp(-potential.energy(one)) * proposal_density(one, two, potential.gradient, C, 1.3)
            for one, two in ((q, y), (y, q))
        )
        assert info.accept_prob == pytest.approx(min(1.0, back / flow), rel=1e-8)
        moves.add(bool(np.any(expected != q)))
    assert moves == {True, False}


def test_what_is_not_finite_is_rejected():
    work = barker.make_work(np.array([0.5]), make_metric(1))
    work.metric.diagonal[:] = 1e200
    target, rng = make_target(SKEW), np.random.default_rng(0)
    for _ in range(20):
        _, info = calls.barker_step(target, work, OPTIONS, first_state(1e3), rng)
        assert info.accept_prob == 0.0 and info.potential_energy == SKEW.energy(np.array([0.5]))
    assert work.points[0, 0] == 0.5


def draws(algorithm, seed):
    work = barker.make_work(np.zeros(1), make_metric(1))
    return run_fixed(algorithm, SKEW, work, OPTIONS, first_state(2.5, False), seed)


def test_a_million_draws_are_of_the_target():
    assert_true_to(loggamma(0.7), lambda seed: draws(barker.ALGORITHM, seed), thinning=20)


def test_a_planted_fault_is_seen():
    with pytest.raises(AssertionError, match="not of the target"):
        assert_true_to(loggamma(0.7), lambda seed: draws(trust_the_gradient, seed), thinning=20)


def test_products_of_many_factors_stay_finite():
    D = 3000
    w, c = np.full(D, 30.0), np.full(D, 1.0)
    found = calls.log_proposal_ratio(w, c, -c)
    assert found == pytest.approx(0.0, abs=1e-9)
    assert calls.log_proposal_ratio(w, c, c) == pytest.approx(30.0 * D, rel=1e-12)
    assert calls.log_proposal_ratio(1e-9 * w, c, c) == pytest.approx(30e-9 * D, rel=1e-6)
