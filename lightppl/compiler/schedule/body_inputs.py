"""What the bodies of a loop or a branch do with one input of their node."""

from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.graph.ops import CALLS, VIEWS


def goes_along_time(node, k):
    """Return whether a loop goes along its input number k, row by row.

    Parameters
    ----------
    node : Node
        A loop or a branch.
    k : int
    """
    return node.op == "scan" and 0 <= k - node["num_carry"] < node["num_xs"]


def is_read_by_calls(node, k):
    """Return whether calls in a body work on input number k, or on a view of it, in memory.

    Parameters
    ----------
    node : Node
        A loop or a branch.
    k : int
    """
    return any(_reaches_call(body, position) for body, position in _bodies_of(node, k))


def _bodies_of(node, k):
    """Yield the bodies that have input number k, and the number that it has there."""
    if node.op != "cond":
        yield node["trial" if node.op == "march" else "body"], k
    elif k > 0:  # the first input is the predicate
        is_first = k - 1 < node["num_true"]
        name, position = ("true", k - 1) if is_first else ("false", k - 1 - node["num_true"])
        yield node[name], position


def _reaches_call(body, position):
    views = set()
    for node in body.nodes:
        if is_leaf(node) and node["key"] == position:
            views.add(node.index)
        elif any(x.index in views for x in node.inputs):
            if node.op in CALLS:
                return True
            if node.op in VIEWS:
                views.add(node.index)
    return False
