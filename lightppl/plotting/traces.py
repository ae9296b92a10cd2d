"""Draws in the order in which they came: chains that agree look alike and have no trend."""

import numpy as np

from lightppl.diagnostics.fits import statistics_of
from lightppl.plotting.axes import add_chain_legend, chosen_rows, make_axes


def plot_trace(samples, var_names=None, *, diverging=None):
    """Draw each scalar twice: distribution of each chain, and draws over time.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Sites to draw, or single scalars such as ``theta[0]``; default all.
    diverging : (C, N) bool array, optional
        Divergent draws are ticked below the trace; an `MCMC` knows them.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = plot_trace({"mu": np.random.default_rng(0).standard_normal((4, 100))})
    >>> len(figure.axes)
    2
    """
    labels, rows = chosen_rows(samples, var_names)
    diverging = statistics_of(samples).get("diverging") if diverging is None else diverging
    figure, panels = make_axes(2 * len(labels), num_columns=2, panel_size=(4, 1.8))
    for i, (label, row) in enumerate(zip(labels, rows)):
        density_panel, trace_panel = panels[2 * i: 2 * i + 2]
        bins = np.histogram_bin_edges(row, bins=40)
        for chain, draws in enumerate(row):
            color = f"C{chain}"
            density_panel.hist(draws, bins=bins, density=True, histtype="step", color=color)
            trace_panel.plot(draws, color=color, linewidth=0.4)
        if diverging is not None:
            when = np.nonzero(diverging)[1]
            trace_panel.plot(when, np.full(len(when), row.min()), "|", color="black")
        density_panel.set_title(label, fontsize=9)
        density_panel.set_yticks([])
        trace_panel.set_xlabel("draw", fontsize=7)
    add_chain_legend(figure, rows.shape[1])
    return figure
