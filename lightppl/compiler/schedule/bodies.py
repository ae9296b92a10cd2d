"""The schedules of the bodies of loops and branches."""

from lightppl.compiler.graph.graph import Graph, Node
from lightppl.compiler.graph.ops import ACCUMULATIONS, CALLS, ELEMENTWISE, REDUCTIONS
from lightppl.compiler.graph.strided_view import source_in_order
from lightppl.records import record


@record
class ScheduledBody:
    """The body of a loop or a branch with its schedule.

    Attributes
    ----------
    name : str
        Of the attribute of the node.
    schedule : Schedule
        Each array among the outputs of its graph is a node of its own.
    """

    name: str
    schedule: object

    @property
    def outputs(self):
        """One node per output of the body."""
        return list(self.schedule.graph.outputs)


def names_of_bodies(node):
    """Return the attributes of a loop or a branch that are bodies."""
    return {"cond": ("true", "false"), "march": ("trial",), "scan": ("body",)}[node.op]


def with_outputs_apart(graph):
    """Return an equal graph in which each array among the outputs is a node of its own."""
    next_index = 1 + max((node.index for node in graph.nodes()), default=0)
    outputs, taken = [], set()
    for node in graph.outputs:
        if node.size > 1:
            base = source_in_order(node)
            is_made = base.op in _MADE and base.index not in taken
            node = base if is_made else _copy_of(node, next_index)
            next_index += 1
            taken.add(node.index)
        outputs.append(node)
    return Graph(tuple(outputs), {})


_MADE = {*ELEMENTWISE, *ACCUMULATIONS, *CALLS, *REDUCTIONS}


def _copy_of(node, index):
    attrs = (("shape", node.shape),)
    return Node("reshape", (node,), attrs, node.shape, node.dtype, index, node.depends_on_input)
