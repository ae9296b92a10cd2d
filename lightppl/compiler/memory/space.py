"""How much space the work of a schedule needs, and for how long.

Keys of space are ``(index of the node, what)``: "array" for the node itself, "scratch" for what a
call needs beside its result, "stage" for rows that wait in the chunk to be put in their place.
"""

from dataclasses import replace

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, CONTROL_FLOW
from lightppl.compiler.graph.shapes import SMALL, space_of
from lightppl.compiler.memory.pools import Workspace
from lightppl.compiler.schedule.schedule import Home
from lightppl.records import record


@record
class Request:
    """Space for some numbers.

    Attributes
    ----------
    key : (int, str)
    size : int
    first, last : int
        Levels between which it is used.
    is_local : bool
        Whether it stands behind the pointer of what only a pass, or a body, needs.
    is_literal : bool
        Whether its size is written into the code.
    """

    key: tuple
    size: int
    first: int
    last: int
    is_local: bool = False
    is_literal: bool = False


def requests_of(schedule):
    """Return the requests of a schedule.

    Parameters
    ----------
    schedule : Schedule

    Returns
    -------
    list of Request
    """
    found, chunks = [], schedule.chunk_rows
    for index, node in schedule.kept.items():
        home = schedule.homes.get(index)
        if home is Home.WORKSPACE:
            found.append(Request((index, "array"), node.size, *schedule.lifetimes[index]))
        elif home is Home.CHUNK:
            size = chunks[index] * (node.size // space_of(node.shape)[0])
            is_small = has_small_rows(node.shape)
            lifetime = schedule.lifetimes[index]
            found.append(Request((index, "array"), size, *lifetime, True, is_small))
    for index, num_columns in schedule.staged.items():
        level, _ = schedule.lifetimes[index]
        size = chunks[index] * num_columns
        found.append(Request((index, "stage"), size, level, level, True, True))
    for node in schedule.calls:
        size, (level, _) = scratch_of(schedule, node), schedule.lifetimes[node.index]
        if size:
            has_body = node.op in CONTROL_FLOW
            found.append(Request((node.index, "scratch"), size, level, level, has_body))
    return found


def scratch_of(schedule, node):
    """Return how many numbers a call of a schedule needs beside its result."""
    if node.op not in CONTROL_FLOW:
        call = ARRAY_OPERATIONS[node.op].call
        return call.scratch_size(node) if call else 0
    spaces = [BodySpace(body, node) for body in schedule.bodies[node.index]]
    return max(space.size for space in spaces)


class BodySpace:
    """The space that a body of a loop or a branch needs among the local arrays of its parent.

    Parameters
    ----------
    body : ScheduledBody
    node : Node
        The loop or branch.

    Attributes
    ----------
    workspace : Workspace
        Of the arrays of the body.
    rings : dict of int to int
        Where two states of a part of the carry take turns, of which the last one alone is kept.
    size : int
    """

    def __init__(self, body, node):
        requests = requests_of(body.schedule)
        self.workspace = Workspace([replace(x, is_literal=False) for x in requests])
        self.rings, self.size = {}, self.workspace.size
        if node.op == "scan":
            carry = node.inputs[: node["num_carry"]]
            for k, (x, is_kept) in enumerate(zip(carry, node["keeps_rows"])):
                if x.size > 1 and not is_kept:
                    self.rings[k] = self.size
                    self.size += 2 * x.size


def has_small_rows(shape):
    """Return whether all axes but the first are small enough to be unrolled."""
    return all(n <= SMALL for n in space_of(shape)[1:])
