"""Derivatives of the ufuncs of `scipy.special`: one table, a row a function.

Reading order: `table` (what a row says), then the rows by kind: `elementary`, `error_functions`,
`gamma_functions`, `bessel`, `elliptic`, `hypergeometric`, `polynomials`, `probability`,
`inverses` (of distribution functions), `several_results`, and `values` (functions without a
derivative known here).  A new function is a new row; tracing, compiled code and tests read the
table.
"""

from lightppl.autodiff.special_functions import (  # noqa: F401  importing them fills the table
    bessel,
    elementary,
    elliptic,
    error_functions,
    gamma_functions,
    hypergeometric,
    inverses,
    polynomials,
    probability,
    several_results,
    values,
)
from lightppl.autodiff.special_functions.table import (
    PUBLIC_NAMES, ROWS, SEVERAL_RESULTS, UNKNOWN,
)

__all__ = ["PUBLIC_NAMES", "ROWS", "SEVERAL_RESULTS", "UNKNOWN"]
