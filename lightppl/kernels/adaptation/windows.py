"""The schedules of warmup: fast, slow windows that double, fast; or windows from the start.

Step size adapts in every iteration; the metric is estimated in slow windows, and at the end of each
it is replaced and step size adaptation begins again.  Where gradients are used besides draws, a few
draws are enough for a useful metric, so windows begin at once; and the step size, which decides
about the cost of all that follows, gets more of the end.

Reference: Stan Reference Manual, "Automatic parameter tuning", for the first schedule.
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
HEATED = 4
"""As ``SLOW``, with momenta larger than they should be, see `heating`."""

START_BUFFER = 75
END_BUFFER = 50
FIRST_WINDOW = 25
SHORTEST_WARMUP = 20

GRADIENT_WINDOWS = (10, 10, 15, 25, 40, 60, 90)
"""First windows where gradients are used; then they double."""
GRADIENT_END_BUFFER = 150

HEATED_SHARE, MOST_HEATED = 0.2, 100
"""The first iterations that are heated, where gradients are used."""


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


def gradient_windows(num_warmup):
    """Return the ends of all windows where gradients are used.

    Parameters
    ----------
    num_warmup : int
        Below 400, the end buffer is 3/8 of it; below 20, there are no windows.

    Returns
    -------
    list of int
        One past the last iteration of each window.

    Examples
    --------
    >>> gradient_windows(1000)
    [10, 20, 35, 60, 100, 160, 250, 430, 850]
    >>> gradient_windows(100)
    [10, 20, 35, 63]
    """
    if num_warmup < SHORTEST_WARMUP:
        return []
    stop = num_warmup - min(GRADIENT_END_BUFFER, 3 * num_warmup // 8)
    window_ends, position, k = [], 0, 0
    while position < stop:
        width = _gradient_window(k)
        # A window is stretched to the end when the next would not fit after it.
        is_last = position + width + _gradient_window(k + 1) > stop
        position, k = stop if is_last else position + width, k + 1
        window_ends.append(position)
    return window_ends


def _gradient_window(k):
    num = len(GRADIENT_WINDOWS)
    return GRADIENT_WINDOWS[k] if k < num else GRADIENT_WINDOWS[-1] * 2 ** (k - num + 1)


def gradient_phases(num_warmup, adapt_mass_matrix=True):
    """Return the phase of every warmup iteration where gradients are used, (num_warmup,) int64.

    Examples
    --------
    >>> phases = gradient_phases(200)
    >>> np.flatnonzero(phases == SLOW_END).tolist(), int(np.argmax(phases == FAST))
    ([9, 19, 34, 59, 124], 125)
    """
    phases = np.full(num_warmup, FAST, np.int64)
    window_ends = gradient_windows(num_warmup) if adapt_mass_matrix else []
    phases[: window_ends[-1] if window_ends else 0] = SLOW
    phases[: min(int(HEATED_SHARE * num_warmup), MOST_HEATED) if window_ends else 0] = HEATED
    phases[np.array(window_ends, np.int64) - 1] = SLOW_END
    return phases
