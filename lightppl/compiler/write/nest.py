"""Source text of scalar statements and of fused loops.

`ScalarWriter` holds what is one number; `LoopWriter` writes one loop nest.  A value is written
where the indices it depends on are known: what varies with the outer index only stands outside
the inner loop.
"""

import re

from lightppl.compiler.schedule.schedule import Home
from lightppl.compiler.write.conversion import converted, elementwise_text, kept_dtype
from lightppl.compiler.memory.homes import plus
from lightppl.compiler.memory.space import has_small_rows
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.write.index import (
    VIEW_NAMES, ZERO, aligned, linear_index, read_view, target_index,
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


class Reader:
    """Turns nodes at an index into source text; subclasses say where statements go.

    Parameters
    ----------
    schedule : Schedule
    memory : Memory
    """

    def __init__(self, schedule, memory):
        self.schedule = schedule
        self.memory = memory
        self.known = {}
        self.uses = {}

    def read(self, node, idx):
        """Return (text, depth) of one element of a node.

        Parameters
        ----------
        node : Node
        idx : tuple of (str, int)
            One index text and depth per axis.
        """
        key = (node.index, tuple(text for text, _ in idx))
        if key not in self.known:
            self.known[key] = self._read(node, idx)
        return self.known[key]

    def _read(self, node, idx):
        if node.op == "literal":
            return literal_text(node["value"]), 0
        if node.index in self.schedule.kept:
            if self.schedule.home(node) is Home.VARIABLE:
                name = self.number_name(node)
                return converted(name, kept_dtype(node, True), node.dtype), 0
            text, depth = self.address(node, idx)
            return converted(text, kept_dtype(node, False), node.dtype), depth
        if node.op == "data" and node.size == 1 and node.dtype != "bool":
            return self.data_name(node), 0
        if node.op in ("input", "data"):
            return self.address(node, idx)
        if node.op in VIEW_NAMES:
            return read_view(self, node, idx)
        return self._elementwise(node, idx)

    def address(self, node, idx):
        """Return (text, depth) of the place in memory of one element."""
        if self.schedule.home(node) is Home.CHUNK:
            position, depth = self.memory.local_position(node, idx)
        else:
            shape = self.memory.kept_shape(node)
            position, depth = linear_index(self.memory.header, shape, idx)
        return self.memory.element(node, position), depth

    def _elementwise(self, node, idx):
        arguments = [self.read(x, aligned(x, idx)) for x in node.inputs]
        depth = max(d for _, d in arguments)
        arguments = [self._taken_out(text, d, depth) for text, d in arguments]
        text = elementwise_text(node, ELEMENTWISE[node.op].source, arguments)
        if self.uses.get(node.index, 2) > 1 or len(text) > 200:
            return self.assign(text, depth), depth
        return text, depth

    def _taken_out(self, text, depth, full_depth):
        """Name what an inner loop does not change: the compiler cannot see that memory stays."""
        if depth == full_depth or re.fullmatch(r"[\w.()-]+", text):
            return text
        key = ("outside", text)
        if key not in self.known:
            self.known[key] = (self.assign(text, depth), depth)
        return self.known[key][0]

    def number_name(self, node):
        """Return the variable that holds a kept number."""
        raise NotImplementedError

    def data_name(self, node):
        """Return the variable that holds a number of the data pool."""
        raise NotImplementedError

    def assign(self, text, depth):
        """Give a value a name in a statement at its depth, and return the name."""
        raise NotImplementedError


class ScalarWriter(Reader):
    """Statements outside loops, and the names of numbers."""

    def __init__(self, schedule, memory):
        super().__init__(schedule, memory)
        self.names = {}
        self.data_names = {}
        self.lines = []
        self.num_names = 0

    def prologue(self):
        """Return the statements that read numbers of the data pool."""
        return [f"{name} = {element}" for element, name in self.data_names.items()]

    def text(self, node):
        """Return source text of a number."""
        return self.read(node, tuple(ZERO for _ in node.shape))[0]

    def define(self, node):
        """Return the statements that compute a kept number."""
        self.lines = []
        arguments = [self.text(x) for x in node.inputs]
        text = elementwise_text(node, ELEMENTWISE[node.op].source, arguments)
        if self.schedule.home(node) is Home.VARIABLE:
            return [*self.lines, f"{self.number_name(node)} = {text}"]
        target, _ = self.address(node, tuple(ZERO for _ in node.shape))
        return [*self.lines, f"{target} = {text}"]

    def place(self, item):
        """Return the statements that put one number into an array."""
        self.lines = []
        value = converted(self.text(item.value), item.value.dtype, "float64")
        idx = target_index(self, item.term, tuple(ZERO for _ in item.value.shape))
        target, _ = self.address(item.node, idx)
        return [*self.lines, assignment(item, self.schedule, target, value)]

    def number_name(self, node):
        return self.names.setdefault(node.index, f"s{len(self.names)}")

    def new_name(self, letter):
        """Return a variable that nothing else in the function uses.

        What stands outside loops needs such a one: a name that is free again may mean a number of
        another type.
        """
        self.num_names += 1
        return f"{letter}{self.num_names}"

    def data_name(self, node):
        element = self.memory.element(node, "0")
        return self.data_names.setdefault(element, f"c{len(self.data_names)}")

    def assign(self, text, depth):
        name = f"t{len(self.known)}"
        self.lines.append(f"{name} = {text}")
        return name


class LoopWriter(Reader):
    """One loop nest with all its results.

    Parameters
    ----------
    schedule : Schedule
    memory : Memory
    scalars : ScalarWriter
    loop : list of Item
        Items of one slot and one space.
    is_chunked : bool
        Whether the rows go from ``chunk`` to ``chunk_end``.

    Attributes
    ----------
    before, after : list of str
        Statements before and after the whole pass.
    """

    def __init__(self, schedule, memory, scalars, loop, is_chunked=False):
        super().__init__(schedule, memory)
        self.scalars = scalars
        self.space = loop[0].space
        self.is_chunked = is_chunked
        self.before, self.start, self.after = [], [], []
        self.num_names = 0
        self.prepare(loop)
        self.uses = self._count_uses()
        self.is_independent = True
        for item in self.loop:
            {"store": self._store, "reduce": self._reduce, "place": self._place}[item.kind](item)

    def prepare(self, loop):
        """Choose the order of items and axes."""
        self.loop = sorted(loop, key=lambda item: item.node.index)
        num_axes = len(self.space)
        has_scatter = any(is_scatter(item) for item in loop)  # its rounds are no vectors anyway
        has_vectors = self.is_chunked and not has_scatter
        is_inside_out = has_vectors and num_axes > 1 and has_small_rows(self.space)
        self.order = [*range(1, num_axes), 0] if is_inside_out else list(range(num_axes))
        self.body = [[] for _ in range(num_axes + 1)]
        self.tail = [[] for _ in range(num_axes + 1)]

    def lines(self):
        """Return the source lines of the nest."""
        inside, num_axes = [], len(self.space)
        for depth in range(num_axes, 0, -1):
            axis = self.order[depth - 1]
            inside = [*self.body[depth], *inside, *self.tail[depth]]
            if depth == 1 and self.is_chunked and any(map(is_scatter, self.loop)):
                inside = in_four_places(inside)
            else:
                head = f"for k{axis} in {self._range(axis)}:"
                inside = [head, *("    " + line for line in inside)]
        return [*self.start, *self.body[0], *inside, *self.tail[0]]

    def _range(self, axis):
        kind = "independent" if self.is_independent and axis == self.order[-1] else "range"
        if self.is_chunked and axis == 0:
            return f"{kind}(chunk, chunk_end)"
        return f"{kind}({self.memory.header.name(self.space[axis])})"

    def index_of(self, node):
        """Return the index of a node whose shape, without axes of size one, is the loop's space."""
        axes = iter(range(len(self.space)))
        return tuple(ZERO if n == 1 else self._loop_index(next(axes)) for n in node.shape)

    def _loop_index(self, axis):
        return f"k{axis}", self.order.index(axis) + 1

    def _store(self, item):
        idx = self.index_of(item.node)
        is_view = item.node.op in VIEW_NAMES
        read = read_view if is_view else LoopWriter._elementwise
        text, depth = read(self, item.node, idx)
        name = text if re.fullmatch(r"\w+", text) else self.assign(text, depth)
        self.known[(item.node.index, tuple(t for t, _ in idx))] = (name, depth)
        if self.schedule.home(item.node) is not Home.REGISTER:
            value = converted(name, item.node.dtype, "float64")
            self.body[-1].append(f"{self.address(item.node, idx)[0]} = {value}")

    def _reduce(self, item):
        node, x = item.node, item.value
        idx = self.index_of(x)
        text, _ = self.read(x, idx)
        text = converted(text, x.dtype, "bool" if node.op in ("all", "any") else "float64")
        if self.schedule.home(node) is Home.VARIABLE:
            name = self.scalars.number_name(node)
            self.before.append(f"{name} = {START[node.op]}")
            self._accumulate(node, name, text)
            return
        kept = tuple(i for k, i in enumerate(idx) if k not in node["axes"])
        target, depth = self.address(node, kept)
        reduced = [i for k, i in enumerate(idx) if k in node["axes"] and i != ZERO]
        is_inner = not reduced or min(d for _, d in reduced) > max((d for _, d in kept), default=0)
        is_by_rows = "k0" in {t for t, _ in kept}
        if not is_inner:
            self.is_independent &= f"k{self.order[-1]}" in {t for t, _ in kept}
            self._start_in_memory(item, is_by_rows)
            self._accumulate(node, target, text)
            return
        name = self._new_name(depth)
        self.body[depth].append(f"{name} = {START[node.op]}")
        self._accumulate(node, name, text)
        if self.is_chunked and not is_by_rows:
            self._start_in_memory(item, is_by_rows)
            name = ACCUMULATE[node.op].format(target, name)
        self.tail[depth].append(f"{target} = {name}")

    def _accumulate(self, node, target, text):
        self.body[-1].append(f"{target} = {ACCUMULATE[node.op].format(target, text)}")

    def _start_in_memory(self, item, is_by_rows):
        node = item.node
        size = node.size
        name, offset = self.memory.array(node)
        if is_by_rows and self.schedule.home(node) is Home.CHUNK:
            rows = self.schedule.chunk_rows[node.index]
            size = rows * (size // self.space[0])
            lines = fill(self.memory.header, name, offset, 0, size, START[node.op], is_literal=True)
            self.start += lines
            return
        self.before += fill(self.memory.header, name, offset, 0, size, START[node.op])

    def _place(self, item):
        idx = self.index_of(item.value)
        value, _ = self.read(item.value, idx)
        value = converted(value, item.value.dtype, "float64")
        self.is_independent &= not is_scatter(item)
        target, _ = self.address(item.node, target_index(self, item.term, idx))
        self.body[-1].append(assignment(item, self.schedule, target, value))

    def number_name(self, node):
        return self.scalars.number_name(node)

    def data_name(self, node):
        return self.scalars.data_name(node)

    def assign(self, text, depth):
        name = self._new_name(depth)
        self.body[depth].append(f"{name} = {text}")
        return name

    def _new_name(self, depth):
        if depth == 0:
            return self.scalars.new_name("u")
        self.num_names += 1
        return f"v{self.num_names}"

    def _count_uses(self):
        uses, stack = {}, []
        for item in self.loop:
            stack.append(item.value)
            uses[item.value.index] = uses.get(item.value.index, 0) + 1
            if item.term:
                stack += [x for x, _ in item.term.reads()[1:]]
        seen = set()
        own = {item.node.index for item in self.loop if item.kind == "store"}
        while stack:
            node = stack.pop()
            is_end = node.index in self.schedule.kept and node.index not in own
            if node.index in seen or is_end:
                continue
            seen.add(node.index)
            for x in node.inputs:
                uses[x.index] = uses.get(x.index, 0) + self._num_reads(x, node)
                stack.append(x)
        return uses

    def _num_reads(self, x, node):
        return 1


def in_four_places(body):
    """Return a loop over the rows of a chunk that works in its four quarters at once.

    Where rows are sorted by group, neighbours add to the same element, and each would wait for the
    one before it.
    """
    inside = ["    " + line for line in body]
    return [
        "quarter = (chunk_end - chunk) // 4",
        "for i in range(chunk, chunk + quarter):",
        "    for j in range(4):",
        "        k0 = i + j * quarter",
        *("    " + line for line in inside),
        "for k0 in range(chunk + 4 * quarter, chunk_end):",
        *inside,
    ]


def is_scatter(item):
    """Return whether several rounds of a loop may add to one element."""
    return item.kind == "place" and any(step[0] == "scatter_add" for step in item.term.maps)


def fill(header, name, offset, start, size, value, is_literal=False):
    """Return the statements that set a range of an array to one value."""
    start = plus(offset, header.name(start))
    if size == 1:
        return [f"{name}[{start}] = {value}"]
    count = str(size) if is_literal else header.name(size)
    return [f"for i in range({count}):", f"    {name}[{plus(start, 'i')}] = {value}"]


def assignment(item, schedule, target, value):
    """Return the statement that writes, or adds, a value of a block."""
    placement = schedule.placements[item.node.index]
    is_added = placement.is_added[placement.terms.index(item.term)]
    return f"{target} = {target} + {value}" if is_added else f"{target} = {value}"


def literal_text(value):
    """Return source text of a structural number."""
    if isinstance(value, (bool, int)):
        return str(value) if value >= 0 else f"({value})"
    if value != value:
        return "np.nan"
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "(-np.inf)"
    return repr(value) if value >= 0 else f"({value!r})"
