"""Source text of a loop: the body is written in line, with variables of its own.

A loop goes over time t.  Numbers of the carry are variables; arrays of the carry are rows of the
result (or two rows that take turns), so that a step reads one row and writes the next.
"""

from lightppl.autodiff.scan import pieces_of
from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.memory.bodies import BodyMemory, Place
from lightppl.compiler.write.body_reading import BodyScalars, joined, number_text, place_of_array
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.memory.pools import dtype_of_data
from lightppl.compiler.write.nest import fill
from lightppl.compiler.graph.shapes import is_scalar


class LoopStatements:
    """The statements of one loop, in the order in which they are collected."""

    def __init__(self, node, memory, scalars):
        self.node, self.parent, self.parent_scalars = node, memory, scalars
        self.header = memory.header
        self.prefix = self.header.new_prefix()
        (body,) = memory.schedule.bodies[node.index]
        self.memory = BodyMemory(memory, node, body, self.prefix)
        self.scalars = BodyScalars(body.schedule, self.memory)
        self.before, self.top, self.bottom, self.moves, self.after = [], [], [], [], []
        self.array, self.start = memory.array(node)
        self.time, self.count = f"{self.prefix}t", f"{self.prefix}i"
        self.prepare(node)

    def prepare(self, node):
        """Look at the node: its body, the parts of its result, its number of steps."""
        body, self.num_carry = node["body"], node["num_carry"]
        self.pieces = pieces_of(body, self.num_carry, node["length"], node["keeps_rows"])
        self.leaves = {x["key"]: x for x in body.nodes if is_leaf(x)}
        self.length = self.header.name(node["length"])
        self.inputs = node.inputs
        if node["is_counted"]:
            *self.inputs, count = node.inputs
            lines, text = number_text(self.parent_scalars, count)
            self.length = f"{self.prefix}length"
            largest = self.header.name(node["length"])
            self.before += [*lines, f"{self.length} = min(int({text}), {largest})"]

    def lines(self, write_work):
        """Return the statements of the loop."""
        is_reverse = self.node["reverse"]
        for k, x in enumerate(self.inputs):
            if k < self.num_carry:
                self._carry(k, x)
            elif k in self.leaves:
                changes = k < self.num_carry + self.node["num_xs"]
                (self._along_time if changes else self._constant)(k, x, self.leaves[k])
        for k in range(self.num_carry, len(self.pieces)):
            self._result(k, self.memory.outputs[k])
        work = write_work(self.memory.schedule, self.memory, self.scalars)
        for k, output in enumerate(self.memory.outputs):
            if output.size == 1:
                self._number_result(k, output)
        time = f"{self.length} - 1 - {self.count}" if is_reverse else self.count
        inside = [f"{self.time} = {time}", *self.top, *work, *self.bottom, *self.moves]
        return [
            *self.before,
            f"for {self.count} in range({self.length}):",
            *("    " + line for line in inside),
            *self.after,
        ]

    def _base(self, k):
        """The variable that holds where a part of the result starts."""
        name = f"{self.prefix}b{k}"
        start = self.pieces[k].start
        start = self.header.name(start, ("start", self.prefix, k)) if start else "0"
        line = f"{name} = {joined(self.start, start)}"
        if line not in self.before:
            self.before.append(line)
        return name

    def _row(self, k, step):
        """Source text of the position of a row: of the state before (0) or after (1) the step."""
        is_reverse = self.node["reverse"]
        row = f"({self.time} + {1 - step if is_reverse else step})"
        row = self.time if row.endswith("+ 0)") else row
        size = self.leaf_size(k)
        return row if size == 1 else f"{row} * {self.header.name(size)}"

    def leaf_size(self, k):
        """Number of elements of one output of the body."""
        return self.memory.outputs[k].size

    def _first_row(self, k):
        """Source text of the position of the first state among the rows."""
        if not self.node["reverse"]:
            return "0"
        size = self.leaf_size(k)
        return self.length if size == 1 else f"{self.length} * {self.header.name(size)}"

    def _carry(self, k, x):
        leaf, size = self.leaves.get(k), x.size
        is_kept = self.node["keeps_rows"][k]
        if size == 1:
            lines, text = number_text(self.parent_scalars, x)
            name = f"{self.prefix}c{k}"
            self.before += [*lines, f"{name} = {text}"]
            if is_kept:
                first = joined(self._base(k), self._first_row(k))
                self.before.append(f"{self.array}[{first}] = {converted(name, x.dtype, 'float64')}")
            if leaf is not None:
                self.memory.places[leaf.index] = Place(number=name)
            return
        count = self.header.name(size)
        old, new = f"{self.prefix}o{k}", f"{self.prefix}n{k}"
        if is_kept:
            array, base, first = self.array, self._base(k), self._first_row(k)
            rows = self._row(k, 0), self._row(k, 1)
        else:
            array, base, first = "local", self.memory.ring(k), "0"
            rows = f"({self.count} & 1) * {count}", f"(({self.count} + 1) & 1) * {count}"
            last = f"{base} + ({self.length} & 1) * {count}"
            self.after.append(f"copy_into({self.array}, {self._base(k)}, {array}, {last}, {count})")
        lines, place, _ = place_of_array(self.parent, self.parent_scalars, x)
        self.before += lines
        start = joined(base, first)
        if place.number is not None:
            number = converted(place.number, x.dtype, "float64")
            self.before += fill(self.header, array, start, 0, size, number)
        else:
            copied = f"{array}, {start}, {place.array}, {place.offset}, {count}"
            self.before.append(f"copy_into({copied})")
        self.top += [f"{old} = {joined(base, rows[0])}", f"{new} = {joined(base, rows[1])}"]
        if leaf is not None:
            self.memory.places[leaf.index] = Place(array, old)
        self.memory.places[self.memory.outputs[k].index] = Place(array, new)

    def _along_time(self, k, x, leaf):
        name = f"{self.prefix}x{k}"
        if is_scalar(x):
            lines, text = number_text(self.parent_scalars, x)
            self.before += lines
            self.memory.places[leaf.index] = Place(number=text)
            return
        lines, place, repeats = place_of_array(
            self.parent, self.parent_scalars, x, is_along_time=True
        )
        self.before += lines
        if place.number is not None or (repeats and leaf.size > 1):
            self.memory.places[leaf.index] = place
        elif leaf.size == 1:
            position = place.offset if repeats else joined(place.offset, self.time)
            text = f"{place.array}[{position}]"
            text = converted(text, dtype_of_data(place.array), leaf.dtype)
            self.top.append(f"{name} = {text}")
            self.memory.places[leaf.index] = Place(number=name)
        else:
            row = f"{self.time} * {self.header.name(leaf.size)}"
            self.top.append(f"{name} = {joined(place.offset, row)}")
            self.memory.places[leaf.index] = Place(place.array, name)

    def _constant(self, k, x, leaf):
        if is_scalar(x):
            lines, text = number_text(self.parent_scalars, x)
            self.before += lines
            if not text.isidentifier() and x.op != "literal":
                name = f"{self.prefix}k{k}"
                self.before.append(f"{name} = {text}")
                text = name
            self.memory.places[leaf.index] = Place(number=text)
            return
        lines, place, _ = place_of_array(self.parent, self.parent_scalars, x)
        self.before += lines
        self.memory.places[leaf.index] = place

    def _result(self, k, output):
        if output.size == 1:
            return
        name = f"{self.prefix}y{k}"
        row = f"{self.time} * {self.header.name(output.size)}"
        self.top.append(f"{name} = {joined(self._base(k), row)}")
        self.memory.places[output.index] = Place(self.array, name)

    def _number_result(self, k, output):
        lines, text = number_text(self.scalars, output)
        self.bottom += lines
        if k >= self.num_carry:
            target = f"{self.array}[{joined(self._base(k), self.time)}]"
            self.bottom.append(f"{target} = {converted(text, output.dtype, 'float64')}")
            return
        new, old = f"{self.prefix}n{k}", f"{self.prefix}c{k}"
        self.bottom.append(f"{new} = {text}")
        self.moves.append(f"{old} = {new}")
        if self.node["keeps_rows"][k]:
            target = f"{self.array}[{joined(self._base(k), self._row(k, 1))}]"
            self.moves.append(f"{target} = {converted(new, output.dtype, 'float64')}")
        else:
            last = converted(old, output.dtype, "float64")
            self.after.append(f"{self.array}[{self._base(k)}] = {last}")
