"""A schedule: what is done, in which order, and where each result is kept.

A *level* is work that needs only results of lower levels.  It consists of numbers, of fills, and of
*passes*: loops over rows in which results of one group are read by the next.  A pass goes over its
rows in *chunks* that stay in the cache, if something passes from group to group; so a regression
reads its design matrix once, and a mixture its observations.

``print(schedule)`` shows all of it, a line for each piece of work.
"""

from dataclasses import field
from enum import Enum
from functools import cached_property

from lightppl.compiler.graph.strided_view import is_view, view_beneath
from lightppl.records import record


class Home(Enum):
    """Where a kept node lives."""

    OUTPUT = "output"  # what the caller, or the writer of a body, has provided
    VARIABLE = "variable"  # of the function
    REGISTER = "register"  # of one nest, element by element
    CHUNK = "chunk"  # the rows of one chunk, which are those of the next chunk soon
    WORKSPACE = "workspace"


@record
class Slot:
    """When work is done.

    Attributes
    ----------
    level : int
    rows : int or None
        Number of rows of the pass the work belongs to; None outside passes.
    step : int
        Position among the steps that each chunk of rows goes through.
    """

    level: int
    rows: object = None
    step: int = 0


@record(eq=False)
class Item:
    """One result of a nest.

    Attributes
    ----------
    kind : {"store", "reduce", "place"}
    node : Node
        What is kept: the stored node, the reduction, or the accumulated array.
    value : Node
        What is computed at each index.
    space : tuple of int
        What is iterated over.
    slot : Slot
    term : Term or None
        For "place": where values go.
    """

    kind: str
    node: object
    value: object
    space: tuple
    slot: Slot
    term: object = None

    def __str__(self):
        if self.kind == "place":
            return f"%{self.node.index} receives %{self.value.index} over {self.space}"
        return f"%{self.node.index} = {self.node.op} over {self.space}"


@record(eq=False)
class Group:
    """Work of a pass that is written together.

    Attributes
    ----------
    kind : {"rows", "nest", "call"}
        One nest over rows with unrolled columns, or none if there are no rows; any other nest; a
        call on whole arrays.
    items : tuple of Item
    call : Node or None
    """

    kind: str
    items: tuple = ()
    call: object = None

    def nodes(self):
        """Return what the group computes."""
        return [item.node for item in self.items] if self.call is None else [self.call]


@record
class Pass:
    """Groups that go over the same rows.

    Attributes
    ----------
    rows : int or None
        None for work without rows.
    groups : list of Group
        In order.
    chunk : int or None
        Rows of a chunk; None if each group goes over all rows at once.
    """

    rows: object
    groups: list
    chunk: object = None


@record
class Level:
    """Work that needs only results of lower levels.

    Attributes
    ----------
    numbers : list of Node
    filled : list of Node
        Accumulated arrays of which the first block is placed here.
    placed : list of Item
        Blocks of one number.
    passes : list of Pass
    """

    numbers: list
    filled: list
    placed: list
    passes: list


@record
class Schedule:
    """The work of one function, or of the body of a loop or a branch.

    Attributes
    ----------
    graph : Graph
    output : Node or None
        The array that is written to the caller's memory; None for a body.
    kept : dict of int to Node
        What is computed once and read by others, by index.
    placements : dict of int to Placement
        How accumulated arrays are filled.
    homes : dict of int to Home
        Of what is kept, and of the output.
    staged : dict of int to int
        Kept arrays whose rows are collected chunk by chunk before they are put in their place;
        and the number of columns.
    lifetimes : dict of int to (int, int)
        First and last level at which a kept node is used.
    levels : list of Level
    bodies : dict of int to tuple of ScheduledBody
        Of loops and branches, by the index of their node.
    """

    graph: object
    output: object
    kept: dict
    placements: dict
    homes: dict
    staged: dict
    lifetimes: dict
    levels: list
    bodies: dict = field(default_factory=dict)

    def home(self, node):
        """Return where a node lives, None if it is not kept."""
        return self.homes.get(node.index)

    @cached_property
    def views(self):
        """Each view of the graph, by index, as one of what is kept, or of what is computed."""
        nodes = self.graph.nodes()
        return {x.index: view_beneath(x, self.kept) for x in nodes if is_view(x)}

    def adds(self, item):
        """Return whether a block is added to what stands in its array, rather than written."""
        placement = self.placements[item.node.index]
        return placement.is_added[placement.terms.index(item.term)]

    @cached_property
    def chunk_rows(self):
        """Number of rows of a chunk, by index of what is kept in a pass with chunks."""
        return {
            node.index: found.chunk
            for level in self.levels for found in level.passes if found.chunk
            for group in found.groups for node in group.nodes()
        }

    @cached_property
    def groups(self):
        """All groups, in order."""
        return [group for level in self.levels for found in level.passes for group in found.groups]

    @property
    def nests(self):
        """The groups that are nests: loops over elements."""
        return [group for group in self.groups if group.items]

    @property
    def calls(self):
        """The calls on whole arrays, in order."""
        return [group.call for group in self.groups if group.call is not None]

    def __str__(self):
        lines = []
        for number, level in enumerate(self.levels):
            lines.append(f"level {number}")
            lines += [f"    {line}" for line in self._lines_of(level)]
        return "\n".join(lines)

    def _lines_of(self, level):
        for node in level.numbers:
            yield f"%{node.index} = {node.op}  -> {self._home_of(node)}"
        for node in level.filled:
            spans = [f"{a}:{a + size}" for a, size in self.placements[node.index].fills]
            if spans:
                yield f"%{node.index}[{', '.join(spans)}] = 0  -> {self._home_of(node)}"
        for item in level.placed:
            yield f"{item}  -> {self._home_of(item.node)}"
        for found in level.passes:
            if found.rows is not None:
                chunks = f" in chunks of {found.chunk}" if found.chunk else ""
                yield f"pass over {found.rows} rows{chunks}"
            indent = "" if found.rows is None else "    "
            for group in found.groups:
                yield from (indent + line for line in self._lines_of_group(group))

    def _lines_of_group(self, group):
        if group.call is not None:
            yield f"call %{group.call.index} = {group.call.op}  -> {self._home_of(group.call)}"
            for body in self.bodies.get(group.call.index, ()):
                yield f"    {body.name}"
                yield from (f"        {line}" for line in str(body.schedule).split("\n"))
            return
        yield "nest, columns unrolled" if group.kind == "rows" else "nest"
        for item in group.items:
            yield f"    {item}  -> {self._home_of(item.node)}"

    def _home_of(self, node):
        staged = ", staged" if node.index in self.staged else ""
        return self.homes[node.index].value + staged
