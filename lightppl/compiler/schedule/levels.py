"""Find when each piece of work is done: its level, its pass over rows, its step in the pass.

Work of one level needs only results of lower levels, with two exceptions: results at the same index
of the same nest, and results of the same *row* inside one pass over the rows.
"""

from dataclasses import field

from lightppl.compiler.graph.ops import CALLS, ELEMENTWISE, REDUCTIONS
from lightppl.compiler.graph.shapes import is_scalar, row_call, rows_of, space_of
from lightppl.compiler.graph.strided_view import is_view, view_beneath
from lightppl.compiler.schedule.schedule import Item, Slot
from lightppl.records import record

SAME, ROW, POSITION, ANY = "same index", "same row", "same row, by position", "any index"
"""How an expression reads a kept array.  What is read by position must be in memory: source text
does not say which column it is."""


@record
class Result:
    """What is known of a kept node: when it is done, and whether its rows are done one by one."""

    slot: Slot
    is_number: bool = False
    is_by_rows: bool = False
    space: object = None


@record(frozen=False)
class Work:
    """All work of a schedule, and when it is done.

    Attributes
    ----------
    numbers, calls : list of (Slot, Node)
    items : list of Item
    results : dict of int to Result
        Of what is kept, by index.
    reader : Reader
    """

    numbers: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    items: list = field(default_factory=list)
    results: dict = field(default_factory=dict)
    reader: object = None

    @property
    def num_levels(self):
        """Number of levels."""
        found = [slot.level for slot, _ in self.numbers + self.calls]
        return 1 + max(found + [item.slot.level for item in self.items], default=0)


def find_slots(nodes, output, kept, placements):
    """Return all work with its slots.

    Parameters
    ----------
    nodes : list of Node
        All nodes, inputs first.
    output : Node or None
    kept : dict of int to Node
    placements : dict of int to Placement

    Returns
    -------
    Work
    """
    work = Work()
    work.reader = Reader(kept, work.results)
    for node in nodes:
        if node.index not in kept and node is not output:
            continue
        if node.index in placements:
            result = _place(work, node, placements[node.index])
        elif node.op in CALLS:
            result = _call(work, node)
        elif node.op in REDUCTIONS:
            result = _reduce(work, node)
        elif is_scalar(node):
            slot = work.reader.slot([(x, SAME) for x in node.inputs], ())
            work.numbers.append((slot, node))
            result = Result(slot, is_number=True)
        else:
            slot = work.reader.slot([(node, SAME)], node.shape, root=node)
            space = space_of(node.shape)
            work.items.append(Item("store", node, node, space, slot))
            result = Result(slot, is_by_rows=True, space=space)
        work.results[node.index] = result
    return work


def _place(work, node, placement):
    slots = []
    for term in placement.terms:
        reads = [(x, SAME if is_same else ANY) for x, is_same in term.reads()]
        is_scattered = any(step[0] == "scatter_add" for step in term.maps)
        slot = work.reader.slot(reads, term.value.shape, may_share_nest=not is_scattered)
        space = space_of(term.value.shape)
        work.items.append(Item("place", node, term.value, space, slot, term))
        slots.append(slot)
    return Result(Slot(max(slot.level for slot in slots)))


def _call(work, node):
    kind = row_call(node)
    if kind is None:
        slot = work.reader.slot([(x, ANY) for x in node.inputs], ())
        work.calls.append((slot, node))
        return Result(slot)
    a, b = node.inputs
    rows = a.shape[0] if kind == "produce" else a.shape[1]
    alignment = ANY if kind == "produce" else ROW
    slot = work.reader.slot([(b, alignment)], (rows,), may_share_nest=False)
    work.calls.append((slot, node))
    return Result(slot, is_by_rows=kind == "produce")


def _reduce(work, node):
    (x,) = node.inputs
    slot = work.reader.slot([(x, SAME)], x.shape)
    work.items.append(Item("reduce", node, x, space_of(x.shape), slot))
    first = next((k for k, n in enumerate(x.shape) if n != 1), None)
    is_by_rows = slot.rows is not None and first not in node["axes"]
    return Result(slot, is_by_rows=is_by_rows)


class Reader:
    """Finds which kept results an expression reads, and so where it can stand."""

    def __init__(self, kept, results):
        self.kept = kept
        self.results = results
        self.memo, self.arguments = {}, {}

    def slot(self, roots, shape, root=None, may_share_nest=True):
        """Return the first slot at which everything that `roots` read is done."""
        space, rows = space_of(shape), rows_of(shape)
        found = {pair for node, alignment in roots for pair in self.reads(node, alignment, root)}
        needs = [self._need(self.results[k], a, space, rows, may_share_nest) for k, a in found]
        level = max((need[0] for need in needs), default=0)
        step = max((need[1] for need in needs if need[0] == level), default=0)
        return Slot(level, rows, step)

    def _need(self, result, alignment, space, rows, may_share_nest):
        level, step = result.slot.level, result.slot.step
        if result.is_number:
            return level, 0
        is_same_nest = alignment == SAME and result.space == space and may_share_nest
        if rows is not None and result.slot.rows == rows:
            if result.is_by_rows and alignment != ANY:
                return level, step if is_same_nest else step + 1
        elif is_same_nest and result.space is not None:
            return level, step
        return level + 1, 0

    def reads(self, node, alignment, root=None):
        """Return the kept results that an expression reads: pairs of node index and alignment."""
        key = (node.index, alignment, root is None or root.index)
        if key not in self.memo:
            self.memo[key] = self._find_reads(node, alignment, root)
        return self.memo[key]

    def _find_reads(self, node, alignment, root):
        found, seen, stack = set(), set(), [(node, alignment)]
        while stack:
            x, alignment = stack.pop()
            key = (x.index, alignment)
            if x is not root and x.index in self.kept:
                found.add(key)
            elif key not in seen:
                seen.add(key)
                stack += [(y, _combined(how, alignment)) for y, how in self._arguments(x)]
        return found

    def _arguments(self, node):
        """Return what an element of a node is made of, and how that is read."""
        if node.index not in self.arguments:
            if is_view(node):
                view = view_beneath(node, self.kept)
                found = [(view.base, _alignment_of_view(view))]
            else:
                found = [(x, _alignment_of(node, k, x)) for k, x in enumerate(node.inputs)]
            self.arguments[node.index] = found
        return self.arguments[node.index]


def _combined(found, alignment):
    """Return how something is read in two steps."""
    if ANY in (found, alignment):
        return ANY
    if found == SAME or alignment == SAME:
        return alignment if found == SAME else found
    return POSITION if POSITION in (found, alignment) else ROW


def _alignment_of(node, k, x):
    """Return how an element of a node reads its input x, which is number k."""
    if node.op in ELEMENTWISE:
        if x.size == node.size:
            return SAME
        return ROW if _first_axis_is_shared(node, x) else ANY
    first = _first_axis(x)
    if node.op == "take":
        if k == 1:
            return POSITION if all(n == 1 for n in node.shape[: node["axis"]]) else ANY
        return POSITION if first is not None and first < node["axis"] else ANY
    return ANY


def _alignment_of_view(view):
    if view.is_whole and space_of(view.shape) == space_of(view.base.shape):
        return SAME
    own, first = _first_axis(view), _first_axis(view.base)
    if own is None or first is None or view.index_in_base is None:
        return ANY
    is_same = view.index_in_base[first] == (0, ((1, own),))
    return ROW if is_same and view.shape[own] == view.base.shape[first] else ANY


def _first_axis(array):
    """Return the first axis that is not of size one."""
    return next((k for k, n in enumerate(array.shape) if n != 1), None)


def _first_axis_is_shared(node, x):
    shape, first = (1,) * (node.ndim - x.ndim) + x.shape, _first_axis(node)
    return first is not None and shape[first] == node.shape[first]
