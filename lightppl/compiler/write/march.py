"""Source text of a march: trial steps that are accepted or repeated until the goal is reached.

It is a loop whose time goes on only when a trial is accepted.  A trial reads row n of the accepted
states and writes row n + 1; if it is refused, that row is copied back, because a trial may change
what it will do next time.
"""

from lightppl.autodiff.march import march_pieces
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.write.statements import indented
from lightppl.compiler.write.scan import TimeLoop


class March(TimeLoop):
    """A march; see `TimeLoop`."""

    row_after = 0

    def prepare(self, node):
        self.num_carry, self.num_xs, self.is_reverse = node["num_state"], 0, False
        self.pieces = march_pieces(node["trial"], self.num_carry, node["max_trials"])
        self.rows = range(0, 2 * self.num_carry, 2)
        self.lasts = range(1, 2 * self.num_carry, 2)
        self.length = self.header.name(node["max_trials"])
        self.accepted, self.done = f"{self.prefix}accepted", f"{self.prefix}done"
        self.refused = []
        self.outer.write(f"{self.time} = 0", f"{self.done} = False")

    def start_array(self, k, x):
        super().start_array(k, x)
        old, new = f"{self.array}, {self.prefix}o{k}", f"{self.array}, {self.prefix}n{k}"
        self.refused.append(f"copy_into({old}, {new}, {self.header.name(x.size)})")

    def number_result(self, k, output):
        """Name whether a trial was accepted, and whether it reached the goal."""
        name = self.accepted if k == self.num_carry else self.done
        self.block.write(f"{name} = {self.block.text(output)}")

    def end_step(self):
        refused = ["else:", *indented(self.refused)] if self.refused else []
        self.block.write(f"if {self.accepted}:", f"    {self.time} = {self.time} + 1", *refused)
        self.block.write(*self.moves, f"if {self.done}:", "    break")
        count, is_done = len(self.pieces) - 2, len(self.pieces) - 1
        self.after.append(f"{self._element(count)} = float({self.time})")
        done = converted(self.done, "bool", "float64")
        self.after.append(f"{self._element(is_done)} = {done}")
