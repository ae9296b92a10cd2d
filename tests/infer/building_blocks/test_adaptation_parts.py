"""Dual averaging, moments, schedule, search and adapter: the kernels' numbers from plain Python."""

import numpy as np
import pytest

from lightppl.errors import ArgumentError
from lightppl.infer.building_blocks.mass import mass_matrix_roots
from lightppl.infer.hmc_util import (
    HMCAdaptState, build_adaptation_schedule, dual_averaging, euclidean_kinetic_energy,
    find_reasonable_step_size, momentum_generator, velocity_verlet, warmup_adapter,
    welford_covariance,
)
from lightppl.kernels.adaptation.dual_averaging import start_dual_averaging
from lightppl.kernels.adaptation.welford import make_moments
from lightppl.kernels.metric import as_dense, make_metric
from tests.kernels import calls


def test_dual_averaging_takes_the_steps_of_the_kernel():
    start, update = dual_averaging()
    theirs = start_dual_averaging.py_func(0.3)
    ours = start(np.log(10 * 0.3))
    for accept_prob in np.random.default_rng(0).random(50):
        theirs = calls.update_dual_averaging(theirs, accept_prob, 0.8)
        ours = update(0.8 - accept_prob, ours)
        assert ours[0] == pytest.approx(theirs.x) and ours[1] == pytest.approx(theirs.x_bar)
    assert ours[3] == 50 and ours[4] == pytest.approx(np.log(3.0))


@pytest.mark.parametrize("regularize", [True, False])
@pytest.mark.parametrize("diagonal", [True, False])
def test_moments_are_those_of_numpy_and_of_the_kernel(diagonal, regularize):
    draws = np.random.default_rng(0).normal(size=(12, 3)) * [1.0, 2.0, 0.1]
    start, update, finish = welford_covariance(diagonal)
    state = start(3)
    for x in draws:
        state = update(x, state)
    covariance, root, inverse_root = finish(state, regularize=regularize)
    expected = np.cov(draws.T) if not diagonal else np.var(draws, axis=0, ddof=1)
    if not regularize:
        np.testing.assert_allclose(covariance, expected, rtol=1e-12)
    metric = make_metric(3, [] if diagonal else [range(3)])
    moments = make_moments(metric)
    calls.add_draws(moments, metric, draws)
    calls.metric_from_moments(metric, moments, 12, regularize)
    np.testing.assert_allclose(
        np.diag(covariance) if diagonal else covariance, as_dense(metric), rtol=1e-12
    )
    np.testing.assert_allclose(root, mass_matrix_roots(covariance)[0])
    identity = root * inverse_root if diagonal else root @ inverse_root
    np.testing.assert_allclose(identity, np.ones(3) if diagonal else np.eye(3), atol=1e-12)


def test_a_covariance_of_one_draw_is_refused():
    start, update, finish = welford_covariance()
    with pytest.raises(ArgumentError, match="at least 2 draws, found 1"):
        finish(update(np.ones(2), start(2)))


@pytest.mark.parametrize(
    "num_steps, windows",
    [
        (5, [(0, 4)]),
        (20, [(0, 2), (3, 17), (18, 19)]),
        (149, [(0, 21), (22, 134), (135, 148)]),
        (150, [(0, 74), (75, 99), (100, 149)]),
        (1001, [(0, 74), (75, 99), (100, 149), (150, 249), (250, 449), (450, 950), (951, 1000)]),
    ],
)
def test_windows_are_those_of_stan_as_numpyro_stretches_them(num_steps, windows):
    assert [tuple(window) for window in build_adaptation_schedule(num_steps)] == windows


@pytest.mark.parametrize("num_steps", range(20, 400, 7))
def test_windows_cover_warmup_without_gaps(num_steps):
    windows = build_adaptation_schedule(num_steps)
    assert windows[0].start == 0 and windows[-1].end == num_steps - 1
    assert all(b.start == a.end + 1 for a, b in zip(windows, windows[1:]))


def half_square(z):
    return 0.5 * np.sum(z**2)


@pytest.mark.parametrize("first", [1e-3, 0.4, 50.0])
@pytest.mark.parametrize("matrix", [np.ones(2), np.array([4.0, 0.1]), np.eye(2) * 0.5])
def test_the_step_size_found_crosses_eighty_percent(first, matrix):
    start, move = velocity_verlet(half_square, euclidean_kinetic_energy)
    state, r = start(np.array([1.0, 2.0]), np.zeros(2)), np.array([0.3, -0.2])

    def accepts(step_size):
        moved = move(step_size, matrix, start(state.z, r))
        H = moved.potential_energy + euclidean_kinetic_energy(matrix, moved.r)
        H0 = state.potential_energy + euclidean_kinetic_energy(matrix, r)
        return H - H0 < -np.log(0.8)

    found = find_reasonable_step_size(
        half_square, euclidean_kinetic_energy, lambda *_: r, first, matrix, state, 0
    )
    assert np.log2(found / first) == round(np.log2(found / first))
    assert accepts(found) != accepts(found / 2 if found > first else found * 2)


def test_the_search_hands_momenta_a_root_of_the_mass_matrix():
    seen = []

    def generator(prototype, root, key):
        seen.append((root, key))
        return momentum_generator(prototype, root, key)

    start, _ = velocity_verlet(half_square, euclidean_kinetic_energy)
    state = start(np.zeros(2), np.zeros(2))
    options = [half_square, euclidean_kinetic_energy, generator, 0.01, np.array([4.0, 0.25])]
    first = find_reasonable_step_size(*options, state, 3)
    np.testing.assert_allclose(seen[0][0], [0.5, 2.0])
    assert len({key for _, key in seen}) == len(seen), "a fresh momentum each"
    assert first == find_reasonable_step_size(*options, state, 3)


def test_a_flat_density_ends_the_search():
    start, _ = velocity_verlet(lambda z: 0.0 * np.sum(z), euclidean_kinetic_energy)
    found = find_reasonable_step_size(
        lambda z: 0.0 * np.sum(z), euclidean_kinetic_energy, momentum_generator, 1.0, np.ones(1),
        start(np.zeros(1), np.zeros(1)), 0,
    )  # fmt: skip
    assert 1e299 < found < 1e300


@pytest.mark.parametrize("num_steps", [15, 40, 160])
@pytest.mark.parametrize("dense", [True, False])
def test_the_adapter_learns_the_covariance_of_each_window(num_steps, dense):
    start, update = warmup_adapter(num_steps, dense_mass=dense, regularize_mass_matrix=False)
    draws = np.random.default_rng(0).normal(size=(num_steps, 2)) @ [[1.0, 0.5], [0.0, 2.0]]
    state = start((np.zeros(2),), 0, step_size=0.5)
    assert isinstance(state, HMCAdaptState) and state.inverse_mass_matrix.ndim == 1 + dense
    windows = build_adaptation_schedule(num_steps)
    for t, x in enumerate(draws):
        state = update(t, 0.7, (x,), state)
        inside = [w for w in windows[1:-1] if w.end <= t]
        assert state.window_idx == sum(w.end <= t for w in windows)
        if inside:
            window = draws[inside[-1].start : inside[-1].end + 1]
            expected = np.cov(window.T) if dense else np.var(window, axis=0, ddof=1)
            np.testing.assert_allclose(state.inverse_mass_matrix, expected, rtol=1e-10)
            root = state.mass_matrix_sqrt
            mass = root @ root.T if dense else np.diag(root**2)
            full = state.inverse_mass_matrix if dense else np.diag(state.inverse_mass_matrix)
            np.testing.assert_allclose(mass @ full, np.eye(2), atol=1e-9)
    assert state.step_size == pytest.approx(np.exp(state.ss_state[1])), "the averaged one"


def test_the_adapter_searches_a_step_size_at_the_start_and_after_slow_windows():
    asked = []

    def search(step_size, inverse_mass_matrix, z_info, rng_key):
        asked.append((step_size, rng_key))
        return 0.7 * step_size

    start, update = warmup_adapter(160, search)
    state = start((np.zeros(2),), 0, step_size=0.5)
    assert state.step_size == 0.35 and state.ss_state[4] == pytest.approx(np.log(3.5))
    rng = np.random.default_rng(0)
    for t in range(160):
        state = update(t, 0.8, (rng.normal(size=2),), state)
    assert len(asked) == 2 and asked[0][1] != asked[1][1]


def test_nothing_adapts_that_is_not_asked_to():
    start, update = warmup_adapter(40, None, False, False)
    state = first = start((np.zeros(2),), 0, step_size=0.5)
    for t in range(40):
        state = update(t, 0.1, (np.full(2, t),), state)
    assert state.step_size == 0.5 and state.inverse_mass_matrix.tolist() == [1.0, 1.0]
    assert state.mm_state[2] == first.mm_state[2] == 0


def test_blocks_are_learned_by_names():
    start, update = warmup_adapter(40, dense_mass=[("b",)], regularize_mass_matrix=False)
    rng = np.random.default_rng(0)
    state = start(({"a": np.array(0.0), "b": np.zeros(2)},), 0)
    shapes = {key: x.shape for key, x in state.inverse_mass_matrix.items()}
    assert shapes == {("b",): (2, 2), ("a",): (1,)}
    draws = [{"a": rng.normal(), "b": rng.normal(size=2)} for _ in range(40)]
    for t, z in enumerate(draws):
        state = update(t, 0.8, (z,), state)
    window = build_adaptation_schedule(40)[1]
    b = np.stack([z["b"] for z in draws[window.start : window.end + 1]])
    np.testing.assert_allclose(state.inverse_mass_matrix[("b",)], np.cov(b.T))


def test_iterations_after_warmup_are_refused():
    start, update = warmup_adapter(10)
    with pytest.raises(ArgumentError, match="0 to 9, found t=10"):
        update(10, 0.8, (np.zeros(1),), start((np.zeros(1),), 0))
