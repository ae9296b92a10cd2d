"""The scalar functions that emitted loops call, under one name.

Each is float64 -> float64, within 2 ulp (lgamma, digamma and pow: 4) over the whole range unless
its docstring says otherwise, and written so that LLVM vectorises a loop that calls it.  Where they
are made: `exponential`, `logarithm`, `trigonometric`, `error_function`, `gamma_function`, all from
the blocks in `floating_point`.
"""

from lightppl.compiler.runtime.error_function import (
    erf, erfc, inverse_mills_ratio, log_ndtr, ndtr,
)
from lightppl.compiler.runtime.exponential import exp, expit, expm1, tanh
from lightppl.compiler.runtime.floating_point import (
    absolute, bits_of, divide, float_of, fma, select, sqrt,
)
from lightppl.compiler.runtime.gamma_function import digamma, lgamma, trigamma
from lightppl.compiler.runtime.logarithm import (
    log, log1mexp, log1p, log1p_unit, logaddexp, pow, softplus,
)
from lightppl.compiler.runtime.trigonometric import cos, sin

__all__ = [
    "absolute", "bits_of", "cos", "digamma", "divide", "erf", "erfc", "exp", "expit", "expm1",
    "float_of", "fma", "inverse_mills_ratio", "lgamma",
    "log", "log1mexp", "log1p", "log1p_unit", "log_ndtr",
    "logaddexp", "ndtr", "pow", "select", "sin", "softplus", "sqrt", "tanh", "trigamma",
]
