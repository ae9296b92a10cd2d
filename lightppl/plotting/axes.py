"""A figure with a grid of panels, and the choice of sites to draw."""

from lightppl.diagnostics.chains import label_rows
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
    """Return labels and (R, C, N) rows of the chosen sites.

    Parameters
    ----------
    samples : dict of str to (C, N, *shape) array
    var_names : sequence of str, optional
        Default: all.

    Returns
    -------
    labels : tuple of str
    rows : (R, C, N) float64 array
    """
    if var_names is not None:
        unknown = [name for name in var_names if name not in samples]
        if unknown:
            raise SiteNameError(
                f"There are no draws of {', '.join(map(repr, unknown))}.", available=list(samples)
            )
        samples = {name: samples[name] for name in var_names}
    return label_rows(samples)
