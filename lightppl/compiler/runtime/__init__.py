"""The functions that emitted code calls, in the same language; they know no graph and no model.

Reading order: `symbolic` (how a function of floats becomes instructions); `floating_point` (bits,
selects, compensated arithmetic), `rare_lanes` (a branch that few elements of a loop take); the
scalar functions `exponential`, `logarithm`, `huge_angle` and `trigonometric`, `error_function`,
`gamma_function`, gathered in `elementary`; `reduction` (one step of a sum or maximum);
`scipy_symbols` (how compiled code reaches SciPy's C functions) and what uses it: `special`,
`linalg`, `factorizations`; `scans` (sequential loops); `scratch` (the space that these need);
`registered` (kernels of users).
"""
