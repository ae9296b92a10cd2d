"""Questions about the shapes of nodes: what is a number, a row, an operand of a call."""

from lightppl.compiler.graph.strided_view import is_view, view_of

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


def operand_of_call(call, node, stops):
    """Return the view through which a call reads an operand in memory.

    Parameters
    ----------
    call : Node
    node : Node
        One of its inputs.
    stops : container of int
        Indices of nodes that are in memory themselves.

    Returns
    -------
    StridedView or None
        None if the call cannot read the operand like that. Calls along an axis need all elements
        one after another; others work on matrices, which stand in row-major order, or as well in
        column-major order if the call is a product.
    """
    view = view_of(node, stops)
    if view is None:
        return None
    if any(name == "axis" for name, _ in call.attrs):
        return view if view.is_contiguous else None
    is_readable = view.has_matrices or call.op == "matmul" and view.has_transposed_matrices
    return view if is_readable else None


def array_behind(node, stops=(), *, is_along_time=False, may_be_number=True):
    """Return the array of which a node is a contiguous piece, where it starts, and whether it
    repeats.

    Parameters
    ----------
    node : Node
    stops : container of int
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
    number = _number_behind(node, stops)
    if number is not None and may_be_number:
        return number, 0, True
    view = view_of(node, stops)
    if view is not None and view.is_contiguous:
        return view.base, view.offset, False
    if view is not None and is_along_time and view.has_equal_rows:
        return view.base, view.offset, True
    return node, 0, False


def _number_behind(node, stops):
    """Return the number that all elements of an array are, None if there is no such number."""
    while node.size != 1:
        if node.index in stops or not is_view(node):
            return None
        node = node.inputs[0]
    return node


def row_call(node):
    """Return "produce" or "consume" if a call can work row by row, else None.

    ``X @ b`` for a data matrix X produces one number a row; ``X' @ r`` consumes the rows of r.
    """
    if node.op != "matmul" or node.ndim != 2 or node.shape[1] != 1:
        return None
    matrix, is_transposed = data_matrix(node.inputs[0])
    if matrix is None or rows_of(matrix.shape) != matrix.shape[0]:
        return None
    return "consume" if is_transposed else "produce"


def data_matrix(node):
    """Return the matrix of the data that a node is, or is the transpose of, and which of the two.

    Returns
    -------
    matrix : Node or None
    is_transposed : bool
    """
    view = view_of(node)
    if view is None or view.base.op != "data" or view.base.ndim != 2:
        return None, False
    if view.shape == view.base.shape and view.has_matrices:
        return view.base, False
    is_transpose = view.shape == view.base.shape[::-1] and view.has_transposed_matrices
    return (view.base if is_transpose else None), is_transpose
