"""The check of graphs accepts legal ones and sees every planted fault."""

import dataclasses

import numpy as np
import pytest

from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.graph.verify import require_equal_graphs, verify_graph
from lightppl.errors import LightPPLError


@pytest.fixture
def legal():
    builder = GraphBuilder()
    x = builder.input((3,))
    data = builder.constant(np.arange(3.0))
    total = builder.make("sum", [builder.make("multiply", [x, data])], axes=(0,))
    return Graph((total,), builder.arrays)


def _replace(graph, changed_op, changes):
    """The graph with the node of one operation changed, and its users made anew."""
    new = {}
    for node in graph.nodes():
        inputs = tuple(new[x.index] for x in node.inputs)
        changed = dataclasses.replace(node, inputs=inputs)
        new[node.index] = dataclasses.replace(changed,
            **changes) if node.op == changed_op else changed
    return Graph(tuple(new[x.index] for x in graph.outputs), graph.arrays)


def test_legal_graphs_pass(legal):
    verify_graph(legal)


@pytest.mark.parametrize("op, changes, message", [
    ("multiply", {"op": "mystery"}, "Unknown operation"),
    ("multiply", {"shape": (4,)}, "should have shape"),
    ("sum", {"dtype": "int64"}, "should have shape and dtype"),
    ("sum", {"shape": (1,)}, "should have shape"),
    ("multiply", {"index": 99}, "made after it"),
    ("data", {"shape": (2,)}, "does not fit its array"),
])
def test_planted_faults_are_seen(legal, op, changes, message):
    with pytest.raises(LightPPLError, match=message):
        verify_graph(_replace(legal, op, changes))


def test_a_node_that_exists_twice_is_seen():
    builder = GraphBuilder()
    x = builder.input((3,))
    y = builder.make("exp", [x])
    twin = dataclasses.replace(y, index=7)
    total = builder.make("add", [y, twin])
    total = dataclasses.replace(total, index=9)
    with pytest.raises(LightPPLError, match="exists twice"):
        verify_graph(Graph((total,)))


def test_changed_values_are_seen():
    before = [np.array(2.0), np.array([1.0, np.nan, np.inf])]
    require_equal_graphs("nothing", before, [x.copy() for x in before])
    for after in ([before[0] * 1.001, before[1]], [before[0], np.array([1.0, 0.0, np.inf])]):
        with pytest.raises(LightPPLError, match="'fault' changed an output"):
            require_equal_graphs("fault", before, after)
