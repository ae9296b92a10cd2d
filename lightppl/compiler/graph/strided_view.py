"""A chain of views as one: where each of its elements stands in the array behind it.

Reshapes, transpositions, slices and broadcasts move no element. A chain of them is a base, an
offset and a stride for each axis, or it is not: a reshape may take elements in an order that no
strides give, and then its input has to be copied. The rule for composing is the one here, and
nothing else looks through a view.
"""

from functools import cached_property
from math import prod

from lightppl.records import record


@record
class StridedView:
    """Elements of an array in row-major order, found by strides.

    Element ``(i, j)`` is number ``offset + i * strides[0] + j * strides[1]`` of the base.

    Attributes
    ----------
    base : Node
    offset : int
    shape : tuple of int
    strides : tuple of int
        In elements; zero along axes of size one and those along which elements repeat.
    """

    base: object
    offset: int
    shape: tuple
    strides: tuple

    @property
    def is_contiguous(self):
        """Whether the elements follow each other in the base."""
        return self.strides == row_major(self.shape) or prod(self.shape) == 0

    @property
    def is_whole(self):
        """Whether the elements are those of the base, in the same order."""
        return prod(self.shape) == self.base.size and self.is_contiguous

    @property
    def has_matrices(self):
        """Whether each matrix, of the last two axes, stands in the base in row-major order."""
        return self.strides[-2:] == row_major(self.shape[-2:])

    @property
    def has_transposed_matrices(self):
        """Whether each matrix, of the last two axes, stands in the base in column-major order."""
        return self.strides[:-3:-1] == row_major(self.shape[:-3:-1])

    @property
    def has_equal_rows(self):
        """Whether all that an index of the first axis stands for is one contiguous piece."""
        return self.strides == (0, *row_major(self.shape[1:]))

    @cached_property
    def index_in_base(self):
        """The index in the base, as affine functions of the index in the view.

        One pair ``(start, terms)`` for each axis of the base; a term ``(step, k)`` is a step for
        each step along axis k of the view. None, if one axis goes across several of the base.
        """
        found, rest = [], self.offset
        steps = [(stride, k) for k, stride in enumerate(self.strides) if stride != 0]
        for n, distance in zip(self.base.shape, row_major(self.base.shape)):
            if n <= 1:
                found.append((0, ()))
                continue
            start, rest = divmod(rest, distance)
            own = tuple((step // distance, k) for step, k in steps if step % distance == 0)
            steps = [(step, k) for step, k in steps if step % distance != 0]
            ends = [step * max(self.shape[k] - 1, 0) for step, k in own]
            if start + sum(x for x in ends if x < 0) < 0:
                return None
            if start + sum(x for x in ends if x > 0) >= n:
                return None
            found.append((start, own))
        return tuple(found)


def row_major(shape):
    """Return the strides of an array that has its elements one after another."""
    strides, distance = [], 1
    for n in reversed(shape):
        strides.append(0 if n == 1 else distance)
        distance *= max(n, 1)
    return tuple(reversed(strides))


def view_of_itself(node):
    """Return the view that is an array itself."""
    return StridedView(node, 0, node.shape, row_major(node.shape))


def view_of(node, stops=()):
    """Return a node as a view of the first array behind it that is no view, or is a stop.

    Parameters
    ----------
    node : Node
    stops : container of int
        Indices of nodes that are in memory themselves.

    Returns
    -------
    StridedView or None
        None if no strides give the elements, so that the input of some view must be copied.
    """
    if node.op not in _RULES or node.index in stops:
        return view_of_itself(node)
    return view_beneath(node, stops)


def view_beneath(node, stops=()):
    """Return what `view_of` returns for a view, even if it is a stop itself."""
    return _seen_through(view_of(node.inputs[0], stops), node)


def is_view(node):
    """Return whether a node is another way to look at the elements of its input, by strides."""
    return node.op in _RULES


def source_in_order(node, stops=()):
    """Return the array furthest behind a node whose elements are those of the node, in order."""
    while node.index not in stops and is_in_order(node):
        node = node.inputs[0]
    return node


def is_in_order(node):
    """Return whether a node has the elements of its input in the same order."""
    if not is_view(node) or node.size != node.inputs[0].size:
        return False
    return _seen_through(view_of_itself(node.inputs[0]), node).is_whole


def _seen_through(view, node):
    """Return a view of a view, None if there is none."""
    return None if view is None else _RULES[node.op](view, node)


def _reshape(view, node):
    """Split and join axes, by the rule by which NumPy does not copy.

    Neighboring axes through which one stride leads are one run; each axis of the new shape must be
    part of one run.
    """
    if node.size == 0:
        return StridedView(view.base, view.offset, node.shape, row_major(node.shape))
    runs = []
    for n, stride in zip(view.shape, view.strides):
        if n == 1:
            continue
        if runs and runs[-1][1] == n * stride:
            n *= runs.pop()[0]
        runs.append((n, stride))
    strides = []
    left, stride = 1, 0
    for n in reversed(node.shape):
        if n == 1:
            strides.append(0)
            continue
        if left == 1:
            left, stride = runs.pop()
        if left % n:
            return None
        strides.append(stride)
        left, stride = left // n, stride * n
    return StridedView(view.base, view.offset, node.shape, tuple(reversed(strides)))


def _transpose(view, node):
    strides = tuple(view.strides[axis] for axis in node["axes"])
    return StridedView(view.base, view.offset, node.shape, strides)


def _broadcast_to(view, node):
    strides = (0,) * (node.ndim - len(view.strides)) + view.strides
    return StridedView(view.base, view.offset, node.shape, strides)


def _slice(view, node):
    attrs, offset, strides = dict(node.attrs), view.offset, []
    for n, stride, start, step in zip(node.shape, view.strides, attrs["starts"], attrs["steps"]):
        offset += start * stride
        strides.append(0 if n == 1 else stride * step)
    return StridedView(view.base, offset if node.size else 0, node.shape, tuple(strides))


_RULES = {
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "slice": _slice,
}
