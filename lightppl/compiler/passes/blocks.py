"""Blocks placed at the same position of one array are added before they are placed.

The gradient of a function that reads ``q[0]`` a thousand times is a sum of a thousand arrays, each
zero but for one element.  The whole sum is looked at at once: term by term, each sum would be
written anew for each term.
"""

from lightppl.compiler.graph.graph import Graph, GraphBuilder


def merge_blocks(graph):
    """Return an equal graph in which no sum has two blocks of one size at one position.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Graph
        The same object, if there are no such blocks.
    """
    nodes = graph.nodes()
    sums = _sums_with_equal_blocks(graph, nodes)
    if not sums:
        return graph
    builder, new = GraphBuilder(graph.arrays), {}
    for node in nodes:
        if node.index in sums:
            new[node.index] = _sum_of(builder, sums[node.index], new)
        else:
            inputs = tuple(new[x.index] for x in node.inputs)
            new[node.index] = builder.intern(
                node.op, inputs, dict(node.attrs), node.shape, node.dtype, node.location
            )
    outputs = tuple(new[node.index] for node in graph.outputs)
    return Graph(outputs, builder.arrays, graph.is_body)


def _sums_with_equal_blocks(graph, nodes):
    """Return the terms of each sum in which they can be fewer, by the index of the sum."""
    num_uses = {}
    for node in (*graph.outputs, *(x for node in nodes for x in node.inputs)):
        num_uses[node.index] = num_uses.get(node.index, 0) + 1
    parts = {
        x.index
        for node in nodes if _is_sum(node)
        for x in node.inputs if _is_sum(x) and num_uses[x.index] == 1
    }
    found = {}
    for node in nodes:
        if _is_sum(node) and node.index not in parts:
            terms = _terms_of(node, parts)
            keys = [_position_of(x) for x in terms if x.op == "place"]
            if len(set(keys)) < len(keys):
                found[node.index] = terms
    return found


def _is_sum(node):
    return node.op == "add" and all(x.shape == node.shape for x in node.inputs)


def _terms_of(node, parts):
    """Return the terms of a sum, in order, where `parts` are sums that only sums use."""
    terms, stack = [], list(reversed(node.inputs))
    while stack:
        x = stack.pop()
        if x.index in parts:
            stack += reversed(x.inputs)
        else:
            terms.append(x)
    return terms


def _position_of(block):
    return block.attrs, block.inputs[0].shape


def _sum_of(builder, terms, new):
    """Return the sum of some terms, with blocks of one position in the place of the first."""
    groups = {}
    for x in terms:
        key = _position_of(x) if x.op == "place" else x.index
        groups.setdefault(key, []).append(x)
    total = None
    for group in groups.values():
        first = group[0]
        if first.op == "place" and len(group) > 1:
            block = _added(builder, [new[x.inputs[0].index] for x in group])
            term = builder.make("place", [block], first.location, **dict(first.attrs))
        else:
            term = _added(builder, [new[x.index] for x in group])
        total = term if total is None else builder.make("add", [total, term])
    return total


def _added(builder, nodes):
    total, *rest = nodes
    for node in rest:
        total = builder.make("add", [total, node])
    return total
