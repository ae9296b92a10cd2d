"""Kernels that users registered: emitted code imports them from here by name.

See `lightppl.compiler.primitives`.
"""

KERNELS = {}
"""Name in emitted code -> function compiled by Numba."""


def __getattr__(name):
    if name not in KERNELS:
        raise AttributeError(f"No kernel {name} is registered in this process.")
    return KERNELS[name]
