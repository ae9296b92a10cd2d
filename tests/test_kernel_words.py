"""Arguments of kernels as words: only what the words describe rightly is taken."""

import numpy as np
import pytest

from lightppl.errors import LightPPLError
from lightppl.kernel_words import Words


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
