"""Source text of one loop over rows, in which the columns of a row are unrolled.

    for k0 in range(chunk, chunk_end):
        v1 = ...                  # a column of the row, kept in a variable
        v2 = add_reassoc(...)     # a reduction over columns
        a1 = add_reassoc(a1, v2)  # a reduction over rows

An index of a small axis is a literal, so that a value is found again by its index.
"""

import re
from itertools import product

from lightppl.compiler.schedule.schedule import Home
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.write.nest import (
    ACCUMULATE, START, LoopWriter, assignment, is_scatter,
)
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.graph.shapes import rows_of
from lightppl.compiler.write.index import VIEW_NAMES, ZERO, read_view, target_index


class RowWriter(LoopWriter):
    """One loop over rows with all its results.

    Parameters
    ----------
    schedule : Schedule
    memory : Memory
    scalars : ScalarWriter
    items : sequence of Item
        In an order in which each reads only what stands before it.
    is_chunked : bool
        Whether the rows go from ``chunk`` to ``chunk_end``.

    Attributes
    ----------
    before, after : list of str
        Statements before and after the whole pass.
    """

    def prepare(self, items):
        self.loop = sorted(items, key=lambda item: (item.slot.step, item.node.index))
        self.has_rows = rows_of(self.space) is not None
        self.order = [0]
        self.body = [[], []]
        self.moves = {}

    def lines(self):
        if not self.has_rows:
            return self.body[0] + self.body[1]
        head = f"for k0 in {self._range(0)}:"
        loops = [self.body[1], *self.moves.values()]
        nests = [line for body in loops for line in (head, *("    " + x for x in body))]
        return [*self.body[0], *nests]

    def _indices(self, item):
        """Yield the index of each column of an item's value."""
        shape = item.value.shape
        rows, depth = ([("k0", 1)], 0) if self.has_rows else ([], 1)
        for small in product(*(range(n) for n in item.space[self.has_rows :])):
            axes = iter([*rows, *((str(k), depth) for k in small)])
            yield tuple(ZERO if n == 1 else next(axes) for n in shape)

    def _store(self, item):
        node = item.node
        read = read_view if node.op in VIEW_NAMES else LoopWriter._elementwise
        for idx in self._indices(item):
            text, depth = read(self, node, idx)
            self._keep(node, idx, text, depth, node.dtype)

    def _keep(self, node, idx, text, depth, dtype):
        """Give an element of a kept array a name, and a place in memory if others read it."""
        name = text if re.fullmatch(r"\w+", text) else self.assign(text, depth)
        if self.schedule.home(node) is not Home.REGISTER:
            target = self.address(node, idx)[0]
            if node.index in self.schedule.staged:
                moves = self.moves.setdefault(node.index, [])
                waiting = self.memory.staged_element(node, len(moves), "k0")
                moves.append(f"{target} = {waiting}")
                target = waiting
            self.body[1].append(f"{target} = {converted(name, dtype, 'float64')}")
        self.known[(node.index, tuple(t for t, _ in idx))] = converted(name, dtype, node.dtype), 1

    def _reduce(self, item):
        node, x = item.node, item.value
        wanted = "bool" if node.op in ("all", "any") else "float64"
        parts = {}
        for idx in self._indices(item):
            kept = tuple(i for k, i in enumerate(idx) if k not in node["axes"])
            text = converted(self.read(x, idx)[0], x.dtype, wanted)
            parts.setdefault(kept, []).append(text)
        is_in_variable = self.schedule.home(node) is Home.VARIABLE
        is_by_rows = any(text == "k0" for text, _ in next(iter(parts)))
        for kept, texts in parts.items():
            if is_in_variable and not self.has_rows:
                name = self.scalars.number_name(node)
                self.body[1].append(f"{name} = {_reduced(node.op, texts)}")
            elif is_by_rows or not self.has_rows:
                self._keep(node, kept, _reduced(node.op, texts), 1, "float64")
            elif is_in_variable:
                self._accumulate_rows(node, self.scalars.number_name(node), texts)
            else:
                name = self.scalars.new_name("a")
                self._accumulate_rows(node, name, texts)
                self.after.append(f"{self.address(node, kept)[0]} = {name}")

    def _accumulate_rows(self, node, name, texts):
        self.before.append(f"{name} = {START[node.op]}")
        texts = texts if node.op in ("all", "any") else [_reduced(node.op, texts)]
        for text in texts:
            self._accumulate(node, name, text)

    def _place(self, item):
        self.is_independent &= not is_scatter(item)
        for idx in self._indices(item):
            value, _ = self.read(item.value, idx)
            value = converted(value, item.value.dtype, "float64")
            target, _ = self.address(item.node, target_index(self, item.term, idx))
            self.body[1].append(assignment(item, self.schedule, target, value))

    def _read(self, node, idx):
        text, depth = super()._read(node, idx)
        is_in_memory = node.op not in ELEMENTWISE or node.index in self.schedule.kept
        is_element = depth == 1 and "[" in text and is_in_memory
        if is_element and self.uses.get(node.index, 1) > 1:
            return self.assign(text, depth), depth
        return text, depth

    def _new_name(self, depth):
        return super()._new_name(depth if self.has_rows else 0)

    def _num_reads(self, x, node):
        """What is the same for several columns is read more than once."""
        return 1 if x.size == node.size else 2


def _reduced(op, texts):
    """Return source text of the reduction of some columns."""
    if op in ("all", "any"):
        texts = [START[op], *texts]
    result = texts[0]
    for text in texts[1:]:
        result = ACCUMULATE[op].format(result, text)
    return result
