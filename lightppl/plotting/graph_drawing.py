"""A model graph as a matplotlib figure: layers from top to bottom, one band of columns for each
path.

Legend: ``x`` columns, ``y`` layers (downwards), ``depth`` number of plates around.
"""

from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch

COLUMN_WIDTH, LAYER_HEIGHT = 1.6, 1.2
NODE_WIDTH, NODE_HEIGHT = 1.2, 0.6
PLATE_MARGIN = 0.28


def draw_graph(graph):
    """Return a figure of a `ModelGraph`.

    Parameters
    ----------
    graph : ModelGraph

    Returns
    -------
    matplotlib.figure.Figure
    """
    places, bands = place_nodes(graph)
    width = max((high for _, high in bands.values()), default=1.0)
    height = LAYER_HEIGHT * (1 + max((-y for _, y in places.values()), default=0) / LAYER_HEIGHT)
    figure = Figure(figsize=(max(width, 2.5), height + 0.25 * len(graph.legend) + 0.8))
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_aspect("equal")
    _draw_plates(axes, graph, places)
    patches = {node.name: _draw_node(axes, node, places[node.name]) for node in graph.nodes}
    layers = graph.layers()
    for parent, child in graph.edges:
        is_long = layers[child] - layers[parent] > 1
        arrow = FancyArrowPatch(
            places[parent],
            places[child],
            patchA=patches[parent],
            patchB=patches[child],
            arrowstyle="-|>",
            mutation_scale=12,
            connectionstyle="arc3,rad=0.25" if is_long else "arc3",
            color="black",
            zorder=1,
        )
        axes.add_patch(arrow)
    if graph.legend:
        text = "\n".join(graph.legend)
        axes.text(1.02, 0.5, text, transform=axes.transAxes, va="center", family="monospace")
    axes.autoscale_view()
    return figure


def place_nodes(graph):
    """Return the centre of each node, and the columns of each path.

    Parameters
    ----------
    graph : ModelGraph

    Returns
    -------
    places : dict of str to (x, y)
    bands : dict of path to (low, high)
    """
    layers = graph.layers()
    places, bands, low = {}, {}, 0.0
    for path in graph.paths():
        rows = {}
        for node in graph.nodes:
            if node.path == path:
                rows.setdefault(layers[node.name], []).append(node.name)
        if not rows:
            continue
        width = COLUMN_WIDTH * max(len(row) for row in rows.values())
        for layer, row in rows.items():
            step = width / len(row)
            for i, name in enumerate(row):
                places[name] = (low + step * (i + 0.5), -LAYER_HEIGHT * layer)
        bands[path] = (low, low + width)
        low += width + PLATE_MARGIN
    return places, bands


def _draw_node(axes, node, place):
    if node.kind == "param":
        width, height = NODE_WIDTH * 0.8, NODE_HEIGHT * 0.7
        corner = (place[0] - width / 2, place[1] - height / 2)
        style = {"boxstyle": "square,pad=0", "fc": "white", "ec": "none"}
        patch = FancyBboxPatch(corner, width, height, **style)
    else:
        color = "lightgray" if node.kind == "observed" else "white"
        dashes = "--" if node.kind == "deterministic" else "-"
        patch = Ellipse(place, NODE_WIDTH, NODE_HEIGHT, fc=color, ec="black", linestyle=dashes)
    patch.set_zorder(2)
    axes.add_patch(patch)
    size = min(10.0, 10.0 * 11 / max(len(node.name), 1))
    axes.text(*place, node.name, ha="center", va="center", fontsize=size, zorder=3)
    return patch


def _draw_plates(axes, graph, places):
    """Draw a box around the nodes of each path, the outer ones wider."""
    deepest = max(len(path) for path in graph.paths())
    for path in graph.paths():
        if not path:
            continue
        inside = [places[node.name] for node in graph.nodes if node.path[: len(path)] == path]
        margin = PLATE_MARGIN * (0.4 + 0.6 * (deepest - len(path) + 1) / deepest)
        left = min(x for x, _ in inside) - NODE_WIDTH / 2 - margin
        right = max(x for x, _ in inside) + NODE_WIDTH / 2 + margin
        top = max(y for _, y in inside) + NODE_HEIGHT / 2 + margin
        room_for_names = 0.2 * (deepest - len(path) + 1)
        bottom = min(y for _, y in inside) - NODE_HEIGHT / 2 - margin - room_for_names
        box = FancyBboxPatch(
            (left, bottom),
            right - left,
            top - bottom,
            boxstyle="round,pad=0,rounding_size=0.1",
            fc="none",
            ec="black",
            zorder=0,
        )
        axes.add_patch(box)
        axes.text(right - 0.08, bottom + 0.05, path[-1], ha="right", va="bottom", fontsize=8)
