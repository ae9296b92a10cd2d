"""One rule for each operation: whether its result is still aligned with held elements.

See `separation` for what that means.  A rule is asked only about nodes that depend on the elements;
``TANGLED`` is always a true answer.
"""

import math

import numpy as np

from lightppl.compiler.graph.array_operations import AxisCall, MatrixCall
from lightppl.compiler.graph.graph import Node
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE, REDUCTIONS
from lightppl.records import record


@record
class Alignment:
    """How an array in row order, seen as (outer, length, rest), depends on held elements.

    Attributes
    ----------
    outer, length : int
    index : Node or None
        (length,) int64: to which elements along their axis the parts belong; by default part i to
        element i.
    """

    outer: int
    length: int
    index: Node | None = None


FREE = "free"
"""Of a node that depends on none of the elements."""

TANGLED = "tangled"
"""Of a node of which nothing is known but that it may depend on any of them."""


def alignment_of(builder, node, known, start, shape, axis):
    """Return how a node is aligned with held elements along one of their axes.

    Parameters
    ----------
    builder : GraphBuilder
        Makes the nodes of indices.
    node : Node
    known : dict of int to Alignment, ``FREE`` or ``TANGLED``
        Of all nodes before.
    start : int
    shape : tuple of int
        The elements are those of the held vector from `start` on, in row order.
    axis : int or None
        None if it only matters whether the node is ``FREE``.

    Returns
    -------
    Alignment, ``FREE`` or ``TANGLED``
    """
    stop = start + math.prod(shape)
    source = (
        TANGLED if axis is None
        else _aligned(math.prod(shape[:axis]), shape[axis])
    )
    if node.op == "held":
        return source if (start, stop) == (0, node.size) else TANGLED
    if node.op == "slice" and node.inputs[0].op == "held" and node["steps"] == (1,):
        first, size = node["starts"][0], node["sizes"][0]
        if first >= stop or first + size <= start:
            return FREE
        if (first, first + size) == (start, stop):
            return source
    found = [known[x.index] for x in node.inputs]
    if all(x is FREE for x in found):
        return FREE
    if any(x is TANGLED for x in found):
        return TANGLED
    rule = _elementwise if node.op in ELEMENTWISE else _RULES.get(node.op, _unknown)
    return rule(builder, node, found)


def _aligned(outer, length, index=None):
    """Return an alignment; of one part only it does not matter where that stands."""
    return Alignment(1 if length == 1 else outer, length, index)


def _unknown(builder, node, found):
    return TANGLED


def _axes_of(shape, alignment):
    """Return the axes ``[first, stop)`` that are the length of an alignment, or None."""
    first, outer = 0, 1
    while first < len(shape) and (outer < alignment.outer or shape[first] == 1):
        outer *= shape[first]
        first += 1
    stop, length = first, 1
    while stop < len(shape) and length < alignment.length:
        length *= shape[stop]
        stop += 1
    is_found = outer == alignment.outer and length == alignment.length
    return (first, stop) if is_found else None


def _moved(alignment, x, node, shift, allowed=None):
    """Return the alignment of a result whose axes are those of an input, moved to the right.

    Parameters
    ----------
    alignment : Alignment
        Of the input.
    x, node : Node
        Input and result.
    shift : int
        By how much an axis of the input is moved.
    allowed : collection of int, optional
        Those axes of the input that are axes of the result.
    """
    if alignment.length == 1:
        return alignment
    axes = _axes_of(x.shape, alignment)
    if axes is None or (allowed is not None and not set(range(*axes)) <= set(allowed)):
        return TANGLED
    first, stop = (k + shift for k in axes)
    if first < 0 or node.shape[first:stop] != x.shape[slice(*axes)]:
        return TANGLED
    return _aligned(math.prod(node.shape[:first]), alignment.length, alignment.index)


def _common(found):
    """Return what all inputs that depend on the elements agree on."""
    found = [x for x in found if x is not FREE]
    return found[0] if all(x == found[0] for x in found) else TANGLED


def _elementwise(builder, node, found):
    return _common([
        alignment if alignment is FREE or x.shape == node.shape
        else _moved(alignment, x, node, node.ndim - x.ndim)
        for x, alignment in zip(node.inputs, found)
    ])  # fmt: skip


def _reshape(builder, node, found):
    return found[0]


def _transpose(builder, node, found):
    (x,), (alignment,) = node.inputs, found
    axes = _axes_of(x.shape, alignment)
    if alignment.length == 1:
        return alignment
    if axes is None or axes[1] - axes[0] != 1:
        return TANGLED
    place = node["axes"].index(axes[0])
    return _aligned(math.prod(node.shape[:place]), alignment.length, alignment.index)


def _slice(builder, node, found):
    (x,), (alignment,) = node.inputs, found
    axes = _axes_of(x.shape, alignment)
    if alignment.length == 1:
        return alignment
    if axes is None:
        return TANGLED
    first, stop = axes
    outer = math.prod(node.shape[:first])
    is_whole = node.shape[first:stop] == x.shape[first:stop]
    if is_whole and all(step == 1 for step in node["steps"][first:stop]):
        return _aligned(outer, alignment.length, alignment.index)
    if stop - first != 1:
        return TANGLED
    size = node.shape[first]
    places = node["starts"][first] + node["steps"][first] * np.arange(size)
    return _read_at(builder, alignment, outer, builder.data(places))


def _read_at(builder, alignment, outer, places):
    """Return the alignment of what was read at some places, (length,), along the aligned axis."""
    index = places
    if alignment.index is not None:
        index = builder.make("take", [alignment.index, places], axis=0)
    return _aligned(outer, places.shape[0], index)


def _take(builder, node, found):
    x, index = node.inputs
    axis = node["axis"]
    before = math.prod(x.shape[:axis])
    if found[0] is FREE:
        return _aligned(before * found[1].outer, found[1].length, found[1].index)
    if found[1] is not FREE:
        return TANGLED
    alignment, size = found[0], x.shape[axis]
    if alignment.length == 1:
        return alignment
    if before % (alignment.outer * alignment.length) == 0:
        return alignment
    if alignment.outer % (before * size) == 0:
        after = alignment.outer // (before * size)
        return _aligned(before * index.size * after, alignment.length, alignment.index)
    if alignment.outer % before or size % (alignment.outer // before * alignment.length):
        return TANGLED
    # elements of the axis, in row order, are (outer part, element, inner part)
    outer = alignment.outer // before
    inner = size // (outer * alignment.length)
    places = builder.make("reshape", [index], shape=(index.size,))
    if inner > 1:
        places = builder.make("floor_divide", [places, builder.data(np.int64(inner))])
    if outer > 1:
        places = builder.make("remainder", [places, builder.data(np.int64(alignment.length))])
    return _read_at(builder, alignment, before, places)


def _reduction(builder, node, found):
    return _without_axes(node, found[0], node["axes"])


def _without_axes(node, alignment, axes):
    (x,) = node.inputs
    span = _axes_of(x.shape, alignment)
    if alignment.length == 1:
        return alignment
    if span is None or set(range(*span)) & set(axes):
        return TANGLED
    outer = math.prod(n for k, n in enumerate(x.shape[: span[0]]) if k not in axes)
    return _aligned(outer, alignment.length, alignment.index)


def _along_axis(builder, node, found):
    if len(node.inputs) > 1:
        return TANGLED
    kept = _without_axes(node, found[0], (node["axis"],))
    is_shorter = node.ndim < node.inputs[0].ndim
    return kept if is_shorter or kept is TANGLED else found[0]


def _concatenate(builder, node, found):
    others = [k for k in range(node.ndim) if k != node["axis"]]
    return _common([
        alignment if alignment is FREE else _moved(alignment, x, node, 0, others)
        for x, alignment in zip(node.inputs, found)
    ])  # fmt: skip


def _place(builder, node, found):
    (x,) = node.inputs
    whole = [k for k, n in enumerate(node.shape) if x.shape[k] == n]
    return _moved(found[0], x, node, 0, whole)


def _scatter_add(builder, node, found):
    x, index = node.inputs
    if found[1] is not FREE:
        return TANGLED
    axis = node["axis"]
    before = _moved(found[0], x, node, 0, range(axis))
    if before is not TANGLED:
        return before
    return _moved(found[0], x, node, 1 - index.ndim, range(axis + index.ndim, x.ndim))


def _matmul(builder, node, found):
    rows, columns = (x.ndim for x in node.inputs)
    allowed = [range(rows - 1), [*range(columns - 2), columns - 1]]
    if FREE not in found:
        allowed = [range(rows - 2), range(columns - 2)]
    return _common([
        alignment if alignment is FREE else _moved(alignment, x, node, node.ndim - x.ndim, axes)
        for x, alignment, axes in zip(node.inputs, found, allowed)
    ])  # fmt: skip


def _matrices(builder, node, found):
    """A call on each matrix of a stack: what is aligned with the axes of the stack stays so."""
    stack = max(x.ndim for x in node.inputs) - 2
    return _common([
        alignment if alignment is FREE
        else _moved(alignment, x, node, stack - (x.ndim - 2), range(x.ndim - 2))
        for x, alignment in zip(node.inputs, found)
    ])  # fmt: skip


def _solution(builder, node, found):
    """Columns of a right-hand side that is solved by a known matrix do not see each other."""
    if found[0] is FREE:
        x, stack = node.inputs[1], node.ndim - node.inputs[1].ndim
        return _moved(found[1], x, node, stack, [*range(x.ndim - 2), x.ndim - 1])
    return _matrices(builder, node, found)


_RULE_OF_CALL = {MatrixCall: _matrices, AxisCall: _along_axis}
_RULES = {
    **{
        op: _RULE_OF_CALL[type(operation.call)]
        for op, operation in ARRAY_OPERATIONS.items() if operation.call
    },
    **dict.fromkeys(REDUCTIONS, _reduction),
    "reshape": _reshape,
    "broadcast_to": _elementwise,
    "transpose": _transpose,
    "slice": _slice,
    "take": _take,
    "place": _place,
    "scatter_add": _scatter_add,
    "concatenate": _concatenate,
    "matmul": _matmul,
    "solve_triangular": _solution,
    "solve": _solution,
}
"""Of every operation that is neither elementwise nor control flow."""
