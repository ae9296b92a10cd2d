"""Long functions are lowered as several shorter ones, called one after another.

Much of what LLVM does takes time that grows with the square of the length of a function: the
gradient of a model of 3,000 sites, written as one function, keeps it busy for a minute.  So the
statements of a long function are cut into parts.  Each part is a function of its own, with the
arguments of the whole; numbers that a part hands to a later one stand in a frame on the stack of
the whole, whose address is one argument more.
"""

import ast

from llvmlite import ir

from lightppl.compiler.lower.expressions import Variable
from lightppl.compiler.lower.functions import FunctionLowering
from lightppl.compiler.lower.kinds import INTEGER

PART_SIZE = 80
"""About how many statements a part has; those of loops and branches count."""
LONG = 600
"""Functions of fewer statements stay whole."""


def is_long(tree):
    """Return whether a function had better be lowered in parts."""
    return _weight(tree.body) >= LONG


class LongFunctionLowering(FunctionLowering):
    """Writes the body of one function as calls of its parts; see `FunctionLowering`."""

    def run(self, statements):
        """Write statements, in parts; the last one returns the result."""
        *statements, last = statements
        parts = parts_of(statements)
        names = [_Names(part) for part in [*parts, [last]]]
        given = set().union(*(x.given for x in names))
        wanted = set().union(*(x.read_early for x in names))
        slots = {name: slot for slot, name in enumerate(sorted(given & wanted))}
        frame = ir.IRBuilder(self.entry).alloca(ir.ArrayType(INTEGER, max(len(slots), 1)))
        kinds = {}
        for part, own in zip(parts, names):
            llvm, arguments, frame_inside = self.module.part(self.function, self.tree)
            lowering = _PartLowering(self, llvm, arguments, slots, frame_inside)
            lowering.know(own, kinds)
            lowering.run(part)
            lowering.finish()
            kinds.update(lowering.kinds_in_frame())
            self.builder.call(llvm, [*self.function.args, frame])
        for name in sorted(names[-1].read & kinds.keys()):
            self.known[name] = _variable(self.entry, frame, slots[name], kinds[name])
        super().run([last])


class _PartLowering(FunctionLowering):
    """Writes one part; numbers that other parts read get a place in the frame."""

    def __init__(self, whole, function, arguments, slots, frame):
        self.slots, self.frame = slots, frame
        super().__init__(whole.module, whole.tree, whole.names, function, arguments, None)

    def know(self, names, kinds):
        """Find in the frame what earlier parts left there under some of the names."""
        for name in sorted((names.read | names.given) & kinds.keys()):
            self.known[name] = _variable(self.entry, self.frame, self.slots[name], kinds[name])

    def new_place(self, name, llvm_type):
        if name not in self.slots:
            return super().new_place(name, llvm_type)
        return _place_in_frame(self.entry, self.frame, self.slots[name])

    def kinds_in_frame(self):
        """Return the kinds of the numbers that the part left in the frame, or found there."""
        known = {name: self.known[name] for name in self.slots.keys() & self.known.keys()}
        return {name: x.kind for name, x in known.items() if isinstance(x, Variable)}


def _variable(entry, frame, slot, kind):
    return Variable(kind, _place_in_frame(entry, frame, slot), ())


def _place_in_frame(entry, frame, slot):
    position = ir.Constant(INTEGER, slot)
    builder = ir.IRBuilder(entry)
    return builder.gep(frame, [position], inbounds=True, source_etype=INTEGER)


def parts_of(statements):
    """Return lists of statements, in order, each of about `PART_SIZE`.

    Parameters
    ----------
    statements : list of ast.stmt
    """
    parts, size = [[]], 0
    for statement in statements:
        if size >= PART_SIZE:
            parts.append([])
            size = 0
        parts[-1].append(statement)
        size += _weight([statement])
    return parts


def _weight(statements):
    """Return the number of statements with those inside."""
    total, stack = 0, list(statements)
    while stack:
        statement = stack.pop()
        total += 1
        for block in _blocks(statement):
            stack += block
    return total


def _blocks(statement):
    return [getattr(statement, name) for name in ("body", "orelse") if hasattr(statement, name)]


class _Names:
    """Which names some statements give values to, read, and read before they give one.

    Attributes
    ----------
    given, read, read_early : set of str
    """

    def __init__(self, statements):
        self.given, self.read, self.read_early = set(), set(), set()
        self._look_at(statements, set())

    def _look_at(self, statements, known):
        """Look at statements, before which some names are surely `known`; these grow."""
        for statement in statements:
            blocks = _blocks(statement)
            read, given = _names_outside(statement, blocks)
            self.read |= read
            self.given |= given
            self.read_early |= read - known
            for block in blocks:
                self._look_at(block, known | given)
            if not blocks:  # what a loop gives may not be given at all: it may have no rounds
                known |= given


def _names_outside(statement, blocks):
    """Return the names read and given in a statement itself, without those in its blocks."""
    read, given = set(), set()
    inside = {id(x) for block in blocks for x in block}
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            (given if isinstance(node.ctx, ast.Store) else read).add(node.id)
        else:
            stack += [x for x in ast.iter_child_nodes(node) if id(x) not in inside]
    return (read | given if isinstance(statement, ast.AugAssign) else read), given
