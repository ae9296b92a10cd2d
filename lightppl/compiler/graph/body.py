"""The body of a loop or a branch: a graph of its own, which is an attribute of a node of its
parent.

A leaf of a body stands for an input of the node: ``input`` for what changes from step to step,
``data`` for what is known before the loop starts.  A body holds no numbers: arrays that it needs
are data of the parent, and what can be computed before the loop is computed by the parent.  So
two loops that do the same have equal bodies, and source text depends on structure only.
"""

import hashlib

from lightppl.compiler.graph.evaluate import evaluate_outputs
from lightppl.compiler.graph.graph import Graph, GraphBuilder


class Body:
    """A graph whose leaves are numbered inputs; immutable, equal to others of equal structure.

    Attributes
    ----------
    graph : Graph
        ``input`` and ``data`` nodes have the position of an input as ``key``.
    digest : str
        The same for equal structures.
    """

    def __init__(self, graph):
        self.graph = graph
        self.nodes = graph.nodes()
        lines = [f"{node!r} {node['key'] if is_leaf(node) else ''}" for node in self.nodes]
        text = "\n".join([*lines, *(str(node.index) for node in graph.outputs)])
        self.digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.output_shapes = tuple(node.shape for node in graph.outputs)
        self.output_kinds = tuple(node.dtype for node in graph.outputs)

    def __call__(self, *inputs):
        """Return the list of outputs."""
        return evaluate_outputs(
            self.nodes, self.graph.outputs, lambda node: inputs[node["key"]]
        )

    def __eq__(self, other):
        return isinstance(other, Body) and self.digest == other.digest

    def __hash__(self):
        return hash(self.digest)

    def __repr__(self):
        return f"Body({self.digest})"


def is_leaf(node):
    """Return whether a node of a body stands for an input."""
    return node.op in ("input", "data")


class BodyBuilder(GraphBuilder):
    """Makes the nodes of a body; data become inputs of the node that the body belongs to.

    Parameters
    ----------
    parent : GraphBuilder
        `arrays` holds, by position of an input, nodes of this builder.
    """

    def __init__(self, parent):
        super().__init__({})
        self.parent = parent
        self._known = {}

    def changing(self, node, shape):
        """Return a leaf for an input that is another one at each step."""
        return self._leaf("input", node, shape)

    def known(self, node):
        """Return the leaf for a node of the parent that is known before the loop."""
        if node.index not in self._known:
            self._known[node.index] = self._leaf("data", node, node.shape)
        return self._known[node.index]

    def data(self, array):
        return self.known(self.parent.data(array))

    def _leaf(self, op, node, shape):
        position = len(self.arrays)
        self.arrays[position] = node
        return self.intern(op, (), {"key": position}, tuple(shape), node.dtype)


def numbered_body(graph, num_first, num_droppable):
    """Number the inputs of a body that are used in the order of their use.

    Parameters
    ----------
    graph : Graph
        Of a body; `arrays` holds the inputs by their present number.
    num_first, num_droppable : int
        As for `finish_body`.

    Returns
    -------
    body : Body
    inputs : list of Node
    num_kept : int
    """
    nodes = graph.nodes()
    used = {node["key"] for node in nodes if is_leaf(node)}
    order = list(range(num_first))
    order += [k for k in range(num_first, num_first + num_droppable) if k in used]
    num_kept = len(order) - num_first
    for node in nodes:
        if is_leaf(node) and node["key"] not in order:
            order.append(node["key"])
    position = {key: k for k, key in enumerate(order)}
    builder, new = GraphBuilder({}), {}
    for node in nodes:
        attrs = {"key": position[node["key"]]} if is_leaf(node) else dict(node.attrs)
        inputs = tuple(new[x.index] for x in node.inputs)
        new[node.index] = builder.intern(
            node.op, inputs, attrs, node.shape, node.dtype, node.location
        )
    body = Body(Graph(tuple(new[node.index] for node in graph.outputs), {}))
    return body, [graph.arrays[key] for key in order], num_kept
