"""Where the arrays of a body live: its inputs in the arrays of its parent, its own apart from them.

What the parent keeps is addressed through variables that are set at the top of each step; so the
body is written like a function of its own.
"""

from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.memory.homes import Memory, plus
from lightppl.compiler.memory.pools import dtype_of_data
from lightppl.compiler.memory.space import BodySpace
from lightppl.compiler.write.conversion import converted
from lightppl.records import record


@record
class Place:
    """Where a leaf or an output of a body stands.

    Attributes
    ----------
    array, offset : str
        Name of a flat array, and source text of the position of the first element.
    number : str or None
        Instead, source text of a number that all elements have.
    variables : tuple of str
        That hold the elements, too, for those who know the position when they are written.
    """

    array: str = ""
    offset: str = ""
    number: object = None
    variables: tuple = ()


class BodyMemory(Memory):
    """Source text for the places where array elements of a body live.

    Parameters
    ----------
    parent : Memory
    node : Node
        The loop or branch.
    body : ScheduledBody
    prefix : str
        Of the variables of the body.

    Attributes
    ----------
    outputs : list of Node
        One per output of the body.
    places : dict of int to Place
        By node; filled in by whoever writes the body.
    """

    scratch_array = "local"

    def __init__(self, parent, node, body, prefix):
        space = BodySpace(body, node)
        self.schedule, self.outputs, self.places = body.schedule, body.outputs, {}
        self.parent, self.prefix, self.header = parent, prefix, parent.header
        self.offsets, self.rings = space.workspace.offsets, space.rings
        self.base = parent.position((node.index, "scratch")) if space.size else 0

    def position(self, key):
        """Return the position of a space among the local arrays."""
        return self.base + self.offsets[key]

    def offset(self, node, what="array"):
        key = (node.index, what)
        return self.header.name(self.position(key), ("local", self.prefix, key), "w")

    def ring(self, k):
        """Return source text of where two states of a part of the carry stand."""
        return self.header.name(self.base + self.rings[k], ("ring", self.prefix, k), "w")

    def element(self, node, linear):
        place = self.places.get(node.index)
        if place is None:
            return f"local[{plus(self.offset(node), linear)}]"
        if place.number is not None:
            return place.number
        if place.variables and linear.isdigit():
            text = place.variables[int(linear)]
        else:
            text = f"{place.array}[{plus(place.offset, linear)}]"
        if not is_leaf(node):
            return text
        return converted(text, dtype_of_data(place.array), node.dtype)

    def is_by_columns(self, node):
        return False

    def array(self, node):
        place = self.places.get(node.index)
        return ("local", self.offset(node)) if place is None else (place.array, place.offset)
