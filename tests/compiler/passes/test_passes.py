"""Passes keep the meaning of graphs: random programs, and planted faults that must be seen."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler.evaluate import evaluate_graph
from lightppl.compiler.passes import MAX_SWEEPS, SIMPLIFY, optimize_graph
from lightppl.compiler.passes.rewriting import rewrite
from lightppl.compiler.record import record_value_and_gradient
from lightppl.compiler.verify import require_equal_graphs, verify_graph
from lightppl.errors import LightPPLError
from tests.compiler.programs import OTHER_Q, Q, program, random_steps, steps


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps(max_size=30))
def test_random_programs_keep_value_and_gradient(found):
    fun = program(found)
    graph = record_value_and_gradient(fun, Q)
    verify_graph(graph)
    for q in (Q, OTHER_Q):
        value, gradient = evaluate_graph(graph, q)
        expected, expected_gradient = value_and_gradient(fun, q)
        np.testing.assert_allclose(value, expected, rtol=1e-11)
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-11)
    before = evaluate_graph(graph, OTHER_Q)

    def check(name, after):
        verify_graph(after)
        require_equal_graphs(name, before, evaluate_graph(after, OTHER_Q))

    optimize_graph(graph, check)


@pytest.mark.parametrize("seed", range(20))
def test_each_sweep_keeps_value_and_gradient(seed):
    graph = record_value_and_gradient(program(random_steps(seed, 30)), Q)
    before = evaluate_graph(graph, OTHER_Q)
    for _ in range(MAX_SWEEPS):
        graph = rewrite(graph, SIMPLIFY)
        verify_graph(graph)
        require_equal_graphs("sweep", before, evaluate_graph(graph, OTHER_Q))


def test_passes_make_graphs_smaller():
    sizes = []
    for seed in range(10):
        graph = record_value_and_gradient(program(random_steps(seed, 30)), Q)
        sizes.append((len(graph.nodes()), len(optimize_graph(graph).nodes())))
    assert all(after <= before for before, after in sizes)
    assert sum(after for _, after in sizes) < 0.85 * sum(before for before, _ in sizes)


def _double_is_a_little_more(r, inputs, attrs):
    a, b = inputs
    return r.make("multiply", r.number(2.001), a) if a is b else None


def _lost_sign(r, inputs, attrs):
    return inputs[0] if inputs[0].op == "multiply" else None


def _nearly_the_sum(r, inputs, attrs):
    if inputs[0].op != "tanh":
        return None
    return r.make("multiply", r.number(0.999), r.make_plain("sum", *inputs, **attrs))


def _squares_keep_their_sign(r, inputs, attrs):
    (x,) = inputs
    return r.make("multiply", x, r.make("absolute", x)) if x.op == "input" else None


def _block_at_the_start(r, inputs, attrs):
    starts = tuple(0 for _ in attrs["starts"])
    return None if starts == attrs["starts"] else r.make("place", *inputs,
        **{**attrs, "starts": starts})


def _never_below(r, inputs, attrs):
    condition, x, y = inputs
    return x if x.shape == y.shape == condition.shape and x.dtype == y.dtype else None


def _minus_the_wrong_way(r, inputs, attrs):
    a, b = inputs
    is_plain = a.shape == b.shape and "literal" not in (a.op, b.op) and a.index > b.index
    return r.make_plain("subtract", b, a) if is_plain else None


FAULTS = {
    "add": _double_is_a_little_more,
    "negative": _lost_sign,
    "sum": _nearly_the_sum,
    "square": _squares_keep_their_sign,
    "place": _block_at_the_start,
    "where": _never_below,
    "subtract": _minus_the_wrong_way,
}


@pytest.mark.parametrize("op", FAULTS)
def test_planted_wrong_rules_are_seen(op):
    rules = {**SIMPLIFY, op: [FAULTS[op], *SIMPLIFY.get(op, [])]}
    for seed in range(40):
        graph = record_value_and_gradient(program(random_steps(seed, 20)), Q)
        before = evaluate_graph(graph, OTHER_Q)
        try:
            require_equal_graphs(op, before, evaluate_graph(rewrite(graph, rules), OTHER_Q))
        except LightPPLError:
            return
    pytest.fail(f"a wrong rule for {op} went unnoticed")
