"""Evaluating a graph at many points at once is evaluating it at each of them."""

import numpy as np
import pytest

from lightppl.compiler.graph import batch
from lightppl.compiler.graph.batch import evaluate_batch
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.record.record import record_function
from tests.autodiff.catalogue import ROWS

MATRIX = np.random.default_rng(1).normal(size=(5, 4))
COMPILED = [row for row in ROWS if row.is_compiled]


@pytest.mark.parametrize("row", COMPILED, ids=lambda row: row.name)
def test_batches_are_rows(row):
    def outputs(q):
        return {"value": row.at(q), "known": np.arange(3.0), "first": q[0]}

    points = row.point * np.linspace(0.98, 1.02, 3)[:, None]
    graph, _ = record_function(outputs, row.point)
    found = evaluate_batch(graph, points)
    rows = [evaluate_graph(graph, q) for q in points]
    for k, values in enumerate(found):
        expected = np.stack([row[k] for row in rows])
        assert values.shape == expected.shape
        np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-13)


def test_chunks_are_joined(monkeypatch):
    graph, _ = record_function(lambda q: {"a": np.exp(q), "b": np.sum(q)}, np.ones(4))
    points = np.random.default_rng(0).normal(size=(11, 4))
    expected = evaluate_batch(graph, points)
    monkeypatch.setattr(batch, "CHUNK_ELEMENTS", 30)
    for a, b in zip(evaluate_batch(graph, points), expected):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("num_threads", [2, 5])
def test_threads_make_no_difference(num_threads, monkeypatch):
    def outputs(q):
        return {"a": np.exp(q), "b": np.sum(q), "c": MATRIX @ q, "known": np.arange(3.0)}

    graph, _ = record_function(outputs, np.ones(4))
    points = np.random.default_rng(0).normal(size=(47, 4))
    monkeypatch.setattr(batch, "CHUNK_ELEMENTS", 60)
    expected = evaluate_batch(graph, points)
    found = evaluate_batch(graph, points, num_threads=num_threads)
    by_rows = evaluate_batch(graph, lambda start, stop: points[start:stop], num_points=47)
    for a, b, c in zip(found, by_rows, expected):
        np.testing.assert_array_equal(a, c)
        np.testing.assert_array_equal(b, c)
