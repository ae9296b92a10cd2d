"""Does the model look like the data: observations against draws of the posterior predictive.

Reference: Gabry, Simpson, Vehtari, Betancourt, Gelman (2019), "Visualization in Bayesian workflow".
"""

import numpy as np

from lightppl.errors import ShapeError
from lightppl.plotting.axes import make_axes


def plot_ppc(observed, predicted, *, x=None, prob=0.9, num_pp_samples=50, name="y"):
    """Draw observations together with what the fitted model would have produced.

    Without `x`: distribution of the observations and of some predicted data sets.  With `x`:
    observations over a predictor, with mean and central interval of the prediction.

    Parameters
    ----------
    observed : (M,) array
    predicted : (S, M) array
        Draws of the posterior predictive, as from ``Predictive``.
    x : (M,) array, optional
        Predictor.
    prob : float
        Share of predictions in the interval.
    num_pp_samples : int
        Predicted data sets shown if there is no `x`.
    name : str
        Of the observations.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> figure = plot_ppc(rng.standard_normal(20), rng.standard_normal((100, 20)))
    >>> len(figure.axes)
    1
    """
    observed, predicted = np.asarray(observed), np.asarray(predicted)
    if predicted.ndim != 2 or predicted.shape[1:] != observed.shape:
        raise ShapeError(
            f"Predictions must have shape (draws, {observed.size}) to fit the observations "
            f"{observed.shape}, found {predicted.shape}."
        )
    figure, (panel,) = make_axes(1, panel_size=(6, 4))
    if x is None:
        _draw_distributions(panel, observed, predicted, num_pp_samples, name)
    else:
        _draw_over_predictor(panel, np.asarray(x), observed, predicted, prob, name)
    panel.legend(fontsize=8)
    return figure


def _draw_distributions(panel, observed, predicted, num_pp_samples, name):
    bins = np.histogram_bin_edges(np.concatenate([observed, predicted.ravel()]), bins=40)
    step = max(1, len(predicted) // num_pp_samples)
    shown = predicted[::step][:num_pp_samples]
    for i, data in enumerate(shown):
        label = "predicted data sets" if i == 0 else None
        counts, _ = np.histogram(data, bins, density=True)
        panel.stairs(counts, bins, color="C0", alpha=0.25, label=label)
    counts, _ = np.histogram(observed, bins, density=True)
    panel.stairs(counts, bins, color="black", linewidth=2, label="observed")
    panel.set_xlabel(name)
    panel.set_yticks([])


def _draw_over_predictor(panel, x, observed, predicted, prob, name):
    order = np.argsort(x)
    low, high = np.quantile(predicted, [0.5 * (1 - prob), 0.5 * (1 + prob)], axis=0)
    share = f"{100 * prob:g} % of predictions"
    panel.fill_between(x[order], low[order], high[order], color="C0", alpha=0.25, label=share)
    panel.plot(x[order], predicted.mean(axis=0)[order], color="C0", label="mean prediction")
    panel.plot(x, observed, "o", color="black", markersize=3, label="observed")
    panel.set_ylabel(name)
