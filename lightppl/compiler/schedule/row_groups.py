"""Which work of a pass shares one nest over the rows.

The small axes behind the rows are unrolled: row k has all its columns in variables, a reduction
over the columns is an expression, and a reduction over the rows is a few accumulators.  So work on
spaces ``(N,)``, ``(N, 4)`` and ``(N, 4, 4)`` stands in one nest, which LLVM vectorises over rows.
What would make that nest large, or keep it from being vectorised, stays a nest of its own:
scatters, columns beyond `MAX_COLUMNS`, functions that branch.
"""

from math import prod

from lightppl.compiler import processor
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.graph.shapes import SMALL, rows_of
from lightppl.compiler.schedule.schedule import Group
from lightppl.records import record

EXPENSIVE = 10
"""Cost from which an element is not computed in two nests, or at every point of a larger nest."""


def by_space(items):
    """Return items grouped into nests of one space each."""
    nests = {}
    for item in items:
        nests.setdefault(item.space, []).append(item)
    return list(nests.values())


def groups_of_pass(steps, kept, is_body=False):
    """Return the groups of a pass, in order.

    Parameters
    ----------
    steps : list of (step, items, calls)
    kept : dict of int to Node
        What is kept.
    is_body : bool
        Whether the work is done at each step of a loop over time; then work without rows is
        unrolled altogether.

    Returns
    -------
    list of Group
    """
    groups, open_groups = [], []
    for _, items, calls in steps:
        nests = [
            (part, _Load.of(part, kept, is_body))
            for nest in by_space(items)
            for part in _apart(nest)
        ]
        apart = [Group("nest", tuple(nest)) for nest, load in nests if load is None]
        apart += [Group("call", call=node) for node in calls]
        merged = [pair for pair in nests if pair[1] is not None]
        for nest, load in merged:
            if not open_groups or not open_groups[-1][1].goes_with(load):
                open_groups.append(([], _Load()))
            last, before = open_groups[-1]
            open_groups[-1] = (last + nest, before.plus(load))
        if apart:
            groups += _closed(open_groups) + apart
            open_groups = []
    return groups + _closed(open_groups)


def _apart(nest):
    """Return a nest without the blocks that have columns, and these one by one."""
    wide = [item for item in nest if item.kind == "place" and len(item.space) > 1]
    if rows_of(nest[0].space) is None or any(n > SMALL for n in nest[0].space[1:]):
        return [nest]
    rest = [item for item in nest if item not in wide]
    return ([rest] if rest else []) + [[item] for item in wide]


def _closed(open_groups):
    return [Group("rows", tuple(items)) for items, _ in open_groups]


@record
class _Load:
    """What a nest over rows asks of the registers, and of the memory behind one pointer."""

    num_accumulators: int = 0
    is_expensive: bool = False
    num_blocks: int = 0
    has_wide_block: bool = False

    @classmethod
    def of(cls, nest, kept, is_body):
        """Return the load of a nest whose columns are unrolled, None if they had better not be."""
        space = nest[0].space
        has_rows = rows_of(space) is not None
        num_columns = prod(space[has_rows:])
        if not (has_rows or is_body) or any(n > SMALL for n in space[has_rows:]):
            return None
        if num_columns > processor.MAX_COLUMNS or any(_is_scattered(item) for item in nest):
            return None
        nodes = list(computed_in(nest, kept))
        costs = [ELEMENTWISE[node.op].cost for node in nodes]
        if not all(ELEMENTWISE[node.op].is_vectorized for node in nodes):
            return None
        if num_columns > 1 and num_columns * sum(costs) > processor.MAX_LOOP_COST:
            return None
        is_expensive = any(cost >= EXPENSIVE for cost in costs)
        if not has_rows:
            return None if is_expensive and num_columns > processor.FEW_COLUMNS else cls()
        num_accumulators = sum(_num_accumulators(item) for item in nest)
        num_blocks = sum(item.kind == "place" for item in nest)
        return cls(num_accumulators, is_expensive, num_blocks, num_columns > 1 and num_blocks > 0)

    def plus(self, other):
        return _Load(
            self.num_accumulators + other.num_accumulators,
            self.is_expensive or other.is_expensive,
            self.num_blocks + other.num_blocks,
            self.has_wide_block or other.has_wide_block,
        )

    def goes_with(self, other):
        """Return whether both fit into one nest.

        Blocks written at a stride stand alone: as ranges of addresses, columns overlap, so that
        LLVM could not tell the block from another one.
        """
        both = self.plus(other)
        if both.has_wide_block and both.num_blocks > 1:
            return False
        return not (both.is_expensive and both.num_accumulators >= processor.MANY_ACCUMULATORS)


def _num_accumulators(item):
    if item.kind != "reduce":
        return 0
    shape = item.value.shape
    first = next(k for k, n in enumerate(shape) if n != 1)
    return item.node.size if first in item.node["axes"] else 0


def _is_scattered(item):
    return item.term is not None and any(step[0] == "scatter_add" for step in item.term.maps)


def computed_in(nest, kept):
    """Yield the elementwise nodes that are computed for some items.

    Parameters
    ----------
    nest : list of Item
    kept : dict of int to Node
    """
    seen = set()
    stack = [item.value for item in nest]
    stack += [x for item in nest if item.term for x, _ in item.term.reads()]
    roots = {item.value.index for item in nest if item.kind == "store"}
    while stack:
        node = stack.pop()
        if node.index in seen or (node.index in kept and node.index not in roots):
            continue
        seen.add(node.index)
        if node.op in ELEMENTWISE:
            yield node
        stack.extend(node.inputs)
