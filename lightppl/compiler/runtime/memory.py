"""Views of flat memory for emitted code: a pointer and an offset become an array."""

from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic

from lightppl.jit import kernel


@intrinsic
def pointer_at(typingctx, pointer, offset):
    """Return the pointer moved on by `offset` elements."""

    def codegen(context, builder, signature, args):
        return builder.gep(args[0], [args[1]], source_etype=ir.DoubleType())

    if pointer.dtype not in (types.float64, types.int64):
        raise TypeError("pointer_at moves over eight-byte numbers")
    return pointer(pointer, types.int64), codegen


@kernel(inline="always")
def view1(pointer, offset, n):
    """Return ``n`` numbers from `offset` on as an array."""
    return carray(pointer_at(pointer, offset), (n,))


@kernel(inline="always")
def view2(pointer, offset, m, n):
    """Return ``m * n`` numbers from `offset` on as a row-major matrix."""
    return carray(pointer_at(pointer, offset), (m, n))


@kernel
def copy_into(target, target_start, source, source_start, n):
    """Copy ``n`` numbers."""
    for i in range(n):
        target[target_start + i] = source[source_start + i]
