"""Compiled value and gradient equal eager autograd's, for every function of the catalogue."""

from functools import partial

import numpy as np
import pytest

from lightppl.compiler.write.program import emit_program
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.graph.verify import verify_graph
from lightppl.density.potential import compile_objective
from tests.autodiff.catalogue import ROWS
from tests.compiler.objectives import joined_objective, split_by_row

COMPILED = [row for row in ROWS if row.is_compiled]
NUM_BATCHES = 12


@pytest.mark.parametrize("batch", range(NUM_BATCHES))
def test_compiled_equals_eager(batch, rows_with_news):
    rows = rows_with_news[batch::NUM_BATCHES]
    objective, q = joined_objective(rows)
    value, gradient = compile_objective(objective, q)(q)
    expected, expected_gradient = compile_objective(objective, q, jit=False)(q)
    differing = different_rows(rows, gradient, expected_gradient)
    assert not differing
    np.testing.assert_allclose(value, expected, rtol=1e-10)


@pytest.mark.parametrize("row", COMPILED, ids=lambda row: row.name)
def test_graphs_equal_eager(row):
    objective, q = joined_objective([row])
    eager = compile_objective(objective, q, jit=False)
    graph = record_value_and_gradient(objective, q)
    verify_graph(graph)
    smaller = optimize_graph(graph, lambda name, after: verify_graph(after))
    ways = {
        "recorded": partial(evaluate_graph, graph),
        "optimized": partial(evaluate_graph, smaller),
        "emitted": Rehearsal(emit_program(schedule_graph(smaller)), q.size),
    }
    for point in (q, 1.01 * q):
        value, gradient = eager(point)
        for name, way in ways.items():
            outputs = way(point)
            np.testing.assert_allclose(outputs[0], value, rtol=1e-10, atol=1e-12, err_msg=name)
            np.testing.assert_allclose(outputs[1], gradient, rtol=1e-9, atol=1e-11, err_msg=name)


@pytest.fixture(scope="module")
def rows_with_news():
    """The rows with an operation that no earlier row has: compiling all takes minutes."""
    known, found = set(), []
    for row in COMPILED:
        graph = optimize_graph(record_value_and_gradient(*joined_objective([row])))
        operations = {node.op for node in graph.nodes()}
        if not operations <= known:
            found.append(row)
        known |= operations
    return found


def different_rows(rows, gradient, expected):
    """Return the names of rows whose value or gradient differ, with both."""
    found = {}
    for row, a, b in zip(rows, split_by_row(rows, gradient), split_by_row(rows, expected)):
        scale = np.max(np.abs(b))
        if not np.allclose(a, b, rtol=1e-10, atol=1e-10 * scale):
            found[row.name] = (a, b)
    return found
