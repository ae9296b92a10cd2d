"""Source text of control flow: loops, marches, and branches."""

from lightppl.autodiff.cond import result_pieces
from lightppl.compiler.memory.bodies import Place
from lightppl.compiler.write.body import InlineBody
from lightppl.compiler.write.conversion import converted
from lightppl.compiler.write.march import March
from lightppl.compiler.write.statements import indented
from lightppl.compiler.write.scan import TimeLoop


def write_control_flow(node, outer, write_work):
    """Write a loop or a branch into a block.

    Parameters
    ----------
    node : Node
    outer : Nest
        The block.
    write_work : callable
        ``write_work(block)`` writes what the schedule of a block says.
    """
    if node.op == "cond":
        _write_branch(node, outer, write_work)
    else:
        (March if node.op == "march" else TimeLoop)(node, outer).write_loop(write_work)


def _write_branch(node, outer, write_work):
    predicate = converted(outer.text(node.inputs[0]), node.inputs[0].dtype, "bool")
    split = 1 + node["num_true"]
    inputs = node.inputs[1:split], node.inputs[split:]
    pieces = result_pieces(node["true"], node["false"])
    bodies = outer.schedule.bodies[node.index]
    blocks = [_branch(node, *x, outer, pieces, write_work) for x in zip(bodies, inputs)]
    outer.write(f"if {predicate}:", *blocks[0], "else:", *blocks[1])


def _branch(node, scheduled, values, outer, pieces, write_work):
    body = InlineBody(node, scheduled, outer)
    for k in body.leaves:
        body.read_where_it_is(k, values[k])
    outputs, places = body.memory.outputs, body.memory.places
    array, _ = outer.memory.array(node)
    starts = [body.start_of(k, piece) for k, piece in enumerate(pieces)]
    for output, start in zip(outputs, starts):
        if output.size > 1:
            places[output.index] = Place(array, start)
    write_work(body.block)
    for output, start in zip(outputs, starts):
        if output.size == 1:
            value = converted(body.block.text(output), output.dtype, "float64")
            body.block.write(f"{array}[{start}] = {value}")
    return indented(body.block.statements() or ["pass"])
