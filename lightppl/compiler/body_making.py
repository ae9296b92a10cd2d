"""From the nodes of a body to the body: smaller, and without what can be done before the loop."""

import numpy as np

from lightppl.compiler.body import BodyBuilder, numbered_body
from lightppl.compiler.graph import Graph
from lightppl.compiler.ops import VIEWS
from lightppl.compiler.passes import optimize_graph


def finish_body(builder, outputs, num_first, num_droppable=0):
    """Return the body of some outputs, made smaller, and the inputs that its node needs.

    Parameters
    ----------
    builder : BodyBuilder
    outputs : list of Node
    num_first : int
        The first inputs, which are all kept.
    num_droppable : int
        The inputs after these, which keep their order, but are dropped if they are not used.

    Returns
    -------
    body : Body
    inputs : list of Node
        Of the parent.
    num_kept : int
        How many of the droppable inputs are used.
    """
    graph = optimize_graph(Graph(tuple(outputs), builder.arrays, is_body=True))
    mover = _Mover(builder.parent, graph)
    outputs = [mover.copied(node) for node in graph.outputs]
    graph = Graph(tuple(outputs), mover.builder.arrays, is_body=True)
    return numbered_body(graph, num_first, num_droppable)


class _Mover:
    """Copies a body, and moves what is known before the loop to the parent; views stay."""

    def __init__(self, parent, graph):
        self.parent = parent
        self.builder = BodyBuilder(parent)
        for position, value in graph.arrays.items():
            node = parent.data(value) if isinstance(value, np.ndarray) else value
            self.builder.arrays[position] = node
        self.arrays = dict(self.builder.arrays)
        self._copies, self._lifted = {}, {}

    def copied(self, node):
        """Return the node of the new body that equals a node of the old one."""
        if node.index not in self._copies:
            self._copies[node.index] = self._copy(node)
        return self._copies[node.index]

    def _copy(self, node):
        is_known = not node.depends_on_input and node.op not in ("literal", "data")
        if is_known and node.op not in VIEWS and not _has_literals_only(node):
            return self.builder.known(self._lift(node))
        if node.op == "data":
            return self.builder.known(self.arrays[node["key"]])
        inputs = [self.copied(x) for x in node.inputs]
        attrs = dict(node.attrs)
        return self.builder.intern(node.op, inputs, attrs, node.shape, node.dtype, node.location)

    def _lift(self, node):
        if node.index not in self._lifted:
            if node.op == "data":
                found = self.arrays[node["key"]]
            elif node.op == "literal":
                found = self.parent.literal(node["value"])
            else:
                inputs = [self._lift(x) for x in node.inputs]
                found = self.parent.make(node.op, inputs, node.location, **dict(node.attrs))
            self._lifted[node.index] = found
        return self._lifted[node.index]


def _has_literals_only(node):
    if node.op == "data":
        return False
    return all(_has_literals_only(x) for x in node.inputs)
