"""Ranks of each chain among all draws: flat histograms mean that the chains agree.

Reference: Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 5.
"""

import numpy as np

from lightppl.diagnostics.ranks import sort_rows
from lightppl.plotting.axes import add_chain_legend, chosen_rows, make_axes


def plot_rank(samples, var_names=None, *, num_bins=20):
    """Draw the histogram of ranks of each chain, one line for each.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Sites to draw, or single scalars such as ``theta[0]``; default all.
    num_bins : int

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = plot_rank({"mu": np.random.default_rng(0).standard_normal((4, 100))})
    >>> len(figure.axes)
    1
    """
    labels, rows = chosen_rows(samples, var_names)
    num_chains, num_draws = rows.shape[1:]
    ranks = _ranks(rows)
    edges = np.linspace(0, num_chains * num_draws, num_bins + 1)
    figure, panels = make_axes(len(labels))
    for label, row, panel in zip(labels, ranks, panels):
        for chain, values in enumerate(row):
            counts, _ = np.histogram(values, edges)
            panel.stairs(counts, edges, color=f"C{chain}")
        panel.axhline(num_draws / num_bins, color="black", linestyle=":")
        panel.set_ylim(bottom=0)
        panel.set_title(f"{label}: ranks by chain", fontsize=9)
    add_chain_legend(figure, num_chains)
    return figure


def _ranks(rows):
    """Return ranks from 0 of (R, C, N) rows."""
    order = sort_rows(rows).order
    ranks = np.empty(order.shape)
    np.put_along_axis(ranks, order, np.arange(order.shape[1])[None] + 0.5, axis=1)
    return ranks.reshape(rows.shape)
