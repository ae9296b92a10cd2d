"""Arguments of kernels as words: only what the words describe rightly is taken."""

from typing import NamedTuple

import numpy as np
import pytest

from lightppl import jit
from lightppl.errors import LightPPLError
from lightppl.jit import kernel
from lightppl.kernel_arguments import MOST_RESULTS, Packed, Words


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


def test_packed_arguments_give_the_same_words():
    rng, pair = np.random.default_rng(0), Pair(2.5, np.arange(3.0))
    args = (7, pair, rng, True, (Pair(-1.0, np.zeros((2, 2)))), 0.5)
    plain, packed = Words(args), Words(tuple(map(Packed, args)))
    assert packed.layout == plain.layout == "I,Pair(F,f1),R,B,Pair(F,f2),F"
    assert packed.records == plain.records == {"Pair": Pair}
    assert packed.args == args
    length = MOST_RESULTS + 1 + 3 + 4 + 1 + 4 + 1
    for words in (plain, packed):
        assert len(words._words) == length
    np.testing.assert_array_equal(packed._words, plain._words)
    assert packed._words.view(np.float64)[MOST_RESULTS + 1] == 2.5
    assert packed._words.view(np.float64)[-1] == 0.5


@kernel(entry=True)
def add_up(pair, factor):
    total = pair.number
    for i in range(pair.array.shape[0]):
        total += factor * pair.array[i]
    return total


@pytest.mark.parametrize("is_disabled", [False, True])
def test_kernels_take_packed_arguments(monkeypatch, is_disabled):
    monkeypatch.setattr(jit, "is_numba_disabled", lambda: is_disabled)
    pair = Pair(2.5, np.arange(3.0))
    packed = Packed(pair)
    assert add_up(packed, 2.0) == add_up(pair, 2.0) == 8.5
    pair.array[0] = 1.0
    assert add_up(packed, 2.0) == 10.5
