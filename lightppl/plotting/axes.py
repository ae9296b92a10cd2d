"""A figure with a grid of panels, and the choice of sites to draw."""

from lightppl.diagnostics.chains import label_rows
from lightppl.diagnostics.fits import draws_by_site
from lightppl.errors import SiteNameError


def make_axes(num_panels, *, num_columns=4, panel_size=(3.2, 2.4)):
    """Return a figure and its panels; places of the grid that are not needed stay empty.

    Parameters
    ----------
    num_panels : int
    num_columns : int
        At most this many side by side.
    panel_size : (float, float)
        Width and height in inches.

    Returns
    -------
    figure : matplotlib.figure.Figure
    panels : list of matplotlib.axes.Axes
    """
    from matplotlib.figure import Figure

    columns = min(num_columns, num_panels)
    num_lines = -(-num_panels // columns)
    figure = Figure(
        figsize=(panel_size[0] * columns, panel_size[1] * num_lines), layout="constrained"
    )
    grid = figure.add_gridspec(num_lines, columns)
    panels = [figure.add_subplot(grid[i // columns, i % columns]) for i in range(num_panels)]
    return figure, panels


def chosen_rows(samples, var_names=None):
    """Return labels and (R, C, N) rows of the chosen scalars.

    Parameters
    ----------
    samples : MCMC, or dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Sites, or single scalars such as ``theta[0]``, in this order; default all.

    Returns
    -------
    labels : tuple of str
    rows : (R, C, N) float64 array
    """
    samples = draws_by_site(samples)
    if var_names is None:
        return label_rows(samples)
    var_names = [var_names] if isinstance(var_names, str) else list(var_names)
    sites = dict.fromkeys(x if x in samples else x.partition("[")[0] for x in var_names)
    missing = [site for site in sites if site not in samples]
    if missing:
        raise SiteNameError(
            f"There are no draws of {', '.join(map(repr, missing))}.", available=list(samples)
        )
    labels, rows = label_rows({site: samples[site] for site in sites})
    chosen = [k for name in var_names for k in _places_of(name, labels, samples)]
    return tuple(labels[k] for k in chosen), rows[chosen]


def _places_of(name, labels, samples):
    if name in samples:
        return [k for k, label in enumerate(labels) if label.split("[")[0] == name or label == name]
    if name not in labels:
        raise SiteNameError(f"There are no draws of {name!r}.", available=list(labels))
    return [labels.index(name)]


def add_chain_legend(figure, num_chains):
    """Say at the top of a figure which colour is which chain; one chain needs no saying."""
    from matplotlib.lines import Line2D

    if num_chains < 2:
        return
    shown = range(min(num_chains, NUM_COLORS))
    lines = [Line2D([], [], color=f"C{chain}") for chain in shown]
    names = [f"chain {chain}" for chain in shown]
    figure.legend(lines, names, loc="outside upper center", ncols=min(len(lines), 5), fontsize=7)


NUM_COLORS = 10
"""Colours of matplotlib's cycle, after which chains share them."""
