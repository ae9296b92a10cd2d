"""What was learned: histograms of scalars, each with its mean and interval of highest density."""

from lightppl.diagnostics.intervals import hpdi
from lightppl.plotting.axes import chosen_rows, make_axes


def plot_posterior(samples, var_names=None, *, hdi_prob=0.9, ref_val=None):
    """Draw the marginal posterior of each scalar.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
        As from ``mcmc.get_samples(group_by_chain=True)``.
    var_names : sequence of str, optional
        Sites to draw, or single scalars such as ``theta[0]``; default all.
    hdi_prob : float
        Share of draws in the interval.
    ref_val : dict of str to float, optional
        Values to compare with, by label (``"mu"``, ``"theta[0]"``).

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> import numpy as np
    >>> figure = plot_posterior({"mu": np.random.default_rng(0).standard_normal((4, 100))})
    >>> len(figure.axes)
    1
    """
    labels, rows = chosen_rows(samples, var_names)
    figure, panels = make_axes(len(labels))
    for label, row, panel in zip(labels, rows, panels):
        draws = row.ravel()
        low, high = hpdi(draws, hdi_prob)
        panel.hist(draws, bins=50, density=True, color="C0", alpha=0.5)
        panel.plot([low, high], [0, 0], color="black", linewidth=4, solid_capstyle="butt")
        panel.axvline(draws.mean(), color="black", linewidth=1)
        if ref_val and label in ref_val:
            panel.axvline(ref_val[label], color="C1", linestyle="--")
        panel.set_title(f"{label}: {draws.mean():.3g} [{low:.3g}, {high:.3g}]", fontsize=9)
        panel.set_yticks([])
    return figure
