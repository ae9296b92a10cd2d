"""Sums move inward past what does not vary, and what is known from data is summed once.

``sum(-z**2 / 2 - log(sigma) - c)`` over N elements becomes ``-sum(z**2) / 2 - N log(sigma) - N c``.
Counts such as N are data, so that the code does not depend on them.  A sum of products with one
factor keeps its value unless that factor is infinite and some of the others, not all, are zero
(then a NaN is lost), or the sum overflows and the products do not.
"""

import numpy as np

from lightppl.compiler.passes.rewriting import is_known, is_literal, padded_shape


MOST_OPEN_SUMS = 40
"""How far a sum moves inward in one sweep: the rules of a long chain call each other."""


def _sum(r, inputs, attrs):
    (x,) = inputs
    axes = attrs["axes"]
    if all(x.shape[k] == 1 for k in axes):
        kept = tuple(n for k, n in enumerate(x.shape) if k not in axes)
        return r.make("reshape", x, shape=kept)
    rule = _SUM_RULES.get(x.op)
    if rule is None or r.num_open_sums >= MOST_OPEN_SUMS:
        return None
    r.num_open_sums += 1
    try:
        return rule(r, x, axes)
    finally:
        r.num_open_sums -= 1


def _scatter_add(r, inputs, attrs):
    x, index = inputs
    if x.op != "negative":
        return None
    return r.make("negative", r.make("scatter_add", x.inputs[0], index, **attrs))


def _sum_of_negative(r, x, axes):
    return r.make("negative", r.make("sum", x.inputs[0], axes=axes))


def _sum_of_product(r, x, axes):
    a, b = x.inputs
    for factor, rest in ((a, b), (b, a)):
        if factor.ndim <= x.ndim and _varies(factor, x, axes) is False:
            return r.make("multiply", _without(r, factor, x, axes), _part(r, rest, x, axes))
    return None


def _sum_of_quotient(r, x, axes):
    a, b = x.inputs
    if _varies(b, x, axes) is False and not is_literal(a):
        return r.make("divide", _part(r, a, x, axes), _without(r, b, x, axes))
    return None


def _sum_of_terms(r, x, axes):
    a, b = x.inputs
    if x.dtype != "float64":
        return None
    is_split = any(is_known(n) for n in (a, b)) or any(_is_smaller(n, x, axes) for n in (a, b))
    if not is_split:
        return None
    return r.make(x.op, _part(r, a, x, axes), _part(r, b, x, axes))


def _sum_of_broadcast(r, x, axes):
    return _part(r, x.inputs[0], x, axes)


def _sum_of_sum(r, x, axes):
    inner = x["axes"]
    kept = [k for k in range(x.inputs[0].ndim) if k not in inner]
    joined = tuple(sorted(inner + tuple(kept[k] for k in axes)))
    return r.make("sum", x.inputs[0], axes=joined)


def _sum_of_place(r, x, axes):
    return r.make("sum", x.inputs[0], axes=axes) if len(axes) == x.ndim else None


def _sum_of_reshape(r, x, axes):
    (y,) = x.inputs
    return r.make("sum", y, axes=tuple(range(y.ndim))) if len(axes) == x.ndim and y.ndim else None


def _varies(node, x, axes):
    shape = padded_shape(node, x.ndim)
    return any(shape[k] != 1 for k in axes)


def _is_smaller(node, x, axes):
    shape = padded_shape(node, x.ndim)
    return any(shape[k] == 1 and x.shape[k] != 1 for k in axes)


def _without(r, node, x, axes):
    """The factor of a product with its axes of size one at `axes` removed."""
    shape = padded_shape(node, x.ndim)
    kept = tuple(n for k, n in enumerate(shape) if k not in axes)
    return node if node.size == 1 and node.ndim == 0 else r.make("reshape", node, shape=kept)


def _part(r, node, x, axes):
    """The sum over `axes` of `node` broadcast to the shape of `x`, shaped to broadcast again."""
    shape = padded_shape(node, x.ndim)
    count = np.prod([x.shape[k] for k in axes if shape[k] == 1], dtype=np.float64)
    present = tuple(k - (x.ndim - node.ndim) for k in axes if shape[k] != 1)
    total = r.make("sum", node, axes=present) if present else node
    kept = tuple(n for k, n in enumerate(shape) if k not in axes)
    if total.shape != kept and not (total.ndim == 0 and all(n == 1 for n in kept)):
        total = r.make("reshape", total, shape=kept)
    if count != 1.0:
        total = r.make("multiply", r.number(count), total)
    target = tuple(n for k, n in enumerate(x.shape) if k not in axes)
    return total if total.shape == target else r.make("broadcast_to", total, shape=target)


_SUM_RULES = {
    "negative": _sum_of_negative,
    "multiply": _sum_of_product,
    "divide": _sum_of_quotient,
    "add": _sum_of_terms,
    "subtract": _sum_of_terms,
    "broadcast_to": _sum_of_broadcast,
    "sum": _sum_of_sum,
    "place": _sum_of_place,
    "reshape": _sum_of_reshape,
}

RULES = {"sum": [_sum], "scatter_add": [_scatter_add]}
