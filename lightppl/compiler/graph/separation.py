"""A log density element by element: which elements of held values do not see each other.

Gibbs sampling of a plate with many discrete elements needs, for each value of the support, the log
density with one element at that value, for every element.  Where the log density is a sum of terms
of which each depends on one element only, all of these come from one pass over the plate: a vector
with an entry for each element, equal to the log density up to what does not depend on the element.

What depends on which element is read off the graph.  An array that depends on the elements is
*aligned* along an axis of theirs if, seen in row order as (outer, length, rest), its part
``[:, i]`` depends on no other elements than those with index i, or ``index[i]``, along that axis.
Operations hand this on, or lose it; one that is not known here loses it, so what is found is always
true.

From the output the walk goes down through what is linear: sums, differences, multiples, and views
of arrays that are summed in the end.  It ends at terms that are aligned along all the axes in
question, each of which is summed over everything else.  If it ends at a term that is not, the log
density does not separate along these axes, and fewer are tried; along none it always does.
"""

import itertools
import math

import numpy as np

from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.graph.separation_rules import FREE, TANGLED, alignment_of


def separate(graph, start, shape):
    """Return a scalar function as a sum of functions of parts of what is held.

    Parameters
    ----------
    graph : Graph
        Of one scalar output.
    start : int
        Where the held values in question stand in the held vector.
    shape : tuple of int
        Their shape, in row order.

    Returns
    -------
    graph : Graph
        Two outputs: the sum of a vector, and the vector, with one entry for each index of the
        axes, which is the function up to terms that do not depend on the held values.
    axes : tuple of int
        Those axes of `shape` along which no two of the held values meet in a term.
    """
    builder, nodes, output = _copied(graph)
    long_axes = [k for k, n in enumerate(shape) if n > 1]
    known = {
        axis: _alignments(builder, nodes, start, shape, axis) for axis in long_axes
    }
    dependent = _alignments(builder, nodes, start, shape, None)
    for axes in _from_many_to_none(long_axes, shape):
        walk = _Walk(builder, [known[k] for k in axes], dependent, [shape[k] for k in axes])
        vector = walk.vector(output)
        if vector is not None:
            total = builder.make("sum", [vector], axes=(0,))
            return Graph((total, vector), builder.arrays), axes
    raise AssertionError("Along no axes at all every function separates.")


def _copied(graph):
    """Return a builder that has made the nodes of a graph, these nodes, and its output."""
    builder, new = GraphBuilder(dict(graph.arrays)), {}
    for node in graph.nodes():
        inputs = tuple(new[x.index] for x in node.inputs)
        new[node.index] = builder.intern(
            node.op, inputs, dict(node.attrs), node.shape, node.dtype, node.location
        )
    return builder, list(new.values()), new[graph.outputs[0].index]


def _from_many_to_none(axes, shape):
    """Yield sets of axes, those first with which there are most elements."""
    sets = [x for n in range(len(axes) + 1) for x in itertools.combinations(axes, n)]
    yield from sorted(sets, key=lambda x: -math.prod(shape[k] for k in x))


def _alignments(builder, nodes, start, shape, axis):
    """Return how each node is aligned along an axis; with none, whether it is dependent at all."""
    found = {}
    for node in nodes:
        found[node.index] = alignment_of(builder, node, found, start, shape, axis)
    return found


class _Walk:
    """The walk from the output to aligned terms.

    Parameters
    ----------
    builder : GraphBuilder
    known : list of dict of int to Alignment
        For each axis, by node.
    dependent : dict of int to Alignment
        ``FREE`` for nodes that depend on none of the held values.
    sizes : list of int
        Of the axes.
    """

    def __init__(self, builder, known, dependent, sizes):
        self.builder, self.known, self.dependent, self.sizes = builder, known, dependent, sizes

    def vector(self, output):
        """Return the vector of the sum of all elements of a node, or None if it does not separate.
        """
        found, waiting = [], [(output, self.builder.literal(1.0))]
        while waiting:
            node, weight = waiting.pop()
            parts = self._parts(node, weight)
            term = None if parts is not None and self._is_better_split(node) else self._term(
                node, weight
            )
            if term is not None:
                found.append(term)
            elif parts is None:
                return None
            else:
                waiting += (x for x in parts if not self._is_free(x[0]))
        size = math.prod(self.sizes)
        if not found:
            return self.builder.make("broadcast_to", [self.builder.literal(0.0)], shape=(size,))
        total, *others = found
        for term in others:
            total = self.builder.make("add", [total, term])
        return total

    def _is_free(self, node):
        return self.dependent[node.index] is FREE

    def _is_better_split(self, node):
        """Return whether splitting a term costs nothing, and may leave something out."""
        is_sum = node.op in ("add", "subtract", "negative")
        return is_sum and (not self.sizes or any(self._is_free(x) for x in node.inputs))

    # ---- a term that is aligned ------------------------------------------------------------------

    def _term(self, node, weight):
        """Return the weighted sum of a node over everything but the axes, or None."""
        make = self.builder.make
        found = [known[node.index] for known in self.known]
        if any(x is TANGLED for x in found):
            return None
        order = sorted(range(len(found)), key=lambda k: (found[k].outer, found[k].length))
        blocks, position = [], 1
        for k in order:
            gap, rest = divmod(found[k].outer, position)
            if rest or gap == 0:
                return None
            blocks += [gap, found[k].length]
            position = found[k].outer * found[k].length
        if position == 0 or math.prod(node.shape) % position:
            return None
        value = node if node.dtype == "float64" else make("to_float", [node])
        value = make("multiply", [weight, value])
        if value.shape != node.shape:
            return None
        value = make("reshape", [value], shape=(*blocks, math.prod(node.shape) // position))
        value = make("sum", [value], axes=tuple(range(0, len(blocks) + 1, 2)))
        if order != sorted(order):
            back = tuple(order.index(k) for k in range(len(order)))
            value = make("transpose", [value], axes=back)
        for k, alignment in enumerate(found):
            if alignment.index is not None:
                value = make(
                    "scatter_add", [value, alignment.index], axis=k, size=self.sizes[k]
                )
        return make("reshape", [value], shape=(math.prod(self.sizes),))

    # ---- what is linear --------------------------------------------------------------------------

    def _parts(self, node, weight):
        """Return nodes with weights whose weighted sums add up to that of a node, or None.

        A weight has the shape of its node, or one that broadcasts to it.
        """
        rule = _LINEAR.get(node.op)
        return None if rule is None else rule(self, node, weight)

    def _sum(self, node, weight):
        signs = (None, "negative" if node.op == "subtract" else None)
        return [
            (x, self._to_shape(self._signed(weight, sign), node.shape, x.shape))
            for x, sign in zip(node.inputs, signs)
        ]

    def _signed(self, weight, sign):
        return weight if sign is None else self.builder.make(sign, [weight])

    def _negative(self, node, weight):
        return [(node.inputs[0], self.builder.make("negative", [weight]))]

    def _same(self, node, weight):
        return [(node.inputs[0], weight)]

    def _multiple(self, node, weight):
        free = [x for x in node.inputs if self._is_free(x)]
        if len(free) != 1:
            return None
        (x,) = (x for x in node.inputs if not self._is_free(x))
        factor = self.builder.make("multiply", [weight, free[0]])
        return [(x, self._to_shape(factor, node.shape, x.shape))]

    def _quotient(self, node, weight):
        x, divisor = node.inputs
        if not self._is_free(divisor):
            return None
        factor = self.builder.make("divide", [weight, divisor])
        return [(x, self._to_shape(factor, node.shape, x.shape))]

    def _total(self, node, weight):
        (x,) = node.inputs
        if weight.shape:
            kept = tuple(1 if k in node["axes"] else n for k, n in enumerate(x.shape))
            weight = self.builder.make("reshape", [self._full(weight, node.shape)], shape=kept)
        return [(x, weight)]

    def _reshaped(self, node, weight):
        (x,) = node.inputs
        if weight.shape:
            weight = self.builder.make("reshape", [self._full(weight, node.shape)], shape=x.shape)
        return [(x, weight)]

    def _broadcast(self, node, weight):
        (x,) = node.inputs
        return [(x, self._to_shape(weight, node.shape, x.shape))]

    def _transposed(self, node, weight):
        (x,) = node.inputs
        if weight.shape:
            back = tuple(int(k) for k in np.argsort(node["axes"]))
            weight = self.builder.make("transpose", [self._full(weight, node.shape)], axes=back)
        return [(x, weight)]

    def _joined(self, node, weight):
        axis, parts, start = node["axis"], [], 0
        full = self._full(weight, node.shape) if weight.shape else weight
        for x in node.inputs:
            part = full
            if weight.shape:
                starts = tuple(start if k == axis else 0 for k in range(node.ndim))
                part = self.builder.make(
                    "slice", [full], starts=starts, sizes=x.shape, steps=(1,) * node.ndim
                )
            parts.append((x, part))
            start += x.shape[axis]
        return parts

    def _product(self, node, weight):
        """Products of two matrices, of which one is known: the weights are those of the other."""
        a, b = node.inputs
        if a.ndim != 2 or b.ndim != 2 or self._is_free(a) == self._is_free(b):
            return None
        make, full = self.builder.make, self._full(weight, node.shape)
        if self._is_free(b):
            return [(a, make("matmul", [full, make("transpose", [b], axes=(1, 0))]))]
        return [(b, make("matmul", [make("transpose", [a], axes=(1, 0)), full]))]

    def _full(self, weight, shape):
        if weight.shape == shape:
            return weight
        return self.builder.make("broadcast_to", [weight], shape=shape)

    def _to_shape(self, weight, shape, wanted):
        """Return the weight of a node of the shape `wanted` whose broadcast has the weight."""
        if shape == wanted:
            return weight
        make = self.builder.make
        if not weight.shape:
            count = math.prod(shape) // max(math.prod(wanted), 1)
            return make("multiply", [weight, self.builder.constant(float(count))])
        padded = (1,) * (len(shape) - len(wanted)) + tuple(wanted)
        axes = tuple(k for k, n in enumerate(shape) if padded[k] != n)
        summed = make("sum", [self._full(weight, shape)], axes=axes)
        return make("reshape", [summed], shape=tuple(wanted))


_LINEAR = {
    "add": _Walk._sum,
    "subtract": _Walk._sum,
    "negative": _Walk._negative,
    "to_float": _Walk._same,
    "multiply": _Walk._multiple,
    "divide": _Walk._quotient,
    "sum": _Walk._total,
    "reshape": _Walk._reshaped,
    "broadcast_to": _Walk._broadcast,
    "transpose": _Walk._transposed,
    "concatenate": _Walk._joined,
    "matmul": _Walk._product,
}
"""How the weighted sum of a result is one of what it is made of."""
