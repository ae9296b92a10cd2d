"""Loops that are taken apart have the values and gradients of whole ones: on random bodies too."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lightppl import special
from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.graph.verify import verify_graph
from lightppl.contrib.control_flow import scan
from lightppl.density.potential import compile_objective
from tests.reference import control_flow as plain

LENGTH = 21
SERIES = np.random.default_rng(0).normal(size=LENGTH)
ROWS = np.random.default_rng(1).normal(size=(LENGTH, 20))
MATRIX = np.random.default_rng(2).normal(size=(20, 20)) / 4

UNARY = {
    "tanh": np.tanh,
    "sin": np.sin,
    "bounded exp": lambda x: np.exp(-(x**2)),
    "expit": special.expit,
    "half": lambda x: 0.5 * x,
    "sqrt": lambda x: np.sqrt(1.0 + x**2),
    "sum": lambda x: np.sum(x) * 0.3 + 0.0 * x,
    "running": lambda x: np.cumsum(x) * 0.3 if np.ndim(x) else x,
    "reversed": lambda x: x[::-1] if np.ndim(x) else x,
    "matrix": lambda x: MATRIX[: len(x), : len(x)] @ x if np.ndim(x) else x,
    "first": lambda x: x[0] if np.ndim(x) else x,
    "stack": lambda x: np.concatenate([x[1:], np.sum(x)[None]]) * 0.4 if np.ndim(x) else x,
}
BINARY = {
    "add": lambda x, y: x + y,
    "multiply": lambda x, y: np.tanh(x) * y,
    "where": lambda x, y: np.where(x > 0.1, x, 0.5 * y),
    "outer": lambda x, y: np.outer(x, y).sum(1) * 0.2 if np.ndim(x) * np.ndim(y) else x - y,
    "maximum": np.maximum,
}


@st.composite
def expressions(draw, depth=3):
    """Return a function of a dict of values: a random expression of a few operations."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        name = draw(st.sampled_from(["a", "v", "x", "row", "q0", "q1", "qv"]))
        return lambda values: values[name]
    if draw(st.booleans()):
        fun = UNARY[draw(st.sampled_from(sorted(UNARY)))]
        inner = draw(expressions(depth=depth - 1))
        return lambda values: fun(inner(values))
    fun = BINARY[draw(st.sampled_from(sorted(BINARY)))]
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    return lambda values: fun(left(values), right(values))


@st.composite
def objectives(draw):
    """Return ``make(scan)``: a function of q with a loop whose body is random."""
    new_a, new_v, sums, y, z = (draw(expressions()) for _ in range(5))
    is_reverse, reads = draw(st.booleans()), draw(st.integers(0, 3))
    n = draw(st.sampled_from([3, 20]))

    def make(scan):
        def total(q):
            def step(carry, xs):
                a, v, sums_so_far, count = carry
                x, row = xs
                values = {
                    "a": a, "v": v, "x": x, "row": row, "q0": q[0], "q1": q[1], "qv": q[3 : 3 + n]
                }
                carry = (
                    0.5 * np.mean(new_a(values)),
                    0.5 * new_v(values) + np.zeros(n),
                    sums_so_far + np.mean(sums(values)),
                    count + 1,
                )
                return carry, (np.mean(y(values)), z(values) + np.zeros(n))

            init = (q[2], q[23 : 23 + n], 0.1, 0)
            carry, (ys, zs) = scan(step, init, (SERIES, ROWS[:, :n]), reverse=is_reverse)
            total = carry[2] * 0.2 + carry[0] + np.sum(ys * SERIES)
            total = total + (np.sum(carry[1]) * carry[3] if reads & 1 else 0.0)
            return total + (np.sum(zs[3:] ** 2) * 0.1 if reads & 2 else 0.0)

        return total

    return make


def check(make, found_at):
    q = np.random.default_rng(7).normal(size=43) / 2
    value, gradient = value_and_gradient(make(plain.scan), q)
    found, found_gradient = found_at(make(scan), q)
    scale = 1.0 + abs(gradient).max()
    np.testing.assert_allclose(found, value, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found_gradient, gradient, rtol=1e-9, atol=1e-10 * scale)


def by_interpreter(objective, q):
    graph = record_value_and_gradient(objective, q)
    verify_graph(graph)
    return evaluate_graph(optimize_graph(graph, lambda name, after: verify_graph(after)), q)


SETTINGS = dict(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@settings(max_examples=60, **SETTINGS)
@given(objectives())
def test_random_loops_after_the_passes(make):
    check(make, by_interpreter)


@settings(max_examples=12, **SETTINGS)
@given(objectives())
def test_random_loops_compiled(make):
    check(make, lambda objective, q: compile_objective(objective, q)(q))


def bodies(objective, q):
    graph = optimize_graph(record_value_and_gradient(objective, q))
    return [node["body"] for node in graph.nodes() if node.op == "scan"]


def test_a_volatility_model_keeps_two_short_recurrences():
    def total(q):
        def step(v, y):
            return q[0] + q[1] * v + q[2] * y**2, -0.5 * (np.log(v) + (y - q[3]) ** 2 / v)

        return np.sum(scan(step, np.float64(1.0), SERIES)[1])

    forward, backward = bodies(total, np.array([0.2, 0.5, 0.1, 0.0]))
    for body in (forward, backward):
        assert len(body.graph.outputs) == 1
        assert {"log", "divide", "sqrt"}.isdisjoint(node.op for node in body.nodes)
    assert len(backward.nodes) <= 5


def test_a_sum_over_time_needs_no_loop():
    def total(q):
        return scan(lambda c, x: (c + np.sin(q[0] * x), None), 0.0, SERIES)[0]

    assert bodies(total, np.ones(1)) == []


def test_what_nobody_reads_is_dropped():
    def total(q):
        def step(carry, x):
            a, b = carry
            return (np.tanh(a + q[0] * x), b * np.exp(b)), np.exp(a * 3.0)

        return scan(step, (0.1, 0.2), SERIES)[0][0]

    forward, backward = bodies(total, np.ones(1))
    assert "exp" not in {node.op for node in forward.nodes}
    assert len(forward.graph.outputs) == 1


@pytest.mark.parametrize("length", [1, 2, 5])
def test_short_loops(length):
    def make(scan):
        def total(q):
            def step(c, x):
                return np.tanh(c * q[0] + x), c * x

            last, ys = scan(step, q[1], SERIES[:length])
            return last + np.sum(ys)

        return total

    q = np.array([0.3, 0.7])
    value, gradient = value_and_gradient(make(plain.scan), q)
    found, found_gradient = compile_objective(make(scan), q)(q)
    np.testing.assert_allclose(found, value, rtol=1e-12)
    np.testing.assert_allclose(found_gradient, gradient, rtol=1e-11)
