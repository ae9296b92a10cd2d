"""Algebra on elements: signs outward, numbers together, powers to products, divisions to products.

Only identities that keep NaN and infinity are used; numbers are joined only if their product or sum
neither over- nor underflows, which is looked up.  Zeros of either sign count as one.  Deliberate
exceptions:

* ``log(exp(x))``, ``exp(x) (k / exp(x))`` and ``exp(x) (a - k / exp(x))`` lose the exponential, and
  so are right also where it over- or underflows.
* Many numbers over one that is not known become products with its reciprocal.  That differs where
  the one is smaller than the smallest normal number, or so large that its reciprocal is.
"""

import numpy as np

from lightppl.compiler.passes.rewriting import is_known, is_literal


def _add(r, inputs, attrs):
    a, b = inputs
    if a is b and a.dtype == "float64":
        return r.make("multiply", r.literal(2.0), a)
    for x, y in ((a, b), (b, a)):
        if is_literal(y, 0.0) and x.shape == _result_shape(inputs):
            return x
        if y.op == "negative":
            return r.make("subtract", x, y.inputs[0])
    return None


def _add_constants(r, inputs, attrs):
    """``(x + k1) + k2`` becomes ``x + (k1 + k2)``; a known number drifts out of a sum of unknowns.
    """
    for x, y in (inputs, inputs[::-1]):
        if x.op not in ("add", "subtract") or x.dtype != "float64" or is_known(x):
            continue
        a, b = x.inputs
        if _is_constant(b) and not is_known(a):
            if is_known(y) and y.shape == b.shape and _can_join(r, "add", b, y):
                if x.op == "add":
                    return r.make("add", a, r.make("add", b, y))
                return r.make("subtract", a, r.make("subtract", b, y))
            if not is_known(y) and b.ndim == 0:
                return r.make(x.op, r.make("add", a, y), b)
    return None


def _subtract_constants(r, inputs, attrs):
    x, y = inputs
    if x.op not in ("add", "subtract") or x.dtype != "float64" or is_known(x):
        return None
    a, b = x.inputs
    if not _is_constant(b) or is_known(a):
        return None
    if is_known(y) and y.shape == b.shape and _can_join(r, "add", b, y):
        if x.op == "add":
            return r.make("add", a, r.make("subtract", b, y))
        return r.make("subtract", a, r.make("add", b, y))
    if not is_known(y) and b.ndim == 0:
        return r.make(x.op, r.make("subtract", a, y), b)
    return None


def _is_constant(node):
    return is_known(node) and node.op != "broadcast_to"


def _multiply_constants(r, inputs, attrs):
    """``(x * k1) * k2`` becomes ``x * (k1 * k2)`` unless the product of constants is larger."""
    for x, y in (inputs, inputs[::-1]):
        if x.op != "multiply" or not is_known(y) or is_known(x):
            continue
        for a, b in (x.inputs, x.inputs[::-1]):
            if is_known(b) and not is_known(a):
                product = np.broadcast_shapes(b.shape, y.shape)
                is_small = int(np.prod(product)) <= max(b.size, y.size)
                if is_small and _can_join(r, "multiply", b, y):
                    return r.make("multiply", a, r.make("multiply", b, y))
    return None


def _can_join(r, op, a, b):
    """Whether a sum (of the magnitudes) or product of known numbers stays what numbers can hold.

    A result that is infinite, zero or subnormal although no number is would show in what is
    computed from it.
    """
    if a.op == b.op == "literal":
        a, b = float(a["value"]), float(b["value"])
    elif r.is_body:
        return False  # the numbers are nodes of the graph around it
    else:
        a, b = (np.asarray(r.value_at_hand(x), dtype=np.float64) for x in (a, b))
    with np.errstate(all="ignore"):
        joined = a * b if op == "multiply" else np.abs(a) + np.abs(b)
    is_plain = np.isfinite(a) & np.isfinite(b)
    if op == "multiply":
        is_plain = is_plain & np.not_equal(a, 0) & np.not_equal(b, 0)
        return bool(np.all(~is_plain | is_normal(joined)))
    return bool(np.all(~is_plain | np.isfinite(joined)))


def _has_reciprocal(r, y):
    """Whether every known number has a reciprocal of full precision: or is 0, or no number."""
    if y.op == "literal":
        values = np.float64(y["value"])
    elif r.is_body:
        return False
    else:
        values = np.asarray(r.value_at_hand(y), dtype=np.float64)
    with np.errstate(all="ignore"):
        reciprocal = 1.0 / values
    return bool(np.all(is_normal(reciprocal) | (values == 0) | ~np.isfinite(values)))


def is_normal(x):
    """Return whether numbers are finite and of full precision."""
    size = np.abs(x)
    return (size >= np.finfo(np.float64).tiny) & (size < np.inf)


def _subtract(r, inputs, attrs):
    a, b = inputs
    if is_literal(b, 0.0):
        return a
    if is_literal(a, 0.0):
        return r.make("negative", b)
    if b.op == "negative":
        return r.make("add", a, b.inputs[0])
    if a.op == "negative":
        return r.make("negative", r.make("add", a.inputs[0], b))
    return None


def _multiply(r, inputs, attrs):
    for x, y in (inputs, inputs[::-1]):
        if is_literal(y, 1.0) and x.dtype == "float64":
            return x
        if is_literal(y, -1.0) and x.dtype == "float64":
            return r.make("negative", x)
        if x.op == "negative":
            if y.op == "literal":
                return r.make("multiply", r.literal(-y["value"]), x.inputs[0])
            return r.make("negative", r.make("multiply", x.inputs[0], y))
        if y.op == "literal" and x.op == "multiply":
            for inner, other in (x.inputs, x.inputs[::-1]):
                if inner.op == "literal" and _can_join(r, "multiply", inner, y):
                    return r.make("multiply", r.literal(y["value"] * inner["value"]), other)
    if inputs[0] is inputs[1] and inputs[0].dtype == "float64":
        return r.make("square", inputs[0])
    return None


def _negative(r, inputs, attrs):
    (x,) = inputs
    if x.op == "negative":
        return x.inputs[0]
    if x.op == "subtract":
        return r.make("subtract", x.inputs[1], x.inputs[0])
    if x.op == "multiply" and x.inputs[0].op == "literal":
        return r.make("multiply", r.literal(-x.inputs[0]["value"]), x.inputs[1])
    if x.op == "multiply" and x.inputs[1].op == "literal":
        return r.make("multiply", r.literal(-x.inputs[1]["value"]), x.inputs[0])
    return None


def _divide(r, inputs, attrs):
    x, y = inputs
    if is_literal(y, 1.0) and x.dtype == "float64":
        return x
    if x.op == "negative":
        return r.make("negative", r.make("divide", x.inputs[0], y))
    if y.op == "literal" and y["value"] in (2.0, 4.0, 0.5, 0.25, -2.0, -0.5, -1.0):
        return r.make("multiply", r.literal(1.0 / y["value"]), x)
    if is_known(y):
        is_worth = not is_known(x) and _has_reciprocal(r, y)
    else:
        is_worth = y.size < x.size
    if is_worth and not is_literal(x, 1.0):
        return r.make("multiply", x, r.make("divide", r.literal(1.0), y))
    return None


def _power(r, inputs, attrs):
    x, p = inputs
    if p.op != "literal" or x.dtype != "float64":
        return None
    one = r.literal(1.0)
    forms = {
        1.0: lambda: x,
        2.0: lambda: r.make("square", x),
        3.0: lambda: r.make("multiply", x, r.make("square", x)),
        4.0: lambda: r.make("square", r.make("square", x)),
        0.5: lambda: r.make("sqrt", x),
        -1.0: lambda: r.make("divide", one, x),
        -2.0: lambda: r.make("divide", one, r.make("square", x)),
    }
    form = forms.get(p["value"])
    return form() if form else None


def _square(r, inputs, attrs):
    (x,) = inputs
    return r.make("square", x.inputs[0]) if x.op == "negative" else None


def _log(r, inputs, attrs):
    (x,) = inputs
    return x.inputs[0] if x.op == "exp" else None


def _logaddexp(r, inputs, attrs):
    for x, y in (inputs, inputs[::-1]):
        if is_literal(x, 0.0):
            return r.make("softplus", y)
    return None


def _and_nowhere(r, inputs, attrs):
    """What also has to hold where nothing does, holds nowhere."""
    for x, other in (inputs, inputs[::-1]):
        if is_known(x) and not is_known(other) and not r.is_body and not r.value_at_hand(x).any():
            return _of_shape(r, x, _result_shape(inputs))
    return None


def _cancel_quotient(r, inputs, attrs):
    """``v * (a - k / v)`` becomes ``v * a - k`` for an exponential v, which is not zero."""
    for v, rest in (inputs, inputs[::-1]):
        if v.op != "exp" or rest.op not in ("subtract", "add"):
            continue
        a, b = rest.inputs
        for x, y in ((a, b), (b, a)):
            top, bottom = _quotient(y)
            if bottom is v:
                left = r.make("multiply", v, x)
                return r.make(rest.op, *((left, top) if y is b else (top, left)))
    return None


def _quotient(x):
    """Return k and v of ``k / v`` or ``k * (1 / v)``; None and None of anything else."""
    if x.op == "divide":
        return x.inputs
    if x.op == "multiply":
        for top, y in (x.inputs, x.inputs[::-1]):
            if y.op == "divide" and is_literal(y.inputs[0], 1.0):
                return top, y.inputs[1]
    return None, None


def _cancel_exponential(r, inputs, attrs):
    """``v * (k / v)`` becomes k for an exponential v, also inside products and choices."""
    for v, rest in (inputs, inputs[::-1]):
        if v.op == "exp":
            found = _times(r, v, rest, 3)
            if found is not None:
                return _of_shape(r, found, _result_shape(inputs))
    return None


def _times(r, v, x, depth):
    """Return ``v * x`` without v if x is a multiple of ``1 / v``, else None."""
    if depth == 0:
        return None
    if x.op == "negative":
        found = _times(r, v, x.inputs[0], depth - 1)
        return None if found is None else r.make("negative", found)
    if x.op == "where":
        return _times_choice(r, v, x, depth)
    if x.op == "divide" and x.inputs[1] is v:
        return x.inputs[0]
    if x.op in ("multiply", "divide"):
        a, b = x.inputs
        found = _times(r, v, a, depth - 1)
        if found is not None:
            return r.make(x.op, found, b)
        found = _times(r, v, b, depth - 1) if x.op == "multiply" else None
        return None if found is None else r.make("multiply", a, found)
    return None


def _times_choice(r, v, x, depth):
    """Of ``where(m, 0, k / v)`` with a known m, as the derivative of `xlogy` has it."""
    condition, zero, rest = x.inputs
    if not is_known(condition) or not is_literal(zero, 0.0):
        return None
    top, bottom = _quotient(rest)
    if top is not None and bottom.op == "where" and bottom.inputs[0] is condition:
        # it divides by 1 instead of v where m holds
        found = top if bottom.inputs[2] is v else None
    else:
        found = _times(r, v, rest, depth - 1)
    return None if found is None else r.make("where", condition, zero, found)


def _where(r, inputs, attrs):
    condition, x, y = inputs
    if condition.op == "literal":
        return _of_shape(r, x if condition["value"] else y, _result_shape(inputs))
    return None


def _zero_or_nan(r, inputs, attrs):
    """Where an exponential is NaN, so is its exponent, of which nothing else is asked."""
    condition, number, x = inputs
    if x.op != "exp" or condition.op != "equal" or not all(y is x for y in condition.inputs):
        return None
    (exponent,) = x.inputs
    return r.make("where", r.make("equal", exponent, exponent), number, exponent)


def _zero_or_product(r, inputs, attrs):
    """``where(k == 0, 0, k x)`` is ``k x`` if x is known and finite, as a logarithm of data is."""
    condition, zeros, product = inputs
    if condition.op != "equal" or product.op != "multiply" or not is_known(zeros) or r.is_body:
        return None
    for k, zero in (condition.inputs, condition.inputs[::-1]):
        for a, x in (product.inputs, product.inputs[::-1]):
            if a is k and is_literal(zero, 0.0) and is_known(x) and not is_known(k):
                values = r.value_at_hand(zeros), r.value_at_hand(x)
                is_same = not np.any(values[0]) and np.all(np.isfinite(values[1]))
                return _of_shape(r, product, _result_shape(inputs)) if is_same else None
    return None


def _to_float(r, inputs, attrs):
    return inputs[0] if inputs[0].dtype == "float64" else None


def _result_shape(inputs):
    return tuple(int(n) for n in np.broadcast_shapes(*(node.shape for node in inputs)))


def _of_shape(r, x, shape):
    return x if x.shape == shape else r.make("broadcast_to", x, shape=shape)


RULES = {
    "add": [_add, _add_constants],
    "subtract": [_subtract, _subtract_constants],
    "multiply": [_multiply, _multiply_constants, _cancel_quotient, _cancel_exponential],
    "negative": [_negative],
    "divide": [_divide],
    "power": [_power],
    "square": [_square],
    "log": [_log],
    "logaddexp": [_logaddexp],
    "where": [_where, _zero_or_nan, _zero_or_product],
    "logical_and": [_and_nowhere],
    "to_float": [_to_float],
}
