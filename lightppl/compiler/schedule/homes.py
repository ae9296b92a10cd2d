"""Choose where each kept node lives, and how many rows the chunks of a pass have.

A number lives in a variable.  An array lives in the chunk, if every reader stands in its own pass
and reads its own row; it needs no memory at all if every reader stands in its own nest, and reads
its own index or, in a nest over rows, columns that are known by name.
"""

from dataclasses import field
from math import prod

import numpy as np

from lightppl.compiler import processor
from lightppl.compiler.graph.ops import ELEMENTWISE, REDUCTIONS
from lightppl.compiler.graph.shapes import SMALL, is_scalar, row_call, space_of
from lightppl.compiler.schedule.levels import ANY, POSITION, ROW, SAME
from lightppl.compiler.schedule.schedule import Home, Slot
from lightppl.records import record

@record(frozen=False)
class Readings:
    """Who reads what is kept.

    Attributes
    ----------
    outside_pass, outside_nest : set of int
        What is read outside its own pass, or another row of it; outside its own nest, or another
        index.
    of_nest : dict of Group to set of int
        What a nest reads in memory.
    read_back : set of int
        What a nest itself reads by position.
    last : dict of int to int
        The last level at which a node is read.
    """

    outside_pass: set = field(default_factory=set)
    outside_nest: set = field(default_factory=set)
    of_nest: dict = field(default_factory=dict)
    read_back: set = field(default_factory=set)
    last: dict = field(default_factory=dict)


def find_homes(work, groups, graph, output, kept, placements, in_memory):
    """Return where kept nodes live, which are staged, and how long they are needed.

    Parameters
    ----------
    work : Work
    groups : list of Group
        All of them.
    graph : Graph
    output : Node or None
    kept : dict of int to Node
    placements : dict of int to Placement
    in_memory : set of int
        Nodes that must stand in memory even if they are one number.

    Returns
    -------
    homes : dict of int to Home
    staged : dict of int to int
    lifetimes : dict of int to (int, int)
    """
    nest_of = _nests(groups)
    readings = _readings(work, nest_of, graph, output)
    homes = {}
    for index, result in work.results.items():
        node = kept.get(index, output)
        is_number = is_scalar(node) and (node.op in ELEMENTWISE or node.op in REDUCTIONS)
        if node is output:
            homes[index] = Home.OUTPUT
        elif is_number and index not in placements and index not in in_memory:
            homes[index] = Home.VARIABLE
        elif index in placements or not result.is_by_rows or result.slot.rows is None:
            homes[index] = Home.WORKSPACE
        elif index in readings.outside_pass:
            homes[index] = Home.WORKSPACE
        else:
            is_named = result.space is not None or _is_over_rows(nest_of.get(index))
            is_in_nest = is_named and index not in readings.outside_nest
            homes[index] = Home.REGISTER if is_in_nest else Home.CHUNK
    staged = {} if output is None else _staged(groups, homes, kept, readings)
    return homes, staged, _lifetimes(work, readings)


def _nests(groups):
    """Return the group of each kept node, by its index, and of each item, by the item."""
    found = {}
    for group in groups:
        for item in group.items:
            found[item] = group
            if item.kind != "place":
                found[item.node.index] = group
    return found


def _is_over_rows(group):
    return group is not None and group.kind == "rows"


def _readings(work, nest_of, graph, output):
    found = Readings()
    for slot, own_nest, roots, root in _all_reads(work, nest_of, graph, output):
        for node, alignment in roots:
            for index, how in work.reader.reads(node, alignment, root):
                result = work.results[index]
                found.last[index] = max(found.last.get(index, 0), slot.level)
                if (result.slot.level, result.slot.rows) != (slot.level, slot.rows) or how == ANY:
                    found.outside_pass.add(index)
                is_named = how == SAME or (how == ROW and _is_over_rows(own_nest))
                if own_nest is None or nest_of.get(index) is not own_nest or not is_named:
                    found.outside_nest.add(index)
                if own_nest is not None and not result.is_number:
                    found.of_nest.setdefault(own_nest, set()).add(index)
                    if how == POSITION and nest_of.get(index) is own_nest:
                        found.read_back.add(index)
    return found


def _all_reads(work, nest_of, graph, output):
    """Yield when something reads, in which nest, what, and the node that it is to become."""
    for item in work.items:
        roots = [(item.value, SAME)]
        if item.term:
            roots = [(x, SAME if is_same else ANY) for x, is_same in item.term.reads()]
        root = item.value if item.kind == "store" else None
        yield item.slot, nest_of.get(item), roots, root
    for slot, node in work.numbers:
        yield Slot(slot.level, -1), None, [(x, SAME) for x in node.inputs], None
    for slot, node in work.calls:
        alignment = ROW if row_call(node) == "consume" else ANY
        yield slot, None, [(x, alignment) for x in node.inputs], None
    outside = Slot(work.num_levels, -1)
    yield outside, None, [(node, ANY) for node in graph.outputs], output


def _staged(groups, homes, kept, readings):
    """Return the arrays that nests over rows collect in the chunk before they are put in place.

    That is not for arrays which the nest itself reads by position: there they must be in place.

    What a nest writes must not overlap anything else there, of which LLVM makes sure at run time,
    by ranges of addresses.  Columns that are written at a stride overlap as ranges, though not as
    numbers; and there is a limit to the number of tests.
    """
    staged = {}
    elsewhere = {Home.CHUNK, Home.REGISTER, Home.OUTPUT}
    for group in groups:
        if group.kind != "rows":
            continue
        written = {x.node for x in group.items if _is_kept_by_rows(x)}
        written = {node for node in written if homes[node.index] not in elsewhere}
        others = {i for i in readings.of_nest.get(group, ()) if homes[i] not in elsewhere}
        others -= {node.index for node in written}
        num_read = sum(_num_columns(kept[index]) for index in others)
        num_written = sum(map(_num_columns, written))
        num_tests = num_written * (num_written - 1) // 2 + num_written * num_read
        is_alone = len(written) + len(others) == 1
        if num_written > len(written) and not is_alone or num_tests > processor.MAX_TESTS:
            for node in written:
                if node.index not in readings.read_back:
                    staged[node.index] = node.size // space_of(node.shape)[0]
    return staged


def _is_kept_by_rows(item):
    first = next(k for k, n in enumerate(item.value.shape) if n != 1)
    return item.kind == "store" or item.kind == "reduce" and first not in item.node["axes"]


def _num_columns(node):
    return prod(n for n in space_of(node.shape)[1:] if n <= SMALL)


def _lifetimes(work, readings):
    first, last = {}, {}
    done = [(item.node.index, item.slot.level) for item in work.items]
    done += [(node.index, slot.level) for slot, node in work.calls + work.numbers]
    for index, level in done:
        first[index] = min(level, first.get(index, level))
        last[index] = max(level, last.get(index, level), readings.last.get(index, 0))
    return {index: (first[index], last[index]) for index in first}


def chunk_of(groups, homes, staged):
    """Return the number of rows of a chunk of a pass, None if nothing passes between its groups.

    Parameters
    ----------
    groups : list of Group
        Of the pass.
    homes : dict of int to Home
    staged : container of int
    """
    nodes = [item.node for group in groups for item in group.items]
    calls = [group.call for group in groups if group.call is not None]
    in_chunk = [x for x in nodes + calls if homes[x.index] is Home.CHUNK or x.index in staged]
    goes_on = any(item.slot.step > 0 for group in groups for item in group.items)
    if not (calls or in_chunk or goes_on and len(groups) > 1):
        return None
    width = max((_width(space_of(node.shape)) for node in in_chunk), default=1)
    blocks = max(1, processor.CHUNK_ELEMENTS // (width * processor.ROW_BLOCK))
    chunk = blocks * processor.ROW_BLOCK
    return min([chunk, *map(_rows_in_cache, calls)])


def _rows_in_cache(product):
    """Return how many rows of the matrix of a product stay in the cache between two products."""
    matrix = product.inputs[0]
    rows = 1 << max(0, (processor.CHUNK_OF_MATRIX // min(matrix.shape)).bit_length() - 1)
    return max(processor.MIN_CHUNK, rows)


def _width(space):
    if any(n > SMALL for n in space[1:]):
        return processor.CHUNK_ELEMENTS
    return int(np.prod(space[1:], dtype=np.int64))
