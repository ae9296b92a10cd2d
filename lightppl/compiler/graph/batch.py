"""Evaluate a graph at many flat vectors at once: the interpreter with a leading axis.

What depends on the vector, or on random draws, carries a leading axis of length B; what is known
from data does not.  Nothing is compiled: a posterior of thousands of draws is a few NumPy calls per
node, and loops go step by step for all points together.
"""

import threading
from functools import partial

import numpy as np

from lightppl.autodiff.scan import pieces_of
from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.graph.evaluate import apply_operation
from lightppl.compiler.graph.leading_axis import has_rule, with_leading_axis
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

    def evaluate_rows(start, stop):
        part = rows(start, stop)

        def leaf(node):
            return (part, True) if node.op == "input" else (graph.arrays[node["key"]], False)

        with np.errstate(all="ignore"):
            return _Batch(stop - start, rng).run(nodes, graph.outputs, leaf)

    if total <= chunk:
        return evaluate_rows(0, total)
    found, is_first = [], threading.Lock()

    def evaluate(start):
        stop = min(start + chunk, total)
        parts = evaluate_rows(start, stop)
        with is_first:
            found.extend(np.empty((total, *x.shape[1:]), x.dtype) for x in parts[len(found) :])
        for whole, part in zip(found, parts):
            whole[start:stop] = part

    map_in_threads(evaluate, range(0, total, chunk), num_threads)
    return found


class _Batch:
    """Evaluates nodes at `count` points; a *pair* is a value, and whether it carries their axis."""

    def __init__(self, count, rng=None):
        self.count, self.rng = count, rng

    def run(self, nodes, outputs, leaf):
        """Return outputs, (B, ...) each, given the pair of each leaf."""
        pairs = {}
        for node in nodes:
            if node.op == "literal":
                pairs[node.index] = np.asarray(node["value"]), False
            elif is_leaf(node):
                pairs[node.index] = leaf(node)
            else:
                known = [pairs[x.index] for x in node.inputs]
                values, leads = [value for value, _ in known], [leads for _, leads in known]
                pairs[node.index] = self._pair(node, values, leads)
        return [self._full(*pairs[node.index]) for node in outputs]

    def _pair(self, node, values, leads):
        if node.op == "random":
            return self._drawn(node, values, leads), True
        if not any(leads):
            return apply_operation(node.op, *values, **dict(node.attrs)), False
        if has_rule(node, leads):
            found = with_leading_axis(apply_operation, node, values, leads, self.count)
            return found, True
        is_counted = node.op == "scan" and node["is_counted"]
        if node.op in _CONTROL_FLOW and not is_counted:
            return _CONTROL_FLOW[node.op](self, node, values, leads), True
        function = partial(apply_operation, node.op, **dict(node.attrs))
        return self._one_by_one(function, values, leads), True

    def _full(self, value, leads):
        return value if leads else np.broadcast_to(value, (self.count, *np.shape(value)))

    def _one_by_one(self, function, values, leads):
        full = [self._full(*pair) for pair in zip(values, leads)]
        return np.stack([np.asarray(function(*(v[k] for v in full))) for k in range(self.count)])

    def _drawn(self, node, values, leads):
        draw = getattr(self.rng, node["method"])
        if not node["takes_size"]:
            return self._one_by_one(draw, values, leads)
        aligned = [
            v.reshape(self.count, *(1,) * (node.ndim - x.ndim), *x.shape) if is_leading else v
            for x, v, is_leading in zip(node.inputs, values, leads)
        ]
        return np.asarray(draw(*aligned, size=(self.count, *node.shape)))

    def loop(self, node, values, leads):
        """Return the flat results of a loop, (B, N): the loop whose body goes for all points."""
        num_carry, num_forward = node["num_carry"], node["num_carry"] + node["num_xs"]
        body = _BatchedBody(self, node["body"], [True] * num_carry + list(leads[num_carry:]))
        carry = [self._full(*pair) for pair in zip(values[:num_carry], leads)]
        xs = [
            np.moveaxis(x, 1, 0) if is_leading else x  # the axis of time stays the first
            for x, is_leading in zip(values[num_carry:num_forward], leads[num_carry:])
        ]
        attrs = {**dict(node.attrs), "body": body}
        flat = apply_operation("scan", *carry, *xs, *values[num_forward:], **attrs)
        pieces = pieces_of(body, num_carry, node["length"], node["keeps_rows"])
        parts = []
        for piece, shape in zip(pieces, body.output_shapes):
            part = flat[piece.start : piece.stop].reshape(piece.shape)
            parts.append(np.moveaxis(part, len(piece.shape) - len(shape), 0))
        return self._joined(parts)

    def choice(self, node, values, leads):
        """Return the flat results of a branch, (B, N): both run, each point takes its own."""
        split = 1 + node["num_true"]
        predicate = self._full(values[0], leads[0])
        results = [
            _BatchedBody(self, node[name], leads[part])(*values[part])
            for name, part in (("true", slice(1, split)), ("false", slice(split, None)))
        ]
        return self._joined(
            np.where(predicate.reshape(self.count, *(1,) * (true.ndim - 1)), true, false)
            for true, false in zip(*results)
        )

    def _joined(self, parts):
        """The elements of arrays one after another, for each point."""
        flat = [np.asarray(x, np.float64).reshape(self.count, -1) for x in parts]
        return np.concatenate(flat, axis=1)

    def march(self, node, values, leads):
        """Return the flat results of a march, (B, N); rows, which only derivatives need, are zero.
        """
        num_state = node["num_state"]
        run = _BatchedBody(self, node["trial"], [True] * num_state + list(leads[num_state:]))
        state = [np.array(self._full(*pair)) for pair in zip(values[:num_state], leads)]
        is_active, accepted = np.ones(self.count, bool), np.zeros(self.count)
        for _ in range(node["max_trials"]):
            *new, is_accepted, is_done = run(*state, *values[num_state:])
            for x, y in zip(state, new):
                x[is_active] = y[is_active]
            accepted += is_active & is_accepted
            is_active &= ~is_done
            if not is_active.any():
                break
        rows = [np.zeros((self.count, node["max_trials"] + 1, x[0].size)) for x in state]
        both = [part for pair in zip(rows, state) for part in pair]
        return self._joined([*both, accepted, ~is_active])


_CONTROL_FLOW = {"scan": _Batch.loop, "cond": _Batch.choice, "march": _Batch.march}


class _BatchedBody:
    """A body as a function of arrays, some with a leading axis; its results all carry it."""

    def __init__(self, batch, body, leads):
        self.batch, self.body, self.leads = batch, body, leads
        self.output_shapes = tuple((batch.count, *shape) for shape in body.output_shapes)
        self.output_kinds = body.output_kinds

    def __call__(self, *inputs):
        def leaf(node):
            return inputs[node["key"]], self.leads[node["key"]]

        return self.batch.run(self.body.nodes, self.body.graph.outputs, leaf)
