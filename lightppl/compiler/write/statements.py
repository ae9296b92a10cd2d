"""Statements that are written in several places, and what may be said of the rounds of a loop."""

from collections import Counter

from lightppl.compiler.memory.homes import plus


def fill(array, start, count, value):
    """Return the statements that set a range of an array to one value."""
    if count == "1":
        return [f"{array}[{start}] = {value}"]
    return [f"for i in range({count}):", f"    {array}[{plus(start, 'i')}] = {value}"]


def indented(lines):
    """Return statements as those of a loop or a branch."""
    return ["    " + line for line in lines]


def in_four_places(body):
    """Return a loop over the rows of a chunk that works in its four quarters at once.

    Where rows are sorted by group, neighbours add to the same element, and each would wait for the
    one before it.
    """
    inside = indented(body)
    return [
        "quarter = (chunk_end - chunk) // 4",
        "for i in range(chunk, chunk + quarter):",
        "    for j in range(4):",
        "        k0 = i + j * quarter",
        *indented(inside),
        "for k0 in range(chunk + 4 * quarter, chunk_end):",
        *inside,
    ]


def is_scatter(item):
    """Return whether several rounds of a loop may add to one element."""
    return item.kind == "place" and any(step[0] == "scatter_add" for step in item.term.maps)


def are_disjoint(items, schedule):
    """Return whether blocks that one nest puts into arrays share no element.

    A block by itself has an element of its own for each index, unless it is scattered; and of
    several blocks none is added to another, if each writes.
    """
    placed = [item for item in items if item.kind == "place"]
    counts = Counter(item.node.index for item in placed)
    shared = {
        item.node.index for item in placed
        if counts[item.node.index] > 1 and schedule.adds(item)
    }
    return not shared and not any(map(is_scatter, placed))
