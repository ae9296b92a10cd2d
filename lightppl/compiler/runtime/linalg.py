"""Cholesky factor, triangular solves and products of row-major float64 matrices.

Results go into arrays the caller provides: nothing is allocated and nothing raised.  A
factorisation that fails fills its output with NaN, which the sampler sees as a divergence.  Small
matrices use plain loops, because a call of LAPACK costs more than the work; larger ones go to
SciPy's BLAS and LAPACK (see `scipy_symbols`).

Fortran reads a row-major matrix as its transpose.  Each call below therefore states the transposed
problem instead of copying: the lower triangle becomes the upper one, ``a x = b`` becomes
``x' a' = b'``.

Legend: M, N matrix sizes, K right-hand sides or inner size.

References
----------
Anderson et al. (1999), "LAPACK Users' Guide", 3rd ed.
Golub & Van Loan (2013), "Matrix Computations", 4th ed., algorithms 4.2.1 and 3.1.1.
"""

import math

from lightppl.compiler.runtime.reduction import add_reassoc
from lightppl.compiler.runtime.scipy_symbols import fortran_procedure

_BLAS = "scipy.linalg.cython_blas"
_LAPACK = "scipy.linalg.cython_lapack"
_dgemm = fortran_procedure(_BLAS, "dgemm", "cciiidaiaidai")
_dgemv = fortran_procedure(_BLAS, "dgemv", "ciidaiaidai")
_dtrsm = fortran_procedure(_BLAS, "dtrsm", "cccciidaiai")
_dtrsv = fortran_procedure(_BLAS, "dtrsv", "ccciaiai")
_dpotrf = fortran_procedure(_LAPACK, "dpotrf", "ciaio")

_N, _T, _U, _L, _R = (ord(letter) for letter in "NTULR")
# Up to these sizes plain loops are faster than a call (measured on an AMD EPYC).
_SMALL_FACTOR = 12
_SMALL_SOLVE_ONE = 7
_SMALL_SOLVE_MANY = 16
_SMALL_VECTOR_PRODUCT = 256
"""In elements of the matrix."""
_SMALL_PRODUCT = 100
"""In multiplications."""


def cholesky_into(a, out):
    """Write the lower Cholesky factor of `a` into `out`; NaN if `a` is not positive definite.

    Parameters
    ----------
    a : (N, N) float64, of which the lower triangle is read
    out : (N, N) float64, may be `a`
    """
    n = a.shape[0]
    for i in range(n):
        for j in range(i + 1):
            out[i, j] = a[i, j]
        for j in range(i + 1, n):
            out[i, j] = 0.0
    if n <= _SMALL_FACTOR:
        is_factored = _cholesky_by_rows(out)
    else:
        is_factored = _dpotrf((_U, n, out, n)) == 0 and _is_diagonal_finite(out)
    if not is_factored:
        fill(out, math.nan)


def fill(out, value):
    """Set every element of a matrix."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = value


def _is_diagonal_finite(factor):
    """Not every LAPACK notices NaN; in a Cholesky factor it always reaches the diagonal."""
    total = 0.0
    for i in range(factor.shape[0]):
        total += 0.0 * factor[i, i]
    return total == 0.0


def _cholesky_by_rows(out):
    """Golub & Van Loan, sec. 4.2.5, in place; returns whether every pivot was positive."""
    for i in range(out.shape[0]):
        for j in range(i):
            out[i, j] = (out[i, j] - _dot(out[i], out[j], j)) / out[j, j]
        pivot = out[i, i] - _dot(out[i], out[i], i)
        if not (pivot > 0.0 and pivot < math.inf):
            return False
        out[i, i] = math.sqrt(pivot)
    return True


def _dot(x, y, count):
    """Return the dot product of the first elements of two vectors."""
    total = 0.0
    for k in range(count):
        total = add_reassoc(total, x[k] * y[k])
    return total


def solve_triangular_into(a, b, out, lower, trans):
    """Solve ``a x = b``, or ``a' x = b``, for triangular `a`.

    Parameters
    ----------
    a : (N, N) float64, of which one triangle is read
    b : (N, K) float64
    out : (N, K) float64, may be `b`
    lower : bool
        Whether the triangle is the lower one.
    trans : bool
    """
    n, k = b.shape
    copy_into(b, out)
    if n == 0 or k == 0:
        return
    if n <= (_SMALL_SOLVE_ONE if k == 1 else _SMALL_SOLVE_MANY):
        _solve_triangular_by_rows(a, out, lower, trans)
    elif k == 1:
        _dtrsv((_U if lower else _L, _N if trans else _T, _N, n, a, n, out, 1))
    else:
        triangle = _U if lower else _L
        _dtrsm((_R, triangle, _T if trans else _N, _N, k, n, 1.0, a, n, out, k))


def _solve_triangular_by_rows(a, out, lower, trans):
    """Substitution in place, forwards where the matrix acts as a lower one, else backwards."""
    n, num_columns = out.shape
    is_forward = lower != trans
    for step in range(n):
        i = step if is_forward else n - 1 - step
        for done in range(step):
            j = done if is_forward else n - 1 - done
            factor = a[j, i] if trans else a[i, j]
            for c in range(num_columns):
                out[i, c] -= factor * out[j, c]
        for c in range(num_columns):
            out[i, c] /= a[i, i]


def copy_into(a, out):
    """Copy a matrix."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[i, j] = a[i, j]


def gemv_into(a, x, out, trans):
    """Write ``a x``, or ``a' x``, into `out`.

    Parameters
    ----------
    a : (M, N) float64
    x : (N,) float64, (M,) if `trans`
    out : (M,) float64, (N,) if `trans`; must not overlap `x`
    trans : bool
    """
    m, n = a.shape
    if m * n <= _SMALL_VECTOR_PRODUCT:
        _gemv_by_rows(a, x, out, trans)
    else:
        _dgemv((_N if trans else _T, n, m, 1.0, a, n, x, 1, 0.0, out, 1))


def gemv_add_into(a, x, out, trans):
    """Add ``a x``, or ``a' x``, to `out`.

    Parameters
    ----------
    a : (M, N) float64
    x : (N,) float64, (M,) if `trans`
    out : (M,) float64, (N,) if `trans`; must not overlap `x`
    trans : bool
    """
    m, n = a.shape
    if m * n > _SMALL_VECTOR_PRODUCT:
        _dgemv((_N if trans else _T, n, m, 1.0, a, n, x, 1, 1.0, out, 1))
    elif trans:
        for i in range(m):
            for j in range(n):
                out[j] += a[i, j] * x[i]
    else:
        for i in range(m):
            out[i] += _dot(a[i], x, n)


def _gemv_by_rows(a, x, out, trans):
    m, n = a.shape
    if trans:
        for j in range(n):
            out[j] = 0.0
        for i in range(m):
            for j in range(n):
                out[j] += a[i, j] * x[i]
    else:
        for i in range(m):
            out[i] = _dot(a[i], x, n)


def gemm_into(a, b, out, trans_a, trans_b):
    """Write the matrix product of `a` or a', and `b` or b', into `out`.

    Parameters
    ----------
    a : (M, K) float64, (K, M) if `trans_a`
    b : (K, N) float64, (N, K) if `trans_b`
    out : (M, N) float64; must not overlap the others
    trans_a, trans_b : bool
    """
    m, n = out.shape
    k = a.shape[0] if trans_a else a.shape[1]
    if m * n * k <= _SMALL_PRODUCT:
        _gemm_by_rows(a, b, out, trans_a, trans_b)
    else:
        first, second = _T if trans_b else _N, _T if trans_a else _N
        _dgemm((first, second, n, m, k, 1.0, b, b.shape[1], a, a.shape[1], 0.0, out, n))


def _gemm_by_rows(a, b, out, trans_a, trans_b):
    m, n = out.shape
    inner = a.shape[0] if trans_a else a.shape[1]
    for i in range(m):
        for j in range(n):
            out[i, j] = 0.0
        for k in range(inner):
            factor = a[k, i] if trans_a else a[i, k]
            for j in range(n):
                out[i, j] += factor * (b[j, k] if trans_b else b[k, j])
