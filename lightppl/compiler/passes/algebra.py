"""Algebra on elements: signs outward, numbers together, powers to products, divisions to products.

Only identities that keep NaN and infinity are used, with one deliberate exception: ``log(exp(x))``
becomes ``x``, which is finite where the detour over- or underflows.
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
            if is_known(y) and y.shape == b.shape:
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
    if is_known(y) and y.shape == b.shape:
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
                if int(np.prod(product)) <= max(b.size, y.size):
                    return r.make("multiply", a, r.make("multiply", b, y))
    return None


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
                if inner.op == "literal":
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
    is_worth = y.size < x.size or (is_known(y) and not is_known(x))
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
        -0.5: lambda: r.make("divide", one, r.make("sqrt", x)),
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


def _log_expit(r, inputs, attrs):
    (x,) = inputs
    x = x if x.dtype == "float64" else r.make("to_float", x)
    return r.make("negative", r.make("softplus", r.make("negative", x)))


def _xlogy(r, inputs, attrs):
    x, y = inputs
    return r.make("multiply", x, y.inputs[0]) if y.op == "exp" else None


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


def _where_of_quotient(r, inputs, attrs):
    """``where(m, 0, k / exp(x))`` with m and k known: the choice is made among the known."""
    condition, x, y = inputs
    if not (is_known(condition) and is_literal(x, 0.0)):
        return None
    top, bottom = _quotient(y)
    if top is None or not is_known(top) or bottom.op != "exp":
        return None
    return r.make("divide", r.make("where", condition, x, top), bottom)


def _where(r, inputs, attrs):
    condition, x, y = inputs
    if condition.op == "literal":
        chosen = x if condition["value"] else y
        shape = _result_shape(inputs)
        return chosen if chosen.shape == shape else r.make("broadcast_to", chosen, shape=shape)
    return None


def _to_float(r, inputs, attrs):
    return inputs[0] if inputs[0].dtype == "float64" else None


def _result_shape(inputs):
    return tuple(int(n) for n in np.broadcast_shapes(*(node.shape for node in inputs)))


RULES = {
    "add": [_add, _add_constants],
    "subtract": [_subtract, _subtract_constants],
    "multiply": [_multiply, _multiply_constants, _cancel_quotient],
    "negative": [_negative],
    "divide": [_divide],
    "power": [_power],
    "square": [_square],
    "log": [_log],
    "logaddexp": [_logaddexp],
    "log_expit": [_log_expit],
    "where": [_where, _where_of_quotient],
    "xlogy": [_xlogy],
    "to_float": [_to_float],
}
