"""Source text of a march: trial steps that are accepted or repeated until the goal is reached.

A trial reads row n of the accepted states and writes row n + 1; if it is refused, that row is
copied back, because a trial may change what it will do next time.
"""

from lightppl.autodiff.march import march_pieces
from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.memory.bodies import Place
from lightppl.compiler.write.body_reading import joined, number_text, place_of_array
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.write.scan import LoopStatements
from lightppl.compiler.write.nest import fill


class MarchStatements(LoopStatements):
    """The statements of one march."""

    def prepare(self, node):
        self.num_carry = node["num_state"]
        self.pieces = march_pieces(node["trial"], self.num_carry, node["max_trials"])
        self.leaves = {x["key"]: x for x in node["trial"].nodes if is_leaf(x)}
        self.length = self.header.name(node["max_trials"])
        self.refused = []

    def lines(self, write_work):
        """Return the statements of the march."""
        for k, x in enumerate(self.node.inputs):
            if k < self.num_carry:
                self._state(k, x)
            elif k in self.leaves:
                self._constant(k, x, self.leaves[k])
        work = write_work(self.memory.schedule, self.memory, self.scalars)
        for k, output in enumerate(self.memory.outputs[: self.num_carry]):
            if output.size == 1:
                self._number_of_state(k, output)
        accepted, done = self._flag("accepted", -2), self._flag("done", -1)
        n = self.time
        end = len(self.pieces) - 2
        before = [f"{n} = 0", f"{done} = False", *self.before]
        after = [
            *self.after,
            f"{self.array}[{self._base(end)}] = float({n})",
            f"{self.array}[{self._base(end + 1)}] = {converted(done, 'bool', 'float64')}",
        ]
        inside = [*self.top, *work, *self.bottom, f"if {accepted}:", f"    {n} = {n} + 1"]
        if self.refused:
            inside += ["else:", *("    " + line for line in self.refused)]
        inside += [*self.moves, f"if {done}:", "    break"]
        before += [line for line in self.before if line not in before]
        return [
            *before,
            f"for {self.count} in range({self.length}):",
            *("    " + line for line in inside),
            *after,
        ]

    def _flag(self, name, k):
        lines, text = number_text(self.scalars, self.memory.outputs[k])
        name = f"{self.prefix}{name}"
        self.bottom += [*lines, f"{name} = {text}"]
        return name

    def _state(self, k, x):
        rows, last = self._base(2 * k), self._base(2 * k + 1)
        leaf, n = self.leaves.get(k), self.time
        if x.size == 1:
            lines, text = number_text(self.parent_scalars, x)
            name = f"{self.prefix}c{k}"
            number = converted(name, x.dtype, "float64")
            self.before += [*lines, f"{name} = {text}", f"{self.array}[{rows}] = {number}"]
            self.after.append(f"{self.array}[{last}] = {number}")
            if leaf is not None:
                self.memory.places[leaf.index] = Place(number=name)
            return
        size = self.header.name(x.size)
        lines, place, _ = place_of_array(self.parent, self.parent_scalars, x)
        self.before += lines
        if place.number is not None:
            number = converted(place.number, x.dtype, "float64")
            self.before += fill(self.header, self.array, rows, 0, x.size, number)
        else:
            source = f"{place.array}, {place.offset}"
            self.before.append(f"copy_into({self.array}, {rows}, {source}, {size})")
        old, new = f"{self.prefix}o{k}", f"{self.prefix}n{k}"
        self.top += [f"{old} = {rows} + {n} * {size}", f"{new} = {rows} + ({n} + 1) * {size}"]
        self.refused.append(f"copy_into({self.array}, {old}, {self.array}, {new}, {size})")
        final = f"{self.array}, {joined(rows, f'{n} * {size}')}"
        self.after.append(f"copy_into({self.array}, {last}, {final}, {size})")
        if leaf is not None:
            self.memory.places[leaf.index] = Place(self.array, old)
        self.memory.places[self.memory.outputs[k].index] = Place(self.array, new)

    def _number_of_state(self, k, output):
        lines, text = number_text(self.scalars, output)
        new, old = f"{self.prefix}n{k}", f"{self.prefix}c{k}"
        self.bottom += [*lines, f"{new} = {text}"]
        target = f"{self.array}[{self._base(2 * k)} + {self.time}]"
        self.moves += [f"{old} = {new}", f"{target} = {converted(new, output.dtype, 'float64')}"]
