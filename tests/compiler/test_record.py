"""Recording: the graph is the function and autograd's gradient of it, and leaves nothing behind."""

import threading

import numpy as np
import pytest
from autograd.tracer import trace_stack

from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.record.record import record_function, record_value_and_gradient
from lightppl.compiler.graph.verify import verify_graph
from lightppl.errors import UnsupportedOperationError

Q = np.array([0.3, -1.2, 0.8, 2.0])
DATA = np.linspace(-1.0, 1.0, 12).reshape(3, 4)


def objective(q):
    eta = DATA @ q
    return np.sum(np.logaddexp(0.0, eta)) + np.sum(q[1:] ** 2) / np.exp(q[0])


def test_the_graph_gives_value_and_gradient_anywhere():
    graph = record_value_and_gradient(objective, Q)
    verify_graph(graph)
    for q in (Q, 2.0 * Q, Q[::-1]):
        value, gradient = evaluate_graph(graph, q)
        expected, expected_gradient = value_and_gradient(objective, q)
        np.testing.assert_allclose(value, expected, rtol=1e-13)
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12)


def test_every_node_knows_the_line_it_comes_from():
    graph = record_value_and_gradient(objective, Q)
    located = [node for node in graph.nodes() if node.location]
    assert any("test_record.py" in node.location for node in located)


@pytest.mark.parametrize("fun", [
    lambda q: 3.0, lambda q: np.sum(np.floor(q)), lambda q: np.sum(DATA), lambda q: q[0] * 0.0,
])
def test_values_without_gradient(fun):
    value, gradient = evaluate_graph(record_value_and_gradient(fun, Q), Q)
    np.testing.assert_allclose(value, fun(Q))
    np.testing.assert_array_equal(gradient, np.zeros(4))


def test_several_outputs_without_gradient():
    graph, names = record_function(lambda q: {"a": np.exp(q), "b": q[0] > 0, "c": 5.0}, Q)
    assert names == ["a", "b", "c"]
    a, b, c = evaluate_graph(graph, Q)
    np.testing.assert_array_equal(a, np.exp(Q))
    assert b and c == 5.0


def test_an_exception_leaves_the_counter_and_the_lock_as_they_were():
    before = trace_stack.top

    def failing(q):
        np.exp(q)
        raise RuntimeError("the user's")

    with pytest.raises(RuntimeError):
        record_value_and_gradient(failing, Q)
    with pytest.raises(UnsupportedOperationError):
        record_value_and_gradient(lambda q: np.sum(np.linalg.eigvals(np.outer(q, q))), Q)
    assert trace_stack.top == before
    found = []
    other = threading.Thread(target=lambda: found.append(record_value_and_gradient(objective, Q)))
    other.start()
    other.join(timeout=20.0)
    assert found


def test_threads_record_independently():
    graphs, errors = {}, []

    def work(k):
        def fun(q):
            total = 0.0
            for _ in range(10):
                total = total + np.sum(np.sin(q * (k + 1)))
            return total

        try:
            for _ in range(5):
                graphs[k] = record_value_and_gradient(fun, Q)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for k, graph in graphs.items():
        value, _ = evaluate_graph(graph, Q)
        np.testing.assert_allclose(value, 10.0 * np.sum(np.sin(Q * (k + 1))))


def test_recording_inside_a_differentiation_does_not_mix():
    def outer(q):
        value, _ = evaluate_graph(record_value_and_gradient(objective, Q), Q)
        return np.sum(q) * value

    value, gradient = value_and_gradient(outer, Q)
    np.testing.assert_allclose(gradient, np.full(4, objective(Q)))


def test_stopped_gradients_keep_values():
    from lightppl.special import stop_gradient

    graph = record_value_and_gradient(lambda q: np.sum(q * stop_gradient(np.exp(q))), Q)
    value, gradient = evaluate_graph(graph, Q)
    np.testing.assert_allclose(value, np.sum(Q * np.exp(Q)))
    np.testing.assert_allclose(gradient, np.exp(Q))
