"""Linear algebra for models, also on traced values: all names of `scipy.linalg`, and some more.

The functions named here are our own, with triangles lower by default; other functions of SciPy take
plain arrays and say so.
"""

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
from lightppl.autodiff.matrix_functions import (
    block_diag,
    cho_factor,
    circulant,
    coshm,
    cosm,
    eigvalsh,
    expm,
    fractional_matrix_power,
    hankel,
    khatri_rao,
    logm,
    matmul_toeplitz,
    norm,
    orthogonal_procrustes,
    pinvh,
    polar,
    sinhm,
    sinm,
    solve_circulant,
    solve_continuous_lyapunov,
    solve_discrete_lyapunov,
    solve_lyapunov,
    solve_sylvester,
    solve_toeplitz,
    sqrtm,
    tanhm,
    tanm,
    toeplitz,
)
from lightppl.autodiff.values_alone import names_of, plain_function

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "cholesky_inverse",
    "circulant",
    "coshm",
    "cosm",
    "det",
    "eigh",
    "eigvalsh",
    "expm",
    "fractional_matrix_power",
    "hankel",
    "inv",
    "khatri_rao",
    "log_abs_det",
    "log_det_triangular",
    "logm",
    "lstsq",
    "matmul_toeplitz",
    "norm",
    "orthogonal_procrustes",
    "pinv",
    "pinvh",
    "polar",
    "qr",
    "sign_det",
    "sinhm",
    "sinm",
    "slogdet",
    "solve",
    "solve_circulant",
    "solve_continuous_lyapunov",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
    "solve_toeplitz",
    "solve_triangular",
    "sqrtm",
    "svd",
    "svdvals",
    "tanhm",
    "tanm",
    "toeplitz",
    "transpose",
]


def __getattr__(name):
    return plain_function("scipy.linalg", name)


def __dir__():
    return sorted({*__all__, *names_of("scipy.linalg")})
