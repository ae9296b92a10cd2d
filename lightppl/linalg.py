"""Linear algebra for models, also on traced values; see `lightppl.autodiff.linalg`."""

from lightppl.autodiff.decompositions import eigh, lstsq, pinv, qr, svd, svdvals
from lightppl.autodiff.linalg import (
    cho_solve,
    cholesky,
    cholesky_inverse,
    det,
    inv,
    log_abs_det,
    log_det_triangular,
    sign_det,
    slogdet,
    solve,
    solve_triangular,
    transpose,
)

__all__ = [
    "cho_solve",
    "cholesky",
    "cholesky_inverse",
    "det",
    "eigh",
    "inv",
    "log_abs_det",
    "log_det_triangular",
    "lstsq",
    "pinv",
    "qr",
    "sign_det",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "transpose",
]
