"""Pictures of draws and of models.

Functions named ``plot_`` take arrays of draws and return a matplotlib figure.

Reading order: `axes` (a grid of panels), then one file for each question: `posterior` (what was
learned), `forest` (many scalars side by side), `pairs` (what depends on what), `traces` and `ranks`
(do the chains agree), `energy` (does the sampler reach all energies), `predictive` (does the model
look like the data).  `model_graph` draws the model itself.

matplotlib is optional (``pip install lightppl[plot]``) and is imported when a picture is drawn.
Figures are plain objects without pyplot: save them by ``figure.savefig("name.png")``.
"""

from lightppl.plotting.energy import plot_energy
from lightppl.plotting.forest import plot_forest
from lightppl.plotting.model_graph import render_model
from lightppl.plotting.pairs import plot_pair
from lightppl.plotting.posterior import plot_posterior
from lightppl.plotting.predictive import plot_ppc
from lightppl.plotting.ranks import plot_rank
from lightppl.plotting.traces import plot_trace

__all__ = [
    "plot_energy",
    "plot_forest",
    "plot_pair",
    "plot_posterior",
    "plot_ppc",
    "plot_rank",
    "plot_trace",
    "render_model",
]
