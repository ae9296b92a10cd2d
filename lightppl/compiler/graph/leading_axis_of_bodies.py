"""Loops and branches at many points at once: the interpreter of bodies with a leading axis.

Legend: B points.  Every input of a body gets the leading axis, so that a step is a few NumPy
calls for all points together.
"""

import numpy as np

from lightppl.autodiff.cond import result_pieces
from lightppl.autodiff.scan import pieces_of
from lightppl.autodiff.march import march_pieces
from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.graph.evaluate import evaluate_node
from lightppl.compiler.graph.graph import GraphBuilder


def run_loop(node, arguments, count, evaluate):
    """Return the flat results of a loop, (B, N).

    Parameters
    ----------
    node : Node
    arguments : list of (B, ...) array
    count : int
        B.
    evaluate : callable
        ``evaluate(node, arguments, count)`` gives one operation with a leading axis.
    """
    run = _BatchedBody(node["body"], evaluate, count)
    num_carry, num_forward = node["num_carry"], node["num_carry"] + node["num_xs"]
    carry, xs = list(arguments[:num_carry]), arguments[num_carry:num_forward]
    length, keeps_rows, is_reverse = node["length"], node["keeps_rows"], node["reverse"]
    flat = np.zeros((count, node.size))
    pieces = pieces_of(node["body"], num_carry, length, keeps_rows)
    views = [flat[:, p.start : p.stop].reshape((count, *p.shape)) for p in pieces]
    before, after = (1, 0) if is_reverse else (0, 1)
    kept = [k for k in range(num_carry) if keeps_rows[k]]
    steps = range(length - 1, -1, -1) if is_reverse else range(length)
    for k in kept:
        views[k][:, steps[0] + before] = carry[k]
    for t in steps:
        results = run([*carry, *(x[:, t] for x in xs), *arguments[num_forward:]])
        carry = results[:num_carry]
        for k in kept:
            views[k][:, t + after] = carry[k]
        for view, y in zip(views[num_carry:], results[num_carry:]):
            view[:, t] = y
    for k in range(num_carry):
        if not keeps_rows[k]:
            views[k][...] = carry[k]
    return flat


def run_march(node, arguments, count, evaluate):
    """Return the flat results of a march, (B, N); rows, which only derivatives need, are left zero.
    """
    run = _BatchedBody(node["trial"], evaluate, count)
    num_state = node["num_state"]
    state, consts = [np.array(x) for x in arguments[:num_state]], arguments[num_state:]
    pieces = march_pieces(node["trial"], num_state, node["max_trials"])
    is_active, accepted = np.ones(count, bool), np.zeros(count)
    for _ in range(node["max_trials"]):
        *new, is_accepted, is_done = run([*state, *consts])
        for x, y in zip(state, new):
            x[is_active] = np.broadcast_to(y, x.shape)[is_active]
        accepted += is_active & is_accepted
        is_active &= ~is_done
        if not is_active.any():
            break
    flat = np.zeros((count, node.size))
    for piece, x in zip(pieces[1:-2:2], state):
        flat[:, piece.start : piece.stop] = np.reshape(x, (count, -1))
    flat[:, -2], flat[:, -1] = accepted, ~is_active
    return flat


def run_choice(node, arguments, count, evaluate):
    """Return the flat results of a branch, (B, N): both bodies run, each point takes its own."""
    predicate, *values = arguments
    split = node["num_true"]
    results = [
        _BatchedBody(body, evaluate, count)(part)
        for body, part in ((node["true"], values[:split]), (node["false"], values[split:]))
    ]
    pieces = result_pieces(node["true"], node["false"])
    flat = np.zeros((count, node.size))
    for piece, true, false in zip(pieces, *results):
        chosen = np.reshape(predicate, (count,) + (1,) * len(piece.shape))
        part = np.where(chosen, true, false)
        flat[:, piece.start : piece.stop] = np.reshape(part, (count, -1))
    return flat


class _BatchedBody:
    """A body as a function of arrays with a leading axis."""

    def __init__(self, body, evaluate, count):
        self.evaluate, self.count = evaluate, count
        builder, new = GraphBuilder({}), {}
        for node in body.nodes:
            op = "input" if is_leaf(node) else node.op
            inputs = tuple(new[x.index] for x in node.inputs)
            new[node.index] = builder.intern(op, inputs, dict(node.attrs), node.shape, node.dtype)
        self.nodes = list(new.values())
        self.outputs = [new[node.index] for node in body.graph.outputs]

    def __call__(self, inputs):
        values = {}
        for node in self.nodes:
            if node.op == "input":
                values[node.index] = inputs[node["key"]]
                continue
            arguments = [values[x.index] for x in node.inputs]
            if node.depends_on_input:
                values[node.index] = self.evaluate(node, arguments, self.count)
            else:
                values[node.index] = evaluate_node(node, arguments, {})
        return [values[node.index] for node in self.outputs]
