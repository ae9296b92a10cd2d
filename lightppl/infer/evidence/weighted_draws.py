"""Draws with weights: how many they are worth, a choice among them, and a table of them.

Legend: ``N`` draws.
"""

import numpy as np


def normalized(log_weights):
    """Return log weights, (N,), whose exponentials sum to one."""
    largest = np.max(log_weights)
    return log_weights - largest - np.log(np.sum(np.exp(log_weights - largest)))


def effective_number(log_weights):
    """Return how many draws of equal weight some weighted ones are worth, by Kish's formula.

    Parameters
    ----------
    log_weights : (N,) float64
        Normalized.

    Examples
    --------
    >>> effective_number(np.log([0.5, 0.5, 1e-300])).round(6)
    np.float64(2.0)
    """
    return 1.0 / np.sum(np.exp(2.0 * log_weights))


def systematic_indices(weights, num_draws, rng):
    """Return indices of weighted draws, each about as often as its weight asks for.

    Parameters
    ----------
    weights : (N,) float64
        They sum to one.
    num_draws : int
    rng : numpy.random.Generator
        Gives one uniform number.

    Returns
    -------
    (num_draws,) int64
        Ascending.

    Examples
    --------
    >>> systematic_indices(np.array([0.5, 0.0, 0.5]), 4, np.random.default_rng(0)).tolist()
    [0, 0, 2, 2]
    """
    positions = (rng.random() + np.arange(num_draws)) / num_draws
    cumulated = np.cumsum(weights)
    # the last position may be rounded to 1, where only draws without weight would be left
    positions = np.minimum(positions, 1.0 - 2.0**-53) * cumulated[-1]
    return np.searchsorted(cumulated[:-1], positions, side="right")


def table_of(samples, log_weights):
    """Return a table of weighted draws: mean, standard deviation and quantiles of every scalar.

    Parameters
    ----------
    samples : dict of str to (N, ...) array
    log_weights : (N,) float64
        Normalized.

    Returns
    -------
    str
    """
    weights = np.exp(log_weights)
    table = [["", "mean", "sd", "5%", "median", "95%"]]
    for name, draws in samples.items():
        for index in np.ndindex(draws.shape[1:]):
            label = f"{name}[{', '.join(map(str, index))}]" if index else name
            table.append([label, *_row(draws[(slice(None), *index)].astype(float), weights)])
    label_width, *widths = (max(map(len, cells)) for cells in zip(*table))
    return "\n".join(
        "  ".join([label.ljust(label_width), *(cell.rjust(w) for cell, w in zip(cells, widths))])
        for label, *cells in table
    )


def _row(x, weights):
    mean = np.sum(weights * x)
    sd = np.sqrt(np.sum(weights * (x - mean) ** 2))
    order = np.argsort(x, kind="stable")
    cumulated = np.cumsum(weights[order])
    places = np.searchsorted(cumulated, np.array([0.05, 0.5, 0.95]) * cumulated[-1])
    numbers = (mean, sd, *x[order][np.minimum(places, len(x) - 1)])
    is_plain = np.isfinite(sd) and sd > 0
    decimals = int(np.clip(2 - np.floor(np.log10(sd)), 2, 8)) if is_plain else 2
    return [f"{x:.{decimals}f}" for x in numbers]
