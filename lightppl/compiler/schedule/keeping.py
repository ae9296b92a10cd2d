"""Choose which nodes are kept: in a variable, or in memory.

What is not kept is computed again where it is read.  Kept is what cannot be: the results of calls,
reductions and sums of blocks, what calls read in memory, and numbers; and what had better not be:
expensive elements that would be computed at several indices, and links of very long chains.
"""

from lightppl.compiler.graph.ops import (
    ACCUMULATIONS, CALLS, CONTROL_FLOW, ELEMENTWISE, LEAVES, REDUCTIONS, VIEWS,
)
from lightppl.compiler.graph.shapes import SMALL, array_behind, is_scalar, operand_of_call
from lightppl.compiler.graph.strided_view import is_view, source_in_order, view_beneath
from lightppl.compiler.schedule.blocks import plan_placement, terms_of
from lightppl.compiler.schedule.body_inputs import goes_along_time, is_read_by_calls
from lightppl.compiler.schedule.row_groups import EXPENSIVE

LONGEST_CHAIN = 60
"""Operations inside each other in one expression."""


class Keeper:
    """Chooses what is kept.

    Parameters
    ----------
    graph : Graph
    output : Node or None
        The array that is written to the caller's memory.
    kept : sequence of Node
        Arrays that must be in memory.

    Attributes
    ----------
    kept : dict of int to Node
        By index; grows while the schedule is made.
    in_memory : set of int
        Nodes that calls read, which must stand in memory even if they are one number.
    """

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
            self._keep_what_is_read_in_place(node)
        self._keep_links_of_long_chains()
        self._keep_what_is_behind_links()

    def _keep_what_must_be(self, node):
        if node.op in CALLS:
            self.kept[node.index] = node
        elif node.op in REDUCTIONS or node.op in ACCUMULATIONS or self._is_sum_of_blocks(node):
            self.kept[node.index] = node
            if node.op == "scatter_add" and self._cost(node.inputs[0]) >= EXPENSIVE:
                self._keep_elementwise(node.inputs[0])
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
        while is_view(node) or node.op == "negative":
            node = node.inputs[0]
        if node.op in ELEMENTWISE:
            self.kept[node.index] = node

    def _keep_what_is_read_in_place(self, node):
        """Keep what a node reads in memory: there, or as a copy of what no strides find there."""
        if node.op in CONTROL_FLOW:
            for k, x in enumerate(node.inputs):
                self._keep_input(x, goes_along_time(node, k), not is_read_by_calls(node, k))
        elif node.op in CALLS:
            for x in node.inputs:
                view = operand_of_call(node, x, self.kept)
                self._keep_in_memory(source_in_order(x, self.kept) if view is None else view.base)
        elif is_view(node):
            view = view_beneath(node, self.kept)
            if view is None:
                self._keep_in_memory(source_in_order(node.inputs[0], self.kept))
            elif view.index_in_base is None:
                self._keep_in_memory(view.base)

    def _keep_what_is_behind_links(self):
        """Keep what is read in place, now that a view on the way may be kept itself."""
        known = 0
        while (num_views := sum(map(is_view, self.kept.values()))) > known:
            known = num_views
            for node in self.nodes:
                self._keep_what_is_read_in_place(node)

    def _keep_input(self, node, is_along_time, may_be_number):
        if is_scalar(node):
            return
        base, _, _ = array_behind(
            node, self.kept, is_along_time=is_along_time, may_be_number=may_be_number
        )
        if not is_scalar(base) and base.op not in LEAVES:
            self.kept[base.index] = base

    def _keep_in_memory(self, node):
        if node.op not in LEAVES:
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

    def placements(self):
        """Return how each accumulated array is filled, by index, and what disappears into them."""
        placements, absorbed = {}, set()
        for node in reversed(self.nodes):
            is_output = node is self.output
            if node.index in absorbed or not (is_output or node.index in self.kept):
                continue
            if is_output or node.op in ACCUMULATIONS or self._is_sum_of_blocks(node):
                terms, inside = terms_of(node, self._is_absorbed, self._is_inside)
                absorbed |= inside
                placements[node.index] = plan_placement(node, terms)
        return placements, absorbed

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
