"""The pseudo-inverse as nodes: ``V diag(1 / s) U'``, without singular values that are rounding."""

import numpy as np


def write_pinv(builder, inputs, kwargs, location):
    """Return the node of the pseudo-inverse of ``(..., M, N)``.

    Parameters
    ----------
    builder : GraphBuilder
    inputs : list of Node
        The matrix.
    kwargs : dict
        Empty.
    location : str or None
    """
    (a,) = inputs
    *batch, m, n = a.shape
    k, batch = min(m, n), tuple(batch)

    def make(op, *nodes, **attrs):
        return builder.make(op, nodes, location, **attrs)

    packed = make("svd", a)
    parts, start = [], 0
    for shape in ((m, k), (k,), (k, n)):
        size = int(np.prod(shape))
        part = make("slice", packed, starts=(0,) * len(batch) + (start,), sizes=(*batch, size),
                    steps=(1,) * (len(batch) + 1))
        parts.append(make("reshape", part, shape=(*batch, *shape)))
        start += size
    u, s, vh = parts
    largest = make("reshape", make("max", s, axes=(len(batch),)), shape=(*batch, 1))
    limit = make("multiply", largest, builder.literal(max(m, n) * float(np.finfo(float).eps)))
    is_kept = make("greater", s, limit)
    one, zero = builder.literal(1.0), builder.literal(0.0)
    inverse = make("where", is_kept, make("divide", one, make("where", is_kept, s, one)), zero)
    scaled = make("multiply", u, make("reshape", inverse, shape=(*batch, 1, k)))
    back = (*range(len(batch)), len(batch) + 1, len(batch))
    return make("matmul", make("transpose", vh, axes=back), make("transpose", scaled, axes=back))
