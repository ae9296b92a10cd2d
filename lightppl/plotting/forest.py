"""Many scalars side by side: median and two intervals, one line for each chain or for all."""

import numpy as np

from lightppl.diagnostics.intervals import hpdi
from lightppl.plotting.axes import add_chain_legend, chosen_rows, make_axes


def plot_forest(samples, var_names=None, *, hdi_prob=0.9, combined=True):
    """Draw the median, the middle half and the interval of highest density of each scalar.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Sites to draw, or single scalars such as ``theta[0]``; default all.
    hdi_prob : float
        Share of draws in the wide interval.
    combined : bool
        One line for all chains together instead of one for each.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = plot_forest({"theta": np.random.default_rng(0).standard_normal((4, 100, 8))})
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()][0]
    'theta[0]'
    """
    labels, rows = chosen_rows(samples, var_names)
    if combined:
        rows = rows.reshape(len(rows), 1, -1)
    num_chains = rows.shape[1]
    figure, (panel,) = make_axes(1, panel_size=(6, 1 + 0.28 * len(labels)))
    for i, row in enumerate(rows):
        for chain, draws in enumerate(row):
            y = i + 0.6 * (chain - (num_chains - 1) / 2) / num_chains
            low, high = hpdi(draws, hdi_prob)
            color = f"C{chain}"
            panel.plot([low, high], [y, y], color=color, linewidth=1)
            panel.plot(np.quantile(draws, [0.25, 0.75]), [y, y], color=color, linewidth=3)
            panel.plot(np.median(draws), y, "o", color=color, markersize=4)
    panel.set_yticks(range(len(labels)), labels)
    panel.invert_yaxis()
    panel.set_title(f"median, middle half, {100 * hdi_prob:g} % interval", fontsize=9)
    add_chain_legend(figure, num_chains)
    return figure
