"""`build_tree` grows what the compiled sampler grows, from the same random numbers."""

import numpy as np
import pytest

from lightppl.infer.hmc_util import (
    IntegratorState, build_tree, euclidean_kinetic_energy, velocity_verlet,
)
from lightppl.kernels.metric import as_dense
from lightppl.kernels.target import make_target
from lightppl.kernels.trajectory import SAMPLE, make_tree
from tests.kernels import calls
from tests.kernels.test_trajectory import MAX_DEPTH, random_case


def exact_update(potential, matrix):
    """Velocity Verlet of a potential whose gradient is known."""

    def move(step_size, inverse_mass_matrix, state):
        p = state.r - 0.5 * step_size * state.z_grad
        q = state.z + step_size * (matrix @ p)
        grad = potential.gradient(q)
        return IntegratorState(q, p - 0.5 * step_size * grad, potential.energy(q), grad)

    return move


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_trajectories_and_picks_are_those_of_the_kernel():
    depths, num_diverging = set(), 0
    for seed in range(150):
        potential, metric, q, p, step_size, _ = random_case(seed)
        tree = make_tree(q, MAX_DEPTH)
        tree.points[SAMPLE, len(q) : 2 * len(q)] = p
        rng = np.random.default_rng(seed)
        directions = calls.directions_of(rng, MAX_DEPTH)
        info = calls.grow(
            tree, make_target(potential), metric, rng, step_size, MAX_DEPTH, directions
        )
        matrix = as_dense(metric)
        found = build_tree(
            exact_update(potential, matrix), euclidean_kinetic_energy,
            IntegratorState(q, p, potential.energy(q), potential.gradient(q)),
            matrix, step_size, np.random.default_rng(seed), max_tree_depth=MAX_DEPTH,
        )  # fmt: skip
        assert found.num_proposals == info.num_steps, seed
        assert found.diverging == info.diverging, seed
        mean = found.sum_accept_probs / found.num_proposals
        assert mean == pytest.approx(info.accept_prob, abs=1e-9), seed
        np.testing.assert_allclose(found.z_proposal, tree.points[SAMPLE, : len(q)], atol=1e-8)
        assert found.z_proposal_energy == pytest.approx(info.H)
        depths.add(found.depth)
        num_diverging += found.diverging
    assert {1, 2, 3, 4, 5, 6} <= depths and num_diverging > 3


def start_of(q, p):
    start, move = velocity_verlet(lambda z: 0.5 * np.sum(z**2), euclidean_kinetic_energy)
    return move, start(np.asarray(q), np.asarray(p))


def test_a_full_tree_reports_its_ends_sums_and_weights():
    move, state = start_of([1.0, 2.0], [0.5, -0.3])
    found = build_tree(move, euclidean_kinetic_energy, state, np.ones(2), 0.01, 3, max_tree_depth=3)
    assert (found.depth, found.num_proposals) == (3, 7)
    assert not found.turning and not found.diverging
    points = [IntegratorState(found.z_left, found.r_left, 0.0, found.z_left_grad)]
    for _ in range(7):
        points.append(move(0.01, np.ones(2), points[-1]))
    np.testing.assert_allclose(points[-1].z, found.z_right, rtol=1e-12)
    np.testing.assert_allclose(points[-1].r, found.r_right, rtol=1e-12)
    np.testing.assert_allclose(sum(point.r for point in points), found.r_sum, rtol=1e-12)
    H0 = 0.5 * (state.z @ state.z + state.r @ state.r)
    energies = [0.5 * (x.z @ x.z + x.r @ x.r) for x in points]
    assert found.weight == pytest.approx(np.log(np.sum(np.exp(H0 - np.array(energies)))))
    assert any(np.allclose(found.z_proposal, point.z) for point in points)
    assert found.z_proposal_pe == pytest.approx(0.5 * found.z_proposal @ found.z_proposal)


def test_a_step_that_is_far_too_long_diverges_and_stays():
    move, state = start_of([1.0, 2.0], [0.5, -0.3])
    found = build_tree(move, euclidean_kinetic_energy, state, np.ones(2), 100.0, 0)
    assert found.diverging and (found.depth, found.num_proposals) == (1, 1)
    assert found.z_proposal is state.z and found.sum_accept_probs == 0.0 and found.weight == 0.0


def test_the_first_of_two_depths_and_the_threshold_of_divergence_count():
    move, state = start_of([1.0, 2.0], [0.5, -0.3])
    options = [move, euclidean_kinetic_energy, state, np.ones(2), 0.01, 0]
    assert build_tree(*options, max_tree_depth=(2, 10)).num_proposals == 3
    assert build_tree(*options, max_delta_energy=-1.0).diverging
