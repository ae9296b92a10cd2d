"""The warmup schedule against Stan's published one, and its invariants."""

import numpy as np
import pytest

from lightppl.kernels.adaptation.windows import (
    FAST, SLOW, SLOW_END, gradient_phases, gradient_windows, warmup_phases, warmup_windows,
)


def test_schedule_of_1000_is_stans():
    """Stan Reference Manual: 75, then 25, 50, 100, 200, 500, then 50."""
    assert warmup_windows(1000) == (75, [100, 150, 250, 450, 950])


@pytest.mark.parametrize(
    "num_warmup, expected",
    [
        (500, (75, [100, 150, 250, 450])),
        (300, (75, [100, 150, 250])),
        (200, (75, [100, 150])),
        (150, (75, [100])),
        (149, (22, [135])),
        (100, (15, [90])),
        (20, (3, [18])),
        (19, (19, [])),
        (0, (0, [])),
    ],
)
def test_other_lengths_and_stans_rescaling(num_warmup, expected):
    assert warmup_windows(num_warmup) == expected


def test_windows_grow_and_tile_the_slow_phase():
    for num_warmup in range(20, 3000):
        start, ends = warmup_windows(num_warmup)
        widths = np.diff([start, *ends])
        assert np.all(widths > 0) and np.all(np.diff(widths) >= 0)
        assert 0 < start < ends[-1] <= num_warmup


def test_phases_mark_what_the_windows_say():
    phases = warmup_phases(1000)
    assert np.flatnonzero(phases == SLOW_END).tolist() == [99, 149, 249, 449, 949]
    assert np.all(phases[:75] == FAST) and np.all(phases[950:] == FAST)
    assert np.count_nonzero(phases == SLOW) == 875 - 5


def test_without_metric_adaptation_all_is_fast():
    assert np.all(warmup_phases(300, adapt_mass_matrix=False) == FAST)


def test_windows_of_gradients_tile_all_but_the_end():
    for num_warmup in range(20, 3000):
        ends = gradient_windows(num_warmup)
        widths = np.diff([0, *ends])
        assert np.all(widths > 0) and np.all(np.diff(widths) >= 0)
        buffer = num_warmup - ends[-1]
        assert buffer == min(150, 3 * num_warmup // 8)
    assert all(gradient_windows(num_warmup) == [] for num_warmup in range(20))


def test_phases_of_gradients_collect_from_the_start():
    phases = gradient_phases(1000)
    ends = np.flatnonzero(phases == SLOW_END) + 1
    assert ends.tolist() == gradient_windows(1000) == [10, 20, 35, 60, 100, 160, 250, 430, 850]
    assert np.all(phases[850:] == FAST) and np.count_nonzero(phases == FAST) == 150
    assert np.all(gradient_phases(300, adapt_mass_matrix=False) == FAST)
