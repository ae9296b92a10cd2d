import numpy as np
import pytest

from lightppl.compiler.runtime.elementary import lgamma, log, pow, select, sin
from lightppl.compiler.runtime.symbolic import Value, scalar_function
from lightppl.jit import kernel


@scalar_function
def hypotenuse_squared(x, y):
    return x * x + y * y


def test_a_scalar_function_is_the_same_for_python_and_for_kernels():
    @kernel
    def call(x, y):
        return hypotenuse_squared(x, y)

    assert call(3.0, 4.0) == hypotenuse_squared(3.0, 4.0) == 25.0


def test_integers_and_truth_values_become_floats():
    @kernel
    def call(n, flag):
        return hypotenuse_squared(n, flag)

    assert call(3, True) == 10.0


def test_arrays_are_refused_when_typing():
    @kernel
    def call(x):
        return log(x)

    with pytest.raises(Exception, match="No implementation"):
        call(np.ones(2))


def test_a_branch_on_an_argument_is_an_error_that_names_select():
    with pytest.raises(TypeError, match="select"):
        bool(Value(None, None))


@pytest.mark.parametrize("function", [log, sin, lgamma])
def test_fast_math_of_the_caller_does_not_reach_inside(function):
    """Fused or reordered, compensated sums would lose the digits they were made to keep."""

    @kernel(fastmath={"contract", "reassoc"})
    def loop(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    x = np.random.default_rng(0).uniform(0.1, 20.0, 300)
    out = np.empty_like(x)
    loop(x, out)
    np.testing.assert_array_equal(out, [function(v) for v in x.tolist()])


def test_fast_math_of_the_caller_does_not_reach_inside_pow():
    @kernel(fastmath={"contract", "reassoc"})
    def call(x, y):
        return pow(x, y)

    for x, y in [(1.7, 300.3), (0.3, -111.1), (1e300, 1.0)]:
        assert call(x, y) == pow(x, y)


def test_select_keeps_the_type_of_what_it_chooses_from():
    @kernel
    def call(flag):
        return select(flag, 1, 2), select(flag, 1.0, 2), select(flag, flag, False)

    chosen = call(True)
    assert chosen == (1, 1.0, True)
    assert [type(x) for x in chosen] == [int, float, bool]
