import numpy as np
import pytest

from lightppl.compiler.runtime.elementary import lgamma, log, pow, select, sin
from lightppl.compiler.runtime.symbolic import Value, scalar_function
from lightppl.errors import CompilationError
from tests.machine import compiled


@scalar_function
def hypotenuse_squared(x, y):
    return x * x + y * y


def test_a_scalar_function_is_the_same_for_python_and_for_kernels():
    @compiled
    def call(x, y):
        return hypotenuse_squared(x, y)

    assert call(3.0, 4.0) == hypotenuse_squared(3.0, 4.0) == 25.0


def test_integers_and_truth_values_become_floats():
    @compiled
    def call(n, flag):
        return hypotenuse_squared(n, flag)

    assert call(3, True) == 10.0


def test_arrays_are_refused():
    @compiled
    def call(x):
        return log(x)

    with pytest.raises(CompilationError, match="must be a number"):
        call(np.ones(2))


def test_a_branch_on_an_argument_is_an_error_that_names_select():
    with pytest.raises(TypeError, match="select"):
        bool(Value(None, None))


@pytest.mark.parametrize("function", [log, sin, lgamma])
def test_fast_math_of_the_caller_does_not_reach_inside(function):
    """Fused or reordered, compensated sums would lose the digits they were made to keep."""

    @compiled
    def loop(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    x = np.random.default_rng(0).uniform(0.1, 20.0, 300)
    out = np.empty_like(x)
    loop(x, out)
    np.testing.assert_array_equal(out, [function(v) for v in x.tolist()])


def test_fast_math_of_the_caller_does_not_reach_inside_pow():
    @compiled
    def call(x, y):
        return pow(x, y)

    for x, y in [(1.7, 300.3), (0.3, -111.1), (1e300, 1.0)]:
        assert call(x, y) == pow(x, y)


def test_select_keeps_the_type_of_what_it_chooses_from():
    @compiled
    def ints(flag):
        return select(flag, 1, 2)

    @compiled
    def mixed(flag):
        return select(flag, 1.0, 2)

    @compiled
    def truths(flag):
        return select(flag, flag, False)

    chosen = [ints(True), mixed(True), truths(True)]
    assert chosen == [1, 1.0, True]
    assert [type(x) for x in chosen] == [int, float, bool]
