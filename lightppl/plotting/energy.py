"""Marginal energy against its changes: if changes are much narrower, the tails are explored slowly.

Reference: Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
Carlo".
"""

import numpy as np

from lightppl.diagnostics.energy import bfmi
from lightppl.plotting.axes import make_axes


def plot_energy(energy):
    """Draw the distributions of the energy and of its change from draw to draw.

    Parameters
    ----------
    energy : (C, N) array
        As from ``mcmc.get_extra_fields(group_by_chain=True)["energy"]``.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = plot_energy(np.random.default_rng(0).standard_normal((4, 100)))
    >>> len(figure.axes)
    1
    """
    energy = np.atleast_2d(np.asarray(energy, dtype=np.float64))
    marginal = energy - energy.mean(axis=1, keepdims=True)
    changes = np.diff(energy, axis=1)
    figure, (panel,) = make_axes(1, panel_size=(5, 3))
    bins = np.histogram_bin_edges(np.concatenate([marginal.ravel(), changes.ravel()]), bins=50)
    panel.hist(marginal.ravel(), bins, density=True, alpha=0.5, label="energy, centred")
    panel.hist(changes.ravel(), bins, density=True, alpha=0.5, label="change of energy")
    panel.set_yticks([])
    panel.legend(fontsize=8)
    panel.set_title("E-BFMI " + ", ".join(f"{value:.2f}" for value in bfmi(energy)), fontsize=9)
    return figure
