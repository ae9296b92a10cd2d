"""Records that stay among the words of an entry: each field is what it is in Python."""

from typing import NamedTuple

import numpy as np
import pytest

from lightppl.jit import kernel
from lightppl.settings import is_numba_disabled

compiled = pytest.mark.skipif(is_numba_disabled(), reason="nothing is compiled")


class Numbers(NamedTuple):
    x: float
    flag: bool
    n: int


class Inner(NamedTuple):
    matrix: np.ndarray
    numbers: Numbers
    flags: np.ndarray


class Outer(NamedTuple):
    n: int
    first: np.ndarray
    inner: Inner
    flag: bool
    counts: np.ndarray
    last: float


class WithGenerator(NamedTuple):
    rng: np.random.Generator
    out: np.ndarray


@kernel(entry=True)
def describe_inner(inner, out):
    out[3] = inner.numbers.x
    out[4] = float(inner.numbers.n)
    out[5] = 1.0 if inner.numbers.flag else 0.0
    out[6] = inner.matrix[1, 2]
    out[7] = 1.0 if inner.flags[1] else 0.0
    out[8] = len(inner.matrix) + 10 * inner.matrix.size


@kernel(entry=True)
def describe(before, outer, after, out):
    out[0] = before + after
    out[1] = outer.last * outer.n
    out[2] = outer.first[-1] + outer.counts[1]
    describe_inner(outer.inner, out)
    out[9] = 1.0 if outer.flag else 0.0
    for i in range(outer.counts.size):
        outer.counts[i] = -outer.counts[i]
    outer.inner.matrix[0] = outer.first
    return outer.inner.numbers


@kernel(entry=True)
def swap(one, two):
    """Read fields anew after each is written to."""
    for i in range(one.first.size):
        one.first[i], two.first[i] = two.first[i], one.first[i]
    return one.n - two.n


@kernel(entry=True)
def draw(record):
    for i in range(record.out.size):
        record.out[i] = record.rng.random()


def make_outer(n=3, flag=True):
    inner = Inner(np.arange(6.0).reshape(2, 3), Numbers(0.5, not flag, -n), np.array([False, flag]))
    return Outer(n, np.array([1.0, 2.0, 4.0]), inner, flag, np.array([5, 6]), 0.25)


@compiled
@pytest.mark.parametrize("flag", [True, False])
def test_fields_are_those_of_the_record(flag):
    results = []
    for function in (describe, describe.py_func):
        outer, out = make_outer(flag=flag), np.zeros(10)
        result = function(7.0, outer, 2, out)
        results.append((result, out, outer.counts, outer.inner.matrix))
    assert results[0][0] == results[1][0] == Numbers(0.5, not flag, -3)
    for one, other in zip(results[0][1:], results[1][1:]):
        np.testing.assert_array_equal(one, other)


@compiled
def test_two_records_of_one_class_are_two():
    one, two = make_outer(n=1), make_outer(n=5)
    two.first[:] = 9.0
    assert swap(one, two) == -4
    assert list(one.first) == [9.0] * 3 and list(two.first) == [1.0, 2.0, 4.0]


@compiled
def test_each_call_reads_its_own_words():
    for n in range(1, 4):
        out = np.zeros(10)
        assert describe(0.0, make_outer(n=n), 0, out).n == -n
        assert out[1] == 0.25 * n


@compiled
def test_a_record_with_a_generator_is_taken():
    record = WithGenerator(np.random.default_rng(3), np.zeros(4))
    draw(record)
    np.testing.assert_array_equal(record.out, np.random.default_rng(3).random(4))


@compiled
def test_a_field_that_is_not_there_is_named():
    from numba.core.errors import TypingError

    @kernel(entry=True)
    def read(outer):
        return outer.nothing

    with pytest.raises(TypingError, match="nothing"):
        read(make_outer())


class Pair(NamedTuple):
    one: Inner
    other: Inner


class Pairs(NamedTuple):
    rungs: Pair
    out: np.ndarray


@kernel(entry=True)
def read_by_place(pairs, k):
    pairs.out[0] = pairs.rungs[k].matrix[0, 0]
    pairs.out[1] = pairs.rungs[1].matrix[0, 0]
    return k


@compiled
def test_fields_of_one_type_are_read_by_place():
    one, other = make_outer(n=1).inner, make_outer(n=1).inner
    other.matrix[:] = 7.0
    for k, expected in ((0, one.matrix[0, 0]), (1, 7.0)):
        pairs = Pairs(Pair(one, other), np.zeros(2))
        read_by_place(pairs, k)
        assert list(pairs.out) == [expected, 7.0]
