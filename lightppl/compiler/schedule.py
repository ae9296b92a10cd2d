"""Decide what is kept in memory, and fuse the rest into loops.

Four kinds of work come out of a graph:

* scalars: straight-line statements;
* items: elementwise chains that are stored, reductions, and blocks placed into arrays;
* calls on whole arrays (matrix products, factorisations);
* fills, which put zeros where values are added.

Everything has a `Slot`.  Work of one *level* needs only results of lower levels, with two
exceptions: results at the same index of the same loop, and results of the same *row* inside one
pass over the rows. A pass goes over the rows in chunks that stay in the cache; its *steps* follow
each other in each chunk. So a regression reads its design matrix once, and a mixture its
observations.

What is not kept is recomputed where it is read, unless that would repeat something expensive.
"""

from dataclasses import dataclass, field
from functools import cached_property

from lightppl.compiler.body_inputs import goes_along_time, is_read_by_calls
from lightppl.compiler.graph import Graph, Node
from lightppl.compiler.ops import (
    ACCUMULATIONS, CALLS, CONTROL_FLOW, ELEMENTWISE, LEAVES, REDUCTIONS, VIEWS,
)
from lightppl.compiler.levels import Item, Slot, assign_slots
from lightppl.compiler.row_loops import EXPENSIVE, computed_in, groups_of_pass
from lightppl.compiler.shapes import (
    SMALL,
    array_behind, array_in_memory, is_scalar, is_view_of_one_axis, row_call, space_of,
    swaps_last_axes,
)
from lightppl.compiler.storage import plan_placement, terms_of
from lightppl.records import record


LONGEST_CHAIN = 60
"""Operations inside each other in one expression."""


@record
class Level:
    """Work that needs only results of lower levels.

    Attributes
    ----------
    scalars : list of Node
    items : list of Item
    calls : list of (Slot, Node)
    filled : list of Node
        Accumulated arrays of which the first block is placed here.
    """

    scalars: list = field(default_factory=list)
    items: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    filled: list = field(default_factory=list)


@dataclass
class Schedule:
    """The work of one function.

    Attributes
    ----------
    graph : Graph
    stored : dict of int to Node
        Nodes kept in memory or in a scalar variable.
    placements : dict of int to Placement
        How accumulated arrays are filled.
    output : Node
        The array that is written to the caller's memory.
    in_memory : set of int
        Nodes that calls read, which must stand in memory even if they are one number.
    scalars, calls : list of (Slot, Node)
    items : list of Item
    readings : list of (int, int)
        Index of a kept node, and a level that reads it.
    local : set of int
        Kept arrays that live only inside one pass: their rows count from the chunk's start.
    registers : set of int
        Those of them that only their own loop reads: they need no memory.
    staged : set of int
        Kept arrays whose rows are collected chunk by chunk before they are put in their place.
    """

    graph: object
    stored: dict
    placements: dict
    output: object
    in_memory: set = field(default_factory=set)
    scalars: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    items: list = field(default_factory=list)
    readings: list = field(default_factory=list)
    local: set = field(default_factory=set)
    registers: set = field(default_factory=set)
    staged: set = field(default_factory=set)
    _groups: dict = field(default_factory=dict, repr=False)

    @property
    def num_levels(self):
        """Number of levels."""
        found = [slot.level for slot, _ in self.scalars + self.calls]
        return 1 + max(found + [item.slot.level for item in self.items], default=0)

    @cached_property
    def levels(self):
        """The work of each level; looked at once all work has its slot."""
        found = [Level() for _ in range(self.num_levels)]
        for slot, node in self.scalars:
            found[slot.level].scalars.append(node)
        for item in self.items:
            found[item.slot.level].items.append(item)
        for slot, node in self.calls:
            found[slot.level].calls.append((slot, node))
        started = set()
        for item in sorted(self.items, key=lambda item: item.slot.level):
            if item.kind == "place" and item.node.index not in started:
                started.add(item.node.index)
                found[item.slot.level].filled.append(item.node)
        return found

    def passes(self, level):
        """Return the passes of a level, by number of rows: lists of (step, items, calls)."""
        found = {}
        for item in self.levels[level].items:
            if item.space:
                steps = found.setdefault(item.slot.rows, {})
                steps.setdefault(item.slot.step, ([], []))[0].append(item)
        for slot, node in self.levels[level].calls:
            found.setdefault(slot.rows, {}).setdefault(slot.step, ([], []))[1].append(node)
        return {
            rows: [(step, *steps[step]) for step in sorted(steps)] for rows, steps in found.items()
        }

    def groups(self, level):
        """Return the work of a level: lists of `Group`, by number of rows."""
        if level not in self._groups:
            is_body = self.output is None
            self._groups[level] = {
                rows: groups_of_pass(steps, self.stored, is_body)
                for rows, steps in self.passes(level).items()
            }
        return self._groups[level]

    def loops(self, level):
        """Return all loops of a level: sequences of items."""
        groups = [group for found in self.groups(level).values() for group in found]
        return [group.items for group in groups if group.items]


def schedule_graph(graph):
    """Return the schedule of a graph with two outputs: a number, and an array for the caller.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Schedule
    """
    graph = _with_output_of_its_own(graph)
    return _schedule_of(_Planner(graph, graph.outputs[1]))


def schedule_body(graph, kept):
    """Return the schedule of the body of a loop or a branch.

    Parameters
    ----------
    graph : Graph
    kept : list of Node
        Arrays that must be in memory.

    Returns
    -------
    Schedule
        Without an output; whoever writes the body knows where the kept arrays live.
    """
    return _schedule_of(_Planner(graph, None, kept))


def _schedule_of(planner):
    while True:
        schedule = planner.plan()
        repeated = _repeated_work(schedule)
        if not repeated:
            return schedule
        planner.kept.update(repeated)


def _with_output_of_its_own(graph):
    """Return the graph with its array output as a view that nothing else reads."""
    value, output = graph.outputs
    index = 1 + max(node.index for node in graph.nodes())
    attrs = (("shape", output.shape),)
    view = Node(
        "reshape", (output,), attrs, output.shape, output.dtype, index, output.depends_on_input
    )
    return Graph((value, view), graph.arrays)


class _Planner:
    """Chooses what is kept."""

    def __init__(self, graph, output, kept=()):
        self.graph = graph
        self.nodes = graph.nodes()
        self.output = output
        self.users = {}
        for node in self.nodes:
            for x in node.inputs:
                self.users.setdefault(x.index, []).append(node)
        self.wanted = {node.index: node for node in kept}
        self.kept, self.in_memory = dict(self.wanted), set()
        self.sums_of_blocks = self._find_sums_of_blocks()
        for node in self.nodes:
            self._keep_what_must_be(node)
        self._keep_links_of_long_chains()

    def _keep_what_must_be(self, node):
        if node.op in CONTROL_FLOW:
            self.kept[node.index] = node
            for k, x in enumerate(node.inputs):
                self._keep_readable(x, goes_along_time(node, k), not is_read_by_calls(node, k))
        elif node.op in CALLS:
            self.kept[node.index] = node
            for x in node.inputs:
                self._keep_in_memory(x, node.op == "matmul")
        elif node.op in REDUCTIONS or node.op in ACCUMULATIONS or self._is_sum_of_blocks(node):
            self.kept[node.index] = node
            if node.op == "scatter_add" and self._cost(node.inputs[0]) >= EXPENSIVE:
                self._keep_elementwise(node.inputs[0])
        elif node.op == "reshape" and not is_view_of_one_axis(node):
            if node.inputs[0].ndim != 1:
                self._keep_in_memory(node.inputs[0])
        elif node.op == "take":
            x = node.inputs[0]
            if x.op in ELEMENTWISE and x.size <= 4 * node.inputs[1].size:
                self.kept[x.index] = x
        elif node.op in ELEMENTWISE:
            if is_scalar(node):
                self.kept[node.index] = node
            for x in node.inputs:
                if self._is_repeated_by_broadcast(x, node):
                    self.kept[x.index] = x

    def _keep_elementwise(self, node):
        while node.op in ("reshape", "negative") and node.op not in LEAVES:
            node = node.inputs[0]
        if node.op in ELEMENTWISE:
            self.kept[node.index] = node

    def _keep_readable(self, node, is_along_time, may_be_number):
        if not is_scalar(node):
            node, _, _ = array_behind(
                node, is_along_time=is_along_time, may_be_number=may_be_number
            )
        if not is_scalar(node) and node.op not in LEAVES:
            self.kept[node.index] = node

    def _keep_in_memory(self, node, may_be_transposed=False):
        node, _ = array_in_memory(node, may_be_transposed=may_be_transposed)
        if node.op not in ("data", "input"):
            self.kept[node.index] = node
            self.in_memory.add(node.index)

    def _is_repeated_by_broadcast(self, x, user):
        if x.size in (1, user.size) or x.op not in ELEMENTWISE:
            return False
        return self._cost(x) * min(user.size // x.size, SMALL) >= EXPENSIVE

    def _cost(self, node, depth=0):
        if node.index in self.kept or node.op in LEAVES or depth > 30:
            return 0
        own = ELEMENTWISE[node.op].cost if node.op in ELEMENTWISE else 0
        return own + sum(self._cost(x, depth + 1) for x in node.inputs)

    def plan(self):
        placements, absorbed = {}, set()
        for node in reversed(self.nodes):
            is_output = node is self.output
            if node.index in absorbed or not (is_output or node.index in self.kept):
                continue
            if is_output or node.op in ACCUMULATIONS or self._is_sum_of_blocks(node):
                terms, inside = terms_of(node, self._is_absorbed, self._is_inside)
                absorbed |= inside
                placements[node.index] = plan_placement(node, terms)
        stored = {k: node for k, node in self.kept.items() if k not in absorbed}
        schedule = Schedule(self.graph, stored, placements, self.output, self.in_memory)
        assign_slots(schedule, self.nodes)
        return schedule

    def _find_sums_of_blocks(self):
        found = set()
        for node in self.nodes:
            if node.op == "add" and node.size > 1:
                has_blocks = any(x.op in ACCUMULATIONS or x.index in found for x in node.inputs)
                if has_blocks and all(x.shape == node.shape for x in node.inputs):
                    found.add(node.index)
        return found

    def _is_sum_of_blocks(self, node):
        return node.index in self.sums_of_blocks

    def _keep_links_of_long_chains(self):
        """Cut what would be one expression of hundreds of operations inside each other."""
        depths = {}
        for node in self.nodes:
            if node.index in self.kept or node.op in LEAVES:
                continue
            depth = 1 + max((depths.get(x.index, 0) for x in node.inputs), default=0)
            if depth > LONGEST_CHAIN and self._can_be_link(node):
                self.kept[node.index] = node
            else:
                depths[node.index] = depth

    def _can_be_link(self, node):
        return node.op in ELEMENTWISE or node.op in VIEWS and not is_scalar(node)

    def _is_absorbed(self, node):
        is_block = node.op in ACCUMULATIONS or self._is_sum_of_blocks(node)
        return is_block and self._is_inside(node)

    def _is_inside(self, node):
        """Whether a node is part of one other node, and of nothing else."""
        is_output = any(node is x for x in self.graph.outputs)
        is_used_once = len(self.users.get(node.index, ())) == 1
        return is_used_once and not is_output and node.index not in self.wanted


def _repeated_work(schedule):
    """Return expensive nodes that more than one loop would compute."""
    seen, repeated = {}, {}
    for level in range(schedule.num_levels):
        for loop in schedule.loops(level):
            for node in computed_in(loop, schedule.stored):
                if ELEMENTWISE[node.op].cost < EXPENSIVE or node.index in schedule.stored:
                    continue
                if seen.setdefault(node.index, loop) is not loop:
                    repeated[node.index] = node
    return repeated


__all__ = [
    "Item", "Schedule", "Slot", "is_scalar", "is_view_of_one_axis", "row_call",
    "schedule_graph", "space_of", "swaps_last_axes",
]
