"""Compiled loops and branches equal eager ones; no graph and no compile count grows with length."""

import numpy as np
import pytest

from lightppl.compiler.graph.batch import evaluate_batch
from lightppl.compiler.build import compile_counts
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_function, record_value_and_gradient
from lightppl.compiler.graph.verify import verify_graph
from lightppl.contrib.control_flow import cond, scan
from lightppl.density.potential import compile_objective
from lightppl.special import logsumexp
from tests.language.control_flow_cases import CASES


def _point(size, seed=1):
    return np.random.default_rng(seed).normal(size=size) / 2


@pytest.mark.parametrize("name", CASES)
def test_graphs_equal_eager(name):
    make, size = CASES[name]
    objective, q = make(scan, cond), _point(size)
    graph = record_value_and_gradient(objective, q)
    verify_graph(graph)
    smaller = optimize_graph(graph, lambda name, after: verify_graph(after))
    eager = compile_objective(objective, q, jit=False)
    for point in (q, _point(size, 2)):
        value, gradient = eager(point)
        for found in (graph, smaller):
            outputs = evaluate_graph(found, point)
            np.testing.assert_allclose(outputs[0], value, rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(outputs[1], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_compiled_equals_eager(name):
    make, size = CASES[name]
    objective = make(scan, cond)
    compiled = compile_objective(objective, _point(size))
    eager = compile_objective(objective, _point(size), jit=False)
    for seed in (1, 2, 3):
        value, gradient = eager(_point(size, seed))
        found, found_gradient = compiled(_point(size, seed))
        np.testing.assert_allclose(found, value, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(found_gradient, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_batches_equal_single_points(name):
    make, size = CASES[name]
    objective = make(scan, cond)
    graph, _ = record_function(lambda q: {"total": objective(q)}, _point(size))
    points = np.stack([_point(size, seed) for seed in range(5)])
    (found,) = evaluate_batch(graph, points)
    np.testing.assert_allclose(found, [objective(q) for q in points], rtol=1e-11, atol=1e-12)


def _chain(length):
    xs = np.random.default_rng(length).normal(size=length)

    def total(q):
        def step(x, e):
            x = np.tanh(q[0] * x + e)
            return x, x * np.exp(q[1])

        return np.sum(scan(step, q[2], xs)[1])

    return total


def test_graphs_do_not_grow_with_the_length():
    sizes = [len(record_value_and_gradient(_chain(n), np.ones(3)).nodes()) for n in (20, 2000)]
    assert sizes[0] == sizes[1] < 100


def test_another_length_compiles_nothing():
    compile_objective(_chain(40), np.ones(3))
    before = compile_counts()
    for length in (41, 333):
        q = _point(3)
        found = compile_objective(_chain(length), q)(q)
        expected = compile_objective(_chain(length), q, jit=False)(q)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-11)
    assert compile_counts() == before


@pytest.mark.parametrize("num_states", [2, 3, 4, 5])
@pytest.mark.parametrize("reverse", [False, True])
def test_short_states_equal_eager(num_states, reverse):
    """A state that is handed on in variables, and one that is not; some transitions never occur."""
    rng = np.random.default_rng(num_states)
    start = np.where(np.arange(num_states) == 1, -np.inf, 0.0)
    emission = rng.normal(size=(6, num_states)) * 300
    barred = np.zeros((num_states, num_states))
    barred[0, 1:] = -np.inf

    def objective(q):
        transition = q.reshape(num_states, num_states) + barred

        def step(carry, x):
            moved = logsumexp(carry[:, None] + transition, axis=0)
            return moved + x, carry[0] * 0.5

        final, first = scan(step, start, emission, reverse=reverse)
        return logsumexp(final) + np.sum(first)

    q = _point(num_states**2)
    compiled = compile_objective(objective, q)
    eager = compile_objective(objective, q, jit=False)
    for point in (q, _point(q.size, 2), 700 * _point(q.size, 3)):
        value, gradient = eager(point)
        assert np.isfinite(value)
        found_value, found_gradient = compiled(point)
        np.testing.assert_allclose(found_value, value, rtol=1e-10)
        np.testing.assert_allclose(found_gradient, gradient, rtol=1e-10, atol=1e-10)
