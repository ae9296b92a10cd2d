"""Loops do only what must be done step by step; the rest is done for all steps at once.

What a loop computes falls into three parts.  Some of it depends on x alone: where that is costly,
it is done before the loop.  Some is needed for the next carry: that is the loop.  The rest is
made of states that the loop leaves behind: results y, and sums over time, are found after it.  So
the density of a time series, and its gradient, are mostly ordinary vector work around two short
recurrences.

Parts of the carry and results that nobody reads are dropped, and zeros that are inputs are
written into the body.
"""

import numpy as np

from lightppl.autodiff.scan import pieces_of
from lightppl.compiler.graph.body import is_leaf
from lightppl.compiler.graph.graph import Graph
from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.passes.scan_body import COSTLY, BodyWriter, with_literals_inside
from lightppl.compiler.passes.rewriting import Rewriter
from lightppl.compiler.passes.series import (
    Series, can_leave, is_outer_product, sum_over_time,
)
from lightppl.compiler.graph.shapes import SMALL

_CASTS = {"int64": "to_int", "bool": "to_bool"}

def split_loops(graph, rules, simplify):
    """Return an equal graph whose loops are as short as they can be.

    Parameters
    ----------
    graph : Graph
    rules : dict
        Of rewriting, for the work around the loops.
    simplify : callable
        From a body's graph to a smaller one.

    Returns
    -------
    Graph
    """
    if not any(node.op == "scan" and not node["is_counted"] for node in graph.nodes()):
        return graph
    rewriter = Rewriter(rules, graph.arrays, graph.is_body)
    users = _users(graph)
    new = {}
    for node in graph.nodes():
        inputs = [new[x.index] for x in node.inputs]
        attrs = dict(node.attrs)
        rewriter.location = node.location
        if not inputs:
            new[node.index] = rewriter.builder.intern(node.op, (), attrs, node.shape, node.dtype)
        elif node.op == "scan" and not node["is_counted"]:
            loop = _Loop(rewriter, node, inputs, *_parts_in_use(node, users), simplify)
            new[node.index] = loop.result()
        else:
            new[node.index] = rewriter.make(node.op, *inputs, **attrs)
    outputs = tuple(new[node.index] for node in graph.outputs)
    return Graph(outputs, rewriter.builder.arrays, graph.is_body)


def _users(graph):
    users = {}
    for node in graph.outputs:
        users.setdefault(node.index, []).append(None)
    for node in graph.nodes():
        for x in node.inputs:
            users.setdefault(x.index, []).append(node)
    return users


def _parts_in_use(node, users):
    """Return which parts of the result of a loop are read, and of which of these all states are."""
    pieces = pieces_of(node["body"], node["num_carry"], node["length"], node["keeps_rows"])
    in_use, whole = set(), set()
    for user in users.get(node.index, ()):
        if user is None or user.op != "slice":
            everything = set(range(len(pieces)))
            return everything, everything
        start = user["starts"][0]
        stop = start + (user["sizes"][0] - 1) * user["steps"][0] + 1
        start, stop = min(start, stop - 1), max(start + 1, stop)
        found = {k for k, p in enumerate(pieces) if p.start < stop and start < p.stop}
        in_use |= found
        if len(found) > 1 or not _reads_last_state(node, user, pieces[min(found)], users):
            whole |= found
    return in_use, whole


def _reads_last_state(loop, part, piece, users):
    """Whether all that is read of the rows of a part of the carry is the last of them."""
    last = 0 if loop["reverse"] else loop["length"]
    row = (piece.stop - piece.start) // max(loop["length"] + 1, 1)
    if part["starts"][0] == piece.start + last * row and part.size == row:
        return True
    if part.size != piece.stop - piece.start or part["steps"] != (1,):
        return False
    readers, rows = list(users.get(part.index, ())), []
    for user in readers:
        if user is None or user.op != "reshape" or user.shape != piece.shape:
            return False
        rows += users.get(user.index, ())
    return all(
        user is not None and user.op == "slice" and user["starts"][0] == last
        and user["sizes"][0] == 1
        for user in rows
    )


class _Loop:
    """One loop, taken apart."""

    def __init__(self, r, node, inputs, in_use, whole, simplify):
        self.r, self.node, self.in_use = r, node, in_use
        self.num_carry = node["num_carry"]
        self.num_forward = self.num_carry + node["num_xs"]
        self.length = node["length"]
        self.pieces = pieces_of(node["body"], self.num_carry, self.length, node["keeps_rows"])
        self.keeps_rows = [kept and k in whole for k, kept in enumerate(node["keeps_rows"])]
        graph = with_literals_inside(node["body"].graph, inputs, self.num_carry)
        graph = simplify(Graph(graph, dict(enumerate(inputs)), is_body=True))
        self.outputs = graph.outputs
        self.inputs = {
            key: r.builder.data(x) if isinstance(x, np.ndarray) else x
            for key, x in graph.arrays.items()
        }
        self.nodes = graph.nodes()
        self.leaves = {x["key"]: x for x in self.nodes if is_leaf(x)}
        self.users = _users(Graph(graph.outputs))
        self.needed_outputs = self._needed_outputs()
        self.is_long = self.length > SMALL
        self.sums = {}
        if self.is_long:
            self.sums = {
                k: terms for k in self.needed_outputs if k < self.num_carry
                for terms in [self._terms_of_sum(k)] if terms is not None
            }
        self.carry = [
            k for k in self.needed_outputs if k < self.num_carry and k not in self.sums
        ]

    # ---- what depends on what -------------------------------------------------------------------

    def _needed_outputs(self):
        """The outputs that are read outside, or that those depend on from step to step."""
        needed = set(self.in_use)
        while True:
            reached = {
                x["key"]
                for x in Graph(tuple(self.outputs[k] for k in sorted(needed))).nodes()
                if is_leaf(x) and x["key"] < self.num_carry
            }
            if reached <= needed:
                return sorted(needed)
            needed |= reached

    def _terms_of_sum(self, k):
        """The terms added to a part of the carry at each step, if that is all it is for."""
        leaf = self.leaves.get(k)
        is_sum = leaf is not None and leaf.dtype == "float64" and not self.keeps_rows[k]
        if not is_sum or len(self.users.get(leaf.index, ())) != 1:
            return None
        terms, node, sign = [], self.outputs[k], 1
        while node is not leaf:
            if node.op not in ("add", "subtract") or len(self.users[node.index]) != 1:
                return None
            if any(x.shape != node.shape for x in node.inputs):
                return None
            a, b = node.inputs
            if _reaches(b, leaf):
                if node.op == "subtract":
                    return None
                a, b = b, a
            terms.append((sign if node.op == "add" else -sign, b))
            node = a
        return terms

    def _depends_on(self, keys):
        """The nodes that depend on certain inputs."""
        found = set()
        for node in self.nodes:
            if node.op == "input" and node["key"] in keys:
                found.add(node.index)
            elif any(x.index in found for x in node.inputs):
                found.add(node.index)
        return found

    # ---- the three parts ------------------------------------------------------------------------

    def result(self):
        """Return the node that has the value of the whole loop."""
        r = self.r
        self.changing = self._depends_on(range(self.num_forward))
        self.by_carry = self._depends_on(self.carry)
        self.inside = set()
        for k in self.carry:
            self._keep_inside(self.outputs[k])
        self.exported, self.rows, self.seen = [], set(), set()
        sums = {k: terms for k, terms in self.sums.items() if self._can_sum_outside(terms)}
        for k in set(self.sums) - set(sums):
            self.carry = sorted([*self.carry, k])
        self.by_carry = self._depends_on(self.carry)
        for k in self.carry:
            self._keep_inside(self.outputs[k])
        ys = [k for k in self.needed_outputs if k >= self.num_carry]
        for k in ys:
            self._find_exports(self.outputs[k])
        for terms in sums.values():
            for _, node in terms:
                parts = node.inputs if is_outer_product(node) else (node,)
                for part in parts:
                    self._find_exports(part)
        self.rows |= {k for k in self.carry if self.keeps_rows[k] and k in self.in_use}
        flat, body = self._short_loop()
        series = self._series_after(flat, body)
        found = {}
        for position, k in enumerate(self.carry):
            if k in self.in_use:
                found[k] = self._carry_piece(flat, body, position, k)
        for k, terms in sums.items():
            found[k] = self._sum(series, k, terms)
        for k in ys:
            found[k] = series.full(self.outputs[k])
        blocks = []
        for k, piece in enumerate(self.pieces):
            size = piece.stop - piece.start
            block = found.get(k)
            if block is None:
                block = r.make("broadcast_to", r.literal(0.0), shape=(size,))
            elif block.dtype != "float64":
                block = r.make("to_float", block)
            if block.size < size:
                block = self._as_last_row(block, piece)
            blocks.append(r.make("reshape", block, shape=(size,)))
        return r.make("concatenate", *blocks, axis=0)

    def _as_last_row(self, state, piece):
        """Rows of which only the last is known, and only the last is read."""
        row = self.r.make("reshape", state, shape=(1, *piece.shape[1:]))
        rest = (0,) * (row.ndim - 1)
        starts = (0 if self.node["reverse"] else self.length, *rest)
        return self.r.make("place", row, shape=piece.shape, starts=starts, steps=(1,) * row.ndim)

    def is_changing(self, node):
        """Return whether a node differs from step to step."""
        return node.index in self.changing

    def _keep_inside(self, node):
        stack = [node]
        while stack:
            x = stack.pop()
            if x.index not in self.inside:
                self.inside.add(x.index)
                stack.extend(x.inputs)

    def _must_stay(self, node):
        """Whether a changing node that is no leaf cannot, or should not, be computed outside."""
        if not self.is_long or not can_leave(node, self.is_changing):
            return True
        is_done = node.index in self.inside and node.index in self.by_carry
        return is_done and node.op in ELEMENTWISE and ELEMENTWISE[node.op].cost >= COSTLY

    def _can_sum_outside(self, terms):
        """Whether sums over time need nothing more from the loop than it does anyway."""
        stack, seen = [], set()
        for _, node in terms:
            stack += node.inputs if is_outer_product(node) else (node,)
        while stack:
            node = stack.pop()
            if node.index in seen or is_leaf(node) or not self.is_changing(node):
                continue
            seen.add(node.index)
            if not self._must_stay(node):
                stack += node.inputs
            elif node.index not in self.inside or node.size > SMALL:
                return False
        return True

    def _find_exports(self, node):
        """Find what the loop must leave behind so that a node can be computed outside."""
        stack = [node]
        while stack:
            x = stack.pop()
            if not self.is_changing(x) or x.index in self.seen:
                continue
            self.seen.add(x.index)
            if is_leaf(x):
                if x["key"] < self.num_carry:
                    self.rows.add(x["key"])
            elif self._carry_of(x) is not None:
                self.rows.add(self._carry_of(x))
            elif self._must_stay(x):
                self.exported.append(x)
                self._keep_inside(x)
            else:
                stack += reversed(x.inputs)

    def _carry_of(self, node):
        """The part of the carry whose next state a node is, or None."""
        if node.index not in self.by_carry or is_leaf(node):
            return None
        return next((k for k in self.carry if self.outputs[k] is node), None)

    def _short_loop(self):
        """Return the flat result and the body of the loop that remains."""
        if not self.carry and not self.exported:
            return None, None
        before = Series(self.r, self.length)
        for key, x in self.inputs.items():
            if key >= self.num_carry and key in self.leaves:
                before.set(self.leaves[key], x, key < self.num_forward)
        writer = BodyWriter(self, before)
        outputs = [writer.written(self.outputs[k]) for k in self.carry]
        outputs += [writer.written(node) for node in self.exported]
        body, inputs, num_xs = writer.finish(outputs)
        attrs = {
            **dict(self.node.attrs), "body": body, "num_carry": len(self.carry), "num_xs": num_xs,
            "keeps_rows": tuple(k in self.rows for k in self.carry),
        }
        return self.r.make_plain("scan", *inputs, **attrs), body

    def _series_after(self, flat, body):
        """Return what is known outside once the loop is done."""
        series = Series(self.r, self.length)
        for key, x in self.inputs.items():
            if key >= self.num_carry and key in self.leaves:
                series.set(self.leaves[key], x, key < self.num_forward)
        if flat is None:
            return series
        pieces = self._new_pieces(body)
        before, after = (1, 0) if self.node["reverse"] else (0, 1)
        for position, k in enumerate(self.carry):
            if k in self.rows:
                rows = self._read(flat, pieces[position])
                leaf = self.leaves.get(k)
                if leaf is not None:
                    series.set(leaf, self._rows_from(rows, before, leaf.dtype), True)
                if self._carry_of(self.outputs[k]) is not None:
                    found = self._rows_from(rows, after, self.outputs[k].dtype)
                    series.set(self.outputs[k], found, True)
        for node, piece in zip(self.exported, pieces[len(self.carry) :]):
            series.set(node, self._typed(self._read(flat, piece), node.dtype), True)
        return series

    def _new_pieces(self, body):
        keeps_rows = tuple(k in self.rows for k in self.carry)
        return pieces_of(body, len(self.carry), self.length, keeps_rows)

    def _read(self, flat, piece):
        size = piece.stop - piece.start
        part = self.r.make("slice", flat, starts=(piece.start,), sizes=(size,), steps=(1,))
        return self.r.make("reshape", part, shape=piece.shape)

    def _rows_from(self, rows, first, dtype):
        zeros = (0,) * (rows.ndim - 1)
        sizes = (self.length, *rows.shape[1:])
        steps = (1,) * rows.ndim
        part = self.r.make("slice", rows, starts=(first, *zeros), sizes=sizes, steps=steps)
        return self._typed(part, dtype)

    def _typed(self, node, dtype):
        return node if dtype == "float64" else self.r.make(_CASTS[dtype], node)

    def _carry_piece(self, flat, body, position, k):
        part = self._read(flat, self._new_pieces(body)[position])
        if k not in self.rows or self.keeps_rows[k]:
            return part
        last = 0 if self.node["reverse"] else self.length
        zeros = (0,) * (part.ndim - 1)
        sizes, steps = (1, *part.shape[1:]), (1,) * part.ndim
        return self.r.make("slice", part, starts=(last, *zeros), sizes=sizes, steps=steps)

    def _sum(self, series, k, terms):
        total = self.inputs[k]
        for sign, node in terms:
            part = sum_over_time(series, node)
            total = self.r.make("add" if sign > 0 else "subtract", total, part)
        return total


def _reaches(node, leaf):
    stack, seen = [node], set()
    while stack:
        x = stack.pop()
        if x is leaf:
            return True
        if x.index not in seen:
            seen.add(x.index)
            stack.extend(x.inputs)
    return False
