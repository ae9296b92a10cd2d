"""Intervals of highest posterior density.

Reference: Chen & Shao (1999), "Monte Carlo estimation of Bayesian credible and HPD intervals".
"""

import numpy as np

from lightppl.arguments import check_axis, check_number, check_numbers
from lightppl.errors import ShapeError


def hpdi(x, prob=0.90, axis=0):
    """Return the narrowest interval that holds a share of the draws.

    Parameters
    ----------
    x : array
    prob : float
        Share of draws in the interval, between 0 and 1.
    axis : int
        The axis of draws.

    Returns
    -------
    array
        The shape of `x`, with lower and upper end, in this order, along `axis`.

    Examples
    --------
    >>> hpdi(np.arange(100.0) ** 2, prob=0.5).tolist()
    [0.0, 2500.0]
    """
    x, prob = check_numbers(x, "x", finite=False), check_number(prob, "prob", above=0, most=1)
    axis = check_axis(axis, "axis", x.ndim)
    if x.shape[axis] == 0:
        raise ShapeError(f"hpdi needs at least one draw on axis {axis}, found shape {x.shape}.")
    values = np.sort(np.moveaxis(x, axis, -1), axis=-1)
    low, high = narrowest_interval(values, prob)
    return np.stack([low, high], axis=axis)


def narrowest_interval(values, prob):
    """Return the ends of the narrowest interval over the last axis of sorted values.

    Parameters
    ----------
    values : (..., S) array, ascending
    prob : float

    Returns
    -------
    low, high : (...) arrays
    """
    num_draws = values.shape[-1]
    span = min(int(prob * num_draws), num_draws - 1)
    width = values[..., span:] - values[..., : num_draws - span]
    start = np.argmin(width, axis=-1)[..., None]
    low = np.take_along_axis(values, start, axis=-1)[..., 0]
    high = np.take_along_axis(values, start + span, axis=-1)[..., 0]
    return low, high
