"""Questions about the shapes of nodes: what is a number, a view, a row."""

import numpy as np

SMALL = 16
"""Sizes up to this are written into the code, where they let loops unroll; others are run-time."""


def is_scalar(node):
    """Return whether a node is one number."""
    return node.size == 1


def space_of(shape):
    """Return a shape without axes of size one: what a loop nest goes over."""
    return tuple(n for n in shape if n != 1)


def rows_of(shape):
    """Return the number of rows that a pass over this shape has, or None if there are few."""
    space = space_of(shape)
    return space[0] if space and space[0] > SMALL else None


def is_view_of_one_axis(node):
    """Return whether a reshape only adds or removes axes of size one."""
    return space_of(node.inputs[0].shape) == space_of(node.shape)


def swaps_last_axes(node):
    """Return whether a node is a transposition of matrices."""
    if node.op != "transpose":
        return False
    n = node.ndim
    return n >= 2 and node["axes"] == (*range(n - 2), n - 1, n - 2)


def array_behind(node, stored=(), *, is_along_time=False, may_be_number=True):
    """Return the array of which a node is a contiguous piece, where it starts, and whether it
    repeats.

    Parameters
    ----------
    node : Node
    stored : container of int
        Indices of nodes that are in memory themselves.
    is_along_time : bool
        Whether a loop reads one row of the node after the other, so that one row may stand for all.
    may_be_number : bool
        Whether one number may stand for an array of equal ones.

    Returns
    -------
    base : Node
        The node itself, if it is no such piece.
    start : int
        Position of the first element in the base.
    repeats : bool
        Whether the base is one number, repeated everywhere, or one row, repeated along the first
        axis of the node.
    """
    if node.op == "broadcast_to" and node.index not in stored:
        (x,) = node.inputs
        if x.size == 1 < node.size:
            return (x, 0, True) if may_be_number else (node, 0, False)
        if is_along_time and _is_row_of(node, x):
            base, start, _ = array_behind(x, stored)
            return base, start, True
    base, start = node, 0
    while True:
        if base.index in stored:
            return base, start, False
        if base.op == "slice" and _is_contiguous(base):
            x = base.inputs[0]
            start += int(np.ravel_multi_index(base["starts"], x.shape)) if x.ndim else 0
        elif base.op != "reshape":
            return base, start, False
        base = base.inputs[0]


def _is_row_of(node, x):
    """Whether a node consists of x, once for each index of the first axis."""
    shape = (1,) * (node.ndim - x.ndim) + x.shape
    return shape == (1, *node.shape[1:]) and x.size < node.size


def _is_contiguous(node):
    """Whether a slice takes elements that follow each other in memory."""
    x, sizes = node.inputs[0], node["sizes"]
    first = next((k for k, n in enumerate(sizes) if n != 1), len(sizes))
    if any(sizes[k] != x.shape[k] for k in range(first + 1, len(sizes))):
        return False
    return node.size > 0 and all(s == 1 or n == 1 for s, n in zip(node["steps"], sizes))


def array_in_memory(node, stored=(), *, may_be_transposed=False):
    """Return the array in memory that a call reads a node from, and whether as its transpose.

    A reshape leaves elements where they are, so that a call may look through any number of them. A
    transposition of matrices can be left to the call, but a reshape outside of one that moves
    something takes its elements in an order that no matrix in memory has: then the transposed
    array itself must be in memory.

    Parameters
    ----------
    node : Node
    stored : container of int
        Indices of nodes that are in memory themselves.
    may_be_transposed : bool
        Whether the call can read the transpose of a matrix.

    Returns
    -------
    base : Node
    is_transposed : bool
        Whether the matrices of `node` are those of its shape, with its last two axes exchanged,
        transposed.
    """
    is_transposed = False
    while node.index not in stored:
        if node.op == "reshape" or keeps_order(node):
            # outside of a transposition, matrices must stay the matrices that they are
            is_same = node.shape[-2:] == node.inputs[0].shape[-2:]
            may_be_transposed = may_be_transposed and is_same
        elif may_be_transposed and swaps_last_axes(node):
            is_transposed, may_be_transposed = True, False
        else:
            break
        node = node.inputs[0]
    return node, is_transposed


def keeps_order(node):
    """Return whether a node is a transposition that moves nothing but axes of size one."""
    if node.op != "transpose":
        return False
    moved = [axis for axis in node["axes"] if node.inputs[0].shape[axis] != 1]
    return moved == sorted(moved)


def row_call(node):
    """Return "produce" or "consume" if a call can work row by row, else None.

    ``X @ b`` for a data matrix X produces one number a row; ``X' @ r`` consumes the rows of r.
    """
    if node.op != "matmul" or node.ndim != 2 or node.shape[1] != 1:
        return None
    a = node.inputs[0]
    if a.op == "data" and rows_of(a.shape) == a.shape[0]:
        return "produce"
    is_data = swaps_last_axes(a) and a.inputs[0].op == "data"
    if is_data and rows_of(a.inputs[0].shape) == a.inputs[0].shape[0]:
        return "consume"
    return None
