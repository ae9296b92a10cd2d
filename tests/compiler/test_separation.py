"""Which held elements a log density separates into; never more than is true."""

import math

import numpy as np
import pytest

from lightppl.compiler.graph import separation_rules
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.graph.graph import Graph
from lightppl.compiler.graph.separation import separate
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.density.log_density import flat_log_density
from lightppl.density.held import layout_held
from lightppl.density.layout import layout_sites
from lightppl.handlers import seed, trace
from lightppl.language.traced_index import indexable
from lightppl.special import take
from tests.density.separable_models import AXES


def recorded_model(model, names):
    """Return the graph of -log density, its layouts, and values of what is held."""
    with trace() as found:
        seed(model, 0)()
    held = layout_held(found, names)
    layout = layout_sites(found, held)
    log_density_at = flat_log_density(indexable(model), layout, (), {})
    values = held.flatten({name: found[name].value for name in names})
    graph = record_value_and_gradient(
        lambda q, held: -log_density_at(q, held), np.zeros(layout.size), values
    )
    return Graph(graph.outputs[:1], graph.arrays), layout, values


def largest_error(graph, separated, axes, shape, start, q, held, values):
    """Return by how much a part changes otherwise than the function does, over all elements."""
    size = math.prod(shape)
    last = range(len(shape) - len(axes), len(shape))
    order = np.moveaxis(np.arange(size).reshape(shape), axes, last)
    order = order.reshape(-1, math.prod(shape[k] for k in axes))
    (U,), (_, parts) = evaluate_graph(graph, q, held), evaluate_graph(separated, q, held)
    worst = 0.0
    for element in range(size):
        changed = held.copy()
        changed[start + element] = values[values != held[start + element]][0]
        (new_U,) = evaluate_graph(graph, q, changed)
        new_parts = evaluate_graph(separated, q, changed)[1]
        expected = np.zeros(len(parts))
        expected[np.argwhere(order == element)[0, 1]] = new_U - U
        worst = max(worst, np.max(np.abs(new_parts - parts - expected)) / (1.0 + abs(U)))
    return worst


@pytest.mark.parametrize("model, expected", AXES, ids=lambda x: getattr(x, "__name__", ""))
def test_models_separate_along_their_plates(model, expected):
    graph, layout, held = recorded_model(model, list(expected))
    q = np.random.default_rng(3).normal(0.0, 0.5, layout.size)
    for name, axes in expected.items():
        shape, start = layout.held.shapes[name], layout.held.slices[name].start
        separated, found = separate(graph, start, shape)
        assert found == axes
        assert separated.outputs[1].shape == (math.prod(shape[k] for k in axes),)
        (total, parts) = evaluate_graph(separated, q, held)
        assert total == pytest.approx(np.sum(parts), rel=1e-12)
        error = largest_error(
            graph, separated, axes, shape, start, q, held, np.array([0.0, 1.0])
        )
        assert error < 1e-13


def random_function(rng, shape):
    """Return a random function of a vector and of held values of a shape."""
    table = rng.normal(size=4)

    def operation():
        kind = rng.integers(0, 16)
        axis = int(rng.integers(0, len(shape)))
        data, place = rng.normal(size=shape), int(rng.integers(0, shape[axis]))
        column = np.expand_dims(data.take(place, axis), axis)
        index = rng.integers(0, shape[axis], size=shape[axis])
        return {
            0: lambda x, q, z: x + data * z,
            1: lambda x, q, z: x * column,
            2: lambda x, q, z: np.sin(x + q[0]),
            3: lambda x, q, z: x + np.sum(x, axis=axis, keepdims=True) * 0.1,
            4: lambda x, q, z: np.cumsum(x, axis=axis),
            5: lambda x, q, z: np.flip(x, axis=axis),
            6: lambda x, q, z: x + take(table, z.astype(np.int64)) * q[1],
            7: lambda x, q, z: np.where(data > 0, x, 0.0),
            8: lambda x, q, z: x * np.max(x, axis=axis, keepdims=True),
            9: lambda x, q, z: np.take(x, index, axis=axis),
            10: lambda x, q, z: np.moveaxis(np.moveaxis(x, axis, 0) * q[2], 0, axis),
            11: lambda x, q, z: x - np.reshape(np.ravel(x) * 0.5, shape),
            12: lambda x, q, z: np.concatenate([x, data * z], axis=axis).take(
                np.arange(shape[axis]) + (place if axis else 0), axis=axis
            ),
            13: lambda x, q, z: x + np.take(x, [place], axis=axis),
            14: lambda x, q, z: x - z * q[0],
            15: lambda x, q, z: x / (1.0 + data**2),
        }[int(kind)]

    operations = [operation() for _ in range(rng.integers(1, 5))]
    ending, weights = int(rng.integers(0, 4)), rng.normal(size=shape)

    def function(q, held):
        z = np.reshape(held, shape)
        x = z * 1.0
        for apply in operations:
            x = apply(x, q, z)
        total = {
            0: lambda: np.sum(x),
            1: lambda: np.sum(weights * x) - np.sum(np.exp(-(z**2)) * q[1]),
            2: lambda: np.sum(np.sum(x, axis=-1) ** 2),
            3: lambda: -np.sum(x.T / 3.0) + q[0] ** 2,
        }[ending]
        return total()

    return function


def test_what_separates_of_random_functions_is_true():
    rng, num_separated, num_not = np.random.default_rng(11), 0, 0
    values = np.arange(4.0)
    for _ in range(150):
        shape = tuple(int(n) for n in rng.integers(2, 5, size=rng.integers(1, 3)))
        function, q = random_function(rng, shape), rng.normal(size=3)
        held = rng.choice(values, size=math.prod(shape))
        graph = record_value_and_gradient(function, q, held)
        graph = Graph(graph.outputs[:1], graph.arrays)
        separated, axes = separate(graph, 0, shape)
        assert largest_error(graph, separated, axes, shape, 0, q, held, values) < 1e-12
        num_separated += len(axes) == len(shape)
        num_not += len(axes) < len(shape)
    assert num_separated >= 30 and num_not >= 30


def test_a_wrong_rule_would_be_seen(monkeypatch):
    """The check of this file notices what a rule that is not true leads to."""
    rules = separation_rules._RULES
    monkeypatch.setitem(rules, "cumsum", rules["reshape"])
    shape, q, held = (4,), np.zeros(1), np.array([0.0, 1.0, 1.0, 0.0])
    graph = record_value_and_gradient(lambda q, held: np.sum(np.cumsum(held) ** 2), q, held)
    graph = Graph(graph.outputs[:1], graph.arrays)
    separated, axes = separate(graph, 0, shape)
    error = largest_error(graph, separated, axes, shape, 0, q, held, np.arange(2.0))
    assert axes == (0,) and error > 0.1
