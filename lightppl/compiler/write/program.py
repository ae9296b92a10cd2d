"""Print a schedule as the source of one function, in the language of `lower`.

    def density(q, grad, float_data, int_data, workspace, local, ...) -> U

The pointers overlap nothing.  The C function beside it splits the caller's workspace in two, and
finds large data arrays, which are not copied, by their addresses in `int_data`.
"""

import numpy as np

from lightppl.compiler.write.control_flow import control_flow_statements
from lightppl.compiler.write.array_calls import call_statements, row_call_statements
from lightppl.compiler.memory.pools import dtype_of_data
from lightppl.compiler.write.nest import LoopWriter, ScalarWriter, fill
from lightppl.compiler.memory.homes import Memory
from lightppl.compiler.graph.ops import CONTROL_FLOW
from lightppl.compiler.write.row_nest import RowWriter
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
    """

    source: str
    float_data: object
    int_data: object
    workspace_size: int
    streams: list
    local_size: int = 0


def emit_program(schedule):
    """Return the program of a schedule.

    Parameters
    ----------
    schedule : Schedule

    Returns
    -------
    Program
    """
    memory = Memory(schedule)
    scalars = ScalarWriter(schedule, memory)
    body = work_statements(schedule, memory, scalars)
    body.append(f"return {scalars.text(schedule.graph.outputs[0])}")
    lines = [*memory.header.prologue(), *scalars.prologue(), *body]
    parameters = ", ".join([*POINTERS, "local", *memory.streams.names.values()])
    head = f"def density({parameters}):"
    source = "\n".join([head, *_indented(lines), "", "", *_entry(memory)]) + "\n"
    floats = memory.floats.flatten(np.float64)
    workspace_size = memory.workspace.size + memory.local.size
    streams = memory.streams.arrays
    ints, local_size = memory.int_data(), memory.local.size
    return Program(source, floats, ints, workspace_size, streams, local_size)


def work_statements(schedule, memory, scalars):
    """Return the statements of all levels of a schedule."""
    return [line for level in schedule.levels for line in _level(schedule, memory, scalars, level)]


POINTERS = ("q", "grad", "float_data", "int_data", "workspace")


def _entry(memory):
    """The C function: it finds the local arrays behind the others in the workspace."""
    header, pointers = memory.header, ", ".join(POINTERS)
    position = header.position_of(memory.workspace.size, ("size of workspace",))
    lines = [f"local = pointer_at(workspace, int_data[{position}])"]
    for name, array in zip(memory.streams.names.values(), memory.streams.arrays):
        position = header.position_of(array.ctypes.data, ("address", name))
        find = "ints_at" if dtype_of_data(name) == "int64" else "floats_at"
        lines.append(f"{name} = {find}(int_data[{position}])")
    arguments = ", ".join([pointers, "local", *memory.streams.names.values()])
    lines.append(f"return density({arguments})")
    return [f"def potential({pointers}):", *_indented(lines)]


def _level(schedule, memory, scalars, level):
    lines = []
    for node in level.numbers:
        lines += scalars.define(node)
    for node in level.filled:
        name, offset = memory.array(node)
        for start, size in schedule.placements[node.index].fills:
            lines += fill(memory.header, name, offset, start, size, "0.0")
    for item in level.placed:
        lines += scalars.place(item)
    for found in level.passes:
        write = _plain_pass if found.chunk is None else _pass_in_chunks
        lines += write(schedule, memory, scalars, found)
    return lines


def _plain_pass(schedule, memory, scalars, found):
    lines = []
    for group in found.groups:
        if group.call is None:
            writer = _writer(schedule, memory, scalars, group, is_chunked=False)
            lines += writer.before + writer.lines() + writer.after
        elif group.call.op in CONTROL_FLOW:
            lines += control_flow_statements(group.call, memory, scalars, work_statements)
        else:
            lines += call_statements(group.call, memory)
    return lines


def _pass_in_chunks(schedule, memory, scalars, found):
    before, inside, after = [], [], []
    for group in found.groups:
        if group.call is not None:
            start, lines = row_call_statements(group.call, memory)
            before += start
            inside += lines
            continue
        writer = _writer(schedule, memory, scalars, group, is_chunked=True)
        before += writer.before
        inside += writer.lines()
        after += writer.after
    count, size = memory.header.name(found.rows), found.chunk
    return [
        *before,
        f"for chunk in range(0, {count}, {size}):",
        f"    chunk_end = min(chunk + {size}, {count})",
        *_indented(inside),
        *after,
    ]


def _writer(schedule, memory, scalars, group, is_chunked):
    kind = RowWriter if group.kind == "rows" else LoopWriter
    return kind(schedule, memory, scalars, group.items, is_chunked)


def _indented(lines):
    return ["    " + line for line in lines]
