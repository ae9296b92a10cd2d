"""What depends on what: draws of each pair of scalars, with divergences marked.

Reference: Gabry, Simpson, Vehtari, Betancourt, Gelman (2019), "Visualization in Bayesian workflow".
"""

import numpy as np

from lightppl.diagnostics.fits import statistics_of
from lightppl.errors import ModelError
from lightppl.plotting.axes import chosen_rows, make_axes


def plot_pair(samples, var_names=None, *, diverging=None, max_points=4000, max_scalars=8):
    """Draw each pair of scalars as a cloud, and each scalar as a histogram.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Sites to draw, or single scalars such as ``theta[0]``; by default all or, of many,
        `max_scalars`: two in which divergent draws stand apart, and those that depend most on one
        another.
    diverging : (C, N) bool array, optional
        Divergent draws are shown on top: where they gather, the sampler failed.  An `MCMC` knows
        them.
    max_points : int
        Draws shown; more are thinned evenly.
    max_scalars : int
        The number of panels is its square at most.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ModelError
        If `var_names` chooses more than `max_scalars`.

    Examples
    --------
    >>> draws = np.random.default_rng(0).standard_normal((4, 100, 3))
    >>> len(plot_pair({"x": draws}, diverging=draws[:, :, 0] > 2).axes)
    9
    """
    labels, rows = chosen_rows(samples, var_names)
    diverging = statistics_of(samples).get("diverging") if diverging is None else diverging
    draws = rows.reshape(len(rows), -1)
    bad = np.zeros(draws.shape[1], bool) if diverging is None else np.ravel(diverging).astype(bool)
    num_found = len(labels)
    if num_found > max_scalars:
        if var_names is not None:
            raise ModelError(
                f"{num_found} scalars would make {num_found**2} panels. Choose at most "
                f"{max_scalars} with var_names, such as {list(labels[:2])}, or raise max_scalars."
            )
        chosen = _most_telling(draws, bad, max_scalars)
        labels, draws = [labels[k] for k in chosen], draws[chosen]
    shown = slice(None, None, max(1, draws.shape[1] // max_points))
    size = len(labels)
    figure, panels = make_axes(size * size, num_columns=size, panel_size=(2, 2))
    for place, panel in enumerate(panels):
        y, x = divmod(place, size)
        if x == y:
            panel.hist(draws[x], bins=40, color="C0", alpha=0.5)
        else:
            panel.plot(draws[x, shown], draws[y, shown], ".", color="C0", markersize=2, alpha=0.3)
            panel.plot(draws[x, bad], draws[y, bad], ".", color="C3", markersize=5)
        _label_edges(panel, labels, x, y)
    if size < num_found:
        apart = "those in which divergences stand apart, and " if np.any(bad) else ""
        figure.suptitle(
            f"{size} of {num_found} scalars: {apart}those that depend most on one another"
        )
    return figure


def _most_telling(draws, bad, count):
    """Return the places of scalars to show, as they stand."""
    with np.errstate(all="ignore"):  # constants give NaN, which tells nothing
        strength = np.triu(np.nan_to_num(np.abs(np.corrcoef(draws))), 1)
        chosen = {}
        if np.any(bad):
            apart = np.abs(draws[:, bad].mean(axis=1) - draws.mean(axis=1)) / draws.std(axis=1)
            chosen = dict.fromkeys(np.argsort(-np.nan_to_num(apart))[:NUM_APART].tolist())
    for pair in np.argsort(-strength, axis=None, kind="stable"):
        if len(chosen) >= count:
            break
        chosen.update(dict.fromkeys(divmod(int(pair), len(draws))))
    return sorted(list(chosen)[:count])


NUM_APART = 2
"""Scalars shown because divergent draws stand apart in them."""


def _label_edges(panel, labels, x, y):
    panel.tick_params(labelsize=6)
    if y == len(labels) - 1:
        panel.set_xlabel(labels[x])
    if x == 0:
        panel.set_ylabel(labels[y])
    else:
        panel.set_yticklabels([])
