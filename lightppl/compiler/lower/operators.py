"""Operators and built-in functions of the emitted language, as LLVM instructions.

Arithmetic of floats may fuse a product with a sum ("contract"), and obeys IEEE 754 otherwise:
nothing is raised, and NaN stays NaN.
"""

import ast
import builtins
import math

import numpy as np
from llvmlite import ir

from lightppl.compiler.lower.kinds import (
    BOOL, DOUBLE, FLOAT, INT, INTEGER, Number, common_kind, constant, converted,
)
from lightppl.compiler.runtime import arithmetic, elementary
from lightppl.errors import CompilationError

FLAGS = ("contract",)
_ARITHMETIC = {
    ast.Add: ("fadd", "add"), ast.Sub: ("fsub", "sub"), ast.Mult: ("fmul", "mul"),
}
_BITS = {
    ast.BitAnd: "and_", ast.BitOr: "or_", ast.BitXor: "xor",
    ast.LShift: "shl", ast.RShift: "ashr",
}
_COMPARE = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}
IN_LANGUAGE = {
    math.exp: elementary.exp, np.exp: elementary.exp, math.expm1: elementary.expm1,
    math.log: elementary.log, np.log: elementary.log, math.log1p: elementary.log1p,
    math.sin: elementary.sin, math.cos: elementary.cos, math.tanh: elementary.tanh,
    math.erf: elementary.erf, math.erfc: elementary.erfc, math.lgamma: elementary.lgamma,
    math.pow: elementary.pow, np.sin: elementary.sin, np.cos: elementary.cos,
    np.tanh: elementary.tanh, np.expm1: elementary.expm1, np.log1p: elementary.log1p,
}
"""Functions of the standard library and of NumPy that have a form in the language."""

IN_PYTHON = {
    (ast.FloorDiv, FLOAT): arithmetic.floor_divide,
    (ast.Mod, FLOAT): arithmetic.remainder,
    (ast.FloorDiv, INT): arithmetic.floor_divide_integers,
    (ast.Mod, INT): arithmetic.remainder_of_integers,
    (ast.Pow, FLOAT): elementary.pow,
}
"""Operators that are functions written in the language itself."""

INTRINSICS = {
    math.sqrt: "llvm.sqrt", np.sqrt: "llvm.sqrt", math.fabs: "llvm.fabs",
    math.floor: "llvm.floor", math.ceil: "llvm.ceil", math.trunc: "llvm.trunc",
    np.rint: "llvm.rint", math.copysign: "llvm.copysign",
}
"""Functions of floats that LLVM knows; rounding gives a float."""

LIBRARY = {
    math.tan: "tan", math.asin: "asin", math.acos: "acos", math.atan: "atan",
    math.atan2: "atan2", math.hypot: "hypot", math.sinh: "sinh", math.cosh: "cosh",
    math.asinh: "asinh", math.acosh: "acosh", math.atanh: "atanh", np.cbrt: "cbrt",
    math.fmod: "fmod", np.fmod: "fmod",
}
"""Functions of floats that the C library has."""


def binary(builder, operator, left, right):
    """Return the `Number` of an operator that is an instruction.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    operator : type
        Of `ast`.
    left, right : Number
    """
    if operator is ast.Div:
        left, right = (converted(builder, x, FLOAT) for x in (left, right))
        return Number(FLOAT, builder.fdiv(left.llvm, right.llvm, flags=FLAGS))
    kind = common_kind(left, right)
    if operator in _BITS:
        if kind == FLOAT:
            raise CompilationError("Bits of floats have no operators.")
        kind = INT if operator in (ast.LShift, ast.RShift) else kind
        left, right = (converted(builder, x, kind) for x in (left, right))
        return Number(kind, getattr(builder, _BITS[operator])(left.llvm, right.llvm))
    kind = INT if kind == BOOL else kind
    left, right = (converted(builder, x, kind) for x in (left, right))
    if operator not in _ARITHMETIC:
        raise CompilationError(f"The emitted language has no operator {operator.__name__}.")
    of_floats, of_integers = _ARITHMETIC[operator]
    if kind == FLOAT:
        return Number(FLOAT, getattr(builder, of_floats)(left.llvm, right.llvm, flags=FLAGS))
    return Number(INT, getattr(builder, of_integers)(left.llvm, right.llvm, flags=("nsw",)))


def compare(builder, operator, left, right):
    """Return the truth of a comparison; NaN differs from everything, also from itself."""
    sign = _COMPARE[operator]
    kind = common_kind(left, right)
    kind = INT if kind == BOOL and sign not in ("==", "!=") else kind
    left, right = (converted(builder, x, kind) for x in (left, right))
    if kind != FLOAT:
        return Number(BOOL, builder.icmp_signed(sign, left.llvm, right.llvm))
    instruction = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
    return Number(BOOL, instruction(sign, left.llvm, right.llvm))


def unary(builder, operator, x):
    """Return ``-x``, ``+x``, ``~x`` or ``not x``."""
    if operator is ast.Not:
        return Number(BOOL, builder.not_(converted(builder, x, BOOL).llvm))
    if operator is ast.Invert:
        if x.kind != INT:
            raise CompilationError("Only integers have bits that ~ inverts.")
        return Number(x.kind, builder.not_(x.llvm))
    x = converted(builder, x, INT) if x.kind == BOOL else x
    if operator is ast.UAdd:
        return x
    if isinstance(x.llvm, ir.Constant):
        return constant(-x.llvm.constant)
    return Number(x.kind, builder.fneg(x.llvm) if x.kind == FLOAT else builder.neg(x.llvm))


def absolute(builder, x):
    """Return ``abs(x)``."""
    if x.kind == FLOAT:
        return call_intrinsic(builder, "llvm.fabs", x)
    x = converted(builder, x, INT)
    is_negative = builder.icmp_signed("<", x.llvm, ir.Constant(INTEGER, 0))
    return Number(INT, builder.select(is_negative, builder.neg(x.llvm), x.llvm))


def extreme(builder, sign, *numbers):
    """Return Python's ``min`` or ``max``: a later number replaces the one kept if it is beyond it.
    """
    kind = common_kind(*numbers)
    found, *rest = (converted(builder, x, kind) for x in numbers)
    for x in rest:
        operator = ast.Lt if sign == "<" else ast.Gt
        is_beyond = compare(builder, operator, x, found)
        found = Number(kind, builder.select(is_beyond.llvm, x.llvm, found.llvm))
    return found


def call_intrinsic(builder, name, *numbers):
    """Return the result of an intrinsic function of floats."""
    _require_count(name, numbers)
    llvm = [converted(builder, x, FLOAT).llvm for x in numbers]
    function_type = ir.FunctionType(DOUBLE, [DOUBLE] * len(llvm))
    function = builder.module.declare_intrinsic(name, [DOUBLE], function_type)
    return Number(FLOAT, builder.call(function, llvm))


def call_library(builder, name, *numbers):
    """Return the result of a function of floats of the C library."""
    _require_count(name, numbers)
    llvm = [converted(builder, x, FLOAT).llvm for x in numbers]
    function = builder.module.globals.get(name)
    if function is None:
        function_type = ir.FunctionType(DOUBLE, [DOUBLE] * len(llvm))
        function = ir.Function(builder.module, function_type, name)
        function.attributes.add("nounwind")
    return Number(FLOAT, builder.call(function, llvm))


_WITH_TWO_ARGUMENTS = {"atan2", "hypot", "fmod", "llvm.copysign"}


def _require_count(name, numbers):
    count = 2 if name in _WITH_TWO_ARGUMENTS else 1
    if len(numbers) != count:
        raise CompilationError(f"{name} takes {count} arguments here, not {len(numbers)}.")


BUILTINS = {
    builtins.abs: absolute,
    builtins.min: lambda builder, *numbers: extreme(builder, "<", *numbers),
    builtins.max: lambda builder, *numbers: extreme(builder, ">", *numbers),
    builtins.float: lambda builder, x: converted(builder, x, FLOAT),
    builtins.int: lambda builder, x: converted(builder, x, INT),
    builtins.bool: lambda builder, x: converted(builder, x, BOOL),
}
"""Functions of numbers of any kind."""
