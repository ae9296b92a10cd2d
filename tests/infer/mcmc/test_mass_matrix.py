"""Mass matrices by site names: from users' words to a metric and back."""

from types import SimpleNamespace

import numpy as np
import pytest

from lightppl.errors import ShapeError, SiteNameError
from lightppl.infer.mcmc.mass_matrix import build_metric, coordinates, dense_blocks, describe_metric
from lightppl.kernels.metric import as_dense

PROBLEM = SimpleNamespace(
    size=6, slices={"c": slice(0, 2), "a": slice(2, 3), "b": slice(3, 6)}
)  # fmt: skip


def spd(n, seed=0):
    factor = np.random.default_rng(seed).normal(size=(n, n))
    return factor @ factor.T + np.eye(n)


def roundtrip(dense_mass, inverse_mass_matrix=None):
    metric, blocks = build_metric(PROBLEM, dense_mass, inverse_mass_matrix)
    return metric, describe_metric(PROBLEM, blocks, metric.diagonal, metric.block_matrix)


@pytest.mark.parametrize(
    "given",
    [
        {("c", "b"): spd(5), ("a",): np.array([3.0])},
        {("a", "b", "c"): spd(6)},
        {("b",): spd(3), ("c",): spd(2), ("a",): np.array([[0.5]])},
        {("a", "b", "c"): np.arange(1.0, 7.0)},
    ],
)
def test_what_is_given_is_what_is_read(given):
    _, found = roundtrip(False, given)
    assert set(found) == set(given)
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
    assert dense_blocks(["a", "b"], ["b"]) == [("b",)]


def test_errors_name_sites_and_shapes():
    with pytest.raises(SiteNameError, match="'d'"):
        build_metric(PROBLEM, [("a", "d")])
    with pytest.raises(SiteNameError, match="'a'.*more than one"):
        build_metric(PROBLEM, [("a", "b"), ("a", "c")])
    with pytest.raises(ShapeError, match=r"\(2,\).*\(5,\)"):
        build_metric(PROBLEM, False, {("c", "b"): np.ones(2)})
