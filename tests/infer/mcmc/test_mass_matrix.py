"""Mass matrices by site names: from users' words to a metric and back."""

from types import SimpleNamespace

import numpy as np
import pytest

from lightppl.errors import ArgumentError, ShapeError, SiteNameError
from lightppl.infer.mcmc.mass_matrix import (
    LowRank, build_metric, check_inverse_mass, coordinates, describe_directions, describe_metric,
    group_names,
)  # fmt: skip
from lightppl.kernels.metric import as_dense

PROBLEM = SimpleNamespace(
    size=6, slices={"c": slice(0, 2), "a": slice(2, 3), "b": slice(3, 6)}
)  # fmt: skip


def spd(n, seed=0):
    factor = np.random.default_rng(seed).normal(size=(n, n))
    return factor @ factor.T + np.eye(n)


def roundtrip(dense_mass, inverse_mass_matrix=None):
    metric, groups = build_metric(PROBLEM, dense_mass, inverse_mass_matrix)
    return metric, describe_metric(PROBLEM, groups, metric)


@pytest.mark.parametrize(
    "given",
    [
        {("c", "b"): spd(5), ("a",): np.array([3.0])},
        {("a", "b", "c"): spd(6)},
        {("b",): spd(3), ("c",): spd(2), ("a",): np.array([[0.5]])},
        {("a", "b", "c"): np.arange(1.0, 7.0)},
        {("b",): np.ones(3), ("c", "a"): np.arange(1.0, 4.0)},
        {("b", "c", "a"): np.arange(1.0, 7.0)},
    ],
)
def test_what_is_given_is_what_is_read(given):
    _, found = roundtrip(False, given)
    assert list(found) == list(given)
    for key, matrix in given.items():
        np.testing.assert_allclose(found[key], matrix)


def test_blocks_land_on_the_coordinates_of_their_sites():
    matrix = spd(5)
    metric, _ = roundtrip(False, {("c", "b"): matrix})
    index = coordinates(PROBLEM, ("c", "b"))
    assert index.tolist() == [0, 1, 3, 4, 5]
    expected = np.eye(6)
    expected[np.ix_(index, index)] = matrix
    np.testing.assert_allclose(as_dense(metric), expected)


def test_plain_arrays_follow_sorted_names():
    metric, _ = roundtrip(False, np.arange(1.0, 7.0))
    np.testing.assert_allclose(metric.diagonal, [5.0, 6.0, 1.0, 2.0, 3.0, 4.0])


def test_default_is_the_unit_metric():
    for dense_mass in (False, True, [("a", "b")]):
        metric, _ = roundtrip(dense_mass)
        np.testing.assert_array_equal(as_dense(metric), np.eye(6))


def test_a_string_is_a_block_of_one_site():
    assert group_names(["a", "b"], ["b"]) == {("b",): True, ("a",): False}


@pytest.mark.parametrize(
    ("dense_mass", "given", "shapes"),
    [
        (True, np.arange(1.0, 7.0), {("a", "b", "c"): (6, 6)}),
        (False, np.arange(1.0, 7.0), {("a", "b", "c"): (6,)}),
        ([("c", "b")], np.arange(1.0, 7.0), {("c", "b"): (5, 5), ("a",): (1,)}),
        ([("b",)], {("b",): np.arange(1.0, 4.0)}, {("b",): (3, 3), ("a", "c"): (3,)}),
        ([("c",)], {("b",): np.arange(1.0, 4.0)}, {("b",): (3,), ("c",): (2, 2), ("a",): (1,)}),
        (True, {("b",): np.arange(1.0, 4.0)}, {("b",): (3, 3), ("a", "c"): (3, 3)}),
    ],
)
def test_a_vector_is_the_diagonal_of_a_dense_part_too(dense_mass, given, shapes):
    metric, found = roundtrip(dense_mass, given)
    assert {key: x.shape for key, x in found.items()} == shapes
    if isinstance(given, dict):
        index, expected = coordinates(PROBLEM, ("b",)), np.arange(1.0, 4.0)
    else:
        index, expected = coordinates(PROBLEM, ("a", "b", "c")), given
    np.testing.assert_array_equal(as_dense(metric)[np.ix_(index, index)], np.diag(expected))


def test_a_site_without_coordinates_has_an_empty_part():
    problem = SimpleNamespace(size=1, slices={"nothing": slice(0, 0), "x": slice(0, 1)})
    for dense_mass in (False, True, [("nothing",)], [("nothing", "x")]):
        metric, groups = build_metric(problem, dense_mass)
        np.testing.assert_array_equal(as_dense(metric), [[1.0]])
        described = describe_metric(problem, groups, metric)
        assert sum(x.shape[0] for x in described.values()) == 1


def test_errors_name_sites_and_shapes():
    with pytest.raises(SiteNameError, match="'d'"):
        build_metric(PROBLEM, [("a", "d")])
    with pytest.raises(SiteNameError, match="'a'.*more than one"):
        build_metric(PROBLEM, [("a", "b"), ("a", "c")])
    with pytest.raises(ShapeError, match=r"\(2,\).*\(5,\)"):
        build_metric(PROBLEM, False, {("c", "b"): np.ones(2)})


def low_rank(k, seed=0):
    rng = np.random.default_rng(seed)
    basis, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    return LowRank(rng.uniform(0.5, 2.0, 6), basis[:k], np.exp(rng.normal(size=k)))


@pytest.mark.parametrize("k", [0, 1, 4])
def test_low_rank_matrices_are_kept_to_the_last_bit(k):
    given = low_rank(k)
    metric, groups = build_metric(PROBLEM, False, {("a", "b", "c"): given})
    index = coordinates(PROBLEM, ("a", "b", "c"))
    np.testing.assert_allclose(as_dense(metric)[np.ix_(index, index)], given.as_matrix())
    found = describe_directions(PROBLEM, metric)
    for name in ("diagonal", "directions", "factors"):
        np.testing.assert_array_equal(getattr(found, name), getattr(given, name))
    (shown,) = describe_metric(PROBLEM, groups, metric).values()
    np.testing.assert_allclose(shown, given.as_matrix())


def test_a_matrix_that_directions_stand_for_is_taken_from_them():
    given = low_rank(2)
    matrix = {("a", "b", "c"): given.as_matrix()}
    metric, _ = build_metric(PROBLEM, False, matrix, low_rank=given)
    assert metric.rank[0] == 2 and metric.block_index.size == 0
    other = {("a", "b", "c"): 2.0 * given.as_matrix()}
    metric, _ = build_metric(PROBLEM, False, other, low_rank=given)
    assert metric.rank[0] == 0 and metric.block_index.size == 6


def test_low_rank_matrices_are_checked():
    with pytest.raises(ShapeError, match="dimensions"):
        build_metric(PROBLEM, False, LowRank(np.ones(2), np.eye(2), np.ones(2)))
    with pytest.raises(ShapeError, match="directions"):
        check_inverse_mass(LowRank(np.ones(2), np.eye(3), np.ones(3)))
    with pytest.raises(ArgumentError, match="orthonormal"):
        check_inverse_mass(LowRank(np.ones(2), np.ones((1, 2)), np.ones(1)))
    with pytest.raises(ArgumentError, match="positive"):
        check_inverse_mass(LowRank(np.ones(2), np.eye(2), -np.ones(2)))


@pytest.mark.parametrize("given", [spd(6), {("a", "b", "c"): spd(6)}])
def test_a_matrix_of_all_sites_contradicts_smaller_blocks(given):
    with pytest.raises(SiteNameError, match="more than one block"):
        build_metric(PROBLEM, [("a", "b")], given)
    matrix = given if isinstance(given, np.ndarray) else given["a", "b", "c"]
    _, found = roundtrip([("c", "b", "a")], given)
    np.testing.assert_array_equal(found["a", "b", "c"], matrix)
    _, again = roundtrip([("c", "b", "a")], found)
    np.testing.assert_array_equal(again["a", "b", "c"], matrix)


def low_rank_of(n):
    rng = np.random.default_rng(n)
    directions = np.linalg.qr(rng.normal(size=(n, 1)))[0].T
    return LowRank(rng.uniform(1.0, 2.0, n), directions, np.array([7.0]))


@pytest.mark.parametrize("key", [("a", "b", "c"), ("c", "a", "b"), ("b",), "b", ("c", "a")])
@pytest.mark.parametrize("dense_mass", [False, True])
def test_a_low_rank_matrix_lands_on_the_coordinates_of_its_sites(key, dense_mass):
    index = coordinates(PROBLEM, (key,) if isinstance(key, str) else key)
    given = low_rank_of(len(index))
    metric, groups = build_metric(PROBLEM, dense_mass, {key: given})
    expected = np.eye(6)
    expected[np.ix_(index, index)] = given.as_matrix()
    np.testing.assert_allclose(as_dense(metric), expected, rtol=1e-12, atol=1e-12)
    assert set(describe_metric(PROBLEM, groups, metric))
    with pytest.raises(ShapeError):
        build_metric(PROBLEM, dense_mass, {key: low_rank_of(len(index) + 1)})


def test_a_low_rank_matrix_becomes_a_dense_one_where_that_is_asked_for():
    given = low_rank_of(6)
    metric, found = roundtrip(True, given)
    assert len(metric.block_matrix) == 36 and not len(metric.factors)
    np.testing.assert_allclose(found["a", "b", "c"], given.as_matrix(), rtol=1e-12)
