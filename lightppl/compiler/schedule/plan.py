"""From a graph to its schedule.

`keeping` chooses what is kept, `levels` when it is made, `row_groups` what shares a nest, `homes`
where it lives.  If two nests would compute the same expensive element, it is kept, too, and all is
planned again.
"""

from lightppl.compiler.graph.graph import Graph, Node
from lightppl.compiler.graph.ops import CONTROL_FLOW, ELEMENTWISE
from lightppl.compiler.schedule.bodies import ScheduledBody, names_of_bodies, with_outputs_apart
from lightppl.compiler.schedule.homes import chunk_of, find_homes
from lightppl.compiler.schedule.keeping import Keeper
from lightppl.compiler.schedule.levels import find_slots
from lightppl.compiler.schedule.row_groups import EXPENSIVE, computed_in, groups_of_pass
from lightppl.compiler.schedule.schedule import Home, Level, Pass, Schedule


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
    return _schedule(graph, graph.outputs[1], (), {})


def schedule_body(body, name, known):
    """Return the body of a loop or a branch with its schedule.

    Parameters
    ----------
    body : Body
    name : str
    known : dict of Body to Schedule
        Those that were planned before; this one is added.

    Returns
    -------
    ScheduledBody
        Its schedule has no output: whoever writes the body knows where the arrays among
        its outputs live.
    """
    if body not in known:
        graph = with_outputs_apart(body.graph)
        arrays = [node for node in graph.outputs if node.size > 1]
        known[body] = _schedule(graph, None, arrays, known)
    return ScheduledBody(name, known[body])


def _schedule(graph, output, arrays, known):
    keeper = Keeper(graph, output, arrays)
    while True:
        placements, absorbed = keeper.placements()
        kept = {k: node for k, node in keeper.kept.items() if k not in absorbed}
        work = find_slots(keeper.nodes, output, kept, placements)
        passes = _passes(work, kept, is_body=output is None)
        groups = [group for found in passes for groups in found.values() for group in groups]
        repeated = _repeated_work(groups, kept)
        if not repeated:
            break
        keeper.kept.update(repeated)
    homes, staged, lifetimes = find_homes(
        work, groups, graph, output, kept, placements, keeper.in_memory
    )
    homes |= {node.index: Home.OUTPUT for node in arrays}
    levels = _levels(work, passes, homes, staged)
    bodies = {
        node.index: tuple(schedule_body(node[x], x, known) for x in names_of_bodies(node))
        for _, node in work.calls
        if node.op in CONTROL_FLOW
    }
    return Schedule(
        graph, output, kept, placements, homes, staged, lifetimes, levels, bodies
    )


def _with_output_of_its_own(graph):
    """Return the graph with its array output as a view that nothing else reads."""
    value, output = graph.outputs
    index = 1 + max(node.index for node in graph.nodes())
    attrs = (("shape", output.shape),)
    view = Node(
        "reshape", (output,), attrs, output.shape, output.dtype, index, output.depends_on_input
    )
    return Graph((value, view), graph.arrays)


def _passes(work, kept, is_body):
    """Return the groups of each level, by number of rows."""
    steps = [{} for _ in range(work.num_levels)]
    for item in work.items:
        if item.space:
            found = steps[item.slot.level].setdefault(item.slot.rows, {})
            found.setdefault(item.slot.step, ([], []))[0].append(item)
    for slot, node in work.calls:
        found = steps[slot.level].setdefault(slot.rows, {})
        found.setdefault(slot.step, ([], []))[1].append(node)
    return [
        {
            rows: groups_of_pass([(k, *found[k]) for k in sorted(found)], kept, is_body)
            for rows, found in of_level.items()
        }
        for of_level in steps
    ]


def _repeated_work(groups, kept):
    """Return expensive nodes that more than one nest would compute."""
    seen, repeated = {}, {}
    for group in groups:
        if not group.items:
            continue
        for node in computed_in(group.items, kept):
            if ELEMENTWISE[node.op].cost < EXPENSIVE or node.index in kept:
                continue
            if seen.setdefault(node.index, group) is not group:
                repeated[node.index] = node
    return repeated


def _levels(work, passes, homes, staged):
    levels = [
        Level([], [], [], [
            Pass(rows, groups, None if rows is None else chunk_of(groups, homes, staged))
            for rows, groups in found.items()
        ])
        for found in passes
    ]  # fmt: skip
    for slot, node in work.numbers:
        levels[slot.level].numbers.append(node)
    started = set()
    for item in sorted(work.items, key=lambda item: item.slot.level):
        if item.kind == "place" and item.node.index not in started:
            started.add(item.node.index)
            levels[item.slot.level].filled.append(item.node)
    for item in work.items:
        if not item.space:
            levels[item.slot.level].placed.append(item)
    return levels
