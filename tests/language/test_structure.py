"""Nested structures: taking apart and putting together are inverse."""

from collections import namedtuple

import numpy as np

from lightppl.infer.mcmc.samples import by_name, join_chains, map_draws
from lightppl.language.structure import leaves_of, map_leaves, paths_and_leaves, rebuild

Pair = namedtuple("Pair", ["first", "second"])
NESTED = {"a": np.arange(3), "b": Pair([1.0, (2.0,)], None), "c": {}}


def test_rebuild_inverts_leaves_of():
    again = rebuild(NESTED, iter(leaves_of(NESTED)))
    assert again["b"] == NESTED["b"] and again["c"] == {} and again["a"] is NESTED["a"]
    assert type(again["b"]) is Pair


def test_paths_name_keys_fields_and_indices():
    assert [path for path, _ in paths_and_leaves(NESTED)] == [
        ("a",), ("b", "first", 0), ("b", "first", 1, 0),
    ]  # fmt: skip


def test_a_bare_leaf_is_a_structure():
    assert leaves_of(3.0) == [3.0] and map_leaves(lambda x: x + 1, 3.0) == 4.0


def test_equal_elements_are_different_leaves():
    x = np.zeros(2)
    assert len(leaves_of([x, x, (x,)])) == 3


def test_joining_keeps_chains_in_order():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(join_chains({"x": x})["x"], x.reshape(6, 4))


def test_names_of_nested_samples():
    x = np.zeros((1, 4))
    assert list(by_name({"a": {"b": x}, "c": [x, x]})) == ["a.b", "c.0", "c.1"]
    assert list(by_name(x)) == ["Param:0"]


def test_map_draws_keeps_chains_and_draws():
    x = np.arange(12.0).reshape(2, 3, 2)
    found = map_draws(lambda z: {"sum": z["x"].sum()}, {"x": x})
    np.testing.assert_array_equal(found["sum"], x.sum(-1))
