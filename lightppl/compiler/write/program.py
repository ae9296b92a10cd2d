"""Print a schedule as the source of one function, in the language of `lower`.

    def density(q, grad, float_data, int_data, workspace, local, ...) -> U

The pointers overlap nothing.  The C function beside it splits the caller's workspace, at whose head
the held values stand, if there are any, and finds large data arrays, which are not copied, by their
addresses in `int_data`.
"""

import numpy as np

from lightppl.compiler.graph.ops import CONTROL_FLOW
from lightppl.compiler.memory.homes import Memory, plus
from lightppl.compiler.memory.pools import dtype_of_data
from lightppl.compiler.write.array_calls import call_statements, row_call_statements
from lightppl.compiler.write.control_flow import write_control_flow
from lightppl.compiler.write.names import Names
from lightppl.compiler.write.nest import Nest, nest_of
from lightppl.compiler.write.statements import fill, indented
from lightppl.records import record


@record
class Program:
    """Source text and what must be handed to the compiled function.

    Attributes
    ----------
    source : str
        Depends on structure only.
    float_data : (F,) float64
    int_data : (I,) int64
    workspace_size : int
        Of which the last `local_size` numbers are those behind the pointer ``local``.
    streams : list of array
        Data whose addresses are in `int_data`.
    local_size : int
    num_held : int
        How many numbers at the head of the workspace are held values.
    """

    source: str
    float_data: object
    int_data: object
    workspace_size: int
    streams: list
    local_size: int = 0
    num_held: int = 0


def emit_program(schedule, num_held=0):
    """Return the program of a schedule.

    Parameters
    ----------
    schedule : Schedule
    num_held : int
        Size of the vector of held values, whether the schedule reads them or not.

    Returns
    -------
    Program
    """
    memory, names = Memory(schedule, num_held), Names()
    block = Nest(memory, names)
    write_work(block)
    block.write(f"return {block.text(schedule.graph.outputs[0])}")
    lines = [
        *memory.header.prologue(),
        *(f"{name} = {element}" for element, name in names.of_data.items()),
        *block.statements(),
    ]
    head = f"def density({', '.join(_pointers(memory, 'workspace'))}):"
    source = "\n".join([head, *indented(lines), "", "", *_entry(memory)]) + "\n"
    floats = memory.floats.flatten(np.float64)
    workspace_size = memory.num_held + memory.workspace.size + memory.local.size
    streams = memory.streams.arrays
    ints, local_size = memory.int_data(), memory.local.size
    return Program(source, floats, ints, workspace_size, streams, local_size, memory.num_held)


POINTERS = ("q", "grad", "float_data", "int_data", "workspace")


def _pointers(memory, workspace):
    """Return what the function takes, with the name of the workspace behind the held values."""
    held = ["held"] if memory.num_held else []
    return [*POINTERS[:-1], workspace, "local", *held, *memory.streams.names.values()]


def _entry(memory):
    """The C function: it finds the local arrays behind the others in the workspace."""
    header, workspace, lines = memory.header, "workspace", []
    if memory.num_held:
        workspace = "behind_held"
        position = header.position_of(memory.num_held, ("number of held values",))
        lines = [
            "held = pointer_at(workspace, 0)",
            f"{workspace} = pointer_at(workspace, int_data[{position}])",
        ]
    position = header.position_of(memory.workspace.size, ("size of workspace",))
    lines.append(f"local = pointer_at({workspace}, int_data[{position}])")
    for name, array in zip(memory.streams.names.values(), memory.streams.arrays):
        position = header.position_of(array.ctypes.data, ("address", name))
        find = "ints_at" if dtype_of_data(name) == "int64" else "floats_at"
        lines.append(f"{name} = {find}(int_data[{position}])")
    lines.append(f"return density({', '.join(_pointers(memory, workspace))})")
    return [f"def potential({', '.join(POINTERS)}):", *indented(lines)]


def write_work(block):
    """Write all levels of the schedule of a function, or of a body, into its block."""
    schedule, memory = block.schedule, block.memory
    for level in schedule.levels:
        for node in level.numbers:
            block.store(node)
        for node in level.filled:
            name, offset = memory.array(node)
            for start, size in schedule.placements[node.index].fills:
                start, count = memory.header.name(start), memory.header.name(size)
                block.write(*fill(name, plus(offset, start), count, "0.0"))
        for item in level.placed:
            block.place(item)
        for found in level.passes:
            (_write_pass if found.chunk is None else _write_chunks)(block, found)


def _write_pass(block, found):
    for group in found.groups:
        if group.call is None:
            nest = nest_of(group, block.memory, block.names, is_chunked=False)
            block.write(*nest.before, *nest.statements(), *nest.after)
        elif group.call.op in CONTROL_FLOW:
            write_control_flow(group.call, block, write_work)
        else:
            block.write(*call_statements(group.call, block.memory))


def _write_chunks(block, found):
    inside, after = [], []
    for group in found.groups:
        if group.call is None:
            nest = nest_of(group, block.memory, block.names, is_chunked=True)
            before, statements = nest.before, nest.statements()
            after += nest.after
        else:
            before, statements = row_call_statements(group.call, block.memory)
        block.write(*before)
        inside += statements
    count, size = block.memory.header.name(found.rows), found.chunk
    block.write(
        f"for chunk in range(0, {count}, {size}):",
        f"    chunk_end = min(chunk + {size}, {count})",
        *indented(inside),
        *after,
    )
