"""Operations of one step of a loop, done for all steps at once.

`Series.full(node)` rebuilds a node of a body outside of the loop: what differs from step to step
gets an axis of time in front, by the rule of its operation.
"""

from lightppl.compiler.graph.leading_axis import has_rule, widened, with_leading_axis
from lightppl.compiler.graph.ops import CALLS, ELEMENTWISE

MAX_SIZE = 64
"""Number of elements a step up to which work leaves a loop: larger steps fill the cache."""


class Series:
    """Values of nodes of a body for all steps.

    Parameters
    ----------
    r : Rewriter
        Makes the nodes of the graph around the loop.
    length : int
        T.
    """

    def __init__(self, r, length):
        self.r, self.length = r, length
        self._known = {}

    def set(self, node, value, is_series):
        """Say what a node of the body is outside: an array with an axis of time, or without."""
        self._known[node.index] = (value, is_series)

    def full(self, node):
        """Return the node outside with an axis of time, also if all steps are the same."""
        value, is_series = self._pair(node)
        return value if is_series else widened(self.r.make, value, (self.length, *node.shape))

    def _pair(self, node):
        stack = [node]
        while stack:
            x = stack.pop()
            missing = [y for y in x.inputs if y.index not in self._known]
            if x.index in self._known:
                continue
            if missing:
                stack += [x, *reversed(missing)]
            else:
                self._known[x.index] = self._make(x)
        return self._known[node.index]

    def _make(self, node):
        if node.op == "literal":
            return self.r.builder.literal(node["value"]), False
        values, leads = zip(*(self._known[x.index] for x in node.inputs))
        if not any(leads):
            return self.r.make(node.op, *values, **dict(node.attrs)), False
        return with_leading_axis(self.r.make, node, values, leads, self.length), True


def can_leave(node, is_series):
    """Return whether an operation can be done for all steps at once.

    Parameters
    ----------
    node : Node
    is_series : callable
        Whether an input differs from step to step.
    """
    if node.size > MAX_SIZE or any(x.size > MAX_SIZE and is_series(x) for x in node.inputs):
        return False
    leads = [is_series(x) for x in node.inputs]
    if node.op in CALLS:
        is_column = node.op == "matmul" and node.ndim == 2 and node.shape[1] == 1
        return is_column and not leads[0]
    return has_rule(node, leads)


def is_outer_product(node):
    """Return whether a node of a body is a column times a row."""
    return node.op == "matmul" and node.ndim == 2 and node.inputs[0].shape[1] == 1


def sum_over_time(series, node):
    """Return the sum over all steps of a node of the body."""
    r = series.r
    if is_outer_product(node):
        a, b = node.inputs
        columns = r.make("reshape", series.full(a), shape=(series.length, a.shape[0]))
        rows = r.make("reshape", series.full(b), shape=(series.length, b.shape[1]))
        return r.make("matmul", r.make("transpose", columns, axes=(1, 0)), rows)
    return r.make("sum", series.full(node), axes=(0,))


def costs(node, least, is_counted):
    """Return whether a node costs `least`, with all it is made of, as far as `is_counted` holds."""
    seen, stack, total = set(), [node], 0
    while stack and total < least:
        x = stack.pop()
        if x.index in seen or not is_counted(x):
            continue
        seen.add(x.index)
        own = ELEMENTWISE[x.op].cost if x.op in ELEMENTWISE else 1
        total += own * x.size
        stack.extend(x.inputs)
    return total >= least
