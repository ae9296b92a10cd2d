"""Scalar functions written once: as Python on numbers, and as instructions inside a compiled loop.

A function of floats marked with `scalar_function` is, when Python calls it, just that.  When a
kernel calls it, Numba runs it once on symbols (`Value`), whose operators append LLVM instructions
to the kernel that is being compiled.  Nothing is compiled, cached or linked for the function
itself, which saves a tenth of a second for each function and each of its parts, and LLVM sees
straight-line code that it can vectorise.  Such a function has no branch on its arguments; it
chooses with `floating_point.select`.

The instructions carry a fast-math flag that means nothing for them (`afn` is about library
functions): Numba adds a kernel's own flags only to instructions that have none, and a product that
may be fused with a sum ("contract") would break compensated arithmetic.
"""

import inspect

from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable

DOUBLE = ir.DoubleType()
INTEGER = ir.IntType(64)
FLAGS = ("afn",)


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
            return Value(self.builder, getattr(self.builder, float_name)(left, right, flags=FLAGS))
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
    """Let kernels call a function of one or two floats; Python goes on calling it as it is.

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
    num_arguments = len(inspect.signature(function).parameters)
    let_kernels_call(function, types.float64(*[types.float64] * num_arguments))
    return function


def let_kernels_call(function, *signatures):
    """Register a function of symbols with Numba.

    Parameters
    ----------
    function : callable
        Takes one to three numbers or symbols.
    *signatures : numba signature
        The first that fits without loss is taken; arguments are converted to its types.
    """
    type_callable(function)(_TYPERS[len(signatures[0].args) - 1](signatures))

    def emit(context, builder, signature, llvm_arguments):
        return function(*(Value(builder, llvm) for llvm in llvm_arguments)).llvm

    for signature in signatures:
        lower_builtin(function, *signature.args)(emit)


# Numba reads the number of arguments from the Python signature of the innermost function.
_TYPERS = (
    lambda signatures: lambda context: lambda x: _fitting(signatures, x),
    lambda signatures: lambda context: lambda x, y: _fitting(signatures, x, y),
    lambda signatures: lambda context: lambda x, y, z: _fitting(signatures, x, y, z),
)
_FITS_INTO = {
    types.Boolean: (types.boolean, types.int64, types.float64),
    types.Integer: (types.int64, types.float64),
    types.Float: (types.float64,),
}


def _fitting(signatures, *given):
    for signature in signatures:
        if all(_fits(one, wanted) for one, wanted in zip(given, signature.args)):
            return signature
    return None


def _fits(given, wanted):
    return any(isinstance(given, kind) and wanted in into for kind, into in _FITS_INTO.items())
