"""The windows of warmup, in which a mass matrix is learned and then replaced.

Reference: Stan Reference Manual, "Automatic parameter tuning".
"""

from typing import NamedTuple

from lightppl.arguments import check_count
from lightppl.kernels.adaptation.windows import SHORTEST_WARMUP, warmup_windows


class AdaptWindow(NamedTuple):
    """A window of warmup.

    Attributes
    ----------
    start, end : int
        Its first and its last iteration.
    """

    start: int
    end: int


def build_adaptation_schedule(num_steps):
    """Return the contiguous windows of warmup: fast, slow ones that double, fast.

    Parameters
    ----------
    num_steps : int

    Returns
    -------
    list of AdaptWindow
        Fewer than 20 steps are one window.

    References
    ----------
    Stan Reference Manual, "Automatic parameter tuning".

    Examples
    --------
    >>> [tuple(window) for window in build_adaptation_schedule(200)]
    [(0, 74), (75, 99), (100, 149), (150, 199)]
    """
    num_steps = check_count(num_steps, "num_steps")
    if num_steps < SHORTEST_WARMUP:
        return [AdaptWindow(0, num_steps - 1)]
    start, ends = warmup_windows(num_steps)
    edges = [0, start, *ends, num_steps]
    return [AdaptWindow(first, next_one - 1) for first, next_one in zip(edges, edges[1:])]
