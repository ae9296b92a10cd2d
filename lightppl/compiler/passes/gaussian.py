"""Gaussian densities: the pullback of their Cholesky factor becomes an inverse and outer products.

The gradient by ``A = L L'``, given the gradient G by L, is ``L^-T sym(Phi(L' G)) L^-1``: three
operations that cost n^3 each.  It is linear in G, and two kinds of terms of G need none of them:

* ``c / diag(L)`` on the diagonal, from a log determinant, gives ``c/2 A^-1``;
* products ``u v'`` with ``L' u = p``, from solutions of triangular systems, give
  ``(u w' + w u')/4`` with ``L' w = v``, if the sum of all ``p v'`` is symmetric; as in a square,
  where p is v, and in the two halves of ``x' A^-1 y``.

If every term is of these kinds, a gradient costs one factorisation and one inverse: Rasmussen &
Williams (2006), "Gaussian Processes for Machine Learning", eq. (5.9).  If not, nothing changes.

Legend: N matrix size, K columns; a *number* here is an array that does not vary along the last two
axes; c numbers; u, v, w, p columns (..., N, K).
"""

import math

import numpy as np

from lightppl.compiler.graph.graph import Node
from lightppl.compiler.passes.rewriting import is_literal
from lightppl.compiler.graph.shapes import swaps_last_axes
from lightppl.records import record


@record
class _Product:
    """The term ``c u v'`` of G; p is ``L' u`` and w is ``L^-T v``."""

    c: Node
    u: Node
    v: Node
    p: Node
    w: Node


def _pullback(r, inputs, attrs):
    factor, g = inputs
    found = _terms(r, factor, g, r.literal(1.0))
    parts = None if found is None else _gradients(r, factor, found)
    if parts:
        total = parts[0]
        for part in parts[1:]:
            total = r.make("add", total, part)
        return total if total.shape == g.shape else r.make("broadcast_to", total, shape=g.shape)
    bare = _without_masks(r, g)
    return None if bare is g else r.make_plain("cholesky_pullback", factor, bare)


def _without_masks(r, g):
    """An array with the same lower triangle, which is all that counts."""
    if _is_lower_part(r, g):
        return g.inputs[1]
    if g.op in ("add", "subtract", "negative") and all(x.shape == g.shape for x in g.inputs):
        parts = [_without_masks(r, x) for x in g.inputs]
        if any(a is not b for a, b in zip(parts, g.inputs)):
            return r.make(g.op, *parts)
    return g


def _terms(r, factor, g, c):
    """Return the terms of ``c g``: numbers for inverses and `_Product`s; None if one is neither."""
    if g.op in ("add", "subtract"):
        a, b = g.inputs
        if a.shape != g.shape or b.shape != g.shape:
            return None
        first = _terms(r, factor, a, c)
        second = first and _terms(r, factor, b, c if g.op == "add" else r.make("negative", c))
        return first + second if second else None
    if _is_lower_part(r, g):
        return _terms(r, factor, g.inputs[1], c)
    if g.op == "reshape" and g.inputs[0].op == "place":
        number = _number_of_diagonal(r, factor, g.inputs[0])
        return None if number is None else [r.make("multiply", c, number)]
    bare, c = _without_numbers(r, g, c)
    if swaps_last_axes(bare):
        bare, c = _without_numbers(r, bare.inputs[0], c)
        bare = _transposed_product(r, bare)
    if bare is not g:
        return None if bare is None else _terms(r, factor, bare, c)
    product = _product(r, factor, g, c)
    return None if product is None else [product]


def _is_lower_part(r, g):
    """Whether a node is an array with some of the upper triangle set to zero."""
    if r.is_body or g.op != "where" or not is_literal(g.inputs[2], 0.0):
        return False
    mask, x, _ = g.inputs
    mask = mask.inputs[0] if mask.op == "broadcast_to" else mask
    if mask.op != "data" or x.shape != g.shape or mask.shape[-2:] != g.shape[-2:]:
        return False
    return r.remembered(
        ("has lower triangle", mask["key"]),
        lambda: not np.any(np.tril(~r.builder.arrays[mask["key"]].astype(bool))),
    )


def _without_numbers(r, x, c):
    """Return `x` without factors that are numbers, and `c` times those."""
    while True:
        if x.op == "negative":
            c, x = r.make("negative", c), x.inputs[0]
        elif x.op == "multiply" and any(_is_number(y) for y in x.inputs):
            number, rest = x.inputs if _is_number(x.inputs[0]) else x.inputs[::-1]
            if rest.shape != x.shape:
                return x, c
            c, x = r.make("multiply", c, number), rest
        elif x.op == "divide" and _is_number(x.inputs[1]) and x.inputs[0].shape == x.shape:
            c, x = r.make("divide", c, x.inputs[1]), x.inputs[0]
        else:
            number, rest = _without_literals(r, x)
            return rest, c if rest is x else r.make("multiply", r.literal(number), c)


def _is_number(x):
    return all(n == 1 for n in x.shape[-2:])


def _transposed_product(r, x):
    if x.op not in ("multiply", "matmul"):
        return None
    a, b = (_transposed(r, y) if y.ndim > 1 else y for y in x.inputs)
    return r.make("multiply", a, b) if x.op == "multiply" else r.make("matmul", b, a)


def _product(r, factor, g, c):
    if g.op not in ("multiply", "matmul"):
        return None
    a, b = g.inputs
    if g.op == "multiply" and a.shape[-1:] != (1,):
        a, b = b, a
    n = factor.shape[-1]
    if g.op == "multiply" and (a.shape[-2:] != (n, 1) or b.shape[-2:] != (1, n)):
        return None
    u, c = _without_numbers(r, a, c)
    b, c = _without_numbers(r, b, c)
    v, c = _without_numbers(r, _transposed(r, b), c)
    if u.shape[-2:] != v.shape[-2:]:
        return None
    if _solves_transposed(factor, u):
        p, c = _without_numbers(r, u.inputs[1], c)
        u = _solved(r, factor, p)
    else:
        p = r.make("matmul", _transposed(r, factor), u)
    if v.op == "matmul" and v.inputs[0] is _transposed(r, factor):
        w = v.inputs[1]
    elif v.op == "transpose" and v.inputs[0].op == "matmul" and v.inputs[0].inputs[1] is factor:
        w = _transposed(r, v.inputs[0].inputs[0])
    else:
        w = _solved(r, factor, v)
    return _Product(c, u, v, p, w)


def _transposed(r, x):
    axes = tuple(range(x.ndim))
    return r.make("transpose", x, axes=(*axes[:-2], axes[-1], axes[-2]))


def _solves_transposed(factor, u):
    return u.op == "solve_triangular" and u.inputs[0] is factor and u["trans"] and u["lower"]


def _solved(r, factor, v):
    shape = factor.shape[:-2] + v.shape[-2:]
    v = v if v.shape == shape else r.make("broadcast_to", v, shape=shape)
    return r.make("solve_triangular", factor, v, lower=True, trans=True)


def _number_of_diagonal(r, factor, block):
    """Return c if a block is ``c / diag(L)`` on the diagonal of a matrix in row order, or None."""
    (d,) = block.inputs
    if not _is_along_diagonal(factor, block["starts"], block["steps"], d.shape):
        return None
    c = _times_diagonal(r, factor, d)
    if c is None or c.ndim == 0:
        return c
    return r.make("reshape", c, shape=(*c.shape, 1))


def _is_along_diagonal(factor, starts, steps, shape):
    n = factor.shape[-1]
    is_whole = shape == factor.shape[:-1] and not any(starts)
    return is_whole and steps == (*(1 for _ in steps[1:]), n + 1)


def _times_diagonal(r, factor, d):
    """Return ``d diag(L)`` if it does not vary along the diagonal, else None."""
    if d.op in ("add", "subtract"):
        parts = [_times_diagonal(r, factor, x) for x in d.inputs]
        return None if None in parts else r.make(d.op, *parts)
    c, power, stack = r.literal(1.0), 0, [(d, 1)]
    while stack:
        x, exponent = stack.pop()
        if _is_diagonal(factor, x.inputs[0] if x.op == "absolute" else x):
            power += exponent
        elif x.op == "sign" and _is_diagonal(factor, x.inputs[0]):
            pass  # a diagonal is positive, or NaN, which the inverse keeps
        elif x.op == "negative":
            c = r.make("negative", c)
            stack.append((x.inputs[0], exponent))
        elif x.op in ("multiply", "divide"):
            a, b = x.inputs
            stack += [(a, exponent), (b, exponent if x.op == "multiply" else -exponent)]
        else:
            x = x.inputs[0] if x.op == "broadcast_to" else x
            if x.ndim and x.shape[-1] != 1:
                return None
            c = r.make("multiply" if exponent == 1 else "divide", c, x)
    return c if power == -1 else None


def _is_diagonal(factor, x):
    if x.op != "slice" or x.inputs[0].op != "reshape" or x.inputs[0].inputs[0] is not factor:
        return False
    return _is_along_diagonal(factor, x["starts"], x["steps"], x.shape)


def _gradients(r, factor, terms):
    """Return the gradients by A of the terms, or None if their sum is not of the right form."""
    half, parts, waiting = r.literal(0.5), [], []
    for term in terms:
        if not isinstance(term, _Product):
            inverse = r.make("cholesky_inverse", factor)
            parts.append(r.make("multiply", r.make("multiply", half, term), inverse))
            continue
        is_square = _is_multiple(r, term.p, term.v) or _is_multiple(r, term.u, term.w)
        other = None if is_square else next((x for x in waiting if _are_halves(x, term)), None)
        if not is_square and other is None:
            waiting.append(term)
            continue
        c = r.make("multiply", half, term.c)
        parts.append(r.make("multiply", c, _outer(r, term.u, term.w)))
        if other is not None:
            waiting.remove(other)
            parts.append(r.make("multiply", c, _outer(r, term.w, term.u)))
    return None if waiting else parts


def _are_halves(one, other):
    return one.p is other.v and one.v is other.p and one.c is other.c


def _outer(r, u, w):
    return r.make("matmul", u, _transposed(r, w))


def _is_multiple(r, x, v, rows=-2):
    """Whether each column of `x` is a multiple of that of `v`; `rows` is the axis along columns."""
    if x is v:
        return True
    rows %= x.ndim
    if x.op == "negative":
        return _is_multiple(r, x.inputs[0], v, rows)
    if x.op in ("add", "subtract") and all(y.shape == x.shape for y in x.inputs):
        return all(_is_multiple(r, y, v, rows) for y in x.inputs)
    if x.op in ("multiply", "divide"):
        a, b = x.inputs
        if a.shape == x.shape and _is_constant_along(b, x.ndim, rows):
            return _is_multiple(r, a, v, rows)
        if x.op == "multiply" and b.shape == x.shape and _is_constant_along(a, x.ndim, rows):
            return _is_multiple(r, b, v, rows)
    if x.op == "transpose":
        back = tuple(int(k) for k in np.argsort(x["axes"]))
        return _is_multiple(r, x.inputs[0], r.make("transpose", v, axes=back), x["axes"][rows])
    if x.op == "reshape":
        (y,) = x.inputs
        for k, n in enumerate(y.shape):
            if n == x.shape[rows] and math.prod(y.shape[:k]) == math.prod(x.shape[:rows]):
                return _is_multiple(r, y, r.make("reshape", v, shape=y.shape), k)
    return False


def _is_constant_along(x, ndim, axis):
    x = x.inputs[0] if x.op == "broadcast_to" else x
    axis -= ndim - x.ndim
    return axis < 0 or x.shape[axis] == 1


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


def _inverse(r, inputs, attrs):
    """``L^-T (L^-1 I)`` is the inverse."""
    factor, x = inputs
    if r.is_body or not attrs["trans"] or not attrs["lower"]:
        return None
    is_half = x.op == "solve_triangular" and x.inputs[0] is factor
    if not is_half or x["trans"] or not x["lower"] or not _is_identity(r, x.inputs[1]):
        return None
    return r.make("cholesky_inverse", factor)


def _is_identity(r, x):
    x = x.inputs[0] if x.op == "broadcast_to" else x
    if x.op != "data" or x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        return False
    return r.remembered(
        ("is identity", x["key"]),
        lambda: not np.any(r.builder.arrays[x["key"]] - np.eye(x.shape[-1])),
    )


RULES = {"cholesky_pullback": [_pullback], "solve_triangular": [_inverse, _sign_out]}
