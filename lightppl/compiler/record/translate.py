"""Calls of traceable functions become nodes; programs, the bodies of loops and branches, become
bodies."""

import numpy as np

from lightppl.autodiff import boxes
from lightppl.autodiff.operation import refuse_inexact_integers
from lightppl.autodiff.program import Slot
from lightppl.compiler.record import fourier
from lightppl.compiler.graph.body import BodyBuilder
from lightppl.compiler.graph.formulas import FORMULAS, write_formula
from lightppl.compiler.record.bodies import finish_body
from lightppl.compiler.graph.ops import NAMES_ELSEWHERE, is_supported
from lightppl.compiler.record.pseudo_inverse import write_pinv
from lightppl.errors import TracingError, UnsupportedOperationError

_OF_TRUTH = {"add": "logical_or", "multiply": "logical_and"}
"""What NumPy does instead, where both arguments are truth values."""
_CASTS = {"float64": "to_float", "int64": "to_int", "bool": "to_bool"}


def operation_name(fun):
    """Return the name in graphs of an autograd primitive."""
    name = boxes.name_of_primitive(fun)
    return NAMES_ELSEWHERE.get(name, name)


def write_call(builder, fun, args, kwargs, location):
    """Return the node of a call.

    Parameters
    ----------
    builder : GraphBuilder
    fun : callable
        An autograd primitive.
    args : list of Node or constant
    kwargs : dict
    location : str or None
        The user's line.

    Raises
    ------
    UnsupportedOperationError
        If the compiler does not know the operation.
    TracingError
        If a constant does not consist of numbers.
    """
    op = operation_name(fun)
    is_whole = all(x.dtype != "float64" for x in args if _is_node(x))
    inputs = [x if _is_node(x) else _constant(builder, x, is_whole, location) for x in args]
    if op == "stop_gradient":
        return inputs[0]
    if op in _OF_TRUTH and all(node.dtype == "bool" for node in inputs):
        op = _OF_TRUTH[op]
    if op in ("cast", "cast_constant"):
        return builder.make(_CASTS[kwargs["kind"]], inputs, location)
    if op in _OF_WHOLE_NUMBERS and all(node.dtype != "float64" for node in inputs):
        return _OF_WHOLE_NUMBERS[op](builder, inputs, location)
    if op in FORMULAS:
        return write_formula(builder, op, inputs, location)
    if op in _COMPOUND:
        return _COMPOUND[op](builder, inputs, kwargs, location)
    if not is_supported(op):
        where = f" at {location}" if location else ""
        raise UnsupportedOperationError(
            f"The operation {op}{where} has no compiled form. Write it with other NumPy functions, "
            "or register it with lightppl.register_primitive."
        )
    return builder.make(op, inputs, location, **kwargs)


def _constant(builder, value, is_whole=False, location=None):
    """The node of a constant; zeros that are one zero, repeated, are no data."""
    _check_numbers(value, location)
    if is_whole:
        refuse_inexact_integers(value, location=location)
    if isinstance(value, np.ndarray) and value.ndim and not any(value.strides):
        if value.size and value.dtype.kind == "f" and value.flat[0] == 0.0:
            return builder.make("broadcast_to", [builder.literal(0.0)], shape=value.shape)
    return builder.constant(value, is_whole)


def _check_numbers(value, location):
    """Raise a `TracingError` for data that are no numbers, such as columns of dtype object."""
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.kind not in "fbiu":
        where = f" at {location}" if location else ""
        raise TracingError(
            f"Data of dtype {dtype} met a traced value{where}, expected numbers. Convert them "
            "before they reach the model, for example with np.asarray(data, dtype=float)."
        )


def _is_node(x):
    return hasattr(x, "depends_on_input")


def program_outputs(builder, program, leaves):
    """Return the nodes of the results of a program.

    Parameters
    ----------
    builder : GraphBuilder
    program : Program
    leaves : list of Node
        One per input.
    """
    known = dict(zip(program.inputs, leaves))
    for call in program.calls:
        args = [known[x] if type(x) is Slot else x for x in call.args]
        known[call.result] = write_call(builder, call.fun, args, call.kwargs, call.location)
    return [known[x] if type(x) is Slot else _constant(builder, x) for x in program.outputs]


def _write_scan(builder, inputs, kwargs, location):
    """The node of a loop."""
    program, num_carry, num_xs = kwargs["body"], kwargs["num_carry"], kwargs["num_xs"]
    counts = [inputs[-1]] if kwargs["is_counted"] else []
    inputs = _of_kinds(builder, inputs, program)
    inner = BodyBuilder(builder)
    leaves = [inner.changing(x, x.shape) for x in inputs[:num_carry]]
    leaves += [inner.changing(x, x.shape[1:]) for x in inputs[num_carry : num_carry + num_xs]]
    leaves += [inner.known(x) for x in inputs[num_carry + num_xs :]]
    outputs = program_outputs(inner, program, leaves)
    for k, leaf in enumerate(leaves[:num_carry]):
        if outputs[k].dtype != leaf.dtype:
            outputs[k] = inner.make(_CASTS[leaf.dtype], [outputs[k]])
    body, inputs, num_xs = finish_body(inner, outputs, num_carry, num_xs)
    attrs = {**kwargs, "body": body, "num_xs": num_xs}
    return builder.make("scan", [*inputs, *counts], location, **attrs)


def _write_march(builder, inputs, kwargs, location):
    """The node of a march, which needs the trial steps only."""
    program, num_state = kwargs["trial"], kwargs["num_state"]
    inputs = _of_kinds(builder, inputs, program)
    inner = BodyBuilder(builder)
    leaves = [inner.changing(x, x.shape) for x in inputs[:num_state]]
    leaves += [inner.known(x) for x in inputs[num_state:]]
    trial, inputs, _ = finish_body(inner, program_outputs(inner, program, leaves), num_state)
    attrs = {"trial": trial, "num_state": num_state, "max_trials": kwargs["max_trials"]}
    return builder.make("march", inputs, location, **attrs)


def _write_cond(builder, inputs, kwargs, location):
    """The node of a choice: the predicate, then the inputs of either body."""
    predicate, *inputs = inputs
    bodies, used = [], []
    for program in (kwargs["true"], kwargs["false"]):
        inner = BodyBuilder(builder)
        leaves = [inner.changing(x, x.shape) for x in _of_kinds(builder, inputs, program)]
        outputs = program_outputs(inner, program, leaves)
        body, needed, _ = finish_body(inner, outputs, 0, len(leaves))
        bodies.append(body)
        used.append(needed)
    attrs = {"true": bodies[0], "false": bodies[1], "num_true": len(used[0])}
    return builder.make("cond", [predicate, *used[0], *used[1]], location, **attrs)


def _of_kinds(builder, inputs, program):
    return [
        x if x.dtype == slot.kind else builder.make(_CASTS[slot.kind], [x])
        for x, slot in zip(inputs, program.inputs)
    ]


def _reciprocal_of_whole(builder, inputs, location):
    """The whole part of ``1 / x``: not zero for 1 and -1 alone, and left open by NumPy for 0."""
    x = builder.make("to_int", inputs, location)
    is_one = builder.make("equal", [builder.make("absolute", [x]), builder.literal(1)], location)
    return builder.make("where", [is_one, x, builder.literal(0)], location)


def _fmod_of_whole(builder, inputs, location):
    """The remainder of the sign of x, and 0 for a division by zero, as NumPy has it."""
    x, y = inputs
    is_zero = builder.make("equal", [y, builder.literal(0)], location)
    divisor = builder.make("where", [is_zero, builder.literal(1), y], location)
    rest = builder.make("to_int", [builder.make("fmod", [x, divisor], location)], location)
    return builder.make("where", [is_zero, builder.literal(0), rest], location)


def _square_of_whole(builder, inputs, location):
    x = builder.make("to_int", inputs, location)
    return builder.make("multiply", [x, x], location)


def _any_product(builder, inputs, location):
    """The product of matrices of truth values holds whether any pair is true."""
    if any(node.dtype != "bool" for node in inputs):
        return builder.make("matmul", inputs, location)
    floats = [builder.make("to_float", [x], location) for x in inputs]
    product = builder.make("matmul", floats, location)
    return builder.make("greater", [product, builder.literal(0.0)], location)


def _absolute_of_whole(builder, inputs, location):
    (x,) = inputs
    return x if x.dtype == "bool" else builder.make("absolute", inputs, location)


_OF_WHOLE_NUMBERS = {
    "absolute": _absolute_of_whole, "fmod": _fmod_of_whole, "matmul": _any_product,
    "reciprocal": _reciprocal_of_whole, "square": _square_of_whole,
}
"""What NumPy does instead, where all arguments are integers or truth values."""

_COMPOUND = {
    "scan": _write_scan, "cond": _write_cond, "march": _write_march, "pinv": write_pinv,
    **fourier.WRITERS,
}
