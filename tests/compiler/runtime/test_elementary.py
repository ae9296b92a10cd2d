"""Claims about all scalar functions; what is special to one is tested with its source file."""

import numpy as np
import pytest

from lightppl.compiler.runtime import elementary
from tests.reference.elementary import TWINS, worst_error
from tests.machine import compiled

SPECIAL_POINTS = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e308, -1e308, 1.0, -1.0]


@pytest.mark.parametrize("name", TWINS)
def test_error_is_within_bound(name):
    twin = TWINS[name]
    points = twin.points(np.random.default_rng(20), 300 if name == "trigamma" else 2000)
    error, where = worst_error(in_a_loop(name, points), twin, points)
    assert error <= twin.max_ulp, f"{error} ulp at {where}"


@pytest.mark.parametrize("name", TWINS)
def test_a_loop_gives_the_same_bits_as_single_calls(name):
    function = getattr(elementary, name)
    points = TWINS[name].points(np.random.default_rng(21), 200)
    points = np.concatenate([points, special_points(points.shape[1])])
    single = np.array([function(*(float(x) for x in point)) for point in points])
    np.testing.assert_array_equal(in_a_loop(name, points), single)


@pytest.mark.parametrize("name", TWINS)
def test_a_loop_is_vectorised(name):
    points = TWINS[name].points(np.random.default_rng(22), 8)
    in_a_loop(name, points)
    arguments = [np.ascontiguousarray(column) for column in points.T]
    assert "x double>" in LOOPS[name].optimized(*arguments, np.empty(len(points)))


def special_points(num_arguments):
    grids = np.meshgrid(*[SPECIAL_POINTS] * num_arguments)
    return np.stack([grid.ravel() for grid in grids], axis=1)


LOOPS = {}


def in_a_loop(name, points):
    """Values at (size, number of arguments) points, computed by one compiled loop."""
    function = getattr(elementary, name)
    if name not in LOOPS:
        LOOPS[name] = _loop_of_one(function) if points.shape[1] == 1 else _loop_of_two(function)
    values = np.empty(len(points))
    LOOPS[name](*(np.ascontiguousarray(column) for column in points.T), values)
    return values


def _loop_of_one(function):
    @compiled
    def loop(x, values):
        for i in range(x.size):
            values[i] = function(x[i])

    return loop


def _loop_of_two(function):
    @compiled
    def loop(x, y, values):
        for i in range(x.size):
            values[i] = function(x[i], y[i])

    return loop
