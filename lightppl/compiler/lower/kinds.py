"""What an expression of the emitted language stands for while it is lowered to LLVM.

Three kinds of numbers have LLVM values: float (float64), int (int64) and bool.  Pointers lead to
floats or ints; a view is a pointer with sizes, row-major.  Tuples, functions, modules and views
exist only here: nothing of them is left in the code that is made.
"""

from llvmlite import ir

from lightppl.errors import CompilationError
from lightppl.records import record

FLOAT, INT, BOOL = "float", "int", "bool"
DOUBLE, INTEGER, TRUTH, POINTER = ir.DoubleType(), ir.IntType(64), ir.IntType(1), ir.PointerType()
LLVM_TYPE = {FLOAT: DOUBLE, INT: INTEGER, BOOL: TRUTH}
_RANK = {BOOL: 0, INT: 1, FLOAT: 2}


@record
class Number:
    """A float64, int64 or truth value.

    Attributes
    ----------
    kind : {"float", "int", "bool"}
    llvm : llvmlite.ir.Value
    """

    kind: str
    llvm: object


@record
class Pointer:
    """Where numbers of one kind stand one after another.

    Attributes
    ----------
    kind : {"float", "int"}
    llvm : llvmlite.ir.Value
    is_constant : bool
        Whether nothing writes there while the function runs.
    """

    kind: str
    llvm: object
    is_constant: bool = False


@record
class View:
    """Numbers with one or two sizes, row-major.

    Attributes
    ----------
    pointer : Pointer
    sizes : tuple of Number
    """

    pointer: Pointer
    sizes: tuple


def constant(value):
    """Return a Python number as a `Number`."""
    if isinstance(value, bool):
        return Number(BOOL, ir.Constant(TRUTH, int(value)))
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise CompilationError(f"{value} is no 64-bit integer.")
        return Number(INT, ir.Constant(INTEGER, value))
    return Number(FLOAT, ir.Constant(DOUBLE, float(value)))


def is_number(value):
    """Return whether a Python value is a number of the language."""
    return isinstance(value, (bool, int, float))


def common_kind(*numbers):
    """Return the kind to which numbers are converted before they meet."""
    return max((x.kind for x in numbers), key=_RANK.get)


def converted(builder, number, kind):
    """Return a number as one of another kind, as Python's ``float()``, ``int()``, ``bool()`` do.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
    number : Number
    kind : {"float", "int", "bool"}

    Returns
    -------
    Number
    """
    given = number.kind
    if given == kind:
        return number
    is_known = isinstance(number.llvm, ir.Constant) and not isinstance(number.llvm.constant, str)
    if is_known and not (kind == INT and not abs(number.llvm.constant) < 2.0**63):
        return constant({FLOAT: float, INT: int, BOOL: bool}[kind](number.llvm.constant))
    if kind == FLOAT:
        convert = builder.uitofp if given == BOOL else builder.sitofp
        return Number(FLOAT, convert(number.llvm, DOUBLE))
    if kind == INT:
        if given == BOOL:
            return Number(INT, builder.zext(number.llvm, INTEGER))
        name = "llvm.fptosi.sat"
        function_type = ir.FunctionType(INTEGER, [DOUBLE])
        function = builder.module.declare_intrinsic(name, [INTEGER, DOUBLE], function_type)
        return Number(INT, builder.call(function, [number.llvm]))
    zero = ir.Constant(LLVM_TYPE[given], 0)
    if given == FLOAT:
        return Number(BOOL, builder.fcmp_unordered("!=", number.llvm, zero))
    return Number(BOOL, builder.icmp_signed("!=", number.llvm, zero))


def require_number(value, what):
    """Return the value if it is a `Number`; Python's numbers become one.

    Raises
    ------
    CompilationError
    """
    if is_number(value):
        return constant(value)
    if isinstance(value, Number):
        return value
    raise CompilationError(f"{what} must be a number, found {value!r}.")
