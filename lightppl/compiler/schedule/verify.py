"""What a legal schedule is, checked element by element.

`levels` and `homes` argue about shapes: a row of this is read by the same row of that.  Here
nothing is argued.  For each piece of work it is worked out which elements of which results it
reads, and whether these are there: made before, in the chunk that is at hand, or at the same index
of the same nest; and every array made of blocks is filled once, element by element.

Elements are found by sending their positions through the views that lead to them.  What is gathered
by an index that only the running code knows may be any element.
"""

import numpy as np

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, CALLS, ELEMENTWISE, LEAVES, VIEWS
from lightppl.compiler.graph.shapes import row_call
from lightppl.compiler.schedule.schedule import Home
from lightppl.errors import LightPPLError

MOST_ELEMENTS = 20_000
"""Of one result; where there are more, their order is checked, but not each of them."""


def verify_schedule(schedule):
    """Raise unless a schedule, and those of its bodies, are legal.

    Parameters
    ----------
    schedule : Schedule

    Raises
    ------
    LightPPLError
        Says what is wrong.
    """
    for index, home in schedule.homes.items():
        _verify_home(schedule, schedule.kept.get(index, schedule.output), home)
    for index, placement in schedule.placements.items():
        _verify_placement(schedule, index, placement)
    _Verifier(schedule).verify()
    for bodies in schedule.bodies.values():
        for body in bodies:
            verify_schedule(body.schedule)


class _Verifier:
    """Goes through a schedule in the order of its work.

    Attributes
    ----------
    whole : set of int
        What is there, altogether.
    by_rows : dict of int to int
        What is there for the rows of the chunk at hand; number of elements of a row.
    by_index : set of int
        What is there at the index of the nest at hand.
    gone : set of int
        What was there, and was in a register or in a chunk.
    """

    def __init__(self, schedule):
        self.schedule, self.level = schedule, 0
        self.whole, self.by_rows, self.by_index, self.gone = set(), {}, set(), set()
        self.num_missing = {k: len(x.terms) for k, x in schedule.placements.items()}

    def verify(self):
        for self.level, level in enumerate(self.schedule.levels):
            for node in level.numbers:
                self._verify_reads(node, node.inputs)
                self.whole.add(node.index)
            for item in level.placed:
                self._verify_reads(item.node, [item.value, *_other_reads(item)])
                self._count_block(item)
            for found in level.passes:
                self._verify_pass(found)
        self.level = None
        self._verify_reads(None, self.schedule.graph.outputs)
        missing = self.schedule.kept.keys() - self.whole - self.gone
        if missing:
            raise LightPPLError(f"Nothing makes {_named(missing)}.")

    def _verify_pass(self, found):
        ends = []
        for group in found.groups:
            if group.call is not None:
                ends += self._verify_call(group.call, found)
            else:
                ends += self._verify_nest(group, found)
            if found.chunk is None:
                self._end(ends)
                ends = []
        self._end(ends)
        self.by_rows = {}

    def _verify_call(self, node, found):
        kind = row_call(node) if found.rows is not None else None
        if kind == "consume":
            matrix, vector = node.inputs
            self._verify_reads(node, [matrix])
            self._verify_rows(node, vector, found)
        else:
            self._verify_reads(node, node.inputs)
        if kind == "produce":
            self.by_rows[node.index] = 1
        return [node.index]

    def _verify_nest(self, group, found):
        ends, is_unrolled = [], group.kind == "rows"
        key = (lambda x: (x.slot.step, x.node.index)) if is_unrolled else (lambda x: x.node.index)
        own = {}
        for item in sorted(group.items, key=key):
            self._verify_reads(item.node, _other_reads(item))
            self._verify_rows(item.node, item.value, found, item, own, is_unrolled)
            if item.kind == "place":
                self._count_block(item)
                continue
            ends.append(item.node.index)
            if item.kind == "store" or is_unrolled and _keeps_rows(item, found.rows):
                own[item.node.index] = item.node
        for index, node in own.items():
            if self.schedule.homes[index] is Home.REGISTER:
                self.gone.add(index)
            elif found.rows is not None:
                self.by_rows[index] = node.size // found.rows
        for item in group.items:
            if item.kind == "reduce" and found.rows is not None and _keeps_rows(item, found.rows):
                if self.schedule.homes[item.node.index] is not Home.REGISTER:
                    self.by_rows[item.node.index] = item.node.size // found.rows
        return ends

    def _end(self, indices):
        """Note that work is done for all rows."""
        for index in indices:
            is_passing = self.schedule.homes[index] in (Home.REGISTER, Home.CHUNK)
            (self.gone if is_passing else self.whole).add(index)

    def _count_block(self, item):
        self.num_missing[item.node.index] -= 1
        if self.num_missing[item.node.index] == 0:
            self.whole.add(item.node.index)

    def _verify_reads(self, reader, nodes):
        """Raise unless all that some nodes are made of is there altogether."""
        for node in nodes:
            for leaf, _ in self._leaves(node, None):
                self._verify_lifetime(reader, leaf)
                if leaf.index not in self.whole:
                    raise self._error(reader, leaf)

    def _verify_rows(self, reader, value, found, item=None, own=None, is_unrolled=False):
        """Raise unless each element reads what is there when it is computed."""
        is_small = value.size <= MOST_ELEMENTS
        positions = np.arange(value.size) if is_small else None
        root = value if item is not None and item.kind == "store" else None
        for leaf, where in self._leaves(value, positions, root):
            self._verify_lifetime(reader, leaf)
            if leaf.index in self.whole:
                continue
            is_own, is_known = leaf.index in (own or {}), where is not None
            if not is_own and leaf.index not in self.by_rows or is_small and not is_known:
                raise self._error(reader, leaf)
            if not is_known:
                continue
            if is_own and not is_unrolled:
                is_there = leaf.size == value.size and np.array_equal(where, positions)
            elif found.rows is None:
                is_there = is_own  # written out, one item after the other
            else:
                rows = positions // (value.size // found.rows)
                is_there = np.array_equal(where // (leaf.size // found.rows), rows)
            if not is_there:
                raise self._error(reader, leaf)

    def _verify_lifetime(self, reader, leaf):
        first, last = self.schedule.lifetimes[leaf.index]
        level = len(self.schedule.levels) if self.level is None else self.level
        if not first <= level <= last:
            raise LightPPLError(f"{_shown(reader)} reads %{leaf.index} after its lifetime.")

    def _leaves(self, node, positions, root=None):
        """Yield what is kept that elements of a node are made of, and at which positions.

        Parameters
        ----------
        node : Node
        positions : array of int or None
            Flat; None stands for any.
        root : Node, optional
            Not to be taken as kept itself.
        """
        seen, stack = set(), [(node, positions)]
        while stack:
            x, where = stack.pop()
            key = x.index, None if where is None else where.tobytes()
            if key in seen:
                continue
            seen.add(key)
            if x.index in self.schedule.kept and x is not root:
                yield x, where
            elif x.op not in LEAVES:
                stack += [(y, self._positions(x, k, y, where)) for k, y in enumerate(x.inputs)]

    def _positions(self, node, k, x, where):
        """Return where the elements of a node, at some positions, are read in its input k."""
        is_sent_on = node.op in ELEMENTWISE or node.op in VIEWS
        if where is None or not is_sent_on or x.size > MOST_ELEMENTS:
            return None
        own = np.arange(x.size).reshape(x.shape)
        if node.op in ELEMENTWISE or node.op == "broadcast_to":
            found = np.broadcast_to(own, node.shape)
        elif node.op == "take":
            found = self._taken(node, k, own)
        else:
            found = ARRAY_OPERATIONS[node.op].value(own, **dict(node.attrs))
        return None if found is None else found.ravel()[where]

    def _taken(self, node, k, own):
        axis, index = node["axis"], node.inputs[1]
        if k == 1:
            after = node.ndim - axis - index.ndim
            return np.broadcast_to(own.reshape(index.shape + (1,) * after), node.shape)
        values = _known_index(self.schedule, index)
        return None if values is None else np.take(own, values, axis)

    def _error(self, reader, leaf):
        return LightPPLError(
            f"{_shown(reader)} reads elements of %{leaf.index} = {leaf.op}, "
            f"{self.schedule.homes[leaf.index].value}, that are not there."
        )


def _other_reads(item):
    return [] if item.term is None else [x for x, is_same in item.term.reads() if not is_same]


def _keeps_rows(item, rows):
    if item.kind != "reduce" or rows is None:
        return item.kind == "store"
    first = next(k for k, n in enumerate(item.value.shape) if n != 1)
    return first not in item.node["axes"]


def _known_index(schedule, index):
    """Return the values of an index that are part of the data, else None."""
    while index.op == "reshape" and index.inputs[0].op in ("reshape", "data"):
        index = index.inputs[0]
    return schedule.graph.arrays.get(index["key"]) if index.op == "data" else None


def _verify_home(schedule, node, home):
    """Raise if a result lives where work of its kind cannot leave it."""
    is_made_elsewhere = node.op in CALLS or node.index in schedule.placements
    is_memory = home in (Home.OUTPUT, Home.WORKSPACE, Home.CHUNK)
    is_passing = node.index in schedule.placements and home is Home.CHUNK
    is_variable = home is Home.VARIABLE and node.size != 1
    if is_made_elsewhere and not is_memory or is_passing or is_variable:
        raise LightPPLError(f"{_shown(node)} cannot be kept in a place of the kind {home.value}.")


def _verify_placement(schedule, index, placement):
    """Raise unless each element is filled or written once, and added to where it was filled."""
    node = schedule.kept.get(index, schedule.output)
    if schedule.homes[index] not in (Home.WORKSPACE, Home.OUTPUT):
        raise LightPPLError(f"Blocks are put into %{index}, which is not in memory.")
    if node.size > MOST_ELEMENTS:
        return
    filled, written = np.zeros(node.size, int), np.zeros(node.size, int)
    for start, size in placement.fills:
        filled[start : start + size] += 1
    for term, is_added in zip(placement.terms, placement.is_added, strict=True):
        where = _targets(schedule, term, node)
        if not is_added:
            np.add.at(written, where, 1)
    for term, is_added in zip(placement.terms, placement.is_added, strict=True):
        if is_added and np.any(filled[_targets(schedule, term, node)] != 1):
            raise LightPPLError(f"A block of %{index} is added to what is not zero.")
    if np.any(filled + written != 1):
        raise LightPPLError(f"Some element of %{index} is not filled, or filled twice.")


def _targets(schedule, term, node):
    """Return the flat positions of the elements of a block, or all that they may have."""
    idx = list(np.indices(term.value.shape).reshape(term.value.ndim, term.value.size))
    for step in term.maps:
        target = step[1]
        if step[0] == "scatter_add":
            axis, index = target["axis"], target.inputs[1]
            values = schedule.graph.arrays.get(index["key"]) if index.op == "data" else None
            if values is None:  # anywhere in the array that is added to
                idx = list(np.indices(target.shape).reshape(target.ndim, target.size))
                continue
            at = np.asarray(values)[tuple(idx[axis : axis + index.ndim])]
            idx = [*idx[:axis], at, *idx[axis + index.ndim :]]
        elif step[0] == "place":
            idx = [a + s * i for i, a, s in zip(idx, target["starts"], target["steps"])]
        elif step[0] == "concatenate":
            idx[target["axis"]] = idx[target["axis"]] + step[2]
        else:
            shape = target.inputs[0].shape
            idx = [np.ravel_multi_index(tuple(idx), shape) if shape else np.zeros(1, int)]
    return np.ravel_multi_index(tuple(idx), node.shape) if node.shape else np.zeros(1, int)


def _shown(reader):
    return "The end" if reader is None else f"%{reader.index} = {reader.op}"


def _named(indices):
    return ", ".join(f"%{index}" for index in sorted(indices))
