"""Where everything lives, as source text: data pools, workspace, and arrays local to a pass.

Local arrays have a pointer of their own, declared to overlap nothing: then LLVM can vectorise a
loop that gathers from one array and writes to another.
"""

import numpy as np

from lightppl.compiler.memory.columns import column_layouts, column_stride
from lightppl.compiler.memory.pools import Header, Pool, Streams, Workspace
from lightppl.compiler.memory.space import has_small_rows, requests_of
from lightppl.compiler.schedule.schedule import Home


POINTER_OF_INPUT = {"input": "q", "held": "held"}
"""What the vectors that the caller fills are called in source text."""


class Memory:
    """Source text for the places where array elements live.

    Parameters
    ----------
    schedule : Schedule
    num_held : int
        Size of the vector of held values, which stands at the head of the caller's workspace.
    """

    scratch_array = "workspace"

    def __init__(self, schedule, num_held=0):
        self.schedule = schedule
        self.header = Header()
        self.num_held = num_held
        nodes = [n for n in schedule.graph.nodes() if n.op == "data"]
        arrays = [(n["key"], schedule.graph.arrays[n["key"]], n.dtype) for n in nodes]
        by_columns = column_layouts(schedule.graph.nodes())
        self.streams = Streams(
            [(k, a) for k, a, _ in arrays if k not in by_columns and Streams.is_stream(a)]
        )
        arrays = [x for x in arrays if x[0] not in self.streams.names]
        self.floats = Pool([(k, a) for k, a, dtype in arrays if dtype == "float64"], by_columns)
        self.ints = Pool([(k, a) for k, a, dtype in arrays if dtype != "float64"])
        requests = requests_of(schedule)
        self.local = Workspace([x for x in requests if x.is_local])
        self.workspace = Workspace([x for x in requests if not x.is_local])

    def element(self, node, linear):
        """Return source text of one element of a leaf or kept array, by its flat position."""
        if node.op in POINTER_OF_INPUT:
            return f"{POINTER_OF_INPUT[node.op]}[{linear}]"
        if node.op == "data":
            name, offset = self.array(node)
            text = f"{name}[{plus(offset, linear)}]"
            return f"({text} != 0)" if node.dtype == "bool" else text
        if node is self.schedule.output:
            return f"grad[{linear}]"
        name = "local" if self.schedule.home(node) is Home.CHUNK else "workspace"
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
            return f"({text}) * {self.schedule.chunk_rows[node.index]} + {row}", depth
        width = " * ".join(self.header.name(n) for n, _ in trailing)
        return f"{row} * {width} + {text}", depth

    def staged_element(self, node, column, row):
        """Return source text of an element that waits in the chunk, by its flat column."""
        start = self.local.offsets[node.index, "stage"]
        start += column * self.schedule.chunk_rows[node.index]
        return f"local[{start} + ({row} - chunk)]"

    def array(self, node):
        """Return the name of the flat array that holds a node, and its offset as source text."""
        if node.op in POINTER_OF_INPUT:
            return POINTER_OF_INPUT[node.op], "0"
        if node.op == "data":
            if node["key"] in self.streams.names:
                return self.streams.names[node["key"]], "0"
            pool = "float_data" if node.dtype == "float64" else "int_data"
            return pool, self._data_offset(node)
        if node is self.schedule.output:
            return "grad", "0"
        name = "local" if self.schedule.home(node) is Home.CHUNK else "workspace"
        return name, self.offset(node)

    def offset(self, node, what="array"):
        """Return source text of where the space of a node starts."""
        key = (node.index, what)
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

    def _data_offset(self, node):
        key = node["key"]
        if node.dtype != "float64":
            return self.header.name(self.ints.offsets[key], ("int_data", self.ints.rank[key]), "d")
        if self.floats.is_literal[key]:
            return str(self.floats.offsets[key])
        what = ("float_data", self.floats.rank[key])
        return self.header.name(self.floats.offsets[key], what, "d")


def plus(offset, linear):
    """Return source text of a sum of two positions."""
    if offset == "0":
        return linear
    return offset if linear == "0" else f"{offset} + {linear}"
