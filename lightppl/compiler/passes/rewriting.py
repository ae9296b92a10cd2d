"""The machine that applies rewrite rules: rebuild a graph bottom-up through a builder that
simplifies.

A rule is a function ``rule(rewriter, inputs, attrs) -> Node or None`` in a table keyed by
operation; None means that it does not apply.  The first rule that answers wins.  Rules make nodes
through the rewriter, so results of rules are simplified again.
"""

import numpy as np

from lightppl.compiler.graph.evaluate import evaluate_node
from lightppl.compiler.graph.graph import Graph, GraphBuilder, Node
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.passes.empty import without_elements


class Rewriter:
    """A graph builder that simplifies each node before it is made.

    Parameters
    ----------
    rules : dict of str to list of callable
    arrays : dict
        Data pool of the graph that is rewritten.
    is_body : bool
        Whether data are nodes of the graph around a body: work on them is known, but not done here.
    """

    def __init__(self, rules, arrays, is_body=False):
        self.rules = rules
        self.builder = GraphBuilder(dict(arrays))
        self.is_body = is_body
        self.location = None
        self.num_open_sums = 0
        self._memory = {}

    def make(self, op, *inputs, **attrs):
        """Return a node equal in value to ``op(*inputs, **attrs)``."""
        if any(n.size == 0 for n in inputs):
            found = without_elements(self, op, inputs, attrs)
            if found is not None:
                return found
        if op in ELEMENTWISE:
            inputs = self._converted(op, inputs)
        for rule in self.rules.get(op, ()):
            found = rule(self, inputs, attrs)
            if found is not None:
                is_other_kind = found.dtype != "float64" and _is_floating(op)
                return self.make("to_float", found) if is_other_kind else found
        return self.make_plain(op, *inputs, **attrs)

    def make_plain(self, op, *inputs, **attrs):
        """Return the node itself, with work on data alone done now."""
        node = self.builder.make(op, inputs, self.location, **attrs)
        if node.depends_on_input or op == "broadcast_to":
            return node
        if op == "reshape" and inputs[0].op == "literal":
            return node
        if op == "transpose" or not all(_is_at_hand(n) for n in inputs):
            return node
        if node.dtype == "bool" and {n.op for n in inputs} == {"data", "literal"}:
            return node  # numbers are compared sooner than a truth value of each is read
        if self.is_body and any(n.op != "literal" for n in inputs):
            return node  # data of a body are nodes of the graph around it, also behind a view
        return self._known(node)

    def literal(self, value):
        """Return the node of a structural number."""
        return self.builder.literal(value)

    def number(self, value):
        """Return a number that is data: code does not depend on it."""
        return self.builder.data(np.float64(value))

    def _converted(self, op, inputs):
        """Convert whole data to floating point once, where it meets floating point at every
        element.
        """
        is_float = ELEMENTWISE[op].result == "float64" or any(n.dtype == "float64" for n in inputs)
        if not is_float or op in ("where", "to_float"):
            return inputs
        return tuple(
            self.make("to_float", n) if n.op == "data" and n.dtype != "float64" else n
            for n in inputs
        )

    def _known(self, node):
        with np.errstate(all="ignore"):
            value = self.value_at_hand(node)
        if all(n.op == "literal" for n in node.inputs) and np.ndim(value) == 0:
            return self.builder.literal(value.item())
        return self.builder.data(np.ascontiguousarray(value).reshape(np.shape(value)))

    def value_at_hand(self, node):
        """Return the value of a node that is known, outside of bodies."""
        if node.op == "data":
            return self.builder.arrays[node["key"]]
        return evaluate_node(node, [self.value_at_hand(n) for n in node.inputs])

    def remembered(self, key, make):
        """Return what `make` gave when it was first called for a key."""
        if key not in self._memory:
            self._memory[key] = make()
        return self._memory[key]


def _is_floating(op):
    return op in ELEMENTWISE and ELEMENTWISE[op].result == "float64"


def _is_at_hand(node):
    """Return whether a node is data, or a transposed view of data: such views are left as they are.
    """
    is_transposed = node.op == "transpose" and node.inputs[0].op == "data"
    return is_transposed or node.op in ("data", "literal")


def rewrite(graph, rules):
    """Return an equal graph, rebuilt under `rules`.

    Parameters
    ----------
    graph : Graph
    rules : dict of str to list of callable

    Returns
    -------
    Graph
    """
    rewriter = Rewriter(rules, graph.arrays, graph.is_body)
    new = {}
    for node in graph.nodes():
        rewriter.location = node.location
        if not node.inputs:
            new[node.index] = _copy_leaf(rewriter.builder, node)
        else:
            inputs = [new[n.index] for n in node.inputs]
            new[node.index] = rewriter.make(node.op, *inputs, **dict(node.attrs))
    outputs = tuple(new[n.index] for n in graph.outputs)
    return Graph(outputs, rewriter.builder.arrays, graph.is_body)


def _copy_leaf(builder, node):
    return builder.intern(node.op, (), dict(node.attrs), node.shape, node.dtype)


def is_literal(node, value=None):
    """Return whether a node is a structural number (of the given value)."""
    return node.op == "literal" and (value is None or node["value"] == value)


def is_known(node):
    """Return whether a node is known from data alone."""
    return not node.depends_on_input


def padded_shape(node: Node, ndim):
    """Return the shape of a node with leading ones up to `ndim` axes."""
    return (1,) * (ndim - node.ndim) + node.shape
