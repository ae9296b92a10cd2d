"""The emitted language: what compiled code does is what Python does."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightppl.compiler.runtime import arithmetic
from lightppl.errors import CompilationError
from tests.machine import compiled

TABLE = (0.5, -1.25, 8.0)
FLOATS = st.floats(-1e6, 1e6)
INTS = st.integers(-1000, 1000)


@compiled
def collatz_steps(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps


@compiled
def first_above(x, bound):
    for i in range(x.size):
        if not x[i] > bound:
            continue
        if x[i] == math.inf:
            break
        return i
    return -1


@compiled
def count_down(n, out):
    k = 0
    for i in range(n, 0, -2):
        out[k] = float(i)
        k += 1
    return k


@compiled
def swap_rows(a):
    m, n = a.shape
    for j in range(n):
        a[0, j], a[m - 1, j] = a[m - 1, j], a[0, j]


@compiled
def row_sums(a, out):
    for i in range(a.shape[0]):
        row = a[i]
        total = 0.0
        for j in range(row.size):
            total += row[j]
        out[i] = total


@compiled
def same_name_in_two_loops(x, n):
    total = 0.0
    for i in range(n):
        v = x[i] > 0.0
        total += 1.0 if v else 0.5
    for i in range(n):
        v = x[i]
        total += v
    return total


@compiled
def outer_name_in_an_inner_loop(x, n):
    v = x[0]
    total = 0.0
    for _ in range(n):
        total += v
    for i in range(n):
        for k in range(2):
            v = i + k
            total += float(v)
    return total


@compiled
def table_sum(n):
    total = 0.0
    for k in range(n):
        total += TABLE[k]
    return total


@compiled
def factorial_of_absolute(n):
    return _factorial(abs(n))


def _factorial(n):
    product = 1
    for k in range(2, n + 1):
        product *= k
    return product


def test_loops_and_branches():
    assert [collatz_steps(n) for n in (1, 7, 27)] == [0, 16, 111]
    x = np.array([0.0, -1.0, 3.0, math.inf])
    assert [first_above(x, b) for b in (-2.0, 1.0, 5.0)] == [0, 2, -1]
    assert first_above(np.zeros(0), 0.0) == -1
    out = np.zeros(5)
    assert count_down(7, out) == 4
    assert out.tolist() == [7.0, 5.0, 3.0, 1.0, 0.0]
    assert count_down(0, out) == 0


def test_views():
    a = np.arange(6.0).reshape(3, 2)
    swap_rows(a)
    assert a.tolist() == [[4.0, 5.0], [2.0, 3.0], [0.0, 1.0]]
    out = np.zeros(3)
    row_sums(a, out)
    assert out.tolist() == [9.0, 5.0, 1.0]


def test_names_and_tables():
    assert same_name_in_two_loops(np.array([-1.0, 2.0]), 2) == 2.5
    assert outer_name_in_an_inner_loop(np.array([5.0]), 2) == 14.0
    assert [table_sum(n) for n in range(4)] == [0.0, 0.5, -0.75, 7.25]
    assert [factorial_of_absolute(n) for n in (0, -5, 10)] == [1, 120, 3628800]


def all_operators(a, b):
    small = -1.5 if a < b and b > 0.0 else 2.5
    mixed = (a + b) * (a - b) / (1.0 + a * a) + small
    if a == b or not a <= b:
        mixed += max(a, b, 0.5) - min(a, -b) + abs(b)
    return mixed + math.floor(a) + math.copysign(2.0, b) + math.sqrt(abs(a))


@given(FLOATS, FLOATS)
def test_floats(a, b):
    assert compiled_operators(a, b) == pytest.approx(all_operators(a, b), rel=1e-12, abs=1e-9)


compiled_operators = compiled(all_operators)


def operators_of_integers(a, b):
    bits = ((a & 255) | (b & 15)) ^ 5
    return bits + (a << 3) - (b >> 1) + 10 * (a // 7) + a % 7 - a // -3 + int(a < b)


compiled_integers = compiled(operators_of_integers)


@given(INTS, INTS)
def test_integers(a, b):
    assert compiled_integers(a, b) == operators_of_integers(a, b)


divide_floor, rest_of = compiled(arithmetic.floor_divide), compiled(arithmetic.remainder)
divide_integers = compiled(arithmetic.floor_divide_integers)
rest_of_integers = compiled(arithmetic.remainder_of_integers)


@given(FLOATS, FLOATS)
def test_floor_division_and_remainder_are_numpys(a, b):
    with np.errstate(all="ignore"):
        np.testing.assert_equal(divide_floor(a, b), np.floor_divide(a, b))
        np.testing.assert_equal(rest_of(a, b), np.remainder(a, b))


@given(INTS, st.integers(-20, 20))
def test_floor_division_and_remainder_of_integers_are_numpys(a, b):
    with np.errstate(all="ignore"):
        assert divide_integers(a, b) == np.floor_divide(np.int64(a), np.int64(b))
        assert rest_of_integers(a, b) == np.remainder(np.int64(a), np.int64(b))


@compiled
def sum_of_range(start, stop, step):
    total = 0
    for i in range(start, stop, step):
        total += i
    return total


@given(st.integers(-20, 20), st.integers(-20, 20), st.integers(-5, 5).filter(bool))
def test_a_range_counts_up_or_down_by_any_step(start, stop, step):
    assert sum_of_range(start, stop, step) == sum(range(start, stop, step))


@compiled
def from_the_end(k):
    return 100.0 * TABLE[-1] + TABLE[k]


def test_positions_in_tuples_count_from_the_end_too():
    assert [from_the_end(k) for k in range(-3, 3)] == [800.0 + TABLE[k] for k in range(-3, 3)]


def test_the_smallest_integer_divided_by_minus_one_stops_nothing():
    smallest = -(2**63)
    assert (divide_integers(smallest, -1), rest_of_integers(smallest, -1)) == (smallest, 0)
    assert divide_integers(smallest + 1, -1) == -(smallest + 1)


@compiled
def both_or_else(x, y):
    is_inside = x > 0.0 and (y > 0.0 or x > y)
    return 1.0 if is_inside or (x and not y) else 0.0


@given(FLOATS, FLOATS)
def test_conditions_are_pythons(x, y):
    assert both_or_else(x, y) == both_or_else.function(x, y)


def with_an_operand_of_or_as_value(x):
    return x or 5


def with_an_else_of_a_loop(x):
    for _ in range(x):
        x += 1
    else:
        x = -1
    return x


def with_a_function_that_depends_on_the_way(x):
    function = math.exp
    if x > 5:
        function = math.log
    return function(x)


def with_a_counter_that_may_not_have_begun(x):
    i = 0.5
    for i in range(x):
        pass
    return i


def with_itself(x):
    return 0 if x < 1 else 1 + with_itself(x - 1)


def with_an_argument_by_name(x):
    return _factorial(n=x)


def with_an_argument_too_many(x):
    return math.hypot(x, x, x)


def with_a_huge_integer(x):
    return x * 18446744073709551616


def with_inverted_truth(x):
    return ~(x > 0)


def with_one_value_for_two_names(x):
    y = z = x
    return y + z


def with_a_string(x):
    return "text" if x else x


def with_two_kinds(x):
    for _ in range(2):
        x = 0.5
    return x


def with_an_unknown_name(x):
    return x + not_there  # noqa: F821


def with_a_comprehension(x):
    return sum([x for _ in range(2)])


def with_a_kind_that_depends_on_the_way(x):
    if x > 5:
        y = 1
    else:
        y = 0.5
    return y


def with_a_kind_that_changes_from_round_to_round(x):
    y = 1
    total = 0.0
    for _ in range(x):
        total += y
        y = 0.5
    return total


def with_two_results(x):
    if x > 0:
        return 1
    return 0.5


@pytest.mark.parametrize("function", [
    with_a_string, with_two_kinds, with_an_unknown_name, with_a_comprehension, with_two_results,
    with_a_kind_that_depends_on_the_way, with_a_kind_that_changes_from_round_to_round,
    with_an_operand_of_or_as_value, with_an_else_of_a_loop, with_itself,
    with_a_function_that_depends_on_the_way, with_a_counter_that_may_not_have_begun,
    with_one_value_for_two_names, with_an_argument_by_name,
])
def test_what_is_not_in_the_language_is_refused_by_name(function):
    with pytest.raises(CompilationError, match=function.__name__):
        compiled(function)(3)


@pytest.mark.parametrize("function", [
    with_an_argument_too_many, with_a_huge_integer, with_inverted_truth,
])
def test_what_would_mean_something_else_is_refused(function):
    with pytest.raises(CompilationError):
        compiled(function)(3)
