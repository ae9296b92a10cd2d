"""Source text of control flow: loops, marches, and branches, whose bodies are written in line."""

from lightppl.autodiff.cond import result_pieces
from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.memory.bodies import BodyMemory, Place
from lightppl.compiler.write.body_reading import BodyScalars, joined, number_text, place_of_array
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.write.scan import LoopStatements
from lightppl.compiler.write.march import MarchStatements
from lightppl.compiler.graph.shapes import is_scalar


def control_flow_statements(node, memory, scalars, write_work):
    """Return the statements of a loop or a branch.

    Parameters
    ----------
    node : Node
    memory : Memory
        Of the graph that the node belongs to.
    scalars : ScalarWriter
    write_work : callable
        ``write_work(schedule, memory, scalars)`` returns the statements of a schedule.

    Returns
    -------
    list of str
    """
    if node.op == "cond":
        return _branch_statements(node, memory, scalars, write_work)
    statements = MarchStatements if node.op == "march" else LoopStatements
    return statements(node, memory, scalars).lines(write_work)


def _branch_statements(node, memory, scalars, write_work):
    lines, predicate = number_text(scalars, node.inputs[0])
    predicate = converted(predicate, node.inputs[0].dtype, "bool")
    split = 1 + node["num_true"]
    inputs = node.inputs[1:split], node.inputs[split:]
    pieces = result_pieces(node["true"], node["false"])
    blocks = []
    for body, values in zip(memory.schedule.bodies[node.index], inputs):
        inner = BodyMemory(memory, node, body, memory.header.new_prefix())
        before, block = _branch(
            node, node[body.name], inner, values, pieces, memory, scalars, write_work
        )
        lines += before
        blocks.append(["    " + line for line in block or ["pass"]])
    return [*lines, f"if {predicate}:", *blocks[0], "else:", *blocks[1]]


def _branch(node, body, inner, values, pieces, memory, scalars, write_work):
    before, block = [], []
    for leaf in body.nodes:
        if is_leaf(leaf):
            x = values[leaf["key"]]
            if is_scalar(x):
                lines, text = number_text(scalars, x)
                place = Place(number=text)
            else:
                lines, place, _ = place_of_array(memory, scalars, x)
            before += lines
            inner.places[leaf.index] = place
    array, start = memory.array(node)
    starts = []
    for k, piece in enumerate(pieces):
        first = memory.header.name(piece.start, ("start", inner.prefix, k)) if piece.start else "0"
        starts.append(joined(start, first))
    for output, first in zip(inner.outputs, starts):
        if output.size > 1:
            inner.places[output.index] = Place(array, first)
    writer = BodyScalars(inner.schedule, inner)
    block += write_work(inner.schedule, inner, writer)
    for output, first in zip(inner.outputs, starts):
        if output.size == 1:
            lines, text = number_text(writer, output)
            block += [*lines, f"{array}[{first}] = {converted(text, output.dtype, 'float64')}"]
    return before, block
