"""Weights of draws: normalized, counted, resampled, tabulated."""

import numpy as np
import pytest

from lightppl.infer.evidence.weighted_draws import (
    effective_number, normalized, systematic_indices, table_of,
)


def test_normalized_weights_sum_to_one_whatever_their_size():
    log_weights = normalized(np.array([-1e5, -1e5 + 1.0, -np.inf]))
    assert np.sum(np.exp(log_weights)) == pytest.approx(1.0, rel=1e-12)


def test_equal_weights_are_worth_as_many_draws():
    assert effective_number(np.full(7, -np.log(7))) == pytest.approx(7.0)


def test_systematic_resampling_is_unbiased_and_off_by_less_than_one():
    weights = np.array([0.05, 0.3, 0.0, 0.65])
    rng, counts = np.random.default_rng(0), []
    for _ in range(4000):
        counts.append(np.bincount(systematic_indices(weights, 10, rng), minlength=4))
    assert np.max(np.abs(np.array(counts) - 10 * weights)) < 1.0
    np.testing.assert_allclose(np.mean(counts, axis=0), 10 * weights, atol=0.04)


def test_a_weight_of_zero_is_never_chosen_at_the_ends():
    class Edge:
        def __init__(self, u):
            self.u = u

        def random(self):
            return self.u

    for u in (0.0, 1.0 - 2.0**-53):
        assert set(systematic_indices(np.array([0.0, 0.5, 0.5, 0.0]), 8, Edge(u))) == {1, 2}


def test_the_table_shows_weighted_moments():
    samples = {"x": np.array([0.0, 10.0]), "v": np.ones((2, 2))}
    lines = table_of(samples, np.log([0.75, 0.25])).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["x", "v[0]", "v[1]"]
    assert lines[1].split()[1:] == ["2.50", "4.33", "0.00", "0.00", "10.00"]
