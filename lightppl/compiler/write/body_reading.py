"""How the inputs of a body are read: numbers by name, arrays where the parent keeps them."""

from lightppl.compiler.memory.bodies import Place
from lightppl.compiler.write.nest import ScalarWriter
from lightppl.compiler.memory.homes import plus
from lightppl.compiler.graph.shapes import array_behind, is_scalar


class BodyScalars(ScalarWriter):
    """Numbers of a body; those that are inputs have names already."""

    def number_name(self, node):
        return self.names.setdefault(node.index, f"{self.memory.prefix}s{len(self.names)}")

    def new_name(self, letter):
        return self.memory.prefix + super().new_name(letter)

    def data_name(self, node):
        return self.memory.element(node, "0")

    def assign(self, text, depth):
        name = f"{self.memory.prefix}t{len(self.known)}"
        self.lines.append(f"{name} = {text}")
        return name


def number_text(scalars, node):
    """Return the statements needed to know a number, and its source text."""
    scalars.lines = []
    text = scalars.text(node)
    return scalars.lines, text


def place_of_array(memory, scalars, node, *, is_along_time=False):
    """Return where an array of the parent stands: statements, place, whether one row repeats.

    Parameters
    ----------
    memory : Memory
    scalars : ScalarWriter
    node : Node
        Not a number.
    is_along_time : bool
        Whether a loop reads one row after the other.
    """
    base, start, repeats = array_behind(
        node, memory.schedule.kept, is_along_time=is_along_time
    )
    if is_scalar(base):
        lines, text = number_text(scalars, base)
        return lines, Place(number=text), True
    name, offset = memory.array(base)
    return [], Place(name, joined(offset, memory.header.name(start))), repeats


def joined(a, b):
    """Return source text of a sum of two positions, either of which may be zero."""
    return b if a == "0" else plus(a, b)
