"""Kernels as Numba functions, and their entries as machine code; loaded to compile one."""
