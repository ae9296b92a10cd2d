"""Source text of nests: loops over elements, with all that is computed at each index.

    for k0 in range(n3):
        v1 = ...                  # varies with the first index only
        for k1 in range(n4):
            v2 = add_reassoc(v2, ...)
        workspace[w5 + k0] = v2

An axis of a nest is looped over or unrolled.  The index of an unrolled axis is a literal, so that a
column of a row is a variable, found again by its index:

    for k0 in range(chunk, chunk_end):
        v1 = ...                  # a column of the row
        v2 = add_reassoc(v1, ...) # a reduction over columns
        a1 = add_reassoc(a1, v2)  # a reduction over rows

A nest without loops is a *block*: statements one after another, such as those of a function as a
whole.  A value is written where the indices it depends on are known: what varies with the outer
index only stands outside the inner loop.
"""

import re
from functools import reduce
from itertools import product

from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.graph.shapes import rows_of, space_of
from lightppl.compiler.memory.space import has_small_rows
from lightppl.compiler.schedule.schedule import Home
from lightppl.compiler.write.conversion import (
    converted, elementwise_text, kept_dtype, literal_text,
)
from lightppl.compiler.write.index import (
    VIEW_NAMES, ZERO, aligned, linear_index, read_view, target_index,
)
from lightppl.compiler.write.statements import (
    are_disjoint, fill, in_four_places, indented, is_scatter,
)

ACCUMULATE = {
    "sum": "add_reassoc({0}, {1})",
    "prod": "({0} * {1})",
    "max": "max_keep_nan({0}, {1})",
    "min": "min_keep_nan({0}, {1})",
    "all": "select({1}, {0}, 0.0)",
    "any": "select({1}, 1.0, {0})",
}
START = {"sum": "0.0", "prod": "1.0", "max": "-np.inf", "min": "np.inf", "all": "1.0", "any": "0.0"}
_LONG = 200
"""Characters from which source text is given a name."""


class Nest:
    """One nest with all its results.

    Parameters
    ----------
    memory : Memory
    names : Names
    items : sequence of Item
        In an order in which each reads only what stands before it.
    loops : sequence of int
        The axes that are looped over, from the outermost; the others are unrolled.
    is_chunked : bool
        Whether the rows go from ``chunk`` to ``chunk_end``.
    is_unrolled : bool
        Whether axes may be unrolled: then all that several columns read is given a name.

    Attributes
    ----------
    before, after : list of str
        Statements before and after the whole pass.
    body, tail : list of list of str
        What stands at each depth, before and after the next loop.
    moves : dict of int to list of str
        What puts staged rows in their place, by the index of their node.
    known : dict
        Text and depth of what has been read.
    is_independent : bool
        Whether no round of the innermost loop reads or writes memory that another one writes.
    is_in_quarters : bool
        Whether the rows of a chunk are worked on in four places at once.
    """

    def __init__(
        self, memory, names, items=(), loops=(), *, is_chunked=False, is_unrolled=False
    ):
        self.memory, self.schedule, self.names = memory, memory.schedule, names
        self.loops, self.is_chunked, self.is_unrolled = list(loops), is_chunked, is_unrolled
        self.space = items[0].space if items else ()
        self.before, self.after = [], []
        self.body = [[] for _ in range(len(loops) + 1)]
        self.tail = [[] for _ in range(len(loops) + 1)]
        self.moves = {}
        self.known = {}
        self.num_names = 0
        self.is_independent = are_disjoint(items, self.schedule)
        self.is_in_quarters = is_chunked and not is_unrolled and any(map(is_scatter, items))
        self.uses = self._count_uses(items)
        for item in items:
            if item.kind == "store":
                self.store(item.node)
            else:
                (self._reduce if item.kind == "reduce" else self.place)(item)

    def write(self, *lines):
        """Append statements that are done at each index."""
        self.body[-1] += lines

    def statements(self):
        """Return the statements of the nest."""
        inside = []
        for depth in range(len(self.loops), 0, -1):
            axis = self.loops[depth - 1]
            inside = [*self.body[depth], *inside, *self.tail[depth]]
            if depth == 1 and self.is_in_quarters:
                inside = in_four_places(inside)
            else:
                inside = [f"for k{axis} in {self._range(axis)}:", *indented(inside)]
        lines = [*self.body[0], *inside, *self.tail[0]]
        for moves in self.moves.values():
            lines += [f"for k0 in {self._range(0)}:", *indented(moves)]
        return lines

    def _range(self, axis):
        kind = "independent" if self.is_independent and axis == self.loops[-1] else "range"
        if self.is_chunked and axis == 0:
            return f"{kind}(chunk, chunk_end)"
        return f"{kind}({self.memory.header.name(self.space[axis])})"

    def _indices(self, shape):
        """Yield the indices of a node of a shape that this nest goes through."""
        axes = [
            [(f"k{axis}", 1 + self.loops.index(axis))]
            if axis in self.loops
            else [(str(k), 0) for k in range(n)]
            for axis, n in enumerate(space_of(shape))
        ]
        for chosen in product(*axes):
            own = iter(chosen)
            yield tuple(ZERO if n == 1 else next(own) for n in shape)

    def read(self, node, idx):
        """Return (text, depth) of one element of a node.

        Parameters
        ----------
        node : Node
        idx : tuple of (str, int)
            One index text and depth per axis.
        """
        key = _key(node, idx)
        if key not in self.known:
            text, depth = self._read(node, idx)
            if self._has_name(node, text, depth):
                text = self.assign(text, depth)
            self.known[key] = text, depth
        return self.known[key]

    def _read(self, node, idx):
        if node.op == "literal":
            return literal_text(node["value"]), 0
        if node.index in self.schedule.kept:
            if self.schedule.home(node) is Home.VARIABLE:
                return converted(self.names.number(node), kept_dtype(node, True), node.dtype), 0
            text, depth = self.address(node, idx)
            return converted(text, kept_dtype(node, False), node.dtype), depth
        if node.op == "data" and node.size == 1 and node.dtype != "bool":
            return self.names.data(self.memory.element(node, "0")), 0
        if node.op in ("input", "held", "data"):
            return self.address(node, idx)
        return self._computed(node, idx)

    def _has_name(self, node, text, depth):
        """Whether an element that was not read before is given a name."""
        if node.op in ELEMENTWISE and node.index not in self.schedule.kept:
            return self.uses.get(node.index, 2) > 1 or len(text) > _LONG
        is_innermost = "[" in text and depth == len(self.loops)
        return self.is_unrolled and is_innermost and self.uses.get(node.index, 1) > 1

    def _computed(self, node, idx):
        """Return (text, depth) of one element of a node that is not in memory."""
        if node.op in VIEW_NAMES:
            return read_view(self, node, idx)
        arguments = [self.read(x, aligned(x, idx)) for x in node.inputs]
        depth = max(d for _, d in arguments)
        arguments = [self._taken_out(text, d, depth) for text, d in arguments]
        return elementwise_text(node, ELEMENTWISE[node.op].source, arguments), depth

    def _taken_out(self, text, depth, full_depth):
        """Name what an inner loop does not change: the compiler cannot see that memory stays."""
        if depth == full_depth or re.fullmatch(r"[\w.()-]+", text):
            return text
        key = ("outside", text)
        if key not in self.known:
            self.known[key] = (self.assign(text, depth), depth)
        return self.known[key][0]

    def address(self, node, idx):
        """Return (text, depth) of the place in memory of one element."""
        if self.schedule.home(node) is Home.CHUNK:
            position, depth = self.memory.local_position(node, idx)
        else:
            shape = self.memory.kept_shape(node)
            position, depth = linear_index(self.memory.header, shape, idx)
        return self.memory.element(node, position), depth

    def assign(self, text, depth):
        """Give a value a name in a statement at its depth, and return the name."""
        name = self._new_name(depth)
        self.body[depth].append(f"{name} = {text}")
        return name

    def _new_name(self, depth):
        if depth == 0:
            is_block = not self.space
            return f"{self.names.prefix}t{len(self.known)}" if is_block else self.names.new("u")
        self.num_names += 1
        return f"v{self.num_names}"

    def text(self, node):
        """Return source text of a number."""
        return self.read(node, (ZERO,) * len(node.shape))[0]

    def store(self, node):
        """Compute the elements of a node and keep them.

        Columns are written to memory when all are computed: a write between them, which may change
        what the next reads as far as LLVM can see, would keep it from making a vector of them.
        """
        writes = []
        for idx in self._indices(node.shape):
            writes += self._kept(node, idx, *self._computed(node, idx), node.dtype)
        self.write(*writes)

    def _kept(self, node, idx, text, depth, dtype):
        """Give an element of a kept array a name; return what writes it if others read it."""
        home = self.schedule.home(node)
        if home is Home.VARIABLE:
            return [f"{self.names.number(node)} = {text}"]
        name = text if re.fullmatch(r"\w+", text) else self.assign(text, depth)
        self.known[_key(node, idx)] = converted(name, dtype, node.dtype), depth
        if home is Home.REGISTER:
            return []
        return [f"{self._target(node, idx)} = {converted(name, dtype, 'float64')}"]

    def _target(self, node, idx):
        """Return where an element goes: what is staged waits in the chunk, and is moved later."""
        target, _ = self.address(node, idx)
        if node.index not in self.schedule.staged:
            return target
        moves = self.moves.setdefault(node.index, [])
        waiting = self.memory.staged_element(node, len(moves), "k0")
        moves.append(f"{target} = {waiting}")
        return waiting

    def _reduce(self, item):
        """Reduce the elements of a value over some of its axes."""
        node, x, axes = item.node, item.value, item.node["axes"]
        is_logical = node.op in ("all", "any")
        parts = {}
        for idx in self._indices(x.shape):
            text = converted(self.read(x, idx)[0], x.dtype, "bool" if is_logical else "float64")
            kept = tuple(i for k, i in enumerate(idx) if k not in axes)
            parts.setdefault(kept, []).append(text)
        loops = [depth for k, (_, depth) in enumerate(idx) if k in axes and depth > 0]
        writes = []
        for kept, texts in parts.items():
            if loops:
                texts = texts if is_logical else [_reduced(node.op, texts)]
                self._accumulate(node, kept, texts, min(loops))
            else:
                text = _reduced(node.op, texts)
                writes += self._kept(node, kept, text, len(self.loops), "float64")
        self.write(*writes)

    def _accumulate(self, node, kept, texts, outermost):
        """Reduce over loops, the outermost of which has this depth."""
        update, start = ACCUMULATE[node.op].format, START[node.op]
        depth = max((d for _, d in kept), default=0)
        if depth == 0:
            name = self._name_of_whole_pass(node, kept)
            self.before.append(f"{name} = {start}")
        elif outermost > depth:
            target, _ = self.address(node, kept)
            name = self._new_name(depth)
            self.body[depth].append(f"{name} = {start}")
            total = name
            if self.is_chunked and not _has_row(kept):
                self._start_in_memory(node, kept)
                total = update(target, name)
            self.tail[depth].append(f"{target} = {total}")
        else:
            name, _ = self.address(node, kept)
            self._start_in_memory(node, kept)
            self.is_independent &= any(text == f"k{self.loops[-1]}" for text, _ in kept)
        self.write(*(f"{name} = {update(name, text)}" for text in texts))

    def _name_of_whole_pass(self, node, kept):
        """Return the variable in which all rows of a pass are reduced."""
        if self.schedule.home(node) is Home.VARIABLE:
            return self.names.number(node)
        name = self.names.new("a")
        self.after.append(f"{self.address(node, kept)[0]} = {name}")
        return name

    def _start_in_memory(self, node, kept):
        array, offset = self.memory.array(node)
        if _has_row(kept) and self.schedule.home(node) is Home.CHUNK:
            count = self.schedule.chunk_rows[node.index] * (node.size // self.space[0])
            self.body[0] += fill(array, offset, str(count), START[node.op])
        else:
            count = self.memory.header.name(node.size)
            self.before += fill(array, offset, count, START[node.op])

    def place(self, item):
        """Put the elements of a value into an array."""
        x, is_added = item.value, self.schedule.adds(item)
        for idx in self._indices(x.shape):
            value = converted(self.read(x, idx)[0], x.dtype, "float64")
            target, _ = self.address(item.node, target_index(self, item.term, idx))
            self.write(f"{target} = {target} + {value}" if is_added else f"{target} = {value}")

    def _count_uses(self, items):
        uses, stack = {}, []
        for item in items:
            stack.append(item.value)
            uses[item.value.index] = uses.get(item.value.index, 0) + 1
            if item.term:
                stack += [x for x, _ in item.term.reads()[1:]]
        seen = set()
        own = {item.node.index for item in items if item.kind == "store"}
        while stack:
            node = stack.pop()
            is_end = node.index in self.schedule.kept and node.index not in own
            if node.index in seen or is_end:
                continue
            seen.add(node.index)
            for x in node.inputs:
                # what is the same for several columns is read more than once
                num_reads = 2 if self.is_unrolled and x.size != node.size else 1
                uses[x.index] = uses.get(x.index, 0) + num_reads
                stack.append(x)
        return uses


def nest_of(group, memory, names, *, is_chunked):
    """Return the nest of a group of items.

    Parameters
    ----------
    group : Group
    memory : Memory
    names : Names
    is_chunked : bool

    Returns
    -------
    Nest
    """
    items = sorted(group.items, key=lambda item: (item.slot.step, item.node.index))
    space = items[0].space
    loops = list(range(len(space)))
    if group.kind == "rows":
        loops = [] if rows_of(space) is None else [0]
    elif is_chunked and has_small_rows(space) and not any(map(is_scatter, items)):
        loops = [*loops[1:], 0]  # rounds that scatter are no vectors, however long they are
    is_unrolled = group.kind == "rows"
    return Nest(memory, names, items, loops, is_chunked=is_chunked, is_unrolled=is_unrolled)


def _key(node, idx):
    return node.index, tuple(text for text, _ in idx)


def _has_row(idx):
    return any(text == "k0" for text, _ in idx)


def _reduced(op, texts):
    """Return source text of the reduction of some elements."""
    if op in ("all", "any"):
        texts = [START[op], *texts]
    return reduce(ACCUMULATE[op].format, texts)
