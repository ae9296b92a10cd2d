"""The body of a loop, written anew: for what remains of it, and with known inputs inside."""

from functools import cached_property

from lightppl.compiler.graph.body import is_leaf, numbered_body
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.passes.series import can_leave, costs

COSTLY = 10
"""Cost, in multiplications, from which work is not done step by step if it need not be."""


class BodyWriter:
    """Writes the body that remains; costly work on x alone becomes an x of its own.

    Parameters
    ----------
    loop : object
        The loop that is taken apart: its `inputs`, `leaves`, `carry`, and what is `changing`.
    before : Series
        What is known of the inputs outside.
    """

    def __init__(self, loop, before):
        self.loop, self.before = loop, before
        self.builder = GraphBuilder({})
        self.arrays = {}
        self.new, self.known_positions = {}, {}
        for position, k in enumerate(loop.carry):
            leaf = loop.leaves.get(k)
            self.arrays[position] = loop.inputs[k]
            if leaf is not None:
                self.new[leaf.index] = self._leaf("input", position, leaf.shape, leaf.dtype)
        self.xs, self.consts = [], []

    def _leaf(self, op, position, shape, dtype):
        return self.builder.intern(op, (), {"key": position}, shape, dtype)

    def written(self, node):
        """Return the node of the new body that equals a node of the old one."""
        stack = [node]
        while stack:
            x = stack.pop()
            if x.index in self.new:
                continue
            outside = self._outside(x)
            if outside:
                self.new[x.index] = self._input(*outside, x)
                continue
            missing = [y for y in x.inputs if y.index not in self.new]
            if missing:
                stack += [x, *reversed(missing)]
            else:
                inputs = [self.new[y.index] for y in x.inputs]
                self.new[x.index] = self.builder.intern(
                    x.op, inputs, dict(x.attrs), x.shape, x.dtype, x.location
                )
        return self.new[node.index]

    def _outside(self, node):
        """Return what kind of input a node becomes, and of what; None if the body computes it."""
        loop = self.loop
        if is_leaf(node):
            return None if node.index in self.new else (node.op, loop.inputs[node["key"]])
        is_of_x = node.index in loop.changing and node.index not in loop.by_carry
        if is_of_x and loop.is_long and self._is_worth(node):
            return "input", self.before.full(node)
        return None

    def _is_worth(self, node):
        def is_counted(x):
            return x.index in self.loop.changing and not is_leaf(x)

        return node.index in self.can_leave and costs(node, COSTLY * node.size, is_counted)

    @cached_property
    def can_leave(self):
        """The nodes that can be computed for all steps at once, with all they are made of."""
        found = set()
        for node in self.loop.nodes:
            if is_leaf(node) or node.index not in self.loop.changing:
                found.add(node.index)
            elif can_leave(node, self.loop.is_changing):
                if all(x.index in found for x in node.inputs):
                    found.add(node.index)
        return found

    def _input(self, op, outside, node):
        # positions of x come before those of constants when the body is finished
        key = ("x" if op == "input" else "k", len(self.xs if op == "input" else self.consts))
        (self.xs if op == "input" else self.consts).append(outside)
        return self.builder.intern(op, (), {"key": key}, node.shape, node.dtype)

    def finish(self, outputs):
        """Return the body, the inputs of its node, and the number of x."""
        num_carry = len(self.loop.carry)
        start = {"x": num_carry, "k": num_carry + len(self.xs)}
        arrays = dict(self.arrays)
        arrays.update({start["x"] + k: x for k, x in enumerate(self.xs)})
        arrays.update({start["k"] + k: x for k, x in enumerate(self.consts)})
        builder, new = GraphBuilder({}), {}
        for node in Graph(tuple(outputs)).nodes():
            attrs = dict(node.attrs)
            if is_leaf(node) and isinstance(node["key"], tuple):
                group, k = node["key"]
                attrs = {"key": start[group] + k}
            inputs = tuple(new[x.index] for x in node.inputs)
            new[node.index] = builder.intern(
                node.op, inputs, attrs, node.shape, node.dtype, node.location
            )
        graph = Graph(tuple(new[x.index] for x in outputs), arrays, is_body=True)
        return numbered_body(graph, num_carry, len(self.xs))


def with_literals_inside(graph, inputs, num_carry):
    """Return the outputs of a body with inputs that are one literal number written into it.

    Parameters
    ----------
    graph : Graph
        Of the body.
    inputs : list of Node
        Of its node.
    num_carry : int
        The first inputs change with time.

    Returns
    -------
    tuple of Node
    """
    builder, new = GraphBuilder({}), {}
    for node in graph.nodes():
        if is_leaf(node) and node["key"] >= num_carry:
            value = _literal_behind(inputs[node["key"]])
            if value is not None:
                found = builder.literal(value)
                if node.shape:
                    found = builder.make("broadcast_to", [found], shape=node.shape)
                new[node.index] = found
                continue
        inputs_of = tuple(new[x.index] for x in node.inputs)
        attrs = dict(node.attrs)
        new[node.index] = builder.intern(
            node.op, inputs_of, attrs, node.shape, node.dtype, node.location
        )
    return tuple(new[node.index] for node in graph.outputs)


def _literal_behind(node):
    while node.op in ("broadcast_to", "reshape"):
        node = node.inputs[0]
    return node["value"] if node.op == "literal" and node.dtype == "float64" else None
