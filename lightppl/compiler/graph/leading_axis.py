"""One rule for each operation with a leading axis: done for many points, or steps, at once.

Some inputs of a node carry the axis, of length L, in front of their own; the others are the same
everywhere.  A rule says how the operation is written in terms of operations, through a function
``make(op, *values, **attrs)``: with NumPy's it gives the arrays of many points
(`graph.batch`), with a graph builder's the nodes of all steps of a loop (`passes.series`).
"""

from lightppl.compiler.graph.array_operations import AxisCall, MatrixCall
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE, REDUCTIONS


def has_rule(node, leads):
    """Return whether an operation can be done for all indices of the axis at once.

    Parameters
    ----------
    node : Node
    leads : list of bool
        Whether each input carries the axis.
    """
    if node.op in ("take", "scatter_add") and leads[1]:
        # one table, read at different places, is a longer read; different tables are not
        return node.op == "take" and not leads[0] and node["axis"] == 0
    return node.op in ELEMENTWISE or node.op in _RULES


def with_leading_axis(make, node, values, leads, length):
    """Return the value of a node for all indices of the axis, (L, *node.shape).

    Parameters
    ----------
    make : callable
        ``make(op, *values, **attrs)`` does one operation: on arrays, or on nodes.
    node : Node
        One for which `has_rule` holds.
    values : list of array or of Node
        Of the inputs; those that carry the axis have it first.
    leads : list of bool
        Which do; at least one.
    length : int
        L.
    """
    rule = _elementwise if node.op in ELEMENTWISE else _RULES[node.op]
    return widened(make, rule(_Inputs(make, node, values, leads, length)), (length, *node.shape))


def widened(make, value, shape):
    """Return a value broadcast to a shape, itself if it has that."""
    return value if value.shape == shape else make("broadcast_to", value, shape=shape)


class _Inputs:
    """What a rule knows: a node, and the values of its inputs."""

    def __init__(self, make, node, values, leads, length):
        self.make, self.node, self.length = make, node, length
        self.values, self.leads = values, leads

    def aligned(self):
        """The values such that their axes after the leading one broadcast from the right."""
        return [
            self.make("reshape", v, shape=shape) if leads and v.shape != shape else v
            for v, leads, shape in zip(self.values, self.leads, self._aligned_shapes())
        ]

    def full(self):
        """The same, and all of them carry the axis."""
        return [
            v if leads else widened(self.make, v, shape)
            for v, leads, shape in zip(self.aligned(), self.leads, self._aligned_shapes())
        ]

    def _aligned_shapes(self):
        ndim = max(x.ndim for x in (self.node, *self.node.inputs))
        return [(self.length, *(1,) * (ndim - x.ndim), *x.shape) for x in self.node.inputs]

    def done(self, *values, **changed):
        """The operation on other values, with some attributes changed."""
        return self.make(self.node.op, *values, **{**dict(self.node.attrs), **changed})


def _elementwise(its):
    return its.done(*its.aligned())


def _matrices(its):
    return its.done(*its.full())


def _reduction(its):
    return its.done(*its.values, axes=tuple(k + 1 for k in its.node["axes"]))


def _along_axis(its):
    return its.done(*its.full(), axis=its.node["axis"] + 1)


def _reshape(its):
    return its.done(*its.values, shape=(its.length, *its.node.shape))


def _broadcast_to(its):
    return its.done(*its.aligned(), shape=(its.length, *its.node.shape))


def _transpose(its):
    return its.done(*its.values, axes=(0, *(k + 1 for k in its.node["axes"])))


def _slice(its):
    starts, sizes, steps = (its.node[name] for name in ("starts", "sizes", "steps"))
    return its.done(
        *its.values, starts=(0, *starts), sizes=(its.length, *sizes), steps=(1, *steps)
    )


def _place(its):
    shape, starts, steps = (its.node[name] for name in ("shape", "starts", "steps"))
    return its.done(
        *its.values, shape=(its.length, *shape), starts=(0, *starts), steps=(1, *steps)
    )


def _by_index(its):
    """Read from, or added at, places along an axis: the index, or else the array, is the same."""
    return its.done(*its.values, axis=its.node["axis"] + its.leads[0])


def _matmul(its):
    """Products of matrices; a fixed matrix times a column each is one product."""
    a, b = its.node.inputs
    if its.leads[0] or its.node.ndim != 2 or b.shape[1] != 1:
        return its.done(*its.aligned())
    rows = its.make("reshape", its.values[1], shape=(its.length, b.shape[0]))
    product = its.done(rows, its.make("transpose", its.values[0], axes=(1, 0)))
    return its.make("reshape", product, shape=(its.length, *its.node.shape))


_RULE_OF_CALL = {MatrixCall: _matrices, AxisCall: _along_axis}
_RULES = {
    **{
        op: _RULE_OF_CALL[type(operation.call)]
        for op, operation in ARRAY_OPERATIONS.items() if operation.call
    },
    **dict.fromkeys(REDUCTIONS, _reduction),
    "concatenate": _along_axis,
    **dict.fromkeys(("take", "scatter_add"), _by_index),
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "transpose": _transpose,
    "slice": _slice,
    "place": _place,
    "matmul": _matmul,
}
"""The rule of every operation that is neither elementwise nor control flow."""
