"""Solutions of general linear systems, determinants, eigenvalues, singular values and QR by LAPACK.

The same rules as in `lightppl.compiler.runtime.linalg`: row-major float64 matrices, results into
arrays of the caller, no allocation, nothing raised, NaN in the output of what fails.  A row-major
matrix is the transpose of what Fortran reads: LU is that of a', QR becomes LQ, and U and V of the
singular value decomposition change places, which saves every transposition but those of
eigenvectors and solutions.

Legend: M, N matrix sizes, K = min(M, N); ``scratch`` is float64 space of the size
that `runtime.scratch` says; the integers that LAPACK wants live in it too, two to an element.

References
----------
Anderson et al. (1999), "LAPACK Users' Guide", 3rd ed.
"""

import math
import sys

from lightppl.compiler.runtime.floating_point import bits_of
from lightppl.compiler.runtime.linalg import copy_into, fill
from lightppl.compiler.runtime.logarithm import log
from lightppl.compiler.runtime.scratch import LAPACK_BLOCK
from lightppl.compiler.runtime.scipy_symbols import fortran_procedure

_LAPACK = "scipy.linalg.cython_lapack"
_dgetrf = fortran_procedure(_LAPACK, "dgetrf", "iiaiao")
_dgetrs = fortran_procedure(_LAPACK, "dgetrs", "ciiaiaaio")
_dgetri = fortran_procedure(_LAPACK, "dgetri", "iaiaaio")
_dsyevd = fortran_procedure(_LAPACK, "dsyevd", "cciaiaaiaio")
_dgesdd = fortran_procedure(_LAPACK, "dgesdd", "ciiaiaaiaiaiao")
_dgelqf = fortran_procedure(_LAPACK, "dgelqf", "iiaiaaio")
_dorglq = fortran_procedure(_LAPACK, "dorglq", "iiiaiaaio")

_T, _U, _S, _V = (ord(letter) for letter in "TUSV")
_IS_BIG_ENDIAN = sys.byteorder == "big"


def solve_into(a, b, out, scratch):
    """Solve ``a x = b`` for general `a`; NaN if `a` is singular.

    Parameters
    ----------
    a : (N, N) float64
    b : (N, K) float64
    out : (N, K) float64, may be `b`
    scratch : float64
    """
    n, num_columns = b.shape
    if n == 0 or num_columns == 0:
        return
    lu, columns = n, n + n * n  # where they start in scratch, after the pivots
    _flatten_into(a, scratch, lu)
    is_solved = _dgetrf((n, n, (scratch, lu), n, scratch)) == 0
    if is_solved:
        for j in range(num_columns):
            for i in range(n):
                scratch[columns + j * n + i] = b[i, j]
        _dgetrs((_T, n, num_columns, (scratch, lu), n, scratch, (scratch, columns), n))
    for j in range(num_columns):
        for i in range(n):
            out[i, j] = scratch[columns + j * n + i] if is_solved else math.nan


def _flatten_into(a, scratch, start):
    """Copy a matrix into a vector from a position on."""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            scratch[start + i * a.shape[1] + j] = a[i, j]


def inv_into(a, out, scratch):
    """Write the inverse of `a` into `out`; NaN if `a` is singular.

    Parameters
    ----------
    a : (N, N) float64
    out : (N, N) float64, may be `a`
    scratch : float64
    """
    n = a.shape[0]
    if n == 0:
        return
    copy_into(a, out)
    is_inverted = _dgetrf((n, n, out, n, scratch)) == 0
    if is_inverted:
        is_inverted = _dgetri((n, out, n, scratch, (scratch, n), LAPACK_BLOCK * n)) == 0
    if not is_inverted:
        fill(out, math.nan)


def log_abs_det(a, scratch):
    """Return ``log |det a|``, -inf if `a` is singular.

    Parameters
    ----------
    a : (N, N) float64
    scratch : float64

    Returns
    -------
    float64
    """
    n = a.shape[0]
    _factor_lu(a, scratch)
    total = 0.0
    for i in range(n):
        total += log(abs(scratch[n + i * n + i]))
    return total


def sign_det(a, scratch):
    """Return the sign of ``det a``: -1, 0, 1, or NaN.

    Parameters
    ----------
    a : (N, N) float64
    scratch : float64

    Returns
    -------
    float64
    """
    n = a.shape[0]
    _factor_lu(a, scratch)
    sign = 1.0
    for i in range(n):
        diagonal = scratch[n + i * n + i]
        is_sign = diagonal < 0.0 or diagonal > 0.0
        sign *= math.copysign(1.0, diagonal) if is_sign else diagonal
        # LAPACK counts rows from 1; row i was exchanged with another one
        if _int32_at(scratch, i) != i + 1:
            sign = -sign
    return sign


def _factor_lu(a, scratch):
    """Write the pivots and then the LU factors of a' into scratch."""
    n = a.shape[0]
    _flatten_into(a, scratch, n)
    if n > 0:
        _dgetrf((n, n, (scratch, n), n, scratch))


def _int32_at(scratch, index):
    """Return one of the int32 that stand two by two in float64, the low half first."""
    bits = bits_of(scratch[index // 2])
    half = bits >> 32 if (index % 2 == 0) == _IS_BIG_ENDIAN else bits
    return half & 0xFFFFFFFF


def eigh_into(a, values, vectors, scratch):
    """Write eigenvalues, ascending, and eigenvectors of a symmetric matrix; NaN if that fails.

    Parameters
    ----------
    a : (N, N) float64, of which the lower triangle is read
    values : (N,) float64
    vectors : (N, N) float64
        Column j belongs to ``values[j]``; its sign is arbitrary.
    scratch : float64
    """
    n = a.shape[0]
    if n == 0:
        return
    copy_into(a, vectors)
    size = 1 + 6 * n + 2 * n * n
    is_done = is_finite(a)
    if is_done:
        arguments = (_V, _U, n, vectors, n, values, scratch, size, (scratch, size), 3 + 5 * n)
        is_done = _dsyevd(arguments) == 0
    if not is_done:
        _fill_vector(values, math.nan)
        fill(vectors, math.nan)
    for i in range(n):
        for j in range(i):
            vectors[i, j], vectors[j, i] = vectors[j, i], vectors[i, j]


def _fill_vector(out, value):
    """Set every element of a vector."""
    for i in range(out.size):
        out[i] = value


def svd_into(a, u, s, vt, scratch):
    """Write the thin singular value decomposition ``a = u diag(s) vt``; NaN if that fails.

    Parameters
    ----------
    a : (M, N) float64
    u : (M, K) float64
    s : (K,) float64, descending
    vt : (K, N) float64
    scratch : float64
    """
    m, n = a.shape
    k = min(m, n)
    if k == 0:
        return
    integers, work = m * n, m * n + 8 * k  # where they start in scratch, after the copy of a
    size = 4 * k * k + 7 * k + max(m, n) + LAPACK_BLOCK * (m + n)
    _flatten_into(a, scratch, 0)
    is_done = is_finite(a)
    if is_done:
        last = ((scratch, work), size, (scratch, integers))
        is_done = _dgesdd((_S, n, m, scratch, n, s, vt, n, u, k, *last)) == 0
    if not is_done:
        _fill_vector(s, math.nan)
        fill(u, math.nan)
        fill(vt, math.nan)


def is_finite(a):
    """Return whether no element is infinite or NaN; LAPACK may not return from such a matrix."""
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += 0.0 * a[i, j]
    return total == 0.0


def qr_into(a, q, r, scratch):
    """Write the thin factorisation ``a = q r``; NaN if that fails.

    Parameters
    ----------
    a : (M, N) float64
    q : (M, K) float64
    r : (K, N) float64, upper triangular
    scratch : float64
    """
    m, n = a.shape
    k = min(m, n)
    if k == 0:
        return
    copy, work = k, k + m * n  # where they start in scratch, after the scalars of the reflections
    size = LAPACK_BLOCK * max(m, n)
    _flatten_into(a, scratch, copy)
    is_done = _dgelqf((n, m, (scratch, copy), n, scratch, (scratch, work), size)) == 0
    for i in range(k):
        for j in range(n):
            r[i, j] = scratch[copy + i * n + j] if j >= i else 0.0
    for i in range(m):
        for j in range(k):
            q[i, j] = scratch[copy + i * n + j]
    if is_done:
        is_done = _dorglq((k, m, k, q, k, scratch, (scratch, work), size)) == 0
    if not is_done:
        fill(q, math.nan)
        fill(r, math.nan)
