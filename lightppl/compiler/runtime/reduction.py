"""One step of a sum, a maximum or a minimum, as loops over many elements need it.

A sum is vectorised only if its terms may be added in another order.  That freedom is given to this
one addition: the same flag on a whole function would break compensated arithmetic inlined into it.

With ``NUMBA_DISABLE_JIT=1`` the same names are plain Python.
"""

import math

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_BINARY = types.float64(types.float64, types.float64)

if numba.config.DISABLE_JIT:

    def add_reassoc(a, b):
        """Return ``a + b``; a loop of these may add in any order."""
        return a + b

    def max_keep_nan(a, b):
        """Return the larger number; NaN if either is NaN."""
        return math.nan if a != a or b != b else max(a, b)

    def min_keep_nan(a, b):
        """Return the smaller number; NaN if either is NaN."""
        return math.nan if a != a or b != b else min(a, b)

else:

    @intrinsic
    def add_reassoc(typingctx, a, b):
        """Return ``a + b``; a loop of these may add in any order."""

        def codegen(context, builder, signature, args):
            return builder.fadd(*args, flags=("reassoc", "contract"))

        return _BINARY, codegen

    @intrinsic
    def max_keep_nan(typingctx, a, b):
        """Return the larger number; NaN if either is NaN."""

        def codegen(context, builder, signature, args):
            return builder.call(_binary_intrinsic(builder.module, "llvm.maximum"), args)

        return _BINARY, codegen

    @intrinsic
    def min_keep_nan(typingctx, a, b):
        """Return the smaller number; NaN if either is NaN."""

        def codegen(context, builder, signature, args):
            return builder.call(_binary_intrinsic(builder.module, "llvm.minimum"), args)

        return _BINARY, codegen

    def _binary_intrinsic(module, name):
        double = ir.DoubleType()
        return module.declare_intrinsic(name, [double], ir.FunctionType(double, [double, double]))
