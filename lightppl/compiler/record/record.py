"""Record a NumPy function, or autograd's derivative of it, as a `Graph`.

autograd differentiates by running NumPy on boxes, and its backward pass is NumPy again.  So a
second, outer trace with a node class of our own sees both passes go by and writes them down as one
graph.
"""

from functools import partial

import numpy as np
from autograd.tracer import Node as AutogradNode
from autograd.tracer import new_box, trace_stack

from lightppl.autodiff import boxes, derivatives  # noqa: F401  registers derivatives
from lightppl.autodiff.autograd_functions import meant_call
from lightppl.autodiff.frozen import held
from lightppl.autodiff.gradient import differentiate, tracing
from lightppl.autodiff.operation import is_traced
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.record.translate import write_call
from lightppl.errors import TracingError
from lightppl.user_line import user_location


class RecordingNode(AutogradNode):
    """Writes each primitive call into a graph."""

    __slots__ = ["builder", "node", "results"]
    forbids_concrete = True

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
        self.builder = parents[0].builder
        call = meant_call(value, fun, args, kwargs, parent_argnums, parents)
        self.results = call.results
        if call.results is not None:
            return
        known = dict(zip(call.parent_argnums, (parent.node for parent in call.parents)))
        args = [known[k] if k in known else held(a) for k, a in enumerate(call.args)]
        self.node = write_call(self.builder, call.fun, args, call.kwargs, user_location())

    def initialize_root(self, builder, node):
        self.builder = builder
        self.node = node


def record_function(fun, x, make_generator=None):
    """Record the outputs of a function of a flat vector, without derivatives.

    Parameters
    ----------
    fun : callable
        ``fun(x) -> dict`` of values by name, or ``fun(x, rng)`` with `make_generator`.
    x : (D,) float64
        Where to record; shapes may depend on it only through its shape.
    make_generator : callable, optional
        ``(builder, trace level) -> generator`` whose draws are recorded.

    Returns
    -------
    graph : Graph
        One output per value.
    names : list of str
    """
    with tracing("graph"):
        builder = GraphBuilder()
        box = _root_box(builder, x)
        result = fun(box, make_generator(builder, box._trace)) if make_generator else fun(box)
        outputs = tuple(node_of(builder, value) for value in result.values())
    return Graph(outputs, builder.arrays), list(result)


def record_vector(fun, q, held=()):
    """Record a function of two flat vectors that returns a vector, without derivatives.

    Parameters
    ----------
    fun : callable
        ``fun(q, held) -> (M,)``.
    q : (D,) float64
        Where to record.
    held : (H,) float64

    Returns
    -------
    Graph
        Two outputs, like those of a value and its gradient: zero, and the vector (M,).
    """
    with tracing("graph"):
        builder = GraphBuilder()
        box = _root_box(builder, q)
        vector = node_of(builder, fun(box, _held_box(builder, held)))
        if vector.dtype != "float64":
            vector = builder.make("to_float", [vector])
        return Graph((builder.literal(0.0), vector), builder.arrays)


def record_value_and_gradient(fun, q, held=None):
    """Record a scalar function of a flat vector together with autograd's gradient of it.

    Parameters
    ----------
    fun : callable
        ``fun(q) -> scalar``, or ``fun(q, held)`` with `held`.
    q : (D,) float64
        Where to record.
    held : (H,) float64, optional
        Values that change between calls, with respect to which nothing is differentiated.

    Returns
    -------
    Graph
        Two outputs: value () and gradient (D,).
    """
    with tracing("graph"):
        builder = GraphBuilder()
        box = _root_box(builder, q)
        at = fun if held is None else partial(fun, held=_held_box(builder, held))
        value, gradient = differentiate(at, box, _recorded_one(builder))
        outputs = _one_number(builder, value), node_of(builder, gradient)
    if outputs[1].shape != np.shape(q):
        zeros = builder.make("broadcast_to", [builder.literal(0.0)], shape=np.shape(q))
        outputs = outputs[0], zeros
    return Graph(outputs, builder.arrays)


def _one_number(builder, value):
    """Return the node of a value as float64 without axes, also if the function counts or tests."""
    node = node_of(builder, value)
    if node.shape:
        raise TracingError(
            f"The function returned an array of shape {node.shape}, expected a number. Sum its "
            "elements, for example with np.sum."
        )
    return node if node.dtype == "float64" else builder.make("to_float", [node])


def _root_box(builder, x):
    x = np.array(x, dtype=np.float64)
    trace_stack.top += 1
    return new_box(x, trace_stack.top, RecordingNode.new_root(builder, builder.input(x.shape)))


def _held_box(builder, values):
    root = RecordingNode.new_root(builder, builder.held(len(values)))
    return new_box(np.array(values, np.float64), trace_stack.top, root)


def _recorded_one(builder):
    return new_box(1.0, trace_stack.top, RecordingNode.new_root(builder, builder.literal(1.0)))


def node_of(builder, value):
    """Return the node of a recorded value, or of a constant."""
    if is_traced(value):
        return value._node.node
    return builder.constant(held(value))
