"""The reference interpreter: a graph evaluated node by node in NumPy.

Slow and obvious; the oracle of every pass and of the emitted code.
"""

import numpy as np

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE


def evaluate_graph(graph, q, held=()):
    """Return the outputs of a graph at a flat vector.

    Parameters
    ----------
    graph : Graph
    q : (D,) float64
    held : (H,) float64

    Returns
    -------
    list of numpy.ndarray
    """
    def leaf(node):
        if node.op == "data":
            return graph.arrays[node["key"]]
        return np.asarray(q if node.op == "input" else held, np.float64)

    with np.errstate(all="ignore"):
        return evaluate_outputs(graph.nodes(), graph.outputs, leaf)


def evaluate_outputs(nodes, outputs, leaf):
    """Return the values of some nodes, where ``leaf(node)`` gives those of inputs and data."""
    values = {}
    for node in nodes:
        if node.op in ("input", "held", "data"):
            values[node.index] = leaf(node)
        else:
            values[node.index] = evaluate_node(node, [values[x.index] for x in node.inputs])
    return [values[node.index] for node in outputs]


def evaluate_node(node, arguments):
    """Return the value of a node that is no input and no data, from the values of its inputs."""
    if node.op == "literal":
        return np.asarray(node["value"])
    return apply_operation(node.op, *arguments, **dict(node.attrs))


def apply_operation(op, *arguments, **attrs):
    """Return the value of an operation that is no leaf."""
    if op in ELEMENTWISE:
        return np.asarray(ELEMENTWISE[op].value(*arguments))
    return np.asarray(ARRAY_OPERATIONS[op].value(*arguments, **attrs))
