"""Marginal energy against its changes: if changes are much narrower, the tails are explored slowly.

Reference: Betancourt (2016), "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
Carlo".
"""

import numpy as np

from lightppl.diagnostics.energy import bfmi
from lightppl.diagnostics.fits import statistics_of
from lightppl.errors import ModelError
from lightppl.plotting.axes import make_axes


def plot_energy(energy):
    """Draw the distributions of the energy and of its change from draw to draw.

    Parameters
    ----------
    energy : MCMC, or (C, N) array
        Of an array: as from ``mcmc.get_statistics(group_by_chain=True)["energy"]``.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> figure = plot_energy(np.random.default_rng(0).standard_normal((4, 100)))
    >>> len(figure.axes)
    1
    """
    if hasattr(energy, "get_statistics"):
        energy = _energy_of(energy)
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


def _energy_of(fit):
    statistics = statistics_of(fit)
    if "energy" not in statistics:
        raise ModelError(
            "The sampler reports no energy, which only Hamiltonian samplers have.",
            reported=list(statistics),
        )
    return statistics["energy"]
