"""From the nodes of a body to the body: smaller, and without what can be done before the loop."""

import numpy as np

from lightppl.compiler.graph.body import BodyBuilder, numbered_body
from lightppl.compiler.graph.graph import Graph
from lightppl.compiler.graph.ops import VIEWS
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
    return numbered_body(_Mover(builder.parent, graph).moved(), num_first, num_droppable)


class _Mover:
    """Copies a body, and moves what is known before the loop to the parent; views stay."""

    def __init__(self, parent, graph):
        self.parent = parent
        self.builder = BodyBuilder(parent)
        for position, value in graph.arrays.items():
            node = parent.data(value) if isinstance(value, np.ndarray) else value
            self.builder.arrays[position] = node
        self.arrays = dict(self.builder.arrays)
        self.graph, self.nodes = graph, graph.nodes()
        self._lifted = {}

    def moved(self):
        """Return the graph of the body that remains."""
        stays = self._remaining()
        copies = {}
        for node in self.nodes:
            if node.index not in stays:
                continue
            if node.op == "data":
                copies[node.index] = self.builder.known(self.arrays[node["key"]])
            elif stays[node.index]:
                inputs = [copies[x.index] for x in node.inputs]
                copies[node.index] = self.builder.intern(
                    node.op, inputs, dict(node.attrs), node.shape, node.dtype, node.location
                )
            else:
                copies[node.index] = self.builder.known(self._lift(node))
        outputs = tuple(copies[node.index] for node in self.graph.outputs)
        return Graph(outputs, self.builder.arrays, is_body=True)

    def _remaining(self):
        """Return the nodes that the body needs, by index: True if it computes them itself."""
        of_literals = set()
        for node in self.nodes:
            is_leaf = node.op in ("data", "input", "held")
            if not is_leaf and all(x.index in of_literals for x in node.inputs):
                of_literals.add(node.index)
        stays, stack = {}, list(self.graph.outputs)
        while stack:
            node = stack.pop()
            if node.index in stays:
                continue
            is_known = not node.depends_on_input and node.op not in ("literal", "data")
            is_moved = is_known and node.op not in VIEWS and node.index not in of_literals
            stays[node.index] = not is_moved
            stack += () if is_moved else node.inputs
        return stays

    def _lift(self, node):
        """Return the node of the parent for a node that is known before the loop."""
        stack = [node]
        while stack:
            x = stack.pop()
            missing = [y for y in x.inputs if y.index not in self._lifted]
            if missing:
                stack += [x, *missing]
            elif x.index not in self._lifted:
                self._lifted[x.index] = self._lifted_alone(x)
        return self._lifted[node.index]

    def _lifted_alone(self, node):
        if node.op == "data":
            return self.arrays[node["key"]]
        if node.op == "literal":
            return self.parent.literal(node["value"])
        inputs = [self._lifted[x.index] for x in node.inputs]
        return self.parent.make(node.op, inputs, node.location, **dict(node.attrs))
