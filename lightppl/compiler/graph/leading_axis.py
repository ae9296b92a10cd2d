"""Evaluate a graph at many flat vectors at once: the interpreter with a leading axis.

What depends on the vector, or on random draws, carries a leading axis of length B; what is known
from data does not.  Nothing is compiled: a posterior of thousands of draws is a few NumPy calls per
node.
"""

import threading

import numpy as np

from lightppl.compiler.graph.array_operations import AxisCall, MatrixCall
from lightppl.compiler.graph.leading_axis_of_bodies import run_choice, run_loop, run_march
from lightppl.compiler.graph.evaluate import evaluate_node
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE, REDUCTIONS
from lightppl.threads import map_in_threads

CHUNK_ELEMENTS = 4_000_000
"""About how many numbers the intermediates of one chunk may hold."""


def evaluate_batch(graph, points, rng=None, num_points=None, num_threads=1):
    """Return the outputs of a graph at each row of `points`.

    Parameters
    ----------
    graph : Graph
    points : (B, D) float64, or callable
        ``points(start, stop)`` returns some rows.
    rng : numpy.random.Generator, optional
        Needed when the graph draws.
    num_points : int, optional
        B, when it cannot be read from `points`.
    num_threads : int
        Among which rows are shared, if nothing is drawn; results do not depend on it.

    Returns
    -------
    list of array
        One per output, each with leading axis B.
    """
    total = len(points) if num_points is None else num_points
    nodes = graph.nodes()
    heavy = sum(node.size for node in nodes if node.depends_on_input)
    chunk = max(1, int(CHUNK_ELEMENTS // max(heavy, 1)))
    num_threads = num_threads if rng is None else 1  # draws come in the order of rows
    rows = points if callable(points) else lambda start, stop: points[start:stop]

    if total <= chunk:
        return _evaluate_chunk(graph, nodes, rows(0, total), rng, total)
    found, is_first = [], threading.Lock()

    def evaluate(start):
        stop = min(start + chunk, total)
        parts = _evaluate_chunk(graph, nodes, rows(start, stop), rng, stop - start)
        with is_first:
            found.extend(np.empty((total, *x.shape[1:]), x.dtype) for x in parts[len(found) :])
        for whole, part in zip(found, parts):
            whole[start:stop] = part

    map_in_threads(evaluate, range(0, total, chunk), num_threads)
    return found


def _evaluate_chunk(graph, nodes, points, rng, count):
    values = {}
    with np.errstate(all="ignore"):
        for node in nodes:
            arguments = [values[n.index] for n in node.inputs]
            if not node.depends_on_input:
                values[node.index] = evaluate_node(node, arguments, graph.arrays)
            elif node.op == "input":
                values[node.index] = points
            elif node.op == "random":
                values[node.index] = _draw(node, arguments, rng, count)
            else:
                values[node.index] = _batched(node, arguments, count)
    return [_with_batch(n, values[n.index], count) for n in graph.outputs]


def _with_batch(node, value, count):
    return value if node.depends_on_input else np.broadcast_to(value, (count,) + node.shape)


def _batched(node, arguments, count):
    if node.op in ELEMENTWISE:
        aligned = [_align(x, v, node.ndim) for x, v in zip(node.inputs, arguments)]
        return np.asarray(ELEMENTWISE[node.op].value(*aligned))
    if node.op in REDUCTIONS:
        axes = tuple(k + 1 for k in node["axes"])
        return getattr(np, node.op)(arguments[0], axis=axes)
    if node.op in _RULES:
        return _RULES[node.op](node, arguments, count)
    rule = _RULE_OF_CALL.get(type(ARRAY_OPERATIONS[node.op].call), _one_by_one)
    return rule(node, arguments, count)


def _align(node, value, ndim):
    """Insert axes after the batch axis, so that the rest broadcasts as it did without it."""
    if not node.depends_on_input:
        return value
    return value.reshape(value.shape[:1] + (1,) * (ndim - node.ndim) + value.shape[1:])


def _broadcast_to(node, arguments, count):
    value = _align(node.inputs[0], arguments[0], node.ndim)
    return np.broadcast_to(value, (count,) + node.shape)


def _transpose(node, arguments, count):
    return np.transpose(arguments[0], (0, *(k + 1 for k in node["axes"])))


def _prefixed(node, arguments, count, **changed):
    attrs = {**dict(node.attrs), **changed}
    return evaluate_node(_Renamed(node, attrs), arguments, {})


class _Renamed:
    """A node with other attributes."""

    def __init__(self, node, attrs):
        self.op = node.op
        self.attrs = tuple(attrs.items())


def _slice(node, arguments, count):
    return _prefixed(
        node, arguments, count,
        starts=(0, *node["starts"]), sizes=(count, *node["sizes"]), steps=(1, *node["steps"]),
    )


def _place(node, arguments, count):
    return _prefixed(
        node, arguments, count,
        shape=(count, *node["shape"]), starts=(0, *node["starts"]), steps=(1, *node["steps"]),
    )


def _take(node, arguments, count):
    x, index = node.inputs
    if index.depends_on_input:
        return _one_by_one(node, arguments, count)
    return np.take(arguments[0], arguments[1], axis=node["axis"] + 1)


def _concatenate(node, arguments, count):
    full = [_with_batch(x, v, count) for x, v in zip(node.inputs, arguments)]
    return np.concatenate(full, axis=node["axis"] + 1)


def _matmul(node, arguments, count):
    a, b = node.inputs
    if not a.depends_on_input and a.ndim == 2 and b.ndim == 2 and b.shape[1] == 1:
        return (arguments[1][:, :, 0] @ arguments[0].T)[:, :, None]
    return np.matmul(*(_align(x, v, node.ndim) for x, v in zip(node.inputs, arguments)))


def _along_axis(node, arguments, count):
    full = [_with_batch(x, v, count) for x, v in zip(node.inputs, arguments)]
    return _prefixed(node, full, count, axis=node["axis"] + 1)


def _native(node, arguments, count):
    full = [_with_batch(x, v, count) for x, v in zip(node.inputs, arguments)]
    return evaluate_node(node, full, {})


def _one_by_one(node, arguments, count):
    full = [_with_batch(x, v, count) for x, v in zip(node.inputs, arguments)]
    return np.stack([evaluate_node(node, [v[k] for v in full], {}) for k in range(count)])


def _draw(node, arguments, rng, count):
    if node["takes_size"]:
        aligned = [_align(x, v, len(node.shape)) for x, v in zip(node.inputs, arguments)]
        return np.asarray(getattr(rng, node["method"])(*aligned, size=(count,) + node.shape))
    full = [_with_batch(x, v, count) for x, v in zip(node.inputs, arguments)]
    draw = getattr(rng, node["method"])
    return np.stack([np.asarray(draw(*(v[k] for v in full))) for k in range(count)])


def _control_flow(run):
    def rule(node, arguments, count):
        if node.op == "scan" and node["is_counted"]:
            return _one_by_one(node, arguments, count)
        full = [_with_batch(x, v, count) for x, v in zip(node.inputs, arguments)]
        return run(node, full, count, _batched)

    return rule


_RULES = {
    "scan": _control_flow(run_loop),
    "cond": _control_flow(run_choice),
    "march": _control_flow(run_march),
    "reshape": lambda node, arguments, count: arguments[0].reshape((count,) + node.shape),
    "broadcast_to": _broadcast_to,
    "transpose": _transpose,
    "slice": _slice,
    "place": _place,
    "take": _take,
    "concatenate": _concatenate,
    "matmul": _matmul,
}
_RULE_OF_CALL = {MatrixCall: _native, AxisCall: _along_axis}
