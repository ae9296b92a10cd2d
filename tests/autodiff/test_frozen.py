"""Frozen arrays and snapshots."""

import numpy as np
import pytest

from lightppl.autodiff.frozen import Snapshots, freeze, has_same_content, held, is_frozen
from lightppl.errors import ModelError


def test_what_repeats_itself_is_frozen_without_repetition():
    kept = freeze(np.broadcast_to(np.arange(3.0), (1000, 3)))
    assert is_frozen(kept) and kept.strides == (0, 8) and kept.shape == (1000, 3)
    assert freeze(np.broadcast_to(0.0, (1, 3))).strides == (0, 0)


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_frozen_array_keeps_its_order_in_memory(order):
    kept = freeze(np.asarray(np.arange(6.0).reshape(2, 3), order=order))
    assert kept.flags[f"{order}_CONTIGUOUS"] and is_frozen(kept.T) and is_frozen(kept[:, 1])


def test_nobody_can_make_a_frozen_array_writeable():
    for view in (freeze(np.zeros(3)), freeze(np.zeros(3))[1:]):
        with pytest.raises(ValueError):
            view[0] = 1.0
        with pytest.raises(ValueError):
            view.flags.writeable = True


def test_a_view_that_only_its_owner_can_write_to_is_not_frozen():
    owner = np.zeros(3)
    view = owner.view()
    view.flags.writeable = False
    assert not is_frozen(view)


def test_a_snapshot_is_shared_until_the_array_changes():
    snapshots, array = Snapshots(), np.zeros((3, 3))
    first = snapshots.of(array)
    assert snapshots.of(array) is first and snapshots.of(array.T.T) is first
    assert snapshots.of(first[1:]).base is first
    array[0] = -0.0
    assert snapshots.of(array) is not first


def test_arrays_that_are_gone_share_nothing_with_those_after_them():
    snapshots = Snapshots()
    copies = [snapshots.of(np.ones(shape)) for shape in (3, (2, 2)) for _ in range(20)]
    assert len({id(x) for x in copies}) == len(copies)


@pytest.mark.parametrize("dtype", ["f8", ">f8", "f4", "i8", "u2", "?", "c16", "S3"])
@pytest.mark.parametrize("size", [1, 5, 500])
def test_contents_are_compared_bit_by_bit(dtype, size):
    one = np.ones(2 * size).astype(dtype)[::2]
    other = one.copy()
    assert has_same_content(one, other)
    other[-1] = 0
    assert not has_same_content(one, other)
    assert not has_same_content(one, one[:, None])


def test_what_a_trace_holds():
    assert held(2.0) == 2.0 and is_frozen(held([1.0, 2.0])) and is_frozen(held(np.zeros(())))
    assert held(np.ma.array([1.0, 2.0])).tolist() == [1.0, 2.0]
    with pytest.raises(ModelError, match="1 of 2 elements are masked"):
        held(np.ma.array([1.0, 2.0], mask=[True, False]))
