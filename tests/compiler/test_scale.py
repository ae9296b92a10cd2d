"""Long programs compile: no traversal is as deep as the program is long, and none is quadratic."""

import inspect
import sys

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.compiler.schedule import plan
from lightppl.compiler.build import Potential
from lightppl.compiler.write.program import emit_program
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.contrib.control_flow import scan
from lightppl.density.potential import compile_density, compile_objective


def _chain(q, length, step):
    for k in range(length):
        q = step(q, k)
    return np.sum(q)


LENGTH = 500
"""Of programs that are written while Python allows `DEPTH` calls inside each other, and no more."""
DEPTH = 450
LONG = {
    "scalars read": (lambda q: sum(q[k] for k in range(LENGTH)), LENGTH),
    "scalar statements": (lambda q: sum(np.exp(q[k]) - q[k] for k in range(LENGTH)), LENGTH),
    "scalars joined": (lambda q: np.sum(np.stack([np.sin(x) for x in q])), LENGTH),
    "chain of numbers": (lambda q: _chain(q[0], LENGTH, lambda x, k: np.sin(x) + q[1]), 2),
    "chain of arrays": (lambda q: _chain(q, LENGTH, lambda x, k: np.tanh(x) + 0.1), 3),
    "chain of choices": (lambda q: _chain(q, LENGTH, lambda x, k: np.where(x > 0, -x, x / 2)), 3),
    "chain of products": (lambda q: _chain(q, LENGTH, lambda x, k: 0.3 * np.ones((3, 3)) @ x), 3),
    "chain of slices": (lambda q: _chain(q, 200, lambda x, k: 0.99 * x[1:]), 203),
    "chain of views": (lambda q: _chain(q, LENGTH, lambda x, k: np.flip(0.9 * x)[None][0]), 3),
    "one number read often": (lambda q: sum(q[0] * q[k] for k in range(1, LENGTH)), LENGTH),
    "sum of arrays": (lambda q: np.sum(sum(np.exp(q * (k / 500)) for k in range(LENGTH))), 3),
    "sum of sums": (lambda q: sum(np.sum(np.cos(q * (k / 500))) for k in range(LENGTH)), 3),
}


@pytest.fixture
def shallow_python():
    """Python that allows few calls inside each other, so that short programs do for long ones."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + DEPTH)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("name", LONG)
def test_a_long_program_is_written_and_right(name, shallow_python):
    function, size = LONG[name]
    q = 0.5 * np.cos(np.arange(size) * 1.3) + 0.1
    graph = optimize_graph(record_value_and_gradient(function, q))
    value, gradient = Rehearsal(emit_program(schedule_graph(graph)), size)(q)
    np.testing.assert_allclose(value, function(q), rtol=1e-9)
    for k in range(2):
        step = 1e-5 * (np.arange(size) == k)
        slope = (function(q + step) - function(q - step)) / 2e-5
        np.testing.assert_allclose(gradient[k], slope, rtol=1e-5, atol=1e-7)


def test_a_model_of_many_sites_is_compiled(shallow_python):
    def model():
        scale = lp.sample("scale", dist.HalfNormal(1.0))
        for k in range(300):
            lp.sample(f"x{k}", dist.Normal(0.0, scale))

    density = compile_density(model)
    assert isinstance(density.potential, Potential)
    q = np.sin(np.arange(301.0))
    value, gradient = density.potential(q)
    scale, x = np.exp(q[0]), q[1:]
    expected = np.sum(0.5 * (x / scale) ** 2 + q[0]) + 0.5 * scale**2 - q[0]
    expected += 150 * np.log(2 * np.pi) + 0.5 * np.log(np.pi / 2)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient[1:], x / scale**2, rtol=1e-12)
    slope = 300 - np.sum((x / scale) ** 2) + scale**2 - 1
    np.testing.assert_allclose(gradient[0], slope, rtol=1e-12)


def test_a_long_loop_in_python_is_compiled(shallow_python):
    y = np.sin(np.arange(300.0))

    def objective(q):
        level, total = q[0], 0.0
        for k in range(300):
            level = 0.9 * level + 0.1 * q[1]
            total = total + (y[k] - level) ** 2
        return total

    q = np.array([0.4, -0.3])
    value, gradient = compile_objective(objective, q)(q)
    np.testing.assert_allclose(value, objective(q), rtol=1e-12)
    weights = 0.9 ** np.arange(1, 301)
    residual = y - (weights * q[0] + (1 - weights) * q[1])
    expected = [-2 * np.sum(residual * weights), -2 * np.sum(residual * (1 - weights))]
    np.testing.assert_allclose(gradient, expected, rtol=1e-10)


def test_bodies_of_loops_in_loops_are_scheduled_once(monkeypatch):
    scheduled = []

    class CountingKeeper(plan.Keeper):
        def __init__(self, graph, output, arrays):
            super().__init__(graph, output, arrays)
            if output is None:
                scheduled.append(graph)

    monkeypatch.setattr(plan, "Keeper", CountingKeeper)

    def nested(x, steps, depth):
        if depth == 0:
            return 0.9 * np.sin(x)
        last, rows = scan(lambda c, z: (nested(c + 0.1 * z, steps, depth - 1), c), x, steps)
        return last + 0.1 * np.sum(rows)

    for depth in (1, 2, 3, 4):
        scheduled.clear()
        q = np.linspace(-1.0, 1.0, 4 + depth)
        function = lambda q: nested(q[0], q[1:], depth)  # noqa: B023, E731
        graph = optimize_graph(record_value_and_gradient(function, q))
        value, _ = Rehearsal(emit_program(schedule_graph(graph)), len(q))(q)
        np.testing.assert_allclose(value, function(q), rtol=1e-10)
        assert len(scheduled) <= 2 * depth  # one that goes forward and one that goes backward
