"""Functions of whole matrices, equations for matrices, and matrices of a given structure.

References: Higham (2005), "The scaling and squaring method for the matrix exponential revisited",
algorithm 2.3; Higham (2008), "Functions of Matrices", eqs. (3.16) (derivative as a block) and (6.9)
(of the square root); Golub & Van Loan (2013), "Matrix Computations", 4th ed., sec. 12.3 (equations
by Kronecker products), 6.4.1 (Procrustes).
"""

import numpy as np

from lightppl.autodiff.decompositions import svd
from lightppl.autodiff.linalg import cholesky, solve, transpose
from lightppl.autodiff.scan import scan_program
from lightppl.autodiff.operation import Operation, is_traced
from lightppl.autodiff.special import stop_gradient
from lightppl.autodiff.values_alone import plain_function

_PADE = (
    64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0,
    129060195264000.0, 10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0,
    960960.0, 16380.0, 182.0, 1.0,
)
"""Coefficients of the [13/13] Pade approximant of exp."""
_PADE_REACHES = 5.371920351148152
_MOST_SQUARINGS = 16


def _of_scipy(name):
    return plain_function("scipy.linalg", name)


def expm(a):
    """Return the matrix exponential.

    Parameters
    ----------
    a : (..., N, N) array
        Of 1-norm at most 3e5.

    Examples
    --------
    >>> expm(np.zeros((2, 2)))
    array([[1., 0.],
           [0., 1.]])
    """
    if not is_traced(a):
        return _of_scipy("expm")(a)
    size = np.max(np.sum(np.abs(stop_gradient(a)), axis=-2, keepdims=True), -1, keepdims=True)
    count = np.clip(np.ceil(np.log2(np.maximum(size / _PADE_REACHES, 1e-3))), 0, _MOST_SQUARINGS)
    return _squared(_pade(a * 2.0**-count), count)


def _squared(x, count):
    """The matrix squared so many times: how many depends on values, so a loop chooses step by step.
    """
    # recording programs needs autograd, which takes a moment to load
    from lightppl.autodiff.program import record_program

    def step(x, k, count):
        return [np.where(k < count, np.matmul(x, x), x)]

    program, _ = record_program(step, [x, np.float64(0.0), count])
    steps = np.arange(float(_MOST_SQUARINGS))
    (result,), _ = scan_program(
        program, [x], [steps], [count], length=_MOST_SQUARINGS, keeps_rows=(False,)
    )
    return result


def _pade(a):
    b = _PADE
    one = np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a))
    a2 = a @ a
    a4 = a2 @ a2
    a6 = a4 @ a2
    odd = a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2)
    odd = a @ (odd + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
    even = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2)
    even = even + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    return solve(even - odd, even + odd)


def sinhm(a):
    """Return the hyperbolic matrix sine."""
    return 0.5 * (expm(a) - expm(-a))


def coshm(a):
    """Return the hyperbolic matrix cosine."""
    return 0.5 * (expm(a) + expm(-a))


def tanhm(a):
    """Return the hyperbolic matrix tangent."""
    return solve(coshm(a), sinhm(a))


def sinm(a):
    """Return the matrix sine."""
    return _rotation(a)[..., np.shape(a)[-1] :, : np.shape(a)[-1]]


def cosm(a):
    """Return the matrix cosine."""
    n = np.shape(a)[-1]
    return _rotation(a)[..., :n, :n]


def tanm(a):
    """Return the matrix tangent."""
    return solve(cosm(a), sinm(a))


def _rotation(a):
    """``[[cos a, -sin a], [sin a, cos a]]``, an exponential of real matrices."""
    zero = np.zeros(np.shape(a))
    upper, lower = np.concatenate([zero, -a], axis=-1), np.concatenate([a, zero], axis=-1)
    return expm(np.concatenate([upper, lower], axis=-2))


def _real(name):
    """A function of SciPy of real matrices; NaN where its result is not real."""

    def value(a):
        result = _of_scipy(name)(np.asarray(a, dtype=np.float64))
        size = np.max(np.abs(result), initial=1.0)
        is_real = np.max(np.abs(np.imag(result)), initial=0.0) <= 1e-12 * size
        return np.real(result) if is_real else np.full(np.shape(result), np.nan)

    return value


sqrtm = Operation(
    "sqrtm",
    _real("sqrtm"),
    (lambda ans, a: lambda g: solve_sylvester(transpose(ans), transpose(ans), g),),
)
"""Principal square root of ``(N, N)``; NaN where it is not real."""


def _logm_slope(a, e):
    n = np.shape(a)[-1]
    return _real("logm")(np.block([[a, e], [np.zeros((n, n)), a]]))[:n, n:]


_logm_slope_operation = Operation("logm_slope", _logm_slope, (None, None))

logm = Operation(
    "logm", _real("logm"), (lambda ans, a: lambda g: _logm_slope_operation(transpose(a), g),)
)
"""Principal logarithm of ``(N, N)``; NaN where it is not real."""


def fractional_matrix_power(a, t):
    """Return the power `t` of a matrix ``(N, N)``."""
    if not (is_traced(a) or is_traced(t)):
        return _of_scipy("fractional_matrix_power")(a, t)
    return expm(t * logm(a))


# --- equations
def solve_sylvester(a, b, q):
    """Return the solution X of ``a X + X b = q``.

    Parameters
    ----------
    a : (M, M) array
    b : (N, N) array
    q : (M, N) array
    """
    m, n = np.shape(q)
    system = np.kron(a, np.eye(n)) + np.kron(np.eye(m), transpose(b))
    return np.reshape(solve(system, np.reshape(q, (-1,))), (m, n))


def solve_continuous_lyapunov(a, q):
    """Return the solution X of ``a X + X a' = q``, all (N, N)."""
    return solve_sylvester(a, transpose(a), q)


solve_lyapunov = solve_continuous_lyapunov


def solve_discrete_lyapunov(a, q):
    """Return the solution X of ``a X a' - X + q = 0``, all (N, N)."""
    system = np.eye(np.size(q)) - np.kron(a, a)
    return np.reshape(solve(system, np.reshape(q, (-1,))), np.shape(q))


def cho_factor(a, lower=False):
    """Return the pair of a Cholesky factor of ``(N, N)`` and `lower`, for `cho_solve`."""
    factor = cholesky(a)
    return (factor if lower else transpose(factor)), lower


def solve_toeplitz(c, b):
    """Solve ``toeplitz(c) x = b``; `c` is the first column, or a pair of column and row."""
    return solve(toeplitz(*c) if isinstance(c, tuple) else toeplitz(c), b)


def solve_circulant(c, b):
    """Solve ``circulant(c) x = b``."""
    return solve(circulant(c), b)


def matmul_toeplitz(c, x):
    """Return ``toeplitz(c) @ x``; `c` is the first column, or a pair of column and row."""
    return np.matmul(toeplitz(*c) if isinstance(c, tuple) else toeplitz(c), x)


# --- decompositions
def eigvalsh(a):
    """Return the eigenvalues of symmetric matrices, ascending."""
    return np.linalg.eigvalsh(a)


def polar(a):
    """Return U with orthonormal columns and P, symmetric, with ``a = U P``, for M at least N."""
    u, s, vh = svd(a)
    return u @ vh, (transpose(vh) * np.expand_dims(s, -2)) @ vh


def orthogonal_procrustes(A, B):
    """Return the orthogonal R that brings ``A R`` nearest to B, and the sum of singular values."""
    u, s, vh = svd(transpose(A) @ B)
    return u @ vh, np.sum(s, axis=-1)


def pinvh(a):
    """Return the pseudo-inverse of a symmetric matrix."""
    return np.linalg.pinv(a)


def norm(a, ord=None, axis=None, keepdims=False):
    """Return the norm of a matrix or vector, as `numpy.linalg.norm`."""
    return np.linalg.norm(a, ord, axis, keepdims)


# --- matrices of a given structure
def toeplitz(c, r=None):
    """Return the matrix with first column `c` and first row `r` (by default `c`).

    Examples
    --------
    >>> toeplitz(np.array([1, 2]), np.array([1, 5]))
    array([[1, 5],
           [2, 1]])
    """
    r = c if r is None else r
    m, n = np.shape(c)[0], np.shape(r)[0]
    values = np.concatenate([np.flip(c), r[1:]])
    return np.take(values, np.arange(n) - np.arange(m)[:, None] + m - 1, axis=0)


def hankel(c, r=None):
    """Return the matrix with first column `c` and last row `r` (zeros by default)."""
    r = np.zeros(np.shape(c)) if r is None else r
    values = np.concatenate([c, r[1:]])
    return np.take(values, np.arange(np.shape(c)[0])[:, None] + np.arange(np.shape(r)[0]), axis=0)


def circulant(c):
    """Return the matrix whose columns are `c` turned round and round."""
    n = np.shape(c)[0]
    return np.take(c, (np.arange(n)[:, None] - np.arange(n)) % n, axis=0)


def block_diag(*arrs):
    """Return the matrix with the arrays on its diagonal and zeros elsewhere.

    Examples
    --------
    >>> block_diag(np.ones((1, 2)), 3.0)
    array([[1., 1., 0.],
           [0., 0., 3.]])
    """
    blocks = [np.atleast_2d(a) for a in arrs]
    width, start, rows = sum(np.shape(a)[1] for a in blocks), 0, []
    for a in blocks:
        height, own = np.shape(a)
        left, right = np.zeros((height, start)), np.zeros((height, width - start - own))
        rows.append(np.concatenate([left, a, right], axis=1))
        start += own
    return np.concatenate(rows, axis=0)


def khatri_rao(a, b):
    """Return the Kronecker products of the columns of two matrices, side by side."""
    return np.reshape(np.expand_dims(a, 1) * np.expand_dims(b, 0), (-1, np.shape(a)[1]))
