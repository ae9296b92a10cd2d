"""Index arithmetic: how an element of a view is found, and where an element of a block goes.

An index is a tuple with one (text, depth) a axis: source text, and the number of loops that must be
open before it is known.
"""

import re

from lightppl.compiler.graph.ops import VIEWS
from lightppl.compiler.graph.shapes import SMALL
from lightppl.compiler.write.conversion import converted

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


def affine_index(header, terms, start=0):
    """Return (text, depth) of the sum of `start` and of a step for each index.

    Parameters
    ----------
    header : Header
    terms : list of (step, (text, depth))
    start : int
    """
    if len(terms) <= 1:
        step, i = terms[0] if terms else (1, ZERO)
        return shifted(header, i, start, step)
    terms = sorted(terms, key=lambda term: -abs(term[0]))
    sums, text, depth, last = [], "0", 0, terms[0][0]
    for step, (i, d) in terms:
        if i.isdigit() and abs(step) <= SMALL and abs(start + step * int(i)) <= SMALL:
            start, i = start + step * int(i), "0"
        if last % step or last * step < 0:
            sums.append(shifted(header, (text, depth), 0, last)[0])
            text, last = "0", step
        if text != "0" and last != step:
            text = f"{_factor(text)} * {header.name(last // step)}"
        if i != "0":
            text = i if text == "0" else f"{text} + {i}"
        depth, last = max(depth, d), step
    sums.append(shifted(header, (text, depth), start, last)[0])
    return " + ".join(x for x in sums if x != "0") or "0", depth


def read_view(nest, node, idx):
    """Return (text, depth) of one element of a view, or of what a `take` gathers."""
    if node.op == "take":
        return _gathered(nest, node, idx)
    view, header = nest.schedule.views[node.index], nest.memory.header
    if view.index_in_base is not None:
        own = ((a, [(step, idx[k]) for step, k in steps]) for a, steps in view.index_in_base)
        return nest.read(view.base, tuple(affine_index(header, x, a) for a, x in own))
    terms = [(step, i) for step, i in zip(view.strides, idx) if step != 0]
    position, depth = affine_index(header, terms, view.offset)
    x, text = view.base, nest.memory.element(view.base, position)
    return (text if x.op == "data" else converted(text, "float64", x.dtype)), depth


def _gathered(nest, node, idx):
    x, index = node.inputs
    axis = node["axis"]
    position, depth = nest.read(index, idx[axis : axis + index.ndim])
    if not re.fullmatch(r"\w+", position):
        key = ("index", index.index, position)
        if key not in nest.known:
            nest.known[key] = (nest.assign(position, depth), depth)
        position, depth = nest.known[key]
    return nest.read(x, (*idx[:axis], (position, depth), *idx[axis + index.ndim :]))


VIEW_NAMES = frozenset(VIEWS)


def target_index(nest, term, idx):
    """Return the index of the array element that a block's element at `idx` goes to."""
    for step in term.maps:
        idx = _MAPS[step[0]](nest, step, idx)
    return idx


def _map_place(nest, step, idx):
    node, header = step[1], nest.memory.header
    return tuple(shifted(header, i, a, s) for i, a, s in zip(idx, node["starts"], node["steps"]))


def _map_concatenate(nest, step, idx):
    _, node, offset = step
    axis = node["axis"]
    return (*idx[:axis], shifted(nest.memory.header, idx[axis], offset), *idx[axis + 1 :])


def _map_scatter(nest, step, idx):
    node = step[1]
    index = node.inputs[1]
    axis = node["axis"]
    position = nest.read(index, idx[axis : axis + index.ndim])
    return (*idx[:axis], position, *idx[axis + index.ndim :])


def _map_flatten(nest, step, idx):
    return (linear_index(nest.memory.header, step[1].inputs[0].shape, idx),)


_MAPS = {
    "place": _map_place,
    "concatenate": _map_concatenate,
    "scatter_add": _map_scatter,
    "flatten": _map_flatten,
}
MAP_NAMES = frozenset(_MAPS)
