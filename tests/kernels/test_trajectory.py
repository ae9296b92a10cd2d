"""Iterative NUTS against its recursive twin, and its few formulas at the edges."""

import numpy as np
import pytest

from lightppl.kernels.metric import as_dense, make_metric
from lightppl.kernels.target import make_target
from lightppl.kernels.trajectory import SAMPLE, make_tree
from tests.kernels import calls, potentials
from tests.kernels.random_metric import KINDS, random_metric
from tests.reference import nuts as reference

MAX_DEPTH = 6


def random_case(seed):
    """A potential, a metric, a start, a step size and directions, all from one seed."""
    rng = np.random.default_rng(seed)
    kind = seed % 3
    if kind == 0:
        factor = rng.normal(size=(3, 3))
        potential = potentials.gaussian(factor @ factor.T + 0.3 * np.eye(3))
    elif kind == 1:
        potential = potentials.log_gamma(rng.uniform(0.5, 5.0, size=3))
    else:
        potential = potentials.quartic(rng.uniform(0.0, 2.0))
    size = potential.size
    metric = random_metric(rng, size, KINDS[seed // 3 % len(KINDS)])
    step_size = np.exp(rng.uniform(np.log(0.02), np.log(1.5)))
    q, p = 2.0 * rng.normal(size=(2, size))
    return potential, metric, q, p, step_size, int(rng.integers(2**MAX_DEPTH))


def run_both(seed):
    potential, metric, q, p, step_size, directions = random_case(seed)
    tree = make_tree(q, MAX_DEPTH)
    size = potential.size
    tree.points[SAMPLE, size : 2 * size] = p
    rng = np.random.default_rng(seed + 1000)
    info = calls.grow(
        tree, make_target(potential), metric, rng, step_size, MAX_DEPTH, directions
    )
    hamiltonian = reference.Hamiltonian(potential.energy, potential.gradient, as_dense(metric))
    uniforms = iter(np.random.default_rng(seed + 1000).random, None)
    bits = [bool(directions >> k & 1) for k in range(MAX_DEPTH)]
    outcome = reference.nuts_trajectory(
        hamiltonian, hamiltonian.point(q, p), step_size, bits, uniforms
    )
    return info, tree.points[SAMPLE, :size], outcome


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_iterative_and_recursive_nuts_agree_on_random_cases():
    depths, divergences = set(), 0
    for seed in range(300):
        info, q, outcome = run_both(seed)
        assert info.num_steps == outcome.num_steps, seed
        assert info.num_doublings == outcome.depth, seed
        assert info.diverging == outcome.diverging, seed
        assert info.accept_prob == pytest.approx(outcome.accept_prob, rel=1e-9, abs=1e-12), seed
        np.testing.assert_allclose(q, outcome.point.q, rtol=1e-8, atol=1e-9, err_msg=str(seed))
        assert info.U == pytest.approx(outcome.point.potential, rel=1e-9, abs=1e-9)
        assert info.H == pytest.approx(outcome.point.total, rel=1e-9, abs=1e-9)
        depths.add(info.num_doublings)
        divergences += info.diverging
    assert depths >= {1, 2, 3, 4, 5, 6}, "the cases must cover many depths"
    assert divergences > 3, "and divergences"


def test_the_tree_keeps_no_more_spans_than_its_depth():
    """The stack is written only inside its array: a guard row after it stays as it was."""
    tree = make_tree(np.array([0.1, 0.2, 0.3]), 5)
    tree.points[SAMPLE, 3:6] = [1e-3, 2e-3, 0.0]
    guarded = np.full((tree.spans.shape[0] + 1, 5, 3), 7.0)
    tree = tree._replace(spans=guarded[:-1])
    target = make_target(potentials.gaussian(np.eye(3) * 1e-6))
    info = calls.grow(tree, target, make_metric(3), np.random.default_rng(0), 0.1, 5, 0b10110)
    assert info.num_doublings == 5 and info.num_steps == 31
    assert np.all(guarded[-1] == 7.0)


def test_divergence_is_an_energy_error_above_1000_or_not_finite():
    verdicts = [calls.is_divergent(x) for x in (0.0, 1000.0, 1000.1, np.nan, np.inf, -np.inf, -1e5)]
    assert verdicts == [False, False, True, True, True, True, False]


def test_metropolis_probability_at_the_edges():
    found = [calls.metropolis_prob(x) for x in (-3.0, 0.0, 1.0, np.inf, np.nan)]
    np.testing.assert_allclose(found, [1.0, 1.0, np.exp(-1.0), 0.0, 0.0])


def test_weights_neither_overflow_nor_lose_small_values():
    found = [calls.weight_of(x) for x in (-1e5, -500.0, -2.0, 0.0, 700.0, 1000.0)]
    expected = [np.exp(500.0), np.exp(500.0), np.exp(2.0), 1.0, np.exp(-700.0), 0.0]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_a_subtree_without_weight_is_never_chosen():
    """Energies 800 above the start: no divergence, and all weights underflow to zero."""
    tree = make_tree(np.array([0.0, 0.0]), 1)
    tree.points[SAMPLE, 2:4] = [1.0, 0.0]
    target = make_target(potentials.gaussian(np.eye(2)))
    for seed in range(50):
        info = calls.grow(tree, target, make_metric(2), np.random.default_rng(seed), 9.0, 1, 1)
        assert info.num_steps == 1 and not info.diverging
        np.testing.assert_array_equal(tree.points[SAMPLE, :2], 0.0)


def test_directions_are_fair_coins():
    rng = np.random.default_rng(3)
    numbers = np.array([calls.directions_of(rng, 10) for _ in range(4000)])
    assert numbers.min() >= 0 and numbers.max() < 1024
    shares = [(numbers >> k & 1).mean() for k in range(10)]
    assert np.max(np.abs(np.array(shares) - 0.5)) < 5 * 0.5 / np.sqrt(4000)
