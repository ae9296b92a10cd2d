"""Where the arrays of a body live: its inputs in the arrays of its parent, its own apart from them.

What the parent keeps is addressed through variables that are set at the top of each step; so the
body is scheduled and written like a function of its own.
"""

from weakref import WeakKeyDictionary

from lightppl.compiler.body import is_leaf
from lightppl.compiler.conversion import converted
from lightppl.compiler.graph import Graph, Node
from lightppl.compiler.layout import Workspace, dtype_of_data
from lightppl.compiler.memory import Memory, chunk_rows_of, plus
from lightppl.compiler.ops import ACCUMULATIONS, CALLS, ELEMENTWISE, REDUCTIONS
from lightppl.compiler.schedule import schedule_body
from lightppl.records import record


@record
class Place:
    """Where a leaf or an output of a body stands.

    Attributes
    ----------
    array, offset : str
        Name of a flat array, and source text of the position of the first element.
    number : str or None
        Instead, source text of a number that all elements have.
    """

    array: str = ""
    offset: str = ""
    number: object = None


class _BodyPlan(Memory):
    """What is known of the arrays of a body wherever it is used: its schedule, and their places.

    Attributes
    ----------
    outputs : list of Node
        One per output of the body.
    """

    def __init__(self, body):
        graph, self.outputs = _with_outputs_apart(body.graph)
        arrays = [node for node in self.outputs if node.size > 1]
        self.schedule = schedule_body(graph, arrays)
        self.chunk_rows = chunk_rows_of(self.schedule)
        own_outputs = {node.index for node in arrays}
        self.workspace = Workspace([r for r in self._requests() if r[0] not in own_outputs])


_plans = WeakKeyDictionary()


def _plan_of(body):
    """Return the plan of a body, which is made once: the body around it asks more than once."""
    plan = _plans.get(body)
    if plan is None:
        plan = _plans[body] = _BodyPlan(body)
    return plan


class BodyMemory(Memory):
    """Source text for the places where array elements of a body live.

    Parameters
    ----------
    body : Body
    carry : list of int
        For a loop: sizes of the parts of the carry of which the last state alone is kept, else 0.

    Attributes
    ----------
    outputs : list of Node
        One per output of the body.
    places : dict of int to Place
        By node; filled in by whoever writes the body.
    size : int
        What the body needs of the local arrays of its parent.
    """

    scratch_array = "local"

    def __init__(self, body, carry=()):
        plan = _plan_of(body)
        self.outputs, self.schedule, self.chunk_rows = plan.outputs, plan.schedule, plan.chunk_rows
        self.workspace = self.local = plan.workspace
        self.rings, self.size = {}, self.workspace.size
        for k, size in enumerate(carry):
            if size > 1:
                self.rings[k] = self.size
                self.size += 2 * size
        self.places = {}

    def attach(self, parent, node, prefix):
        """Say whose body this is, before anything is written."""
        self.parent, self.prefix, self.header = parent, prefix, parent.header
        self.base = parent.position(node.index + 0.5) if self.size else 0
        return self

    def position(self, key):
        """Return the position of an array among the local arrays."""
        return self.base + self.workspace.offsets[key]

    def offset(self, node, key=None):
        key = node.index if key is None else key
        return self.header.name(self.position(key), ("local", self.prefix, key), "w")

    def ring(self, k):
        """Return source text of where two states of a part of the carry stand."""
        return self.header.name(self.base + self.rings[k], ("ring", self.prefix, k), "w")

    def element(self, node, linear):
        place = self.places.get(node.index)
        if place is None:
            return f"local[{plus(self.offset(node), linear)}]"
        if place.number is not None:
            return place.number
        text = f"{place.array}[{plus(place.offset, linear)}]"
        if not is_leaf(node):
            return text
        return converted(text, dtype_of_data(place.array), node.dtype)

    def is_by_columns(self, node):
        return False

    def array(self, node):
        place = self.places.get(node.index)
        return ("local", self.offset(node)) if place is None else (place.array, place.offset)


def scratch_of_bodies(node):
    """Return how much space the bodies of a node need."""
    return max(memory.size for memory in memories_of(node))


def memories_of(node):
    """Return the memories of the bodies of a node, not yet attached."""
    if node.op == "cond":
        return [BodyMemory(node["true"]), BodyMemory(node["false"])]
    if node.op == "march":
        return [BodyMemory(node["trial"])]
    sizes = [
        0 if is_kept else x.size
        for x, is_kept in zip(node.inputs[: node["num_carry"]], node["keeps_rows"])
    ]
    return [BodyMemory(node["body"], sizes)]


def _with_outputs_apart(graph):
    """Return an equal graph in which each array among the outputs is a node of its own."""
    next_index = 1 + max((node.index for node in graph.nodes()), default=0)
    outputs, taken = [], set()
    for node in graph.outputs:
        if node.size > 1:
            base = node
            while base.op == "reshape":
                base = base.inputs[0]
            is_made = base.op in _MADE and base.index not in taken
            node = base if is_made else _copy_of(node, next_index)
            next_index += 1
            taken.add(node.index)
        outputs.append(node)
    return Graph(tuple(outputs), {}), outputs


_MADE = {*ELEMENTWISE, *ACCUMULATIONS, *CALLS, *REDUCTIONS}


def _copy_of(node, index):
    attrs = (("shape", node.shape),)
    return Node("reshape", (node,), attrs, node.shape, node.dtype, index, node.depends_on_input)
