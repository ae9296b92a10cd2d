import numpy as np
import pytest

from lightppl.diagnostics import hpdi
from tests.reference.slow_diagnostics import shortest_interval


@pytest.mark.parametrize("prob", [0.1, 0.5, 0.9, 0.99])
def test_equals_the_slow_twin(prob):
    x = np.random.default_rng(0).gamma(2.0, size=200)
    assert tuple(hpdi(x, prob)) == shortest_interval(x, prob)


def test_interval_of_an_exponential_starts_at_its_mode():
    x = np.random.default_rng(1).standard_exponential(20_000)
    low, high = hpdi(x, 0.9)
    assert low < 0.01 and high == pytest.approx(-np.log(0.1), rel=0.03)


def test_ends_stand_along_the_axis_of_draws():
    x = np.random.default_rng(2).standard_normal((3, 100, 2))
    ends = hpdi(x, 0.9, axis=1)
    assert ends.shape == (3, 2, 2)
    assert np.array_equal(ends[1, :, 0], hpdi(x[1, :, 0], 0.9))


def test_whole_range_is_the_limit():
    assert hpdi(np.array([3.0, 1.0, 2.0]), 1.0).tolist() == [1.0, 3.0]
