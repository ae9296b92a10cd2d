"""Sample adaptive MCMC: equal to its naive twin, in detailed balance, and true to its target."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import loggamma

from lightppl.jit import Status
from lightppl.kernels import leave_one_out, sample_adaptive
from lightppl.kernels.adaptation.windows import FAST, SAMPLING
from lightppl.kernels.target import make_target
from tests.correctness.wrong_kernels import leave_out_the_worst
from tests.kernels import calls, potentials
from tests.kernels.invariance import assert_true_to, run_fixed
from tests.reference.sample_adaptive import log_normal_of, sample_adaptive_transition

COUPLED = potentials.gaussian(np.array([[2.0, 0.7, 0.1], [0.7, 1.0, -0.4], [0.1, -0.4, 3.0]]))
SKEW = potentials.log_gamma([0.7])
NEW = sample_adaptive.State(np.nan, False, False, False, Status.OK)


def with_ensemble(points, potential):
    """Work and state of a chain whose ensemble is given."""
    work = sample_adaptive.make_work(points[0], len(points), points)
    work.energies[:] = [potential.energy(x) for x in points]
    return work, NEW._replace(U=work.energies[0], has_ensemble=True, has_begun=True)


@pytest.mark.parametrize("is_dense", [True, False])
@pytest.mark.parametrize("num_points", [5, 8, 15])
@pytest.mark.parametrize("phase", [FAST, SAMPLING])
@pytest.mark.parametrize("potential", [COUPLED, potentials.log_gamma([0.7, 2.0, 5.0])])
def test_transition_equals_its_naive_twin(potential, phase, num_points, is_dense):
    target, stayed = make_target(potential), set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        points = rng.normal(size=(num_points, 3)) @ np.array([[1, 0, 0], [1, 2, 0], [0, 1, 0.1]])
        work, state = with_ensemble(points, potential)
        rng = np.random.default_rng(seed)
        options = sample_adaptive.Options(is_dense)
        state, info = calls.sample_adaptive_step(target, work, options, state, rng, phase)
        rng = np.random.default_rng(seed)
        is_heated = phase != SAMPLING and rng.random() < 0.5
        heat = 1.0 + 3.0 / np.sqrt(3.0) if is_heated else 1.0
        normals = rng.standard_normal(3)
        expected, accept_prob = sample_adaptive_transition(
            points, potential.energy, heat, is_dense, normals, rng.random()
        )
        np.testing.assert_allclose(work.ensemble, expected, rtol=1e-7, atol=1e-9)
        assert info.accept_prob == pytest.approx(accept_prob, rel=1e-6, abs=1e-12)
        chosen = int(num_points * rng.random())
        np.testing.assert_array_equal(work.points[0], work.ensemble[chosen])
        energies = [potential.energy(x) for x in work.ensemble]
        np.testing.assert_allclose(work.energies, energies, rtol=1e-12)
        assert info.potential_energy == work.energies[chosen] == state[0]
        stayed.add(bool(np.any(expected != points)))
    assert True in stayed


def flow(points, new, left_out, potential, heat, is_dense):
    """Log probability to have all points but `new`, to draw that one, and to leave out another."""
    others = np.delete(points, new, axis=0)
    fit = leave_one_out.make_fit(*others.shape)
    calls.fit_normal(fit, others, is_dense)
    w = np.linalg.solve(fit.factor, points[new] - fit.mean)
    calls.leave_one_out_of(fit, others, w, heat, is_dense)
    odds = fit.log_q + [potential.energy(x) for x in (*others, points[new])]
    log_share = odds[left_out - (left_out > new)] - np.logaddexp.reduce(odds)
    log_p = -sum(potential.energy(x) for x in others)
    return log_p + log_normal_of(others, points[new], heat, is_dense) + log_share


@pytest.mark.parametrize("heat", [1.0, 4.0])
@pytest.mark.parametrize("is_dense", [True, False])
def test_replacing_a_point_is_in_detailed_balance(is_dense, heat):
    """Among N + 1 points, drawing x and leaving out y flows as much as drawing y instead of x."""
    rng, potential = np.random.default_rng(0), potentials.quartic(0.5)
    for _ in range(5):
        points = rng.normal(size=(7, 2)) @ np.array([[1.0, 0.0], [0.9, 0.2]])
        for one, two in combinations(range(7), 2):
            there = flow(points, one, two, potential, heat, is_dense)
            back = flow(points, two, one, potential, heat, is_dense)
            assert there == pytest.approx(back, abs=1e-8)


def test_the_ensemble_begins_around_the_start_where_the_density_is_finite():
    target, rng = make_target(potentials.log_gamma([1.0, 1.0])), np.random.default_rng(4)
    work = sample_adaptive.make_work(np.array([708.0, 0.0]), 50)  # exp(710) is infinite
    state = calls.sample_adaptive_start(target, work, sample_adaptive.Options(True), NEW, rng)
    state = sample_adaptive.State(*state)
    assert state.has_begun and state.has_ensemble and np.all(np.isfinite(work.energies))
    assert len(np.unique(work.ensemble[:, 0])) == 50
    assert np.abs(work.ensemble - [708.0, 0.0]).max() < 5.0
    before = work.ensemble.copy()
    calls.sample_adaptive_start(target, work, sample_adaptive.Options(True), state, rng)
    np.testing.assert_array_equal(work.ensemble, before)


@pytest.mark.parametrize("has_ensemble", [True, False])
def test_a_start_that_is_not_finite_is_a_status(has_ensemble):
    work = sample_adaptive.make_work(np.array([800.0]), 3, np.full((3, 1), 800.0))
    state = calls.sample_adaptive_start(
        make_target(SKEW), work, sample_adaptive.Options(True),
        NEW._replace(has_ensemble=has_ensemble), np.random.default_rng(0),
    )  # fmt: skip
    assert sample_adaptive.State(*state).status == Status.NON_FINITE_START


def test_a_new_point_where_the_density_fails_is_left_out():
    """Also one whose weight is infinite: it is the first to go and not the last."""
    points = np.array([[-1e5], [708.0], [700.0]])
    work, state = with_ensemble(points, SKEW)
    rng, was_infinite = np.random.default_rng(2), False
    for _ in range(50):
        x = work.ensemble.copy()
        state, info = calls.sample_adaptive_step(
            make_target(SKEW), work, sample_adaptive.Options(False), state, rng, SAMPLING
        )
        state = sample_adaptive.State(*state)
        was_infinite |= info.accept_prob == 0.0 and info.diverging == 1.0
        if info.accept_prob == 0.0:
            np.testing.assert_array_equal(work.ensemble, x)
        assert np.all(np.isfinite(work.energies))
    assert was_infinite


def draws(algorithm, seed, num_points, is_dense):
    rng = np.random.default_rng(seed)
    points = loggamma(0.7).rvs(size=(num_points, 1), random_state=rng)
    work, state = with_ensemble(points, SKEW)
    return run_fixed(algorithm, SKEW, work, sample_adaptive.Options(is_dense), state, seed)


@pytest.mark.parametrize("num_points, is_dense", [(6, True), (12, False)])
def test_a_million_draws_are_of_the_target(num_points, is_dense):
    algorithm = sample_adaptive.ALGORITHM
    draw = lambda seed: draws(algorithm, seed, num_points, is_dense)  # noqa: E731
    assert_true_to(loggamma(0.7), draw, thinning=100)


def test_a_planted_fault_is_seen():
    with pytest.raises(AssertionError, match="not of the target"):
        assert_true_to(
            loggamma(0.7), lambda seed: draws(leave_out_the_worst, seed, 12, True), thinning=100
        )
