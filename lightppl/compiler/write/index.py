"""Index arithmetic: how an element of a view is found, and where an element of a block goes.

An index is a tuple with one (text, depth) a axis: source text, and the number of loops that must be
open before it is known.
"""

import re

from lightppl.compiler.write.conversion import converted
from lightppl.compiler.graph.shapes import SMALL, array_in_memory, is_view_of_one_axis

ZERO = ("0", 0)


def shifted(header, i, start, step=1):
    """Return the index ``start + step * i``."""
    text, depth = i
    if text.isdigit() and abs(start) <= SMALL and abs(step) <= SMALL:
        return str(start + step * int(text)), depth
    scaled = text if step == 1 or text == "0" else f"{_factor(text)} * {header.name(step)}"
    if start == 0:
        return scaled, depth
    start = header.name(start)
    return (start if scaled == "0" else f"({start} + {scaled})"), depth


def _factor(text):
    """Return source text of an index such that it can be multiplied."""
    return text if text.isidentifier() or text.isdigit() else f"({text})"


def aligned(x, idx):
    """Return the index of an argument that broadcasts to the index `idx`."""
    own = idx[len(idx) - x.ndim :] if x.ndim else ()
    return tuple(ZERO if n == 1 else i for n, i in zip(x.shape, own))


def linear_index(header, shape, idx):
    """Return (text, depth) of the row-major position of an index."""
    text, depth = "0", 0
    for n, (i, d) in zip(shape, idx):
        if text != "0":
            text = f"{_factor(text)} * {header.name(n)}" if n != 1 else text
        if i != "0":
            text = i if text == "0" else f"{text} + {i}"
            depth = max(depth, d)
    return text, depth


def read_view(reader, node, idx):
    """Return (text, depth) of one element of a view."""
    return _VIEWS[node.op](reader, node, idx)


def _reshape(reader, node, idx):
    (x,) = node.inputs
    if is_view_of_one_axis(node):
        own = iter([i for n, i in zip(node.shape, idx) if n != 1])
        return reader.read(x, tuple(ZERO if n == 1 else next(own) for n in x.shape))
    linear, depth = linear_index(reader.memory.header, node.shape, idx)
    if x.ndim == 1:
        return reader.read(x, ((linear, depth),))
    x, _ = array_in_memory(x, reader.schedule.kept)
    text = reader.memory.element(x, linear)
    return (text if x.op == "data" else converted(text, "float64", x.dtype)), depth


def _transpose(reader, node, idx):
    own = [ZERO] * node.ndim
    for k, axis in enumerate(node["axes"]):
        own[axis] = idx[k]
    return reader.read(node.inputs[0], tuple(own))


def _broadcast_to(reader, node, idx):
    (x,) = node.inputs
    return reader.read(x, aligned(x, idx))


def _slice(reader, node, idx):
    header = reader.memory.header
    moved = tuple(shifted(header, i, a, s) for i, a, s in zip(idx, node["starts"], node["steps"]))
    return reader.read(node.inputs[0], moved)


def _take(reader, node, idx):
    x, index = node.inputs
    axis = node["axis"]
    position, depth = reader.read(index, idx[axis : axis + index.ndim])
    if not re.fullmatch(r"\w+", position):
        key = ("index", index.index, position)
        if key not in reader.known:
            reader.known[key] = (reader.assign(position, depth), depth)
        position, depth = reader.known[key]
    return reader.read(x, (*idx[:axis], (position, depth), *idx[axis + index.ndim :]))


_VIEWS = {
    "reshape": _reshape,
    "transpose": _transpose,
    "broadcast_to": _broadcast_to,
    "slice": _slice,
    "take": _take,
}
VIEW_NAMES = frozenset(_VIEWS)


def target_index(reader, term, idx):
    """Return the index of the array element that a block's element at `idx` goes to."""
    for step in term.maps:
        idx = _MAPS[step[0]](reader, step, idx)
    return idx


def _map_place(reader, step, idx):
    node, header = step[1], reader.memory.header
    return tuple(shifted(header, i, a, s) for i, a, s in zip(idx, node["starts"], node["steps"]))


def _map_concatenate(reader, step, idx):
    _, node, offset = step
    axis = node["axis"]
    return (*idx[:axis], shifted(reader.memory.header, idx[axis], offset), *idx[axis + 1 :])


def _map_scatter(reader, step, idx):
    node = step[1]
    index = node.inputs[1]
    axis = node["axis"]
    position = reader.read(index, idx[axis : axis + index.ndim])
    return (*idx[:axis], position, *idx[axis + index.ndim :])


def _map_reshape(reader, step, idx):
    return (linear_index(reader.memory.header, step[1].inputs[0].shape, idx),)


_MAPS = {
    "place": _map_place,
    "concatenate": _map_concatenate,
    "scatter_add": _map_scatter,
    "reshape": _map_reshape,
}
MAP_NAMES = frozenset(_MAPS)
