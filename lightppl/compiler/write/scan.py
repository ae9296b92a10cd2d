"""Source text of a loop over time: the body is written in line.

Numbers of the carry are variables; arrays of the carry are rows of the result (or two rows that
take turns), so that a step reads one row and writes the next.  A short row stands in variables,
too: LLVM cannot see that one step reads what the step before wrote.
"""

from dataclasses import replace

from lightppl.autodiff.scan import pieces_of
from lightppl.compiler import processor
from lightppl.compiler.graph.shapes import is_scalar
from lightppl.compiler.memory.bodies import Place
from lightppl.compiler.memory.homes import plus
from lightppl.compiler.memory.pools import dtype_of_data
from lightppl.compiler.write.body import InlineBody
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.write.statements import fill, indented


class TimeLoop(InlineBody):
    """A loop over time.

    Parameters
    ----------
    node : Node
    outer : Nest
        The block in which it stands.

    Attributes
    ----------
    moves, after : list of str
        Statements at the end of each step, and after the loop.
    """

    row_after = 1
    """How far the row of the new state is from that of the present time, at the end of a step."""

    def __init__(self, node, outer):
        (body,) = outer.schedule.bodies[node.index]
        super().__init__(node, body, outer)
        self.array, _ = outer.memory.array(node)
        self.time, self.count = f"{self.prefix}t", f"{self.prefix}i"
        self.inputs, self.bases = list(node.inputs), {}
        self.moves, self.after = [], []
        self.prepare(node)

    def prepare(self, node):
        """Find the parts of the result, and the number of steps; say what time it is.

        The states of part k of the carry are piece ``rows[k]`` of the result, and the last of them
        is piece ``lasts[k]``; None if they are not wanted.
        """
        self.num_carry, self.num_xs = node["num_carry"], node["num_xs"]
        keeps_rows, self.is_reverse = node["keeps_rows"], node["reverse"]
        self.pieces = pieces_of(node["body"], self.num_carry, node["length"], keeps_rows)
        self.rows = [k if is_kept else None for k, is_kept in enumerate(keeps_rows)]
        self.lasts = [None if is_kept else k for k, is_kept in enumerate(keeps_rows)]
        self.length = self.header.name(node["length"])
        if node["is_counted"]:
            count = f"min(int({self.outer.text(self.inputs.pop())}), {self.length})"
            self.length = f"{self.prefix}length"
            self.outer.write(f"{self.length} = {count}")
        time = f"{self.length} - 1 - {self.count}" if self.is_reverse else self.count
        self.block.write(f"{self.time} = {time}")

    def write_loop(self, write_work):
        """Write the loop into the outer block; for `write_work` see `write_control_flow`."""
        for k, x in enumerate(self.inputs):
            if k < self.num_carry:
                (self.start_number if x.size == 1 else self.start_array)(k, x)
            elif k in self.leaves:
                changes = k < self.num_carry + self.num_xs
                (self._read_along_time if changes else self._read_constant)(k, x)
        outputs = self.memory.outputs
        for k, output in enumerate(outputs):
            if k >= self.num_carry and output.size > 1:
                place = self._array(f"y{k}", self.array, self._base(k), self._times(self.time, k))
                self.memory.places[output.index] = place
        write_work(self.block)
        for k, output in enumerate(outputs):
            if output.size == 1:
                (self.end_number if k < self.num_carry else self.number_result)(k, output)
        self.end_step()
        inside = indented(self.block.statements())
        self.outer.write(f"for {self.count} in range({self.length}):", *inside, *self.after)

    def end_step(self):
        """Write the end of a step."""
        self.block.write(*self.moves)

    def _base(self, k):
        """The variable that holds where a part of the result starts."""
        if k not in self.bases:
            self.bases[k] = f"{self.prefix}b{k}"
            self.outer.write(f"{self.bases[k]} = {self.start_of(k, self.pieces[k])}")
        return self.bases[k]

    def _row(self, k, step):
        """Source text of the position of a row: of the state before (0) or after (1) the step."""
        later = 1 - step if self.is_reverse else step
        return self._times(f"({self.time} + 1)" if later else self.time, k)

    def _times(self, row, k):
        """Source text of the position of a row of one output of the body."""
        size = self.memory.outputs[k].size
        return row if size == 1 or row == "0" else f"{row} * {self.header.name(size)}"

    def _first_row(self, k):
        """Source text of the position of the first state among the rows."""
        return self._times(self.length if self.is_reverse else "0", k)

    def _element(self, k, position="0"):
        """Source text of an element of a part of the result."""
        return f"{self.array}[{plus(self._base(k), position)}]"

    def _array(self, letter, array, base, row):
        """Return the place of an array that starts elsewhere at each step."""
        self.block.write(f"{self.prefix}{letter} = {plus(base, row)}")
        return Place(array, f"{self.prefix}{letter}")

    def start_number(self, k, x):
        """Give a number of the carry a variable, and its first value."""
        name = f"{self.prefix}c{k}"
        self.outer.write(f"{name} = {self.outer.text(x)}")
        if self.rows[k] is not None:
            target = self._element(self.rows[k], self._first_row(k))
            self.outer.write(f"{target} = {converted(name, x.dtype, 'float64')}")
        self.has_place(k, Place(number=name))

    def start_array(self, k, x):
        """Give an array of the carry its rows, and put its first value there."""
        size = self.header.name(x.size)
        if self.rows[k] is not None:
            array, base, first = self.array, self._base(self.rows[k]), self._first_row(k)
            old, new = self._row(k, 0), self._row(k, 1)
            final = old
        else:
            array, base, first = "local", self.memory.ring(k), "0"
            old, new = f"({self.count} & 1) * {size}", f"(({self.count} + 1) & 1) * {size}"
            final = f"({self.length} & 1) * {size}"
        if self.lasts[k] is not None:
            target = f"{self.array}, {self._base(self.lasts[k])}"
            self.after.append(f"copy_into({target}, {array}, {plus(base, final)}, {size})")
        place, _ = self.place_of(x)
        start = plus(base, first)
        if place.number is not None:
            number = converted(place.number, x.dtype, "float64")
            self.outer.write(*fill(array, start, size, number))
        else:
            copied = f"{array}, {start}, {place.array}, {place.offset}, {size}"
            self.outer.write(f"copy_into({copied})")
        present = self._array(f"o{k}", array, base, old)
        following = self._array(f"n{k}", array, base, new)
        if x.size <= processor.FEW_STATES:
            present = replace(present, variables=self._variables(k, x.size, start, following))
        self.has_place(k, present)
        self.memory.places[self.memory.outputs[k].index] = following

    def _variables(self, k, size, start, following):
        """Return variables that hold a short state; a step need not wait for what it stored."""
        names = tuple(f"{self.prefix}c{k}_{i}" for i in range(size))
        for i, name in enumerate(names):
            self.outer.write(f"{name} = {following.array}[{plus(start, str(i))}]")
            self.moves.append(f"{name} = {following.array}[{plus(following.offset, str(i))}]")
        return names

    def _read_along_time(self, k, x):
        leaf = self.leaves[k]
        if is_scalar(x):
            self.has_place(k, Place(number=self.outer.text(x)))
            return
        place, repeats = self.place_of(x, is_along_time=True)
        if place.number is not None or (repeats and leaf.size > 1):
            self.has_place(k, place)
        elif leaf.size == 1:
            position = place.offset if repeats else plus(place.offset, self.time)
            text = f"{place.array}[{position}]"
            text = converted(text, dtype_of_data(place.array), leaf.dtype)
            self.block.write(f"{self.prefix}x{k} = {text}")
            self.has_place(k, Place(number=f"{self.prefix}x{k}"))
        else:
            row = f"{self.time} * {self.header.name(leaf.size)}"
            self.has_place(k, self._array(f"x{k}", place.array, place.offset, row))

    def _read_constant(self, k, x):
        text = self.outer.text(x) if is_scalar(x) else ""
        if not is_scalar(x) or text.isidentifier() or x.op == "literal":
            self.read_where_it_is(k, x)
            return
        self.outer.write(f"{self.prefix}k{k} = {text}")
        self.has_place(k, Place(number=f"{self.prefix}k{k}"))

    def end_number(self, k, output):
        """Move the new value of a number of the carry to where the next step finds it."""
        new, old = f"{self.prefix}n{k}", f"{self.prefix}c{k}"
        self.block.write(f"{new} = {self.block.text(output)}")
        self.moves.append(f"{old} = {new}")
        if self.rows[k] is not None:
            target = self._element(self.rows[k], self._row(k, self.row_after))
            self.moves.append(f"{target} = {converted(new, output.dtype, 'float64')}")
        if self.lasts[k] is not None:
            value = converted(old, output.dtype, "float64")
            self.after.append(f"{self._element(self.lasts[k])} = {value}")

    def number_result(self, k, output):
        """Put a number that the body returns besides the carry into the result."""
        value = converted(self.block.text(output), output.dtype, "float64")
        self.block.write(f"{self._element(k, self.time)} = {value}")
