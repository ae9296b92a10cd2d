"""How an array that is the sum of placed blocks is filled.

The gradient of a model is such an array: each use of a slice or a gather contributes a block.  A
block that nothing overlaps is written; where blocks overlap, or scatter, zeros are filled in and
values added.
"""

import numpy as np

from lightppl.compiler.graph.ops import ACCUMULATIONS
from lightppl.compiler.graph.strided_view import is_in_order
from lightppl.records import record


@record(eq=False)
class Term:
    """One block of a sum of blocks.

    Attributes
    ----------
    value : Node
        The block's values.
    maps : tuple
        From the block's index to the array's, innermost first; each is ``("place", node)``,
        ``("scatter_add", node)``, ``("concatenate", node, offset)`` or ``("flatten", node)``.
    """

    value: object
    maps: tuple

    def reads(self):
        """Return the nodes that filling the block reads, each with whether at the same index."""
        found = [(self.value, True)]
        for step in self.maps:
            if step[0] == "scatter_add":
                found.append((step[1].inputs[1], False))
        return found


@record
class Placement:
    """How an array is filled.

    Attributes
    ----------
    terms : tuple of Term
    is_added : tuple of bool
        Per term: added to what is there, or written.
    fills : tuple of (int, int)
        Start and size of flat ranges that are zeroed first.
    """

    terms: tuple
    is_added: tuple
    fills: tuple


def terms_of(node, is_absorbed, is_inside):
    """Return the blocks of an array and the indices of nodes that disappear into them.

    Parameters
    ----------
    node : Node
    is_absorbed : callable
        Whether an inner sum of blocks is used only here.
    is_inside : callable
        Whether a view is used only here.
    """
    def is_flattened(x):
        return is_in_order(x) and x.ndim == 1 and is_inside(x)

    inside, terms, stack = set(), [], [(node, ())]
    while stack:
        x, maps = stack.pop()
        if is_in_order(x) and x.shape == x.inputs[0].shape:
            stack.append((x.inputs[0], maps))
        elif x is node or is_absorbed(x):
            if x is not node:
                inside.add(x.index)
            blocks = list(_blocks_of(x, maps))
            stack += reversed(blocks)
            if not blocks:
                terms.append(Term(x, maps))
        elif is_flattened(x) and is_absorbed(x.inputs[0]):
            stack.append((x.inputs[0], (("flatten", x), *maps)))
        else:
            terms.append(Term(x, maps))
    return terms, inside


def _blocks_of(x, maps):
    """Yield the arrays that a sum or a joined array consists of, with the maps of their indices."""
    if x.op == "add" and all(y.shape == x.shape for y in x.inputs):
        yield from ((y, maps) for y in x.inputs)
    elif x.op in ("place", "scatter_add"):
        yield x.inputs[0], ((x.op, x), *maps)
    elif x.op == "concatenate":
        offset = 0
        for y in x.inputs:
            yield y, (("concatenate", x, offset), *maps)
            offset += y.shape[x["axis"]]


def plan_placement(node, terms):
    """Return how an array with these blocks is filled.

    Parameters
    ----------
    node : Node
    terms : list of Term

    Returns
    -------
    Placement
    """
    spans = [_span(node, term) for term in terms]
    is_added = [
        not (is_exact and is_free) for (_, _, is_exact), is_free in zip(spans, _are_free(spans))
    ]
    written = sorted(s[:2] for s, added in zip(spans, is_added) if not added)
    return Placement(tuple(terms), tuple(is_added), tuple(_gaps(written, node.size)))


def _are_free(spans):
    """Return for each span whether it overlaps no other."""
    order = sorted(range(len(spans)), key=lambda k: spans[k][:2])
    is_free, end, last = [True] * len(spans), 0, None
    for k in order:
        start, stop, _ = spans[k]
        if start == stop:
            continue
        if last is not None and start < end:
            is_free[k] = is_free[last] = False
        if last is None or stop > end:
            end, last = stop, k
    return is_free


def _gaps(spans, size):
    position = 0
    for start, stop in spans:
        if start > position:
            yield position, start - position
        position = max(position, stop)
    if position < size:
        yield position, size - position


def _span(node, term):
    """The flat range a block falls into, and whether it covers that range exactly once."""
    start, stop, is_exact = 0, term.value.size, True
    for step in term.maps:
        target = step[1]
        if step[0] == "flatten":
            continue
        if step[0] == "scatter_add":
            start, stop, is_exact = 0, target.size, False
        elif step[0] == "concatenate":
            span = start, stop, is_exact
            start, stop, is_exact = _shifted(*span, target, step[2], target["axis"])
        elif target.ndim == 1 and target["steps"] == (1,):
            start, stop = start + target["starts"][0], stop + target["starts"][0]
        else:
            start, stop, is_exact = 0, target.size, False
    return start, stop, is_exact


def _shifted(start, stop, is_exact, target, offset, axis):
    if axis == 0 or all(n == 1 for n in target.shape[:axis]):
        step = int(np.prod(target.shape[axis + 1 :], dtype=np.int64)) * offset
        return start + step, stop + step, is_exact
    return 0, target.size, False


__all__ = ["ACCUMULATIONS", "Placement", "Term", "plan_placement", "terms_of"]
