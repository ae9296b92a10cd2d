"""Step sizes that are accepted as often as was asked for."""

import math

import numpy as np
import pytest

from lightppl.jit import python_function
from lightppl.kernels.adaptation import dual_averaging
from lightppl.kernels.adaptation.step_size import NUM_QUICK_UPDATES
from tests.kernels import calls

start = python_function(dual_averaging.start_dual_averaging)


def accept_prob(x, rng):
    """Noisy acceptance that falls with the step size; its mean is 2 Phi(-exp(2 x) / 2)."""
    return min(1.0, math.exp(math.exp(2 * x) * rng.normal() - 0.5 * math.exp(4 * x)))


def mean_accept_prob(x):
    return math.erfc(math.exp(2 * x) / 2 / math.sqrt(2))


def learnt(update, num_updates, seed):
    state, rng = start(0.3), np.random.default_rng(seed)
    for _ in range(num_updates):
        state = update(state, accept_prob(state.x, rng), 0.8)
    return mean_accept_prob(state.x_bar)


def test_acceptance_is_the_target_after_the_end_buffer():
    found = [learnt(calls.update_step_size, 150, seed) for seed in range(40)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.01)
    assert np.std(found) < 0.03


def test_dual_averaging_alone_ends_too_low():
    """What the slower updates are for; without it this file would not be needed."""
    found = [learnt(calls.update_dual_averaging, 50, seed) for seed in range(40)]
    assert np.mean(found) > 0.82


def test_quick_updates_are_dual_averaging():
    one = two = start(1.0)
    for k in range(NUM_QUICK_UPDATES):
        one = calls.update_step_size(one, (k % 3) / 2, 0.8)
        two = calls.update_dual_averaging(two, (k % 3) / 2, 0.8)
    assert one == two


def test_two_slow_updates_by_hand():
    """From the average, by 2 (t + 5)^-0.75 times the error; then averaged with 2 / (t + 1)."""
    state = start(1.0)
    for _ in range(NUM_QUICK_UPDATES):
        state = calls.update_step_size(state, 0.8, 0.8)
    before = state.x_bar
    state = calls.update_step_size(state, 0.5, 0.8)
    first = before - 0.6 * 6**-0.75
    assert (state.x, state.x_bar) == pytest.approx((first, first))
    state = calls.update_step_size(state, 1.0, 0.8)
    second = first + 0.4 * 7**-0.75
    assert (state.x, state.x_bar) == pytest.approx((second, (first + 2.0 * second) / 3.0))


def test_nan_counts_as_no_acceptance():
    state = start(1.0)
    for _ in range(NUM_QUICK_UPDATES):
        state = calls.update_step_size(state, 0.8, 0.8)
    nothing, unknown = (calls.update_step_size(state, x, 0.8) for x in (0.0, math.nan))
    assert nothing == unknown


def test_the_target_is_half_as_far_from_one_where_no_metric_fits():
    targets = [calls.careful_target(0.8, misfit) for misfit in (-0.1, 1.0, 1.1, math.nan)]
    assert targets == pytest.approx([0.8, 0.8, 0.9, 0.8])
