"""The schedule of warmup: fast, slow windows that double, fast.

Step size adapts in every iteration; the metric is estimated in slow windows, and at the end of each
it is replaced and step size adaptation begins again.

Reference: Stan Reference Manual, "Automatic parameter tuning".
"""

import numpy as np

FAST = 0
"""Only the step size adapts."""
SLOW = 1
"""Draws are collected for the metric."""
SLOW_END = 2
"""The last iteration of a slow window."""
SAMPLING = 3
"""Nothing adapts."""

START_BUFFER = 75
END_BUFFER = 50
FIRST_WINDOW = 25
SHORTEST_WARMUP = 20


def warmup_windows(num_warmup):
    """Return the end of the first fast phase and the ends of all slow windows.

    Parameters
    ----------
    num_warmup : int
        Below 150, Stan's rescaling applies: 15 % fast, 75 % one slow window, 10 % fast; below 20,
        all is fast.

    Returns
    -------
    slow_start : int
        First slow iteration.
    window_ends : list of int
        One past the last iteration of each slow window.

    Examples
    --------
    >>> warmup_windows(1000)
    (75, [100, 150, 250, 450, 950])
    >>> warmup_windows(100)
    (15, [90])
    """
    if num_warmup < SHORTEST_WARMUP:
        return num_warmup, []
    start, end, width = START_BUFFER, END_BUFFER, FIRST_WINDOW
    if num_warmup < start + end + width:
        start, end = int(0.15 * num_warmup), int(0.1 * num_warmup)
        width = num_warmup - start - end
    slow_stop = num_warmup - end
    window_ends = []
    position = start
    while position < slow_stop:
        # A window is stretched to the end when the next, twice as wide, would not fit after it.
        # Stan never stretches the first one and may leave a last window of a few draws; like
        # NumPyro we do, so that windows never shrink.
        is_last = position + width + 2 * width > slow_stop
        position = slow_stop if is_last else position + width
        window_ends.append(position)
        width *= 2
    return start, window_ends


def warmup_phases(num_warmup, adapt_mass_matrix=True):
    """Return the phase of every warmup iteration.

    Parameters
    ----------
    num_warmup : int
    adapt_mass_matrix : bool
        If False, all is fast: nothing would be done with slow windows.

    Returns
    -------
    (num_warmup,) int64
        ``FAST``, ``SLOW`` or ``SLOW_END``.

    Examples
    --------
    >>> phases = warmup_phases(200)
    >>> int(np.argmax(phases == SLOW)), np.flatnonzero(phases == SLOW_END).tolist()
    (75, [99, 149])
    """
    phases = np.full(num_warmup, FAST, np.int64)
    if adapt_mass_matrix:
        slow_start, window_ends = warmup_windows(num_warmup)
        phases[slow_start : window_ends[-1] if window_ends else slow_start] = SLOW
        phases[np.array(window_ends, np.int64) - 1] = SLOW_END
    return phases
