"""Views of views become one view; broadcasting moves outward, past elementwise work."""

import numpy as np

from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.graph.strided_view import source_in_order


def _strip_broadcasts(op):
    def rule(r, inputs, attrs):
        if not any(_is_spread(node) for node in inputs):
            return None
        shape = np.broadcast_shapes(*(node.shape for node in inputs))
        bare = [node.inputs[0] if _is_spread(node) else node for node in inputs]
        result = r.make(op, *bare, **attrs)
        return result if result.shape == shape else r.make("broadcast_to", result, shape=shape)

    return rule


def _is_spread(node):
    is_scalar = node.op == "reshape" and node.size == 1 and node.inputs[0].ndim == 0
    return node.op == "broadcast_to" or is_scalar


def _broadcast_to(r, inputs, attrs):
    (x,) = inputs
    if x.shape == attrs["shape"]:
        return x
    return r.make("broadcast_to", x.inputs[0], **attrs) if x.op == "broadcast_to" else None


def _reshape(r, inputs, attrs):
    (x,) = inputs
    if x.shape == attrs["shape"]:
        return x
    source = source_in_order(x)
    if source is not x:
        return r.make("reshape", source, **attrs)
    if x.op == "broadcast_to" and x.inputs[0].size == 1:
        scalar = r.make("reshape", x.inputs[0], shape=())
        return r.make("broadcast_to", scalar, **attrs)
    return None


def _transpose(r, inputs, attrs):
    (x,) = inputs
    axes = attrs["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if x.op == "transpose":
        inner = x["axes"]
        return r.make("transpose", x.inputs[0], axes=tuple(inner[k] for k in axes))
    if x.op == "broadcast_to" and x.inputs[0].size == 1:
        shape = tuple(x.shape[k] for k in axes)
        return r.make("broadcast_to", r.make("reshape", x.inputs[0], shape=()), shape=shape)
    return None


def _slice(r, inputs, attrs):
    (x,) = inputs
    starts, sizes, steps = attrs["starts"], attrs["sizes"], attrs["steps"]
    if sizes == x.shape and all(s == 1 for s in steps):
        return x
    if x.op == "slice":
        return r.make(
            "slice",
            x.inputs[0],
            starts=tuple(a + b * s for a, b, s in zip(x["starts"], starts, x["steps"])),
            sizes=sizes,
            steps=tuple(s * t for s, t in zip(x["steps"], steps)),
        )
    if x.op == "broadcast_to" and x.inputs[0].size == 1:
        return r.make("broadcast_to", r.make("reshape", x.inputs[0], shape=()), shape=sizes)
    if x.op == "place":
        return _slice_of_place(r, x, starts, sizes, steps)
    if x.op == "concatenate":
        return _block_of(r, x, starts, sizes, steps)
    if x.op in ("add", "subtract") and _is_sum_of_blocks(x):
        return r.make(x.op, *(r.make("slice", y, **attrs) for y in x.inputs))
    return None


MOST_TERMS = 32
"""Longer sums are sliced as a whole: each slice would be a sum of as many slices."""


def _is_sum_of_blocks(x):
    """Whether a sum has an array of blocks in it, so that a slice of it has fewer terms."""
    stack, has_blocks, num_terms = [x], False, 0
    while stack:
        y = stack.pop()
        if y.op in ("add", "subtract") and all(z.shape == y.shape for z in y.inputs):
            stack += y.inputs
            num_terms += 1
        has_blocks = has_blocks or y.op == "place"
        if num_terms > MOST_TERMS:
            return False
    return has_blocks


def _slice_of_place(r, x, starts, sizes, steps):
    """A slice of zeros with a block in them, when it misses the block or lies inside it."""
    (block,) = x.inputs
    if x["starts"] == starts and x["steps"] == steps and block.shape == sizes:
        return block
    if any(s != 1 for s in (*steps, *x["steps"])):
        return None
    ends = [a + n for a, n in zip(starts, sizes)]
    block_ends = [a + n for a, n in zip(x["starts"], block.shape)]
    if any(a >= d or b <= c for a, b, c, d in zip(starts, ends, x["starts"], block_ends)):
        return r.make("broadcast_to", r.literal(0.0), shape=sizes)
    inside = tuple(a - c for a, c in zip(starts, x["starts"]))
    if all(a >= 0 for a in inside) and all(b <= d for b, d in zip(ends, block_ends)):
        return r.make("slice", block, starts=inside, sizes=sizes, steps=steps)
    around = tuple(-a for a in inside)
    if all(a >= 0 for a in around) and all(b >= d for b, d in zip(ends, block_ends)):
        return r.make("place", block, shape=sizes, starts=around, steps=steps)
    return None


def _block_of(r, x, starts, sizes, steps):
    axis = x["axis"]
    if any(s != 1 for s in steps):
        return None
    first = 0
    for block in x.inputs:
        last = first + block.shape[axis]
        if first <= starts[axis] and starts[axis] + sizes[axis] <= last:
            inside = tuple(a - first if k == axis else a for k, a in enumerate(starts))
            return r.make("slice", block, starts=inside, sizes=sizes, steps=steps)
        first = last
    return None


def _place(r, inputs, attrs):
    (x,) = inputs
    return x if x.shape == attrs["shape"] and all(s == 1 for s in attrs["steps"]) else None


def _negative(r, inputs, attrs):
    (x,) = inputs
    if x.op in ("place", "broadcast_to", "reshape"):
        inner = r.make("negative", x.inputs[0])
        return r.make(x.op, inner, *x.inputs[1:], **dict(x.attrs))
    return None


def _concatenate(r, inputs, attrs):
    return inputs[0] if len(inputs) == 1 else None


RULES = {
    "broadcast_to": [_broadcast_to],
    "reshape": [_reshape],
    "transpose": [_transpose],
    "slice": [_slice],
    "place": [_place],
    "negative": [_negative],
    "concatenate": [_concatenate],
}
for _op in ELEMENTWISE:
    RULES.setdefault(_op, []).append(_strip_broadcasts(_op))
