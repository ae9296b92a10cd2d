"""Views of flat memory for emitted code: a pointer and an offset become an array.

What the functions do here is what they mean; compiled code has its own form of them.
"""

import ctypes


def independent(*bounds):
    """Return the range of a loop whose rounds do not read or write what other rounds write.

    Sums in variables are no memory.  Compiled code is told so, and need not find out.
    """
    return range(*bounds)


def pointer_at(pointer, offset):
    """Return the pointer moved on by `offset` elements."""
    return pointer[offset:]


def floats_at(address):
    """Return the pointer to the floats at an address."""
    return ctypes.cast(address, ctypes.POINTER(ctypes.c_double))


def ints_at(address):
    """Return the pointer to the 64-bit integers at an address."""
    return ctypes.cast(address, ctypes.POINTER(ctypes.c_int64))


def view1(pointer, offset, n):
    """Return ``n`` numbers from `offset` on as an array."""
    return pointer[offset : offset + n]


def view2(pointer, offset, m, n):
    """Return ``m * n`` numbers from `offset` on as a row-major matrix."""
    return pointer[offset : offset + m * n].reshape(m, n)


def copy_into(target, target_start, source, source_start, n):
    """Copy ``n`` numbers."""
    for i in range(n):
        target[target_start + i] = source[source_start + i]
