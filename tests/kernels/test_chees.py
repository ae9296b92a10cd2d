"""ChEES-HMC: equal to its naive twin, up the criterion to where it is largest, and exact."""

import numpy as np
import pytest
from scipy.stats import chi2, loggamma

from lightppl.kernels import chees
from lightppl.kernels.adaptation.trajectory_length import start_length
from lightppl.kernels.adaptation.windows import FAST, SLOW
from lightppl.kernels.block import block_of
from lightppl.kernels.metric import make_metric
from lightppl.kernels.record import make_record
from lightppl.kernels.target import make_target
from lightppl.settings import is_numba_disabled
from tests.kernels import calls, potentials
from tests.kernels.runs import one_iteration
from tests.reference import chees as naive

LOG_GAMMA = potentials.log_gamma([0.7, 2.0, 5.0])
INVERSE_MASS = np.array([1.5, 0.6, 0.2])
K = 5
OPTIONS = chees.Options(0.651, 0.025, 1000, True, True, True)
FIXED = chees.Options(0.651, 0.025, 1000, False, False, False)


def make_work(q):
    metric = make_metric(3)
    metric.diagonal[:] = INVERSE_MASS
    return chees.make_work(q, metric)


def positions(points):
    return points[0, : K * 7].reshape(K, 7)[:, :3]


@pytest.mark.parametrize("index", [0, 2, 5])
@pytest.mark.parametrize("step_size", [0.3, 1.1])
def test_transition_equals_its_naive_twin(index, step_size):
    accepted = []
    for seed in range(8):
        q = np.random.default_rng(seed).normal(size=(K, 3))
        work = make_work(q)
        state = chees.first_state(step_size, 2.5, index, must_prepare=False)
        state, info = one_iteration(
            chees.ALGORITHM, make_target(LOG_GAMMA), work, FIXED, state,
            np.random.default_rng(seed), phases=[FAST, FAST],
        )  # fmt: skip
        rng = np.random.default_rng(seed)
        normals = np.array([[rng.standard_normal() for _ in range(3)] for _ in range(K)])
        uniforms = np.array([rng.random() for _ in range(K)])
        new, alphas, num_steps, slope = naive.chees_transition(
            q, LOG_GAMMA, INVERSE_MASS, step_size, 2.5, index + 1, normals, uniforms
        )
        np.testing.assert_allclose(positions(work.points), new, rtol=1e-9)
        numbers = work.points[0, : K * 7].reshape(K, 7)[:, 3:]
        np.testing.assert_allclose(numbers[:, 0], [LOG_GAMMA.energy(x) for x in new], rtol=1e-9)
        np.testing.assert_allclose(numbers[:, 2], alphas, rtol=1e-7)
        assert info.mean_accept_prob == pytest.approx(alphas.mean(), rel=1e-7)
        assert info.harmonic_accept_prob == pytest.approx(1 / np.mean(1 / alphas), rel=1e-7)
        assert info.num_steps == num_steps and state.index == index + 1
        assert state.slope == pytest.approx(slope, rel=1e-6, abs=1e-9)
        accepted.append(np.any(new != q, axis=1))
    assert np.mean(accepted) > 0.3


def test_a_walker_that_diverges_makes_the_harmonic_mean_zero():
    q = np.zeros((K, 3))
    q[2] = 300.0
    work = make_work(q)
    state = chees.first_state(1.0, 1.0, must_prepare=False)
    rng = np.random.default_rng(0)
    _, info = one_iteration(chees.ALGORITHM, make_target(LOG_GAMMA), work, FIXED, state, rng)
    assert info.harmonic_accept_prob == 0.0 < info.mean_accept_prob
    numbers = work.points[0, : K * 7].reshape(K, 7)[:, 3:]
    assert numbers[:, 3].tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]
    np.testing.assert_array_equal(positions(work.points)[2], 300.0)


def test_the_jitter_is_the_halton_sequence():
    found = [calls.halton(i) for i in range(1, 9)]
    assert found == [0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875, 0.0625]
    assert found == [naive.halton(i) for i in range(1, 9)]


def test_adam_moves_by_its_rate_whatever_the_size_of_the_slope():
    for size in (1e-12, 1.0, 1e12):
        state = start_length.py_func(0.0)
        for t in range(1, 41):
            state = calls.update_length(state, size, 0.025, 0.1, 100.0)
            assert state.log_T == pytest.approx(0.025 * t, rel=1e-9)
        state = calls.update_length(state, np.nan, 0.025, 0.1, 100.0)
        assert state.num_updates == 40
    assert calls.update_length(state, -1e12, 50.0, 0.1, 100.0).log_T == np.log(0.1)
    weights = np.arange(1, 41) ** -0.5
    average, values = 0.0, 0.025 * np.arange(1, 41)
    for w, x in zip(weights, values):
        average = (1 - w) * average + w * x
    assert state.log_T_bar == pytest.approx(average, rel=1e-9)


def run(potential, q, options, state, num_warmup, num_samples, seed=0, thinning=1, size=3):
    """Run an ensemble without windows; return the record as (N, K, S) and the last state."""
    num_walkers = len(q)
    work = chees.make_work(q, make_metric(size))
    record = make_record(
        num_samples // thinning, num_walkers * (size + 4), len(chees.Info._fields),
        first=num_warmup, thinning=thinning,
    )  # fmt: skip
    state = block_of(chees.ALGORITHM)(
        make_target(potential), work, options, state, record, np.random.default_rng(seed),
        np.zeros(num_warmup, np.int64), 0, num_warmup + num_samples,
    )  # fmt: skip
    return record.q.reshape(-1, num_walkers, size + 4), chees.Info(*record.info.T), state


@pytest.mark.skipif(is_numba_disabled(), reason="many trajectories")
def test_the_length_climbs_to_the_maximum_of_the_criterion():
    """On a normal target: of 1/2 - sin(2 T) / (4 T), at 2 T = 4.4934, whose tangent it is."""
    potential = potentials.gaussian(np.eye(10))
    q = np.random.default_rng(0).normal(size=(64, 10))
    options = FIXED._replace(adapt_length=True)
    for T in (0.3, 3.0):
        _, _, state = run(
            potential, q, options, chees.first_state(0.05, T, must_prepare=False), 600, 0, size=10
        )
        found = np.exp(chees.State(*state).length.log_T)
        assert found == pytest.approx(4.4934 / 2, rel=0.12)


@pytest.mark.skipif(is_numba_disabled(), reason="a million transitions")
def test_draws_have_the_distribution_of_the_target():
    q = np.random.default_rng(0).normal(size=(50, 3))
    state = chees.first_state(0.9, 2.5, must_prepare=False)
    for seed in (1, 2):
        rows, info, _ = run(LOG_GAMMA, q, FIXED, state, 20, 20_000, seed, thinning=20)
        assert 0.4 < info.mean_accept_prob.mean() < 0.97
        p = []
        for d, shape in enumerate(LOG_GAMMA.float_data):
            u = loggamma.cdf(rows[:, :, d].ravel(), shape)
            counts = np.bincount(np.minimum((40 * u).astype(int), 39), minlength=40)
            p.append(chi2.sf(np.sum((counts - len(u) / 40) ** 2) / (len(u) / 40), 39))
        if min(p) > 1e-3:
            return
    raise AssertionError(f"p = {p}")


def test_windows_make_a_metric_of_all_walkers_and_keep_the_path():
    q = np.random.default_rng(0).normal(size=(K, 3)) * [0.01, 1.0, 100.0]
    work = make_work(q)
    target = make_target(potentials.gaussian(np.diag([1e4, 1.0, 1e-4])))
    state = chees.first_state(0.01, 0.5, must_prepare=False)
    record = make_record(0, K * 7, len(chees.Info._fields))
    state = block_of(chees.ALGORITHM)(
        target, work, FIXED._replace(adapt_metric=True), state, record, np.random.default_rng(0),
        np.full(4, SLOW), 0, 3,
    )  # fmt: skip
    state = chees.State(*state)
    assert state.num_collected == 3 * K
    before = work.metric.diagonal.copy()
    found = chees.learn(OPTIONS, work, state, np.zeros(1000, np.int64), 900)
    np.testing.assert_allclose(work.metric.diagonal, [1e-4, 1.0, 1e4], rtol=1e-9)
    faster = 0.5 * np.mean(np.log(work.metric.diagonal / before))
    assert found.length.log_T == pytest.approx(np.log(0.5) - faster)
    assert found.must_prepare and found.num_collected == 0 and not work.moments.any()
    state = found._replace(length=start_length.py_func(5.0))
    early = chees.learn(OPTIONS, work, state, np.zeros(1000, np.int64), 100)
    assert early.length.log_T == 0.0
