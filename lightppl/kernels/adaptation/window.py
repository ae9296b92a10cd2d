"""The last draws of a chain with their gradients, in a room that is bounded.

When the room is full every second draw is dropped, and from then on only every second one is kept;
so a window of any length is represented evenly.

Legend: ``D`` dimension; ``R`` draws that there is room for.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import copy_into

LARGEST_SIZE = 400_000
"""Numbers of either array at most, unless there are very many dimensions."""

FEWEST_ROWS, MOST_ROWS = 32, 800


class Window(NamedTuple):
    """Draws and gradients.

    Parameters
    ----------
    q, grad : (R, D) float64
        Draws, and gradients of the potential energy there.
    stride : (1,) int64
        Draw k of the window, if it is a multiple of the stride, is in row ``k // stride``.
    misfit : (1,) float64
        Fisher divergence of the metric in force, NaN before there was a window to judge it by.
    """

    q: np.ndarray
    grad: np.ndarray
    stride: np.ndarray
    misfit: np.ndarray


def make_window(size, has_room):
    """Return an empty window for draws of dimension `size`, with no room unless asked for."""
    num_rows = min(max(LARGEST_SIZE // max(size, 1), FEWEST_ROWS), MOST_ROWS) if has_room else 0
    return Window(
        np.zeros((num_rows, size)), np.zeros((num_rows, size)), np.ones(1, np.int64),
        np.full(1, np.nan),
    )  # fmt: skip


@kernel
def keep_draw(window, z, k):
    """Keep draw number k of a window, counted from 0, in place, if it is one of those to be kept.

    Parameters
    ----------
    window : Window
        Overwritten; its stride is positive.
    z : PhasePoint
        Its position and gradient are copied.
    k : int
    """
    R = window.q.shape[0]
    if R == 0:
        return
    if k % window.stride[0] == 0 and k // window.stride[0] >= R:
        drop_every_second(window)
    if k % window.stride[0] == 0:
        row = k // window.stride[0]
        copy_into(window.q[row], z.q)
        copy_into(window.grad[row], z.grad)


@kernel
def drop_every_second(window):
    """Keep rows 0, 2, 4, ... only, and twice the stride, in place."""
    for i in range((window.q.shape[0] + 1) // 2):
        copy_into(window.q[i], window.q[2 * i])
        copy_into(window.grad[i], window.grad[2 * i])
    window.stride[0] *= 2


def kept_rows(window, num_draws):
    """Return the draws and gradients of a window of so many draws, views of (n, D)."""
    num_rows = -(-num_draws // int(window.stride[0]))
    return window.q[:num_rows], window.grad[:num_rows]


def forget_draws(window, num_draws, num_to_forget):
    """Drop the oldest draws of a window, in place, and return how many it now counts.

    Parameters
    ----------
    window : Window
        Overwritten.
    num_draws : int
        Draws of the window so far.
    num_to_forget : int
        At least so many are dropped: in all, a multiple of the stride.

    Returns
    -------
    int
    """
    stride = int(window.stride[0])
    rows = -(-num_to_forget // stride)
    if rows * stride >= num_draws:
        window.stride[0] = 1
        return 0
    for x in (window.q, window.grad):
        x[: len(x) - rows] = x[rows:].copy()
    return num_draws - rows * stride
