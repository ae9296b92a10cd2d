"""Division by what varies less: once a number, not once an element."""

import numpy as np
import pytest

from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient

DATA = np.array([[0.0, 1.5, -2.0], [3.0, np.inf, 1e-300]])


def graph_of(fun, q):
    return optimize_graph(record_value_and_gradient(fun, np.asarray(q, dtype=float)))


def test_data_over_a_number_are_multiplied_by_its_reciprocal():
    graph = graph_of(lambda q: np.sum(np.tanh(np.arange(6.0) / q[0] ** 2)), [0.7])
    assert all(node.size == 1 for node in graph.nodes() if node.op == "divide")


@pytest.mark.parametrize("q", [0.7, -3.0, 0.0, -0.0, np.inf, -np.inf, np.nan])
def test_infinities_and_zeros_stay_what_they_are(q):
    fun = lambda x: np.sum(np.where(np.isnan(DATA / x[0]), 5.0, np.arctan(DATA / x[0])))
    with np.errstate(all="ignore"):
        found, _ = evaluate_graph(graph_of(fun, [0.5]), np.array([q]))
        np.testing.assert_allclose(found, fun(np.array([q])), rtol=1e-14)


@pytest.mark.parametrize("is_left", [True, False])
def test_a_quotient_by_an_exponential_cancels(is_left):
    def fun(q):
        scale = np.exp(q)
        quotient = np.array([1.0, 2.0]) / scale
        rest = np.sin(q)
        return np.sum(scale * (quotient - rest if is_left else rest - quotient))

    q = np.array([0.3, -0.4])
    graph, sign = graph_of(fun, q), 1.0 if is_left else -1.0
    scale = np.exp(q)
    value, gradient = evaluate_graph(graph, q)
    np.testing.assert_allclose(value, sign * np.sum([1.0, 2.0] - scale * np.sin(q)), rtol=1e-14)
    np.testing.assert_allclose(gradient, -sign * scale * (np.sin(q) + np.cos(q)), rtol=1e-13)
    with np.errstate(all="ignore"):
        assert evaluate_graph(graph, np.full(2, -800.0))[0] == 3.0 * sign
