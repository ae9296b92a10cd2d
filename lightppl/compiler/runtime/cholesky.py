"""What a Cholesky factor is for in a gradient: the inverse, and the derivative of the factor.

The same rules as in `lightppl.compiler.runtime.linalg`: row-major float64 matrices, results into
arrays of the caller, no allocation, nothing raised.  A factor that is NaN gives NaN.

Legend: N matrix size; L lower triangular factor of ``A = L L'``; W its inverse.

References
----------
Golub & Van Loan (2013), "Matrix Computations", 4th ed., sec. 3.1.
Murray (2016), "Differentiation of the Cholesky decomposition", sec. 4.
"""

from lightppl.compiler.runtime.linalg import copy_into
from lightppl.compiler.runtime.memory import independent
from lightppl.compiler.runtime.reduction import add_reassoc
from lightppl.compiler.runtime.scipy_symbols import fortran_procedure

_BLAS = "scipy.linalg.cython_blas"
_LAPACK = "scipy.linalg.cython_lapack"
_dgemm = fortran_procedure(_BLAS, "dgemm", "cciiidaiaidai")
_dsymm = fortran_procedure(_BLAS, "dsymm", "cciidaiaidai")
_dtrmm = fortran_procedure(_BLAS, "dtrmm", "cccciidaiai")
_dtrsm = fortran_procedure(_BLAS, "dtrsm", "cccciidaiai")
_dtrtri = fortran_procedure(_LAPACK, "dtrtri", "cciaio")
_dlauum = fortran_procedure(_LAPACK, "dlauum", "ciaio")

_N, _T, _U, _L, _R = (ord(letter) for letter in "NTULR")
# Measured on an AMD EPYC.
_SMALL = 12
"""Up to this size plain loops are faster than a call."""
_BLOCK = 32
"""Up to this size LAPACK inverts a triangle about as fast as products of triangles would."""
_BLOCK_OF_ROWS = 24
"""Rows that are differentiated one by one."""


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


def _multiply_by_transpose_by_rows(out):
    """Replace the lower triangle W by that of ``W' W``."""
    n = out.shape[0]
    for i in range(n):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, n):
                total = add_reassoc(total, out[k, i] * out[k, j])
            out[i, j] = total


def cholesky_pullback_into(factor, g, out):
    """Write the gradient by ``A = L L'``, given that by L, into `out`.

    Blocks of rows, from the last to the first; almost all work is products of matrices, as much
    as two factorisations.

    Parameters
    ----------
    factor : (N, N) float64
        L, of which the lower triangle is read.
    g : (N, N) float64
        Gradient by L, of which the lower triangle is read.
    out : (N, N) float64, may be `g`
        Symmetric to the last bit.

    References
    ----------
    Murray (2016), "Differentiation of the Cholesky decomposition", sec. 4.2.
    """
    n = factor.shape[0]
    copy_into(g, out)
    stop = n
    while stop > 0:
        start = stop - min(stop, _BLOCK_OF_ROWS)
        if stop < n:
            _pull_back_columns(factor, out, start, stop)
        _pull_back_rows(factor, out, start, stop)
        if start > 0:
            _pass_on(factor, out, start, stop)
        stop = start
    for i in range(n):
        for j in range(i):
            out[i, j] *= 0.5
            out[j, i] = out[i, j]
        out[i, i] *= 0.5


def _pull_back_columns(factor, out, start, stop):
    """What the columns below a block on the diagonal are, and give to it and to the left."""
    n = factor.shape[0]
    size, below = stop - start, n - stop
    block, column = (factor, start * n + start), (out, stop * n + start)
    _dtrsm((_L, _U, _N, _N, size, below, 1.0, block, n, column, n))
    corner = (factor, stop * n + start)
    own = (out, start * n + start)
    _dgemm((_N, _T, size, size, below, -1.0, corner, n, column, n, 1.0, own, n))
    if start > 0:
        row, left = (factor, start * n), (out, stop * n)
        _dgemm((_N, _N, start, below, size, -1.0, row, n, column, n, 1.0, left, n))


def _pull_back_rows(factor, out, start, stop):
    """Murray, sec. 4.1, for a block on the diagonal, whose lower triangle becomes twice that."""
    for done in range(stop - start):
        j = stop - 1 - done
        scale, total = 1.0 / factor[j, j], out[j, j]
        for i in range(j + 1, stop):
            weight = scale * out[i, j]
            out[i, j] = weight
            total -= factor[i, j] * weight
            for k in independent(start, j):
                out[j, k] -= weight * factor[i, k]
                out[i, k] -= weight * factor[j, k]
        total *= scale
        out[j, j] = total
        for k in independent(start, j):
            out[j, k] -= total * factor[j, k]


def _pass_on(factor, out, start, stop):
    """What a block on the diagonal and the columns below it give to the rows left of it."""
    n = factor.shape[0]
    size, below = stop - start, n - stop
    row, left = (factor, start * n), (out, start * n)
    own = (out, start * n + start)
    _dsymm((_R, _U, start, size, -1.0, own, n, row, n, 1.0, left, n))
    if below > 0:
        rows, column = (factor, stop * n), (out, stop * n + start)
        _dgemm((_N, _T, start, size, below, -1.0, rows, n, column, n, 1.0, left, n))
