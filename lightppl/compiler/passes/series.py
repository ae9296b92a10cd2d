"""Operations of one step of a loop, done for all steps at once.

`Series.of(node)` rebuilds a node of a body outside of the loop: what differs from step to step
gets an axis of time in front.
"""

import numpy as np

from lightppl.compiler.graph.ops import ELEMENTWISE, REDUCTIONS

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

    def of(self, node):
        """Return the node outside, (T, ...) if it differs from step to step."""
        return self._pair(node)[0]

    def full(self, node):
        """Return the node outside with an axis of time, also if all steps are the same."""
        value, is_series = self._pair(node)
        if is_series:
            return value
        return self.r.make("broadcast_to", value, shape=(self.length, *node.shape))

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
        pairs = [self._known[x.index] for x in node.inputs]
        attrs = dict(node.attrs)
        if not any(is_series for _, is_series in pairs):
            return self.r.make(node.op, *(value for value, _ in pairs), **attrs), False
        rule = _elementwise if node.op in ELEMENTWISE else _RULES[node.op]
        return rule(self, node, pairs, attrs), True

    def aligned(self, x, pair, ndim):
        """Return a value whose axes after time broadcast from the right against `ndim` axes."""
        value, is_series = pair
        if not is_series or x.ndim == ndim:
            return value
        shape = (self.length,) + (1,) * (ndim - x.ndim) + x.shape
        return self.r.make("reshape", value, shape=shape)


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
    if node.op == "take":
        x, index = node.inputs
        if not is_series(index):
            return True
        return not is_series(x) and node["axis"] == 0
    if node.op == "scatter_add":
        return not is_series(node.inputs[1])
    if node.op == "matmul":
        a, b = node.inputs
        return node.ndim == 2 and not is_series(a) and b.shape[1] == 1
    return node.op in ELEMENTWISE or node.op in _RULES


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


def _elementwise(series, node, pairs, attrs):
    values = [series.aligned(x, pair, node.ndim) for x, pair in zip(node.inputs, pairs)]
    result = series.r.make(node.op, *values, **attrs)
    shape = (series.length, *node.shape)
    if result.shape == shape:
        return result
    return series.r.make("broadcast_to", result, shape=shape)


def _reduction(series, node, pairs, attrs):
    axes = tuple(k + 1 for k in node["axes"])
    return series.r.make(node.op, pairs[0][0], axes=axes)


def _reshape(series, node, pairs, attrs):
    return series.r.make("reshape", pairs[0][0], shape=(series.length, *node.shape))


def _broadcast_to(series, node, pairs, attrs):
    value = series.aligned(node.inputs[0], pairs[0], node.ndim)
    return series.r.make("broadcast_to", value, shape=(series.length, *node.shape))


def _transpose(series, node, pairs, attrs):
    axes = (0, *(k + 1 for k in node["axes"]))
    return series.r.make("transpose", pairs[0][0], axes=axes)


def _slice(series, node, pairs, attrs):
    return series.r.make(
        "slice", pairs[0][0],
        starts=(0, *node["starts"]), sizes=(series.length, *node["sizes"]),
        steps=(1, *node["steps"]),
    )


def _place(series, node, pairs, attrs):
    return series.r.make(
        "place", pairs[0][0],
        shape=(series.length, *node["shape"]), starts=(0, *node["starts"]),
        steps=(1, *node["steps"]),
    )


def _concatenate(series, node, pairs, attrs):
    values = [series.full(x) for x in node.inputs]
    return series.r.make("concatenate", *values, axis=node["axis"] + 1)


def _take(series, node, pairs, attrs):
    (value, is_series), (index, _) = pairs
    return series.r.make("take", value, index, axis=node["axis"] + (1 if is_series else 0))


def _scatter_add(series, node, pairs, attrs):
    axis = node["axis"] + 1
    return series.r.make("scatter_add", pairs[0][0], pairs[1][0], axis=axis, size=node["size"])


def _matmul(series, node, pairs, attrs):
    """A fixed matrix times a vector for each step: one product of matrices."""
    (a, _), (b, _) = pairs
    rows = series.r.make("reshape", b, shape=(series.length, b.shape[1]))
    product = series.r.make("matmul", rows, series.r.make("transpose", a, axes=(1, 0)))
    return series.r.make("reshape", product, shape=(series.length, *node.shape))


_RULES = {
    **dict.fromkeys(REDUCTIONS, _reduction),
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "transpose": _transpose,
    "slice": _slice,
    "place": _place,
    "concatenate": _concatenate,
    "take": _take,
    "scatter_add": _scatter_add,
    "matmul": _matmul,
}


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
