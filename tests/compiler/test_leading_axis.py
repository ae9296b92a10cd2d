"""The rule of each operation for a leading axis, on arrays and as nodes, is a loop over it."""

from itertools import product

import numpy as np
import pytest

from lightppl.compiler.graph import leading_axis
from lightppl.compiler.graph.evaluate import apply_operation, evaluate_graph
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.graph.leading_axis import has_rule, with_leading_axis
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, CONTROL_FLOW, ELEMENTWISE, LEAVES
from lightppl.compiler.graph.verify import verify_graph
from lightppl.compiler.record.record import record_value_and_gradient
from tests.autodiff.catalogue import ROWS

LENGTH = 3
COMPILED = [row for row in ROWS if row.is_compiled]
MATRIX = np.random.default_rng(1).normal(size=(3, 3)) + 3 * np.eye(3)


def recorded(row):
    """Return the graph of value and gradient, and the values of its nodes at some points."""
    with np.errstate(all="ignore"):
        graph = record_value_and_gradient(lambda q: np.sum(row.at(q)), row.point)
    points = row.point * np.linspace(0.98, 1.02, LENGTH)[:, None]
    values = [all_values(graph, q) for q in points]
    return graph, {k: [at_point[k] for at_point in values] for k in values[0]}


def all_values(graph, q):
    nodes = graph.nodes()
    found = evaluate_graph(Graph(tuple(nodes), graph.arrays), q)
    return dict(zip((node.index for node in nodes), found))


def one_by_one(node, rows, leads):
    """The slow twin: a loop over the axis."""
    found = []
    for k in range(LENGTH):
        arguments = [x[k] if is_leading else x[0] for x, is_leading in zip(rows, leads)]
        found.append(apply_operation(node.op, *arguments, **dict(node.attrs)))
    return np.stack(found)


def as_arrays(node, values, leads):
    return with_leading_axis(apply_operation, node, values, leads, LENGTH)


def as_nodes(node, values, leads):
    builder = GraphBuilder()

    def make(op, *inputs, **attrs):
        return builder.make(op, inputs, **attrs)

    inputs = [builder.data(np.array(x, order="C")) for x in values]
    found = with_leading_axis(make, node, inputs, leads, LENGTH)
    graph = Graph((found,), builder.arrays)
    verify_graph(graph)
    assert found.shape == (LENGTH, *node.shape)
    return evaluate_graph(graph, np.zeros(0))[0]


def check(node, rows):
    """Compare both uses of a rule with the loop, for all choices of inputs with the axis."""
    for leads in product((False, True), repeat=len(rows)):
        if not any(leads) or not has_rule(node, leads):
            continue
        expected = one_by_one(node, rows, leads)
        values = [np.stack(x) if is_leading else np.asarray(x[0])
                  for x, is_leading in zip(rows, leads)]
        scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=1.0)
        for way in (as_arrays, as_nodes):
            found = way(node, values, leads)
            assert found.shape == expected.shape, (node, leads)
            np.testing.assert_allclose(
                found, expected, rtol=1e-9, atol=1e-11 * scale, err_msg=f"{node} {leads}"
            )


def nodes_of(row):
    graph, values = recorded(row)
    for node in graph.nodes():
        if node.op not in (*LEAVES, *CONTROL_FLOW):
            yield node, [values[x.index] for x in node.inputs]


@pytest.mark.parametrize("row", COMPILED, ids=lambda row: row.name)
def test_rules_are_loops_over_the_axis(row):
    seen = set()
    for node, rows in nodes_of(row):
        if (node.op, node.attrs, tuple(x.shape for x in node.inputs)) not in seen:
            seen.add((node.op, node.attrs, tuple(x.shape for x in node.inputs)))
            check(node, rows)


def test_every_operation_has_a_rule():
    assert set(leading_axis._RULES) == set(ARRAY_OPERATIONS) - set(CONTROL_FLOW)
    assert not set(leading_axis._RULES) & set(ELEMENTWISE)


SHAPES = {
    "fixed matrix, columns": ("matmul", [(4, 3), (3, 1)], {}),
    "matrices": ("matmul", [(4, 3), (3, 2)], {}),
    "batch of matrices": ("matmul", [(3, 3), (5, 3, 2)], {}),
    "one matrix, many right sides": ("solve", [(3, 3), (5, 3, 2)], {}),
    "one triangle": ("solve_triangular", [(3, 3), (5, 3, 1)], {"lower": True, "trans": False}),
    "broadcast": ("add", [(3,), (4, 1, 3)], {}),
    "a number": ("multiply", [(), (2, 3)], {}),
    "stack": ("concatenate", [(2, 3), (2, 1)], {"axis": 1}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_of_inputs_may_differ(name):
    op, shapes, attrs = SHAPES[name]
    rng = np.random.default_rng(0)
    rows = [[_well_posed(rng, shape) for _ in range(LENGTH)] for shape in shapes]
    builder = GraphBuilder()
    node = builder.make(op, [builder.data(x[0]) for x in rows], **attrs)
    check(node, rows)


def _well_posed(rng, shape):
    return MATRIX + rng.normal(size=shape) / 10 if shape == (3, 3) else rng.normal(size=shape)


TABLES = {
    "one index": ([(5, 2), (4,)], {"axis": 0}, ((True, False), (False, True))),
    "along the last axis": ([(2, 5), (4,)], {"axis": 1}, ((True, False),)),
}


@pytest.mark.parametrize("name", TABLES)
def test_gathers(name):
    (shape, index), attrs, with_rule = TABLES[name]
    rng = np.random.default_rng(0)
    rows = [
        [rng.normal(size=shape) for _ in range(LENGTH)],
        [rng.integers(0, 5, size=index) for _ in range(LENGTH)],
    ]
    builder = GraphBuilder()
    node = builder.make("take", [builder.data(x[0]) for x in rows], **attrs)
    leads = product((False, True), repeat=2)
    assert {x for x in leads if any(x) and has_rule(node, x)} == set(with_rule)
    check(node, rows)


FAULTS = {
    "transpose": lambda its: its.done(*its.values, axes=(0, *range(its.node.ndim, 0, -1))),
    "sum": lambda its: its.make("max", *its.values, axes=tuple(k + 1 for k in its.node["axes"])),
    "solve": lambda its: its.done(*(
        v if leads else leading_axis.widened(its.make, v, (its.length, *v.shape))
        for v, leads in zip(its.values, its.leads)
    )),
    "take": lambda its: its.done(*its.values, axis=its.node["axis"] + 1 - its.leads[0]),
}


@pytest.mark.parametrize("op", FAULTS)
def test_planted_wrong_rules_are_seen(op, monkeypatch):
    monkeypatch.setitem(leading_axis._RULES, op, FAULTS[op])
    tests = {
        "transpose": lambda: _all_rows_with("transpose"),
        "sum": lambda: _all_rows_with("sum"),
        "solve": lambda: test_shapes_of_inputs_may_differ("one matrix, many right sides"),
        "take": lambda: test_gathers("along the last axis"),
    }
    with pytest.raises((AssertionError, ValueError, IndexError)):
        tests[op]()


def _all_rows_with(op):
    for row in COMPILED:
        for node, rows in nodes_of(row):
            if node.op == op:
                check(node, rows)
