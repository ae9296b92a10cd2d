"""The room for draws: in order, evenly spaced, never beyond its end."""

import numpy as np
import pytest

from lightppl.kernels.adaptation.window import Window, forget_draws, kept_rows, make_window
from lightppl.kernels.phase_point import PhasePoint
from tests.kernels import calls


def filled(num_rows, num_draws):
    window = make_window(2, True)
    window = Window(window.q[:num_rows], window.grad[:num_rows], window.stride, window.misfit)
    for k in range(num_draws):
        keep(window, k, k)
    return window


def keep(window, k, value):
    q = np.array([float(value), -float(value)])
    calls.keep_draw(window, PhasePoint(q, q, q, 10.0 * q), k)


@pytest.mark.parametrize("num_rows", [1, 2, 5, 8])
def test_kept_draws_are_evenly_spaced_and_begin_with_the_first(num_rows):
    for num_draws in range(1, 50):
        window = filled(num_rows, num_draws)
        q, grad = kept_rows(window, num_draws)
        stride = int(window.stride[0])
        np.testing.assert_array_equal(q[:, 0], np.arange(0, num_draws, stride))
        np.testing.assert_array_equal(grad, 10.0 * q)
        assert len(q) <= num_rows and (stride == 1 or 2 * len(q) >= num_rows)


@pytest.mark.parametrize("num_to_forget", [1, 3, 4, 6, 12, 30])
def test_what_is_left_goes_on_as_a_window(num_to_forget):
    window = filled(8, 13)
    left = forget_draws(window, 13, num_to_forget)
    assert left == max(13 - 2 * -(-num_to_forget // 2), 0) if num_to_forget < 13 else left == 0
    for k in range(left, left + 4):
        keep(window, k, k + 13 - left)
    q, _ = kept_rows(window, left + 4)
    expected = np.arange(13 - left, 17)[:: int(window.stride[0])]
    np.testing.assert_array_equal(q[:, 0], expected)


def test_no_room_keeps_nothing():
    window = make_window(2, False)
    for k in range(5):
        keep(window, k, k)
    assert len(kept_rows(window, 5)[0]) == 0


def test_room_is_bounded():
    assert make_window(10, True).q.shape == (800, 10)
    assert make_window(10_000, True).q.shape == (40, 10_000)
    assert make_window(100_000, True).q.shape == (32, 100_000)
