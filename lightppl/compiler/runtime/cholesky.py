"""What a Cholesky factor is for in a gradient: the inverse, and the derivative of the factor.

The same rules as in `lightppl.compiler.runtime.linalg`: row-major float64 matrices, results into
arrays of the caller, no allocation, nothing raised.  A factor that is NaN gives NaN.

Legend: N matrix size; L lower triangular factor of ``A = L L'``; W its inverse.

References
----------
Golub & Van Loan (2013), "Matrix Computations", 4th ed., sec. 3.1.
Murray (2016), "Differentiation of the Cholesky decomposition", eq. (10).
"""

from lightppl.compiler.runtime.linalg import copy_into, solve_triangular_into
from lightppl.compiler.runtime.reduction import add_reassoc
from lightppl.compiler.runtime.scipy_symbols import fortran_procedure
from lightppl.jit import kernel

_BLAS = "scipy.linalg.cython_blas"
_LAPACK = "scipy.linalg.cython_lapack"
_dtrmm = fortran_procedure(_BLAS, "dtrmm", "cccciidaiai")
_dtrtri = fortran_procedure(_LAPACK, "dtrtri", "cciaio")
_dlauum = fortran_procedure(_LAPACK, "dlauum", "ciaio")

_N, _T, _U, _L, _R = (ord(letter) for letter in "NTULR")
# Measured on an AMD EPYC.
_SMALL = 12
"""Up to this size plain loops are faster than a call."""
_BLOCK = 32
"""Up to this size LAPACK inverts a triangle about as fast as products of triangles would."""


@kernel
def cholesky_inverse_into(factor, out):
    """Write the inverse of ``A = L L'`` into `out`.

    Parameters
    ----------
    factor : (N, N) float64
        L, of which the lower triangle is read.
    out : (N, N) float64, may be `factor`
        Symmetric to the last bit.
    """
    n = factor.shape[0]
    copy_into(factor, out)
    if n <= _SMALL:
        _invert_triangle_by_rows(out)
        _multiply_by_transpose_by_rows(out)
    else:
        _invert_triangle(out)
        _dlauum((_U, n, out, n))
    for i in range(n):
        for j in range(i):
            out[j, i] = out[i, j]


@kernel
def _invert_triangle(out):
    """Replace L by W: blocks on the diagonal first, then pairs of blocks, twice as large each time.

    With L = [[A, 0], [B, C]] the lower left block of W is ``-C^-1 B A^-1``.  Products of triangles
    reach the speed of the machine; dtrtri alone does not.
    """
    n = out.shape[0]
    count = 1
    while count * _BLOCK < n:
        count *= 2
    for k in range(count):
        start, stop = k * n // count, (k + 1) * n // count
        _dtrtri((_U, _N, stop - start, (out, start * n + start), n))
    while count > 1:
        for k in range(0, count, 2):
            start, middle, stop = k * n // count, (k + 1) * n // count, (k + 2) * n // count
            below, right = stop - middle, middle - start
            corner = (out, middle * n + start)
            first, second = (out, start * n + start), (out, middle * n + middle)
            _dtrmm((_L, _U, _N, _N, right, below, -1.0, first, n, corner, n))
            _dtrmm((_R, _U, _N, _N, right, below, 1.0, second, n, corner, n))
        count //= 2


@kernel
def _invert_triangle_by_rows(out):
    """Golub & Van Loan, sec. 3.1, one right-hand side a column, in place."""
    for i in range(out.shape[0]):
        pivot = 1.0 / out[i, i]
        for j in range(i):
            total = 0.0
            for k in range(j, i):
                total = add_reassoc(total, out[i, k] * out[k, j])
            out[i, j] = -pivot * total
        out[i, i] = pivot


@kernel
def _multiply_by_transpose_by_rows(out):
    """Replace the lower triangle W by that of ``W' W``."""
    n = out.shape[0]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, n):
                total = add_reassoc(total, out[k, i] * out[k, j])
            out[i, j] = total


@kernel
def cholesky_pullback_into(factor, g, out):
    """Write the gradient by ``A = L L'``, given that by L, into `out`.

    Parameters
    ----------
    factor : (N, N) float64
        L, of which the lower triangle is read.
    g : (N, N) float64
        Gradient by L, of which the lower triangle is read.
    out : (N, N) float64, may be `g`
        Symmetric.

    References
    ----------
    Murray (2016), "Differentiation of the Cholesky decomposition", eq. (10).
    """
    n = factor.shape[0]
    copy_into(g, out)
    for i in range(n):
        for j in range(i + 1, n):
            out[i, j] = 0.0
    _multiply_by_factor(factor, out)
    for i in range(n):
        out[i, i] *= 0.5
        for j in range(i + 1, n):
            out[i, j] = 0.0
    for _ in range(2):
        solve_triangular_into(factor, out, out, True, True)
        for i in range(n):
            for j in range(i):
                out[i, j], out[j, i] = out[j, i], out[i, j]
    for i in range(n):
        for j in range(i):
            mean = 0.5 * (out[i, j] + out[j, i])
            out[i, j] = mean
            out[j, i] = mean


@kernel(inline="always")
def _multiply_by_factor(factor, out):
    """Replace `out`, a lower triangle, by ``L' out``, of which the lower triangle is right."""
    n = factor.shape[0]
    if n > _SMALL:
        _dtrmm((_R, _U, _T, _N, n, n, 1.0, factor, n, out, n))
        return
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, n):
                total = add_reassoc(total, factor[k, i] * out[k, j])
            out[i, j] = total
