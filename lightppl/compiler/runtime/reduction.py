"""One step of a sum, a maximum or a minimum, as loops over many elements need it.

A sum is vectorised only if its terms may be added in another order.  That freedom is given to this
one addition: the same flag on a whole function would break compensated arithmetic inlined into it.
"""

import math

from llvmlite import ir

from lightppl.compiler.runtime.symbolic import DOUBLE, Value, scalar_function


@scalar_function
def add_reassoc(a, b):
    """Return ``a + b``; a loop of these may add in any order."""
    if isinstance(a, Value):
        flags = ("reassoc", "contract")
        return Value(a.builder, a.builder.fadd(a.llvm, b.llvm, flags=flags))
    return a + b


@scalar_function
def max_keep_nan(a, b):
    """Return the larger number; NaN if either is NaN."""
    if isinstance(a, Value):
        return _call("llvm.maximum", a, b)
    return math.nan if a != a or b != b else max(a, b)


@scalar_function
def min_keep_nan(a, b):
    """Return the smaller number; NaN if either is NaN."""
    if isinstance(a, Value):
        return _call("llvm.minimum", a, b)
    return math.nan if a != a or b != b else min(a, b)


def _call(name, a, b):
    function_type = ir.FunctionType(DOUBLE, [DOUBLE, DOUBLE])
    function = a.builder.module.declare_intrinsic(name, [DOUBLE], function_type)
    return Value(a.builder, a.builder.call(function, [a.llvm, b.llvm]))
