"""Where everything lives, as source text: data pools, workspace, and arrays local to a pass.

Local arrays have a pointer of their own, declared to overlap nothing: then LLVM can vectorise a
loop that gathers from one array and writes to another.
"""

import numpy as np

from lightppl.compiler.calls import scratch_size
from lightppl.compiler.columns import column_layouts, column_stride
from lightppl.compiler.layout import Header, Pool, Streams, Workspace
from lightppl.compiler.ops import CALLS, CONTROL_FLOW, ELEMENTWISE, REDUCTIONS
from lightppl.compiler.shapes import SMALL, is_scalar, space_of

CHUNK_ELEMENTS = 1024
"""About how many elements of one array a chunk of rows holds, so that a few fit into the L1 cache.
"""


ROW_BLOCK = 16
"""Chunks are multiples of this: LLVM does not vectorise over columns that are whole arrays apart,
but not whole vectors.
"""
CHUNK_OF_MATRIX = 32768
"""About how many elements of a data matrix a chunk of rows holds: a quarter of an L2 cache."""
MIN_CHUNK = 256
"""Rows of a chunk that has a product in it: fewer are not worth starting its loops."""


STAGED = 0.25
"""Added to the index of a node: the rows of it that wait to be copied to where it stands."""


class Memory:
    """Source text for the places where array elements live.

    Parameters
    ----------
    schedule : Schedule
    """

    scratch_array = "workspace"

    def __init__(self, schedule):
        self.schedule = schedule
        self.header = Header()
        nodes = [n for n in schedule.graph.nodes() if n.op == "data"]
        arrays = [(n["key"], schedule.graph.arrays[n["key"]], n.dtype) for n in nodes]
        by_columns = column_layouts(schedule.graph.nodes())
        self.streams = Streams(
            [(k, a) for k, a, _ in arrays if k not in by_columns and Streams.is_stream(a)]
        )
        arrays = [x for x in arrays if x[0] not in self.streams.names]
        self.floats = Pool([(k, a) for k, a, dtype in arrays if dtype == "float64"], by_columns)
        self.ints = Pool([(k, a) for k, a, dtype in arrays if dtype != "float64"])
        self.chunk_rows = chunk_rows_of(schedule)
        requests = list(self._requests())
        staged = {index + STAGED for index in schedule.staged}
        local = schedule.local | staged | {
            node.index + 0.5 for _, node in schedule.calls if node.op in CONTROL_FLOW
        }
        literal = staged | {
            index for index in schedule.local if has_small_rows(schedule.stored[index].shape)
        }
        self.local = Workspace([r for r in requests if r[0] in local], literal)
        self.workspace = Workspace([r for r in requests if r[0] not in local])

    def element(self, node, linear):
        """Return source text of one element of a leaf or kept array, by its flat position."""
        if node.op == "input":
            return f"q[{linear}]"
        if node.op == "data":
            name, offset = self.array(node)
            text = f"{name}[{plus(offset, linear)}]"
            return f"({text} != 0)" if node.dtype == "bool" else text
        if node is self.schedule.output:
            return f"grad[{linear}]"
        name = "local" if node.index in self.schedule.local else "workspace"
        return f"{name}[{plus(self.offset(node), linear)}]"

    def local_position(self, node, idx):
        """Return (text, depth) of the position of an element of an array that lives in a chunk."""
        axes = [(n, i) for n, i in zip(node.shape, idx) if n != 1]
        (_, (row, row_depth)), trailing = axes[0], axes[1:]
        text, depth = "0", row_depth
        for n, (i, d) in trailing:
            text = f"({text}) * {self.header.name(n)}" if text != "0" else text
            text = i if text == "0" else f"{text} + {i}"
            depth = max(depth, d)
        row = f"({row} - chunk)"
        if not trailing:
            return row, depth
        if has_small_rows(node.shape):
            return f"({text}) * {self.chunk_rows[node.index]} + {row}", depth
        width = " * ".join(self.header.name(n) for n, _ in trailing)
        return f"{row} * {width} + {text}", depth

    def staged_element(self, node, column, row):
        """Return source text of an element that waits in the chunk, by its flat column."""
        start = self.local.offsets[node.index + STAGED] + column * self.chunk_rows[node.index]
        return f"local[{start} + ({row} - chunk)]"

    def array(self, node):
        """Return the name of the flat array that holds a node, and its offset as source text."""
        if node.op == "input":
            return "q", "0"
        if node.op == "data":
            if node["key"] in self.streams.names:
                return self.streams.names[node["key"]], "0"
            pool = "float_data" if node.dtype == "float64" else "int_data"
            return pool, self._data_offset(node)
        if node is self.schedule.output:
            return "grad", "0"
        name = "local" if node.index in self.schedule.local else "workspace"
        return name, self.offset(node)

    def offset(self, node, key=None):
        """Return source text of the offset of a kept array in the workspace."""
        key = node.index if key is None else key
        is_local = key in self.local.offsets
        space = self.local if is_local else self.workspace
        offset = space.offsets[key]
        if offset < space.literal_size:
            return str(offset)
        return self.header.name(offset, ("local" if is_local else "workspace", key), "w")

    def position(self, key):
        """Return the position, among the local arrays, of what the bodies of a node need."""
        return self.local.offsets[key]

    def int_data(self):
        """Return header and integer arrays as one array; offsets count from the header's end."""
        values = list(self.header.values)
        for k, key in enumerate(self.header.keys()):
            if key[0] == "int_data":
                values[k] += len(values)
        return np.concatenate([np.array(values, dtype=np.int64), self.ints.flatten(np.int64)])

    def is_by_columns(self, node):
        """Return whether a matrix stands in the data pool by columns."""
        return node.op == "data" and node["key"] in self.floats.by_columns

    def kept_shape(self, node):
        """Return the shape of an array with the gaps that it has in memory."""
        if self.is_by_columns(node):
            return node.shape[0], column_stride(node.shape[1])
        return node.shape

    def is_in_variable(self, node):
        """Return whether a kept node is a local variable of the function."""
        is_number = is_scalar(node) and (node.op in ELEMENTWISE or node.op in REDUCTIONS)
        is_array = node.index in self.schedule.placements or node.index in self.schedule.in_memory
        return is_number and not is_array

    def _data_offset(self, node):
        key = node["key"]
        if node.dtype != "float64":
            return self.header.name(self.ints.offsets[key], ("int_data", self.ints.rank[key]), "d")
        if self.floats.is_literal[key]:
            return str(self.floats.offsets[key])
        what = ("float_data", self.floats.rank[key])
        return self.header.name(self.floats.offsets[key], what, "d")

    def _requests(self):
        """Space of every kept array: key, size, first and last level at which it is used."""
        schedule = self.schedule
        first, last = {}, {}
        for item in schedule.items:
            _widen(first, last, item.node.index, item.slot.level)
        for slot, node in schedule.calls + schedule.scalars:
            _widen(first, last, node.index, slot.level)
        for index, level in schedule.readings:
            if index in last:
                last[index] = max(last[index], level)
        for index, node in schedule.stored.items():
            if index in first and not self.is_in_variable(node) and node is not schedule.output:
                if index in schedule.registers:
                    continue
                size = node.size
                if index in schedule.local:
                    size = self.chunk_rows[index] * (size // space_of(node.shape)[0])
                yield index, size, first[index], last[index]
        for item in schedule.items:
            index = item.node.index
            if index in schedule.staged:
                size = self.chunk_rows[index] * (item.node.size // item.space[0])
                yield index + STAGED, size, item.slot.level, item.slot.level
        for slot, node in schedule.calls:
            if node.op in CALLS and scratch_size(node):
                yield node.index + 0.5, scratch_size(node), slot.level, slot.level


def plus(offset, linear):
    """Return source text of a sum of two positions."""
    if offset == "0":
        return linear
    return offset if linear == "0" else f"{offset} + {linear}"


def has_small_rows(shape):
    """Return whether all axes but the first are small enough to be unrolled."""
    return all(n <= SMALL for n in space_of(shape)[1:])


def _widen(first, last, index, level):
    first[index] = min(level, first.get(index, level))
    last[index] = max(level, last.get(index, level))


def chunk_rows_of(schedule):
    """Return the number of rows of a chunk, by kept array of a pass and by pass."""
    rows = {}
    for level in range(schedule.num_levels):
        for count, steps in schedule.passes(level).items():
            if count is None:
                continue
            nodes = [item.node for _, items, _ in steps for item in items]
            nodes += [node for _, _, calls in steps for node in calls]
            in_chunk = (schedule.local - schedule.registers) | schedule.staged
            kept = [n for n in nodes if n.index in in_chunk]
            width = max((_width(space_of(node.shape)) for node in kept), default=1)
            chunk = max(ROW_BLOCK, CHUNK_ELEMENTS // width // ROW_BLOCK * ROW_BLOCK)
            for _, _, calls in steps:
                chunk = min([chunk, *(_rows_in_cache(node) for node in calls)])
            rows[(level, count)] = chunk
            rows.update((node.index, chunk) for node in nodes)
    return rows


def _rows_in_cache(node):
    """Return how many rows of the matrix of a product stay in the cache between two products."""
    rows = 1 << max(0, (CHUNK_OF_MATRIX // min(node.inputs[0].shape)).bit_length() - 1)
    return max(MIN_CHUNK, rows)


def _width(space):
    if any(n > SMALL for n in space[1:]):
        return CHUNK_ELEMENTS
    return int(np.prod(space[1:], dtype=np.int64))
