import math

import numpy as np
import pytest

from lightppl.compiler.runtime.reduction import add_reassoc, max_keep_nan, min_keep_nan
from tests.machine import compiled


@compiled
def total(x):
    result = 0.0
    for i in range(x.size):
        result = add_reassoc(result, x[i])
    return result


@compiled
def largest(x):
    result = -math.inf
    for i in range(x.size):
        result = max_keep_nan(result, x[i])
    return result


@compiled
def smallest(x):
    result = math.inf
    for i in range(x.size):
        result = min_keep_nan(result, x[i])
    return result


@pytest.mark.parametrize("size", [0, 1, 3, 100, 1001])
def test_loops_of_steps_reduce_as_numpy_does(size):
    x = np.random.default_rng(size).normal(size=size)
    assert total(x) == pytest.approx(x.sum(), abs=1e-11)
    assert largest(x) == x.max(initial=-math.inf)
    assert smallest(x) == x.min(initial=math.inf)


@pytest.mark.parametrize("position", [0, 50, 99])
def test_nan_survives_wherever_it_stands(position):
    x = np.arange(100.0)
    x[position] = math.nan
    assert math.isnan(total(x)) and math.isnan(largest(x)) and math.isnan(smallest(x))
