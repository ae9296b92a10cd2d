"""Find where each piece of work stands: its level, its pass over rows, its step in the pass."""

from math import prod

from lightppl.compiler.ops import CALLS, ELEMENTWISE, REDUCTIONS
from lightppl.compiler.shapes import (
    SMALL, is_scalar, is_view_of_one_axis, row_call, rows_of, space_of,
)
from lightppl.records import record

SAME, ROW, POSITION, ANY = "same index", "same row", "same row, by position", "any index"
"""How an expression reads a kept array.  What is read by position must be in memory: source text
does not say which column it is."""
MAX_TESTS = 8
"""How many tests at run time LLVM accepts before a loop."""


@record
class Slot:
    """When work is done.

    Attributes
    ----------
    level : int
    rows : int or None
        Number of rows of the pass the work belongs to; None outside passes.
    step : int
        Position among the steps that each chunk of rows goes through.
    """

    level: int
    rows: object = None
    step: int = 0


@record(eq=False)
class Item:
    """One result of a loop.

    Attributes
    ----------
    kind : {"store", "reduce", "place"}
    node : Node
        What is kept: the stored node, the reduction, or the accumulated array.
    value : Node
        What is computed at each index.
    space : tuple of int
        What is iterated over.
    slot : Slot
    term : Term or None
        For "place": where values go.
    """

    kind: str
    node: object
    value: object
    space: tuple
    slot: Slot
    term: object = None


@record
class _Result:
    """What is known of a kept node: when it is done, and whether its rows are done one by one."""

    slot: Slot
    is_number: bool = False
    is_by_rows: bool = False
    space: object = None


def assign_slots(schedule, nodes):
    """Fill in scalars, calls, items, and what is known of the readers of a schedule.

    Parameters
    ----------
    schedule : Schedule
        Changed.
    nodes : list of Node
        All nodes, inputs first.
    """
    results = {}
    reader = _Reader(schedule.stored, results)
    for node in nodes:
        if node.index not in schedule.stored and node is not schedule.output:
            continue
        if node.index in schedule.placements:
            results[node.index] = _place(schedule, reader, node)
        elif node.op in CALLS:
            results[node.index] = _call(schedule, reader, node)
        elif node.op in REDUCTIONS:
            results[node.index] = _reduce(schedule, reader, node)
        elif is_scalar(node):
            slot = reader.slot([(x, SAME) for x in node.inputs], ())
            schedule.scalars.append((slot, node))
            results[node.index] = _Result(slot, is_number=True)
        else:
            slot = reader.slot([(node, SAME)], node.shape, root=node)
            space = space_of(node.shape)
            schedule.items.append(Item("store", node, node, space, slot))
            results[node.index] = _Result(slot, is_by_rows=True, space=space)
    _classify_readings(schedule, reader, results)


def _place(schedule, reader, node):
    slots = []
    for term in schedule.placements[node.index].terms:
        reads = [(x, SAME if is_same else ANY) for x, is_same in term.reads()]
        is_scattered = any(step[0] == "scatter_add" for step in term.maps)
        slot = reader.slot(reads, term.value.shape, may_share_loop=not is_scattered)
        item = Item("place", node, term.value, space_of(term.value.shape), slot, term)
        schedule.items.append(item)
        slots.append(slot)
    return _Result(Slot(max(slot.level for slot in slots)))


def _call(schedule, reader, node):
    kind = row_call(node)
    if kind is None:
        slot = reader.slot([(x, ANY) for x in node.inputs], ())
        schedule.calls.append((slot, node))
        return _Result(slot)
    a, b = node.inputs
    rows = a.shape[0] if kind == "produce" else a.shape[1]
    alignment = ANY if kind == "produce" else ROW
    slot = reader.slot([(b, alignment)], (rows,), may_share_loop=False)
    schedule.calls.append((slot, node))
    return _Result(slot, is_by_rows=kind == "produce")


def _reduce(schedule, reader, node):
    (x,) = node.inputs
    slot = reader.slot([(x, SAME)], x.shape)
    schedule.items.append(Item("reduce", node, x, space_of(x.shape), slot))
    first = next((k for k, n in enumerate(x.shape) if n != 1), None)
    is_by_rows = slot.rows is not None and first not in node["axes"]
    return _Result(slot, is_by_rows=is_by_rows)


def _classify_readings(schedule, reader, results):
    """Find the arrays that live inside one pass, and those that one loop alone needs.

    A kept array is local if every reader stands in its own pass and reads its own row; it needs no
    memory at all if every reader stands in its own loop, and reads its own index or, in a loop
    over rows, columns that are known by name.
    """
    loops = _loops(schedule)
    local = {
        index
        for index, result in results.items()
        if result.is_by_rows and result.slot.rows is not None and index not in schedule.placements
    }
    if schedule.output is not None:
        local.discard(schedule.output.index)
    registers = {
        index
        for index in local
        if results[index].space is not None or _is_over_rows(loops.get(index))
    }
    read, read_back = {}, set()
    for slot, own_loop, roots, root in _all_reads(schedule, loops):
        for node, alignment in roots:
            for index, found in reader.reads(node, alignment, root):
                own = results[index]
                schedule.readings.append((index, slot.level))
                if (own.slot.level, own.slot.rows) != (slot.level, slot.rows) or found == ANY:
                    local.discard(index)
                is_named = found == SAME or (found == ROW and _is_over_rows(own_loop))
                if own_loop is None or loops.get(index) is not own_loop or not is_named:
                    registers.discard(index)
                if own_loop is not None and not own.is_number:
                    read.setdefault(own_loop, set()).add(index)
                    if found == POSITION and loops.get(index) is own_loop:
                        read_back.add(index)
    schedule.local = local
    schedule.registers = registers & local
    if schedule.output is not None:
        schedule.staged = _staged(schedule, loops, read) - read_back


def _staged(schedule, loops, read):
    """Return the arrays that loops over rows collect in the chunk before they are put in place.

    That is not for arrays which the loop itself reads by position: there they must be in place.

    What a loop writes must not overlap anything else there, of which LLVM makes sure at run time,
    by ranges of addresses.  Columns that are written at a stride overlap as ranges, though not as
    numbers; and there is a limit to the number of tests.
    """
    staged = set()
    is_elsewhere = schedule.local | {schedule.output.index}
    for group in set(loops.values()):
        if group.kind != "rows":
            continue
        written = {x.node for x in group.items if _is_kept_by_rows(x)}
        written = {node for node in written if node.index not in is_elsewhere}
        others = read.get(group, set()) - is_elsewhere - {node.index for node in written}
        num_read = sum(_num_columns(schedule.stored[index]) for index in others)
        num_written = sum(map(_num_columns, written))
        num_tests = num_written * (num_written - 1) // 2 + num_written * num_read
        is_alone = len(written) + len(others) == 1
        if num_written > len(written) and not is_alone or num_tests > MAX_TESTS:
            staged |= {node.index for node in written}
    return staged


def _is_kept_by_rows(item):
    first = next(k for k, n in enumerate(item.value.shape) if n != 1)
    return item.kind == "store" or item.kind == "reduce" and first not in item.node["axes"]


def _num_columns(node):
    return prod(n for n in space_of(node.shape)[1:] if n <= SMALL)


def _loops(schedule):
    """Return the group of each kept node, by its index, and of each item, by the item."""
    found = {}
    for level in range(schedule.num_levels):
        for groups in schedule.groups(level).values():
            for group in groups:
                for item in group.items:
                    found[item] = group
                    if item.kind != "place":
                        found[item.node.index] = group
    return found


def _is_over_rows(group):
    return group is not None and group.kind == "rows"


def _all_reads(schedule, loops):
    for item in schedule.items:
        roots = [(item.value, SAME)]
        if item.term:
            roots = [(x, SAME if is_same else ANY) for x, is_same in item.term.reads()]
        yield item.slot, loops.get(item), roots, item.value if item.kind == "store" else None
    outside = Slot(schedule.num_levels, -1)
    for slot, node in schedule.scalars:
        yield Slot(slot.level, -1), None, [(x, SAME) for x in node.inputs], None
    for slot, node in schedule.calls:
        alignment = ROW if row_call(node) == "consume" else ANY
        yield slot, None, [(x, alignment) for x in node.inputs], None
    yield outside, None, [(node, ANY) for node in schedule.graph.outputs], schedule.output


class _Reader:
    """Finds which kept results an expression reads, and so where it can stand."""

    def __init__(self, stored, results):
        self.stored = stored
        self.results = results
        self.memo = {}

    def slot(self, roots, shape, root=None, may_share_loop=True):
        """Return the first slot at which everything that `roots` read is done."""
        space, rows = space_of(shape), rows_of(shape)
        found = {pair for node, alignment in roots for pair in self.reads(node, alignment, root)}
        needs = [self._need(self.results[k], a, space, rows, may_share_loop) for k, a in found]
        level = max((need[0] for need in needs), default=0)
        step = max((need[1] for need in needs if need[0] == level), default=0)
        return Slot(level, rows, step)

    def _need(self, result, alignment, space, rows, may_share_loop):
        level, step = result.slot.level, result.slot.step
        if result.is_number:
            return level, 0
        is_same_loop = alignment == SAME and result.space == space and may_share_loop
        if rows is not None and result.slot.rows == rows:
            if result.is_by_rows and alignment != ANY:
                return level, step if is_same_loop else step + 1
        elif is_same_loop and result.space is not None:
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
            if x is not root and x.index in self.stored:
                found.add(key)
            elif key not in seen:
                seen.add(key)
                stack += [
                    (y, _alignment_of(x, k, y, alignment)) for k, y in enumerate(x.inputs)
                ]
        return found


def _alignment_of(node, k, x, alignment):
    """Return how x, an input of a node, is read by what reads the node."""
    if alignment == ANY:
        return ANY
    found = _alignment_of_input(node, k, x)
    if found == SAME or alignment == SAME:
        return alignment if found == SAME else found
    return POSITION if found != ANY and POSITION in (found, alignment) else found


def _alignment_of_input(node, k, x):
    if node.op in ELEMENTWISE or node.op == "broadcast_to":
        if x.size == node.size:
            return SAME
        return ROW if _first_axis_is_shared(node, x) else ANY
    if node.op == "reshape":
        return SAME if is_view_of_one_axis(node) else ANY
    first = next((a for a, n in enumerate(x.shape) if n != 1), None)
    if node.op == "slice" and first is not None:
        is_whole = node["sizes"][first] == x.shape[first] and node["steps"][first] == 1
        return ROW if is_whole else ANY
    if node.op == "take":
        if k == 1:
            return POSITION if all(n == 1 for n in node.shape[: node["axis"]]) else ANY
        return POSITION if first is not None and first < node["axis"] else ANY
    if node.op == "transpose" and first is not None:
        moved = node["axes"].index(first)
        return ROW if all(n == 1 for n in node.shape[:moved]) else ANY
    return ANY


def _first_axis_is_shared(node, x):
    shape = (1,) * (node.ndim - x.ndim) + x.shape
    first = next((k for k, n in enumerate(node.shape) if n != 1), None)
    return first is not None and shape[first] == node.shape[first]
