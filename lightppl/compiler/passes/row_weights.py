"""Weights of rows: products of columns of data, and where such a column is in a graph.

An entry of a weight is ``(use, node, axis)``: whether the column multiplies ("times"), divides
("over"), or says where rows count ("where", "unless"), a node of data, and its axis of rows.
"""

import math

from lightppl.records import record


@record(eq=False)
class Scale:
    """What is constant along the rows, times columns of data.

    Attributes
    ----------
    flat : Node or None
        None stands for 1.
    columns : tuple
        Entries of a weight.
    """

    flat: object
    columns: tuple


def joined(weights, others):
    """Return weights with more columns of data, in order, without what multiplies and divides."""
    entries = list(weights)
    for entry in map(_without_views, others):
        (opposite,) = inverted((entry,))
        if opposite in entries and opposite != entry:
            entries.remove(opposite)
        else:
            entries.append(entry)
    return tuple(sorted(entries, key=lambda entry: (entry[1].index, entry[0])))


def _without_views(entry):
    use, x, axis = entry
    while x.op in ("reshape", "transpose") and axis_behind(x, axis) is not None:
        x, axis = x.inputs[0], axis_behind(x, axis)
    return use, x, axis


def inverted(columns):
    """Return the columns that divide where some multiply."""
    return tuple((_INVERSE.get(use, use), x, axis) for use, x, axis in columns)


_INVERSE = {"times": "over", "over": "times"}


def with_size(shape, axis, size):
    """Return a shape with another size of one axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def axis_behind(x, axis):
    """Return the axis of the input of a node that is its axis of rows, or None if none is."""
    (y,) = x.inputs
    if x.op == "transpose":
        return x["axes"][axis]
    if x.op != "reshape":
        return axis - (x.ndim - y.ndim)
    before = math.prod(x.shape[:axis])
    for k, size in enumerate(y.shape):
        if size == x.shape[axis] and math.prod(y.shape[:k]) == before:
            return k
    return None
