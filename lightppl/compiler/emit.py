"""Print a schedule as the source of one function, in the language that `native` lowers.

    def density(q, grad, float_data, int_data, workspace, local, ...) -> U

The pointers overlap nothing.  The C function beside it splits the caller's workspace in two, and
finds large data arrays, which are not copied, by their addresses in `int_data`.
"""

import numpy as np

from lightppl.compiler.body_emit import control_flow_statements
from lightppl.compiler.calls import call_statements, row_call_statements
from lightppl.compiler.layout import dtype_of_data
from lightppl.compiler.loops import LoopWriter, ScalarWriter, fill
from lightppl.compiler.memory import Memory
from lightppl.compiler.ops import CONTROL_FLOW
from lightppl.compiler.row_writer import RowWriter
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
    levels = range(schedule.num_levels)
    return [line for k in levels for line in _level(schedule, memory, scalars, k)]


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
    lines, work = [], schedule.levels[level]
    for node in work.scalars:
        lines += scalars.define(node)
    for node in work.filled:
        name, offset = memory.array(node)
        for start, size in schedule.placements[node.index].fills:
            lines += fill(memory.header, name, offset, start, size, "0.0")
    for item in work.items:
        if not item.space:
            lines += scalars.place(item)
    for rows, groups in schedule.groups(level).items():
        if rows is not None and _needs_chunks(schedule, groups):
            lines += _pass_in_chunks(schedule, memory, scalars, level, rows, groups)
        else:
            lines += _plain_pass(schedule, memory, scalars, groups)
    return lines


def _needs_chunks(schedule, groups):
    """Whether something passes from one group to the next that should stay in the cache."""
    kept = (schedule.local - schedule.registers) | schedule.staged
    return any(group.call for group in groups) or any(
        item.node.index in kept or item.slot.step > 0 and len(groups) > 1
        for group in groups
        for item in group.items
    )


def _plain_pass(schedule, memory, scalars, groups):
    lines = []
    for group in groups:
        if group.call is None:
            writer = _writer(schedule, memory, scalars, group, is_chunked=False)
            lines += writer.before + writer.lines() + writer.after
        elif group.call.op in CONTROL_FLOW:
            lines += control_flow_statements(group.call, memory, scalars, work_statements)
        else:
            lines += call_statements(group.call, memory)
    return lines


def _pass_in_chunks(schedule, memory, scalars, level, rows, groups):
    before, inside, after = [], [], []
    for group in groups:
        if group.call is not None:
            start, lines = row_call_statements(group.call, memory)
            before += start
            inside += lines
            continue
        writer = _writer(schedule, memory, scalars, group, is_chunked=True)
        before += writer.before
        inside += writer.lines()
        after += writer.after
    count, size = memory.header.name(rows), memory.chunk_rows[(level, rows)]
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
