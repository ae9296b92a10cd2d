import numpy as np
import pytest

from lightppl.compiler.runtime.rare_lanes import correct_beyond
from lightppl.compiler.runtime.symbolic import scalar_function
from tests.machine import compiled


def negated_and_doubled(x):
    return -2.0 * x


@scalar_function
def tripled_below_ten(x):
    return correct_beyond(10.0, x, 3.0 * x, negated_and_doubled)


@compiled
def fill(x, out):
    for i in range(x.size):
        out[i] = tripled_below_ten(x[i])


def test_numbers():
    assert tripled_below_ten(2.0) == 6.0
    assert tripled_below_ten(-10.0) == 20.0


@pytest.mark.parametrize("size", [1, 2, 7, 8, 33, 100])
@pytest.mark.parametrize("rare", ["none", "some", "all"])
def test_each_lane_gets_its_own(size, rare):
    scale = {"none": 5.0, "some": 15.0, "all": 1e6}[rare]
    x = np.random.default_rng(size).uniform(0.1, 1.0, size) * scale
    out = np.empty(size)
    fill(x, out)
    np.testing.assert_array_equal(out, np.where(x >= 10.0, -2.0 * x, 3.0 * x))


def test_nan_and_infinity():
    x = np.array([np.nan, np.inf, -np.inf, 1.0])
    out = np.empty(4)
    fill(x, out)
    np.testing.assert_array_equal(out, [np.nan, -np.inf, np.inf, 3.0])
