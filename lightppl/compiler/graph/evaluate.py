"""The reference interpreter: a graph evaluated node by node in NumPy.

Slow and obvious; the oracle of every pass and of the emitted code.
"""

import numpy as np

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE


def evaluate_graph(graph, q):
    """Return the outputs of a graph at a flat vector.

    Parameters
    ----------
    graph : Graph
    q : (D,) float64

    Returns
    -------
    list of numpy.ndarray
    """
    values = {}
    with np.errstate(all="ignore"):
        for node in graph.nodes():
            arguments = [values[n.index] for n in node.inputs]
            values[node.index] = evaluate_node(node, arguments, graph.arrays, q)
    return [values[node.index] for node in graph.outputs]


def evaluate_node(node, arguments, arrays, q=None):
    """Return the value of one node from the values of its inputs."""
    if node.op == "input":
        return np.asarray(q, dtype=np.float64)
    if node.op == "data":
        return arrays[node["key"]]
    if node.op == "literal":
        return np.asarray(node["value"])
    if node.op in ELEMENTWISE:
        return np.asarray(ELEMENTWISE[node.op].value(*arguments))
    return np.asarray(ARRAY_OPERATIONS[node.op].value(*arguments, **dict(node.attrs)))
