"""What a legal graph is, and the check that a pass did not change its meaning."""

import numpy as np

from lightppl.compiler.graph.evaluate import evaluate_graph, evaluate_outputs
from lightppl.compiler.graph.graph import Graph, infer
from lightppl.compiler.graph.ops import LEAVES, is_supported
from lightppl.errors import LightPPLError
from lightppl.settings import debug_level


def verify_graph(graph):
    """Raise unless a graph is legal.

    Legal means: known operations; inputs made before users; shapes and dtypes as the operation
    gives them; every data node in the pool with its shape; one object per distinct node.

    Parameters
    ----------
    graph : Graph

    Raises
    ------
    LightPPLError
        Names the first illegal node.
    """
    seen = set()
    for node in graph.nodes():
        if not is_supported(node.op) and node.op != "random":
            raise LightPPLError(f"Unknown operation in {node!r}.")
        if any(x.index >= node.index for x in node.inputs):
            raise LightPPLError(f"{node!r} uses a node made after it.")
        is_data = node.op == "data" and not graph.is_body
        if is_data and graph.arrays[node["key"]].shape != node.shape:
            raise LightPPLError(f"{node!r} does not fit its array.")
        if node.op not in LEAVES and node.op != "random":
            found = infer(node.op, node.inputs, dict(node.attrs))
            if found != (node.shape, node.dtype):
                raise LightPPLError(f"{node!r} should have shape and dtype {found}.")
        key = (node.op, tuple(x.index for x in node.inputs), node.attrs, node.shape, node.dtype)
        if key in seen:
            raise LightPPLError(f"{node!r} exists twice.")
        seen.add(key)
    for body in graph.bodies():
        verify_graph(Graph(body.graph.outputs, is_body=True))


def checked_after_pass(graph, q, held=()):
    """Return what `optimize_graph` should call after each pass, by the debug level.

    Parameters
    ----------
    graph : Graph
        Before any pass.
    q : (D,) float64
        Where values are compared at debug level 4.
    held : sequence of (H,) float64
        Held values at which they are compared, if there are any.

    Returns
    -------
    callable or None
    """
    level = debug_level()
    if level < 1:
        return None
    points = (held or [()]) if level >= 4 else ()
    expected = [evaluate_graph(graph, q, values) for values in points]

    def check(name, after):
        verify_graph(after)
        for before, values in zip(expected, points):
            require_equal_graphs(name, before, evaluate_graph(after, q, values))

    return check


def check_body(name, before, after):
    """Check a pass over the graph of a body as `checked_after_pass` does, by the debug level.

    A body is evaluated on its own, where its inputs are drawn from fixed streams of numbers: once
    of either sign, once positive.

    Parameters
    ----------
    name : str
        Of the pass.
    before, after : Graph
        Of a body; data made by the pass are arrays.

    Raises
    ------
    LightPPLError
        Names the pass, if a graph is illegal or, at debug level 4, an output has changed.
    """
    level = debug_level()
    if level >= 1:
        verify_graph(after)
    for draw in _DRAWS if level >= 4 else ():
        expected, found = (_evaluate_body(graph, draw) for graph in (before, after))
        require_equal_graphs(f"{name} of a body", expected, found)


_DRAWS = {
    "of either sign": lambda rng, shape: rng.normal(size=shape),
    "positive": lambda rng, shape: rng.uniform(0.2, 0.9, size=shape),
}.values()


def _evaluate_body(graph, draw):
    def leaf(node):
        known = graph.arrays.get(node["key"])
        return known if isinstance(known, np.ndarray) else _drawn(node, draw)

    with np.errstate(all="ignore"):
        return evaluate_outputs(graph.nodes(), graph.outputs, leaf)


def _drawn(node, draw):
    """The value of an input: the same before and after a pass, and a legal index if whole."""
    value = draw(np.random.default_rng(node["key"]), node.shape)
    return {"float64": value, "int64": np.zeros(node.shape, np.int64), "bool": value > 0.5}[
        node.dtype
    ]


def require_equal_graphs(name, expected, found, tolerance=1e-10):
    """Raise unless two lists of outputs agree to a relative tolerance.

    Raises
    ------
    LightPPLError
        Names the pass and the outputs.
    """
    for a, b in zip(expected, found):
        scale = np.max(np.abs(a[np.isfinite(a)]), initial=1.0)
        if not np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True):
            raise LightPPLError(f"The pass {name!r} changed an output.", before=a, after=b)
