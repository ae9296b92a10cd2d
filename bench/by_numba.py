"""How hand-written functions are compiled: with the options an author who wants speed would use."""

import functools

import numba

compiled = functools.partial(numba.njit, nogil=True, error_model="numpy", fastmath={"contract"})
sums_in_any_order = functools.partial(
    numba.njit, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"}
)
