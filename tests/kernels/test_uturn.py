"""The U-turn criterion: half circles, NaN, symmetry, and the incremental form against lists."""

import numpy as np
import pytest

from lightppl.kernels.phase_point import PhasePoint
from lightppl.kernels.uturn import Span
from tests.kernels import calls
from tests.reference import nuts as reference


def arc(start, stop, num=9):
    """Momenta along a circle, between two angles."""
    angles = np.linspace(start, stop, num)
    return np.stack([np.cos(angles), np.sin(angles)], -1)


def span_of(momenta, inverse_mass=np.eye(2)):
    first, last = momenta[0].copy(), momenta[-1].copy()
    return Span(first, inverse_mass @ first, last, inverse_mass @ last, momenta.sum(0))


def test_less_than_half_a_turn_is_straight():
    assert not calls.turning(span_of(arc(0.0, 1.0)), span_of(arc(1.1, 2.5)))


def test_more_than_half_a_turn_is_turning():
    assert calls.turning(span_of(arc(0.0, 2.0)), span_of(arc(2.1, 4.0)))


def test_a_full_circle_is_seen_by_the_checks_between_subtrees():
    """Both ends of a long first half and a second that undoes it look along the sum of momenta."""
    one, two = span_of(arc(0.0, np.pi - 0.1)), span_of(arc(np.pi - 0.1, 2 * np.pi - 0.05))
    assert calls.turning(one, two)


def test_nan_momentum_is_turning():
    one = span_of(arc(0.0, 1.0))
    two = span_of(arc(1.1, 2.0) * np.nan)
    assert calls.turning(one, two)


def test_criterion_does_not_depend_on_the_direction_of_time():
    rng = np.random.default_rng(1)
    for _ in range(200):
        one, two = rng.normal(size=(2, 3, 2)) + rng.normal(size=2)
        forward = calls.turning(span_of(one), span_of(two))
        backward = calls.turning(span_of(two[::-1]), span_of(one[::-1]))
        assert forward == backward


@pytest.mark.parametrize("depth", range(7))
def test_counter_finds_the_first_turn_that_recursion_finds(depth):
    """Random momenta that turn at various places: same leaf, same verdict as explicit lists."""
    rng = np.random.default_rng(depth)
    inverse_mass = np.array([[1.0, 0.3], [0.3, 0.7]])
    verdicts = set()
    for _ in range(60):
        scale = 12.0 * rng.uniform() ** 2
        momenta = np.array([2.0, 0.0]) + scale * rng.normal(size=(2**depth, 2)).cumsum(0) / 3
        points = [reference.Point(None, p, 0.0, 0.0) for p in momenta]
        expected = first_turn(points, inverse_mass)
        found = None
        spans = np.full((max(depth, 1), 5, 2), np.nan)
        for leaf, p in enumerate(momenta):
            z = PhasePoint(p * 0, p.copy(), inverse_mass @ p, p * 0)
            if calls.turning_at_leaf(spans, leaf, z):
                found = leaf
                break
        assert found == expected
        verdicts.add(found is None)
        if found is None:
            np.testing.assert_allclose(spans[0, 4], momenta.sum(0), rtol=1e-12)
            np.testing.assert_allclose(spans[0, 2], momenta[-1])
    assert depth < 2 or verdicts == {True, False}


def first_turn(points, inverse_mass):
    """Index of the leaf that completes the first turning dyadic stretch, by brute force."""
    for leaf in range(len(points)):
        size = 2
        while (leaf + 1) % size == 0:
            stretch = points[leaf + 1 - size : leaf + 1]
            half = size // 2
            if reference.is_turning(stretch[:half], stretch[half:], inverse_mass):
                return leaf
            size *= 2
    return None
