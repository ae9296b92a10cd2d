"""Small tools on a public path."""

import numpy as np
import pytest

from lightppl.util import fori_collect


@pytest.mark.parametrize("thinning", [1, 2, 3])
def test_fori_collect_keeps_the_last_iterations(thinning):
    collected, last = fori_collect(
        4, 10, lambda x: x + 1, 0, thinning=thinning, return_last_val=True
    )
    assert last == 10 and len(collected) == 6 // thinning
    np.testing.assert_array_equal(np.diff(collected), thinning)
    assert collected[-1] == 10


def test_fori_collect_stacks_dicts_and_tuples():
    collected = fori_collect(0, 3, lambda x: x + 1.0, 0.0, lambda x: {"a": (x, np.ones(2))})
    np.testing.assert_array_equal(collected["a"][0], [1.0, 2.0, 3.0])
    assert collected["a"][1].shape == (3, 2)
