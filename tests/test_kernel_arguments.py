"""Arguments of kernels as words: only what the words describe rightly is taken."""

from typing import NamedTuple

import numpy as np
import pytest

from lightppl import jit
from lightppl.errors import LightPPLError
from lightppl.jit import RepeatedCalls, kernel
from lightppl.kernel_arguments import MOST_RESULTS, Words
from lightppl.settings import is_numba_disabled


@pytest.mark.parametrize("dtype", [np.float64, np.int64, np.bool_])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0,), ()])
def test_arrays_in_order_are_taken(dtype, shape):
    array = np.zeros(shape, dtype)
    words = Words((array,))
    assert words.layout == f"{np.dtype(dtype).kind}{len(shape)}"


def unaligned(dtype):
    return np.zeros(8 * 3 + 1, np.uint8)[1:].view(dtype)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, ">f8"), np.zeros(3, ">i8"), unaligned(np.float64), unaligned(np.int64),
        np.zeros(6)[::2], np.zeros((2, 3)).T, np.zeros(3)[::-1], np.zeros(3, np.float32),
        np.zeros(3, np.int32), np.zeros(3, np.uint64), np.zeros(3, complex), np.zeros(3, "M8[ns]"),
    ],
    ids=lambda x: f"{x.dtype.str} {x.strides}",
)
def test_other_arrays_are_refused_with_the_remedy(array):
    with pytest.raises(LightPPLError, match="takes no array of dtype .* np.require"):
        Words((array,))


class Pair(NamedTuple):
    number: float
    array: np.ndarray


def test_words_are_those_of_the_arguments_and_can_be_replaced():
    rng, pair = np.random.default_rng(0), Pair(2.5, np.arange(3.0))
    args = (7, pair, rng, True, (Pair(-1.0, np.zeros((2, 2)))), 0.5)
    words = Words(args)
    assert words.layout == "I,Pair(F,f1),R,B,Pair(F,f2),F"
    assert words.records == {"Pair": Pair}
    assert words.args == args
    assert len(words._words) == MOST_RESULTS + 1 + 3 + 4 + 1 + 4 + 1
    assert words._words.view(np.float64)[MOST_RESULTS + 1] == 2.5
    assert words._words.view(np.float64)[-1] == 0.5
    others = (8, Pair(3.5, np.zeros(2)), np.random.default_rng(1), False, args[4], -0.5)
    assert words.replace(others)
    np.testing.assert_array_equal(words._words, Words(others)._words)
    for other in [(8.0, *others[1:]), others[:-1], (8, Pair(3.5, np.zeros((2, 1))), *others[2:])]:
        assert not words.replace(other)


@kernel(entry=True)
def add_up(pair, factor):
    total = pair.number
    for i in range(pair.array.shape[0]):
        total += factor * pair.array[i]
    return total


class Count(NamedTuple):
    number: float
    steps: int
    is_even: bool


class Pairing(NamedTuple):
    first: Count
    total: float


@kernel(entry=True)
def step(array, count, by):
    array[0] += by
    return Count(count.number + array[0], count.steps + 1, not count.is_even)


@kernel(entry=True)
def pairing(count):
    return Pairing(Count(count.number, count.steps, count.is_even), 2.0 * count.number)


def test_records_in_records_are_returned():
    count = Count(1.5, 3, True)
    assert pairing(count) == Pairing(count, 3.0)


@pytest.mark.parametrize("is_disabled", [is_numba_disabled(), True])
def test_repeated_calls_are_calls(monkeypatch, is_disabled):
    monkeypatch.setattr(jit, "is_numba_disabled", lambda: is_disabled)
    calls, arrays = RepeatedCalls(step), [np.zeros(1), np.zeros(1)]
    count = expected = Count(0.5, 0, False)
    for k in range(12):
        if k == 4:  # another array, in which other numbers stand
            arrays = [np.full(2, 2.0), np.full(2, 2.0)]
        if k == 6:  # another record than was returned
            count = expected = Count(-3.0, 7, True)
        by = k if k < 9 else 0.5 * k  # and another layout in the end
        previous = count
        count, expected = calls(arrays[0], count, by), step(arrays[1], expected, by)
        assert count == expected
        assert type(count) is Count and type(count.is_even) is bool and type(count.steps) is int
        if k == 10:  # the record before the last one, whose words are gone
            count = expected = previous


def test_repeated_calls_see_what_changes_in_arrays():
    pair = Pair(2.5, np.arange(3.0))
    calls = RepeatedCalls(add_up)
    assert calls(pair, 2.0) == add_up(pair, 2.0) == 8.5
    pair.array[0] = 1.0
    assert calls(pair, 2.0) == 10.5
