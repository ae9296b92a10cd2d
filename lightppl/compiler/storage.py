"""How an array that is the sum of placed blocks is filled.

The gradient of a model is such an array: each use of a slice or a gather contributes a block.  A
block that nothing overlaps is written; where blocks overlap, or scatter, zeros are filled in and
values added.
"""

from dataclasses import dataclass

import numpy as np

from lightppl.compiler.ops import ACCUMULATIONS


@dataclass(frozen=True, eq=False)
class Term:
    """One block of a sum of blocks.

    Attributes
    ----------
    value : Node
        The block's values.
    maps : tuple
        From the block's index to the array's, innermost first; each is ``("place", node)``,
        ``("scatter_add", node)``, ``("concatenate", node, offset)`` or ``("reshape", node)``.
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


@dataclass(frozen=True)
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
    inside = set()
    terms = []

    def visit(x, maps, is_root=False):
        if x.op == "reshape" and x.shape == x.inputs[0].shape:
            visit(x.inputs[0], maps)
            return
        if not is_root and not is_absorbed(x):
            is_flat_view = x.op == "reshape" and len(x.shape) == 1 and is_inside(x)
            if is_flat_view and is_absorbed(x.inputs[0]):
                visit(x.inputs[0], (("reshape", x), *maps))
                return
            terms.append(Term(x, maps))
            return
        if not is_root:
            inside.add(x.index)
        if x.op == "add" and any(y.shape == x.shape for y in x.inputs):
            if all(y.shape == x.shape for y in x.inputs):
                for y in x.inputs:
                    visit(y, maps)
                return
        if x.op == "place":
            visit(x.inputs[0], (("place", x), *maps))
        elif x.op == "scatter_add":
            visit(x.inputs[0], (("scatter_add", x), *maps))
        elif x.op == "concatenate":
            offset = 0
            for y in x.inputs:
                visit(y, (("concatenate", x, offset), *maps))
                offset += y.shape[x["axis"]]
        else:
            terms.append(Term(x, maps))

    visit(node, (), is_root=True)
    return terms, inside


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
    is_added = []
    for k, (start, stop, is_exact) in enumerate(spans):
        others = spans[:k] + spans[k + 1 :]
        is_free = all(b <= start or stop <= a for a, b, _ in others)
        is_added.append(not (is_exact and is_free))
    written = sorted(s[:2] for s, added in zip(spans, is_added) if not added)
    return Placement(tuple(terms), tuple(is_added), tuple(_gaps(written, node.size)))


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
        if step[0] == "reshape":
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
