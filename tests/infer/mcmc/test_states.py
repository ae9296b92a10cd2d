"""States of several chains as one, and one of them again."""

from typing import NamedTuple

import numpy as np
import pytest

from lightppl.errors import ArgumentError, ShapeError
from lightppl.infer.mcmc.states import (
    PerChain, StateList, require_chains, slice_state, stack_states, wrong_state,
)


class Inner(NamedTuple):
    matrix: object
    opaque: object


class State(NamedTuple):
    i: object
    z: object
    nothing: object
    inner: object
    key: object


KEY = object()


def state(c):
    z = {"a": np.full((2, 3), float(c)), "b": {"c": np.array(c)}}
    return State(c, z, None, Inner(np.eye(2) * c, [c]), KEY)


def test_a_slice_of_a_stack_is_what_was_stacked():
    states = [state(c) for c in range(3)]
    stacked = stack_states(states)
    assert stacked.i.tolist() == [0, 1, 2] and stacked.z["a"].shape == (3, 2, 3)
    assert stacked.nothing is None and stacked.key is KEY
    for c, one in enumerate(states):
        found = slice_state(stacked, c)
        assert type(found) is State and found.i == c and found.key is KEY
        np.testing.assert_equal(found.z, one.z)
        np.testing.assert_array_equal(found.inner.matrix, one.inner.matrix)


def test_what_is_no_array_is_kept_side_by_side():
    opaque = [object(), object()]
    stacked = stack_states([Inner(1.0, x) for x in opaque])
    assert stacked.opaque == PerChain(opaque)
    assert [slice_state(stacked, c).opaque for c in range(2)] == opaque


def test_a_list_of_states_reads_a_field_of_all_of_them():
    states = StateList([state(c) for c in range(3)])
    assert states.i.tolist() == [0, 1, 2] and states[1].i == 1
    with pytest.raises(AttributeError):
        states.missing  # noqa: B018


def test_errors_tell_the_numbers_of_chains():
    require_chains(2, 2)
    with pytest.raises(ShapeError, match="of 1 chain, but num_chains=3"):
        require_chains(1, 3)
    assert isinstance(wrong_state(5), ArgumentError) and "found 5" in str(wrong_state(5))
