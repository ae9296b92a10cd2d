"""Products of matrices and solutions with them: of floats, without numbers that can stand outside.

With few columns a call of BLAS is mostly overhead.  Written as a sum over columns, kept column by
column, the product joins the pass over the rows, where LLVM vectorises it.  What was written as a
sum of products with a whole data matrix, ``np.sum(X * b, axis=1)``, becomes a product first; and a
batch of inner products, which is what `einsum` makes of ``"nk,nk->n"``, a sum.
"""

import numpy as np

from lightppl.compiler.graph.shapes import SMALL
from lightppl.compiler.passes.rewriting import padded_shape


def _matmul(r, inputs, attrs):
    a, b = inputs
    if r.is_body or a.ndim != 2 or b.ndim != 2 or b.shape[1] != 1:
        return None
    if a.op == "data" and _is_narrow(a):
        weights = r.make("reshape", b, shape=(1, a.shape[1]))
        total = r.make("sum", r.make("multiply", _by_columns(r, a), weights), axes=(1,))
        return r.make("reshape", total, shape=(a.shape[0], 1))
    if a.op == "transpose" and a.inputs[0].op == "data" and _is_narrow(a.inputs[0]):
        total = r.make("sum", r.make("multiply", _by_columns(r, a.inputs[0]), b), axes=(0,))
        return r.make("reshape", total, shape=(a.shape[0], 1))
    return None


def _batch_of_inner_products(r, inputs, attrs):
    a, b = inputs
    if a.ndim < 3 or b.ndim < 3 or a.shape[-2] != 1 or b.shape[-1] != 1:
        return None
    rows = r.make("reshape", a, shape=(*a.shape[:-2], a.shape[-1]))
    columns = r.make("reshape", b, shape=b.shape[:-1])
    terms = r.make("multiply", rows, columns)
    total = r.make("sum", terms, axes=(terms.ndim - 1,))
    return r.make("reshape", total, shape=(*terms.shape[:-1], 1, 1))


def _sum(r, inputs, attrs):
    """A sum over one axis of a data matrix, each row or column of which has a weight."""
    (x,), axes = inputs, attrs["axes"]
    if r.is_body or x.op != "multiply" or x.ndim != 2 or len(axes) != 1:
        return None
    for matrix, weights in (x.inputs, x.inputs[::-1]):
        is_matrix = matrix.op == "data" and matrix.shape == x.shape and matrix.dtype == "float64"
        is_tall = matrix.ndim == 2 and matrix.shape[0] > SMALL and matrix.shape[1] > 1
        count = x.shape[axes[0]]
        along = padded_shape(weights, 2) == ((1, count) if axes == (1,) else (count, 1))
        if is_matrix and is_tall and along and weights.dtype == "float64":
            matrix = matrix if axes == (1,) else r.make("transpose", matrix, axes=(1, 0))
            weights = r.make("reshape", weights, shape=(count, 1))
            product = r.make("matmul", matrix, weights)
            return r.make("reshape", product, shape=product.shape[:1])
    return None


def _as_floats(op):
    """A rule: calls read float64, so integers among the data are converted, once."""

    def rule(r, inputs, attrs):
        if all(x.op == "literal" or _data_behind(x).dtype == "float64" for x in inputs):
            return None
        return r.make(op, *(_converted(r, x) for x in inputs), **attrs)

    return rule


def _data_behind(x):
    while x.op in ("transpose", "reshape"):
        x = x.inputs[0]
    return x


def _converted(r, x):
    if x.op in ("transpose", "reshape"):
        return r.make(x.op, _converted(r, x.inputs[0]), **dict(x.attrs))
    if x.dtype == "float64":
        return x
    if x.op != "data" or r.is_body:
        return r.make("to_float", x)
    array = r.builder.arrays[x["key"]]
    return r.builder.data(r.remembered(("floats", x["key"]), lambda: array.astype(np.float64)))


def _is_narrow(x):
    return x.dtype == "float64" and x.shape[0] > SMALL and 1 < x.shape[1] <= SMALL


def _by_columns(r, x):
    """The same matrix as a view of its columns, one after another in memory."""
    columns = r.remembered(
        ("columns", x["key"]),
        lambda: np.ascontiguousarray(r.builder.arrays[x["key"]].T),
    )
    return r.make("transpose", r.builder.data(columns), axes=(1, 0))


def _sign_out(r, inputs, attrs):
    """Signs and structural numbers do not take part in a solution: two may become one."""
    factor, x = inputs
    number, rest = _without_literals(r, x)
    if rest is x:
        return None
    solved = r.make("solve_triangular", factor, rest, **attrs)
    return r.make("multiply", r.literal(number), solved)


def _without_literals(r, x):
    """Return a structural number k and y with ``x = k y``, also if k stands behind views."""
    if x.op == "negative":
        number, rest = _without_literals(r, x.inputs[0])
        return -number, rest
    if x.op == "multiply":
        for factor, y in (x.inputs, x.inputs[::-1]):
            if factor.op == "literal" and y.shape == x.shape:
                number, rest = _without_literals(r, y)
                return factor["value"] * number, rest
    if x.op in ("reshape", "transpose"):
        number, rest = _without_literals(r, x.inputs[0])
        if rest is not x.inputs[0]:
            return number, r.make(x.op, rest, **dict(x.attrs))
    return 1.0, x


RULES = {op: [_as_floats(op)] for op in ("matmul", "solve", "solve_triangular")}
RULES["matmul"] += [_matmul, _batch_of_inner_products]
RULES["solve_triangular"].append(_sign_out)
RULES["sum"] = [_sum]
