"""Scalar functions written once: as Python on numbers, and as instructions inside a compiled loop.

A function of floats marked with `scalar_function` is, when Python calls it, just that.  When
emitted code calls it, it is run once on symbols (`Value`), whose operators append LLVM instructions
to the code that is being made.  Nothing is compiled, cached or linked for the function
itself, which saves a tenth of a second for each function and each of its parts, and LLVM sees
straight-line code that it can vectorise.  Such a function has no branch on its arguments; it
chooses with `floating_point.select`.

The instructions carry no fast-math flag: a product that may be fused with a sum ("contract") would
break compensated arithmetic.
"""

import inspect

from llvmlite import ir

DOUBLE = ir.DoubleType()
INTEGER = ir.IntType(64)

SIGNATURES = {}
"""Function of symbols -> its signatures, pairs of the kind of the result and of the arguments."""


class Value:
    """A float64, int64 or truth value of the code that is being emitted.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where instructions are appended.
    llvm : llvmlite.ir.Value
    """

    __slots__ = ("builder", "llvm")

    def __init__(self, builder, llvm):
        self.builder = builder
        self.llvm = llvm

    def __add__(self, other):
        return self._arithmetic("fadd", "add", self, other)

    def __radd__(self, other):
        return self._arithmetic("fadd", "add", other, self)

    def __sub__(self, other):
        return self._arithmetic("fsub", "sub", self, other)

    def __rsub__(self, other):
        return self._arithmetic("fsub", "sub", other, self)

    def __mul__(self, other):
        return self._arithmetic("fmul", "mul", self, other)

    def __rmul__(self, other):
        return self._arithmetic("fmul", "mul", other, self)

    def __neg__(self):
        return Value(self.builder, self.builder.fneg(self.llvm))

    def __and__(self, other):
        return Value(self.builder, self.builder.and_(self.llvm, self._operand(other)))

    def __or__(self, other):
        return Value(self.builder, self.builder.or_(self.llvm, self._operand(other)))

    def __xor__(self, other):
        return Value(self.builder, self.builder.xor(self.llvm, self._operand(other)))

    def __lt__(self, other):
        return self._comparison("<", other)

    def __le__(self, other):
        return self._comparison("<=", other)

    def __gt__(self, other):
        return self._comparison(">", other)

    def __ge__(self, other):
        return self._comparison(">=", other)

    def __eq__(self, other):
        return self._comparison("==", other)

    def __ne__(self, other):
        return self._comparison("!=", other)

    __hash__ = None

    def __bool__(self):
        raise TypeError("A scalar function cannot branch on its arguments: use select.")

    def _arithmetic(self, float_name, integer_name, left, right):
        left, right = self._operand(left), self._operand(right)
        if self.llvm.type == DOUBLE:
            return Value(self.builder, getattr(self.builder, float_name)(left, right))
        return Value(self.builder, getattr(self.builder, integer_name)(left, right))

    def _comparison(self, operator, other):
        other = self._operand(other)
        if self.llvm.type != DOUBLE:
            compare = self.builder.icmp_signed
        elif operator == "!=":
            compare = self.builder.fcmp_unordered  # NaN differs from everything
        else:
            compare = self.builder.fcmp_ordered
        return Value(self.builder, compare(operator, self.llvm, other))

    def _operand(self, other):
        return other.llvm if isinstance(other, Value) else ir.Constant(self.llvm.type, other)


def scalar_function(function):
    """Let compiled code call a function of one or two floats; Python goes on calling it as it is.

    Parameters
    ----------
    function : callable
        float64, ... -> float64, made of operators and the operations of `floating_point`.

    Returns
    -------
    callable
        The same function.

    Examples
    --------
    >>> @scalar_function
    ... def twice(x):
    ...     return x + x
    >>> twice(1.5)
    3.0
    """
    count = len(inspect.signature(function).parameters)
    let_code_call(function, ("float", ("float",) * count))
    return function


def let_code_call(function, *signatures):
    """Let compiled code call a function of symbols.

    Parameters
    ----------
    function : callable
        Takes one to three numbers or symbols.
    *signatures : pairs of the kind of the result and the kinds of the arguments
        The first that fits without loss is taken; arguments are converted to its kinds.
    """
    SIGNATURES[function] = signatures


def fitting(signatures, given):
    """Return the first signature to whose kinds the given ones can be converted without loss."""
    for result, wanted in signatures:
        if all(one in _FITS_INTO[kind] for kind, one in zip(wanted, given, strict=True)):
            return result, wanted
    raise TypeError(f"No signature among {signatures} takes {given}.")


_FITS_INTO = {
    "bool": ("bool",), "int": ("bool", "int"), "float": ("bool", "int", "float"),
}
