"""Passes keep the meaning of graphs: random programs, and planted faults that must be seen."""

from itertools import product

import numpy as np
import pytest

from lightppl.compiler import passes
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import MAX_SWEEPS, PASSES, SIMPLIFY, SWEEP, algebra, optimize_graph
from lightppl.compiler.passes.blocks import merge_blocks
from lightppl.compiler.passes.rewriting import rewrite
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.graph.verify import require_equal_graphs, verify_graph
from lightppl.contrib.control_flow import cond, scan
from lightppl.errors import LightPPLError
from tests.fuzz.programs import KINDS, random_program

SERIES = np.random.default_rng(0).normal(size=21)


def recorded(kind, seed):
    """Return the graph of a random program, and a point elsewhere than where it was recorded."""
    random = random_program(kind, seed)
    first, _, elsewhere, _ = random.points()
    return record_value_and_gradient(random.function(), first), elsewhere


@pytest.mark.parametrize("kind", KINDS)
def test_each_pass_keeps_value_and_gradient(kind):
    for seed in range(100, 106):
        graph, q = recorded(kind, seed)
        verify_graph(graph)
        before = evaluate_graph(graph, q)

        def check(name, after, before=before, q=q):
            verify_graph(after)
            require_equal_graphs(name, before, evaluate_graph(after, q))

        optimize_graph(graph, check)


@pytest.mark.parametrize("kind", KINDS)
def test_each_sweep_keeps_value_and_gradient(kind):
    for seed in range(106, 109):
        graph, q = recorded(kind, seed)
        before = evaluate_graph(graph, q)
        for _ in range(MAX_SWEEPS):
            graph = rewrite(graph, SIMPLIFY)
            verify_graph(graph)
            require_equal_graphs("sweep", before, evaluate_graph(graph, q))


@pytest.mark.parametrize("kind", KINDS)
def test_each_part_of_a_sweep_keeps_value_and_gradient_by_itself(kind):
    for seed in range(100, 103):
        graph, q = recorded(kind, seed)
        before = evaluate_graph(graph, q)
        for part in SWEEP.parts:
            after = part.run(graph)
            verify_graph(after)
            require_equal_graphs(part.name, before, evaluate_graph(after, q))


def test_the_parts_are_all_rules_of_a_sweep():
    *tables, last = SWEEP.parts
    assert last.run is merge_blocks
    tables = [table.run.keywords["rules"] for table in tables]
    for op, rules in SIMPLIFY.items():
        assert rules == [rule for table in tables for rule in table.get(op, ())]


def test_passes_say_what_they_do():
    text = "\n".join(map(str, PASSES))
    for each in (*PASSES, *SWEEP.parts):
        assert f"{each.name}: " in text and each.does.endswith(".")


def test_passes_make_graphs_smaller():
    """All but the last, which writes compact names out."""
    sizes = []
    for kind in KINDS:
        graph, _ = recorded(kind, 100)
        made = {}
        optimize_graph(graph, made.__setitem__)
        sizes.append((len(graph.nodes()), len(made["loops"].nodes())))
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
    kinds = ("elementwise", "movement", "reduction", "indexing")
    for kind, seed in product(kinds, range(100, 110)):
        graph, q = recorded(kind, seed)
        before = evaluate_graph(graph, q)
        try:
            require_equal_graphs(op, before, evaluate_graph(rewrite(graph, rules), q))
        except (LightPPLError, IndexError):  # a gather by a wrong index may also raise
            return
    pytest.fail(f"a wrong rule for {op} went unnoticed")


def _loop(q):
    def step(carry, x):
        return np.tanh(q[0] * carry + x) - 0.1, carry * np.exp(0.1 * q[1]) - x

    last, ys = scan(step, q[2], SERIES)
    return last + np.sum(ys * SERIES)


def _branch(q):
    total = np.sum(q)
    return cond(total > 0.0, lambda x: np.tanh(x) - 0.2 * q[0], lambda x: x * q[1], total)


BODIES = {"loop": _loop, "branch": _branch}


@pytest.mark.parametrize("name", BODIES)
def test_passes_over_bodies_are_checked_when_they_are_recorded(name, monkeypatch):
    """A wrong body is what is recorded, so that no comparison with the recorded graph sees it."""
    q = np.array([0.3, 0.4, 0.5])
    graph = record_value_and_gradient(BODIES[name], q)
    for rules in (SIMPLIFY, algebra.RULES):
        monkeypatch.setitem(rules, "subtract", [_a_little_less, *rules["subtract"]])
    wrong = record_value_and_gradient(BODIES[name], q)
    assert not np.allclose(evaluate_graph(graph, q)[0], evaluate_graph(wrong, q)[0], rtol=1e-5)
    monkeypatch.setenv("LIGHTPPL_DEBUG", "4")
    with pytest.raises(LightPPLError, match="'simplify: algebra of a body' changed an output"):
        record_value_and_gradient(BODIES[name], q)


def _a_little_less(r, inputs, attrs):
    if not r.is_body or inputs[0].op != "tanh":
        return None
    return r.make("multiply", r.number(0.999), r.make_plain("subtract", *inputs))


@pytest.mark.parametrize("name", BODIES)
def test_illegal_bodies_are_seen(name, monkeypatch):
    monkeypatch.setenv("LIGHTPPL_DEBUG", "1")
    monkeypatch.setitem(SIMPLIFY, "tanh", [lambda r, inputs, attrs: _mistyped(r, *inputs)])
    with pytest.raises(LightPPLError, match="should have shape and dtype"):
        record_value_and_gradient(BODIES[name], np.array([0.3, 0.4, 0.5]))


def _mistyped(r, x):
    return r.builder.intern("tanh", (x,), {}, (2, *x.shape), "float64") if r.is_body else None


def test_random_bodies_pass_the_checks(monkeypatch):
    graphs = []
    monkeypatch.setenv("LIGHTPPL_DEBUG", "4")
    monkeypatch.setattr(passes, "check_body", _counted(passes.check_body, graphs))
    for kind, seed in product(("loops", "models"), range(109, 116)):
        optimize_graph(recorded(kind, seed)[0])
    assert len(graphs) > 50


def _counted(function, calls):
    def call(*args):
        calls.append(args)
        return function(*args)

    return call
