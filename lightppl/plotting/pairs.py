"""What depends on what: draws of each pair of scalars, with divergences marked.

Reference: Gabry, Simpson, Vehtari, Betancourt, Gelman (2019), "Visualization in Bayesian workflow".
"""

import numpy as np

from lightppl.plotting.axes import chosen_rows, make_axes


def plot_pair(samples, var_names=None, *, diverging=None, max_points=4000):
    """Draw each pair of scalars as a cloud, and each scalar as a histogram.

    Parameters
    ----------
    samples : dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Sites to draw; default all.
    diverging : (C, N) bool array, optional
        Divergent draws are shown on top: where they gather, the sampler failed.
    max_points : int
        Draws shown; more are thinned evenly.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> draws = np.random.default_rng(0).standard_normal((4, 100, 3))
    >>> len(plot_pair({"x": draws}, diverging=draws[:, :, 0] > 2).axes)
    9
    """
    labels, rows = chosen_rows(samples, var_names)
    draws = rows.reshape(len(rows), -1)
    bad = np.zeros(draws.shape[1], bool) if diverging is None else np.ravel(diverging).astype(bool)
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
    return figure


def _label_edges(panel, labels, x, y):
    panel.tick_params(labelsize=6)
    if y == len(labels) - 1:
        panel.set_xlabel(labels[x])
    if x == 0:
        panel.set_ylabel(labels[y])
    else:
        panel.set_yticklabels([])
