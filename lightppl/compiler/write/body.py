"""Bodies of loops and branches are written in line, with variables of their own.

Numbers among their inputs have names, and arrays are read where the parent keeps them.
"""

from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.graph.shapes import array_behind, is_scalar
from lightppl.compiler.memory.bodies import BodyMemory, Place
from lightppl.compiler.memory.homes import plus
from lightppl.compiler.write.names import Names
from lightppl.compiler.write.nest import Nest


class InlineBody:
    """One body of a loop or a branch.

    Parameters
    ----------
    node : Node
        The loop or branch.
    body : ScheduledBody
    outer : Nest
        The block in which it stands.

    Attributes
    ----------
    block : Nest
        The statements of the body.
    memory : BodyMemory
    leaves : dict of int to Node
        Of the body, by the number of the input.
    """

    def __init__(self, node, body, outer):
        self.node, self.outer = node, outer
        self.header = outer.memory.header
        self.prefix = self.header.new_prefix()
        self.memory = BodyMemory(outer.memory, node, body, self.prefix)
        self.block = Nest(self.memory, Names(self.prefix))
        self.leaves = {x["key"]: x for x in node[body.name].nodes if is_leaf(x)}

    def has_place(self, k, place):
        """Say where the leaf of input k stands, if the body has one."""
        if k in self.leaves:
            self.memory.places[self.leaves[k].index] = place

    def read_where_it_is(self, k, x):
        """Read input k, which is the same at each step, where the parent keeps it."""
        place = Place(number=self.outer.text(x)) if is_scalar(x) else self.place_of(x)[0]
        self.has_place(k, place)

    def place_of(self, x, *, is_along_time=False):
        """Return the place of an array of the parent, and whether one row or number repeats."""
        kept = self.outer.schedule.kept
        base, start, repeats = array_behind(x, kept, is_along_time=is_along_time)
        if is_scalar(base):
            return Place(number=self.outer.text(base)), True
        array, offset = self.outer.memory.array(base)
        return Place(array, plus(offset, self.header.name(start))), repeats

    def start_of(self, k, piece):
        """Return source text of where part k of the result starts."""
        _, offset = self.outer.memory.array(self.node)
        key = ("start", self.prefix, k)
        return plus(offset, self.header.name(piece.start, key) if piece.start else "0")
