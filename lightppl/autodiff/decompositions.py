"""Eigenvalues, singular values and orthogonal factors, with derivatives; batched over leading axes.

Graphs know operations with one result.  So each decomposition is one operation whose result is a
vector: its factors one after another, row by row, which the public functions cut and shape again.

Derivatives assume distinct eigenvalues or singular values; between equal ones, whose vectors are
arbitrary, the derivative of the vectors is taken to be zero.

References
----------
Giles (2008), "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", sec. 3. Townsend (2016), "Differentiating the singular value decomposition".
Roberts & Roberts (2020), "QR and LQ decomposition matrix backpropagation algorithms", eqs. (5),
(8). Golub & Pereyra (1973), "The differentiation of pseudo-inverses", eq. (4.12).
"""

from collections import namedtuple

import numpy as np

from lightppl.autodiff.linalg import solve_triangular, transpose
from lightppl.autodiff.operation import Operation, at_user_line, is_traced
from lightppl.errors import UnsupportedOperationError

EighResult = namedtuple("EighResult", "eigenvalues eigenvectors")
SVDResult = namedtuple("SVDResult", "U S Vh")
QRResult = namedtuple("QRResult", "Q R")


def eigh(a):
    """Return eigenvalues, ascending, and eigenvectors of symmetric matrices.

    Parameters
    ----------
    a : (..., N, N) array
        Only the lower triangle counts.

    Returns
    -------
    eigenvalues : (..., N) array
    eigenvectors : (..., N, N) array
        Columns; their signs are arbitrary.

    Examples
    --------
    >>> eigh(np.diag([2.0, 1.0])).eigenvalues
    array([1., 2.])
    """
    n = np.shape(a)[-1]
    return EighResult(*_unpack(eigh_operation(a), (n,), (n, n)))


def svd(a):
    """Return the thin singular value decomposition ``a = U diag(S) Vh``.

    Parameters
    ----------
    a : (..., M, N) array

    Returns
    -------
    U : (..., M, K) array
        K is the smaller of M and N.
    S : (..., K) array
        Descending.
    Vh : (..., K, N) array
    """
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    return SVDResult(*_unpack(svd_operation(a), (m, k), (k,), (k, n)))


def svdvals(a):
    """Return the singular values of ``(..., M, N)``, descending."""
    return svd(a).S


def qr(a):
    """Return the thin factorisation ``a = Q R``.

    Parameters
    ----------
    a : (..., M, N) array

    Returns
    -------
    Q : (..., M, K) array with orthonormal columns
        K is the smaller of M and N.
    R : (..., K, N) array, upper triangular
    """
    m, n = np.shape(a)[-2:]
    k = min(m, n)
    return QRResult(*_unpack(qr_operation(a), (m, k), (k, n)))


def _unpack(packed, *shapes):
    batch, start, parts = np.shape(packed)[:-1], 0, []
    for shape in shapes:
        size = int(np.prod(shape))
        parts.append(np.reshape(packed[..., start : start + size], (*batch, *shape)))
        start += size
    return parts


def _or_nan(decompose, size):
    """A decomposition that fails gives NaN, as in compiled code."""

    def packed(a):
        a = np.asarray(a, dtype=np.float64)
        try:
            parts = decompose(a)
        except np.linalg.LinAlgError:
            return np.full((*a.shape[:-2], size(*a.shape[-2:])), np.nan)
        return np.concatenate([np.reshape(p, (*a.shape[:-2], -1)) for p in parts], axis=-1)

    return packed


def _diagonal_matrix(x):
    return np.expand_dims(x, -1) * np.eye(np.shape(x)[-1])


def _inverse_gaps(x):
    """``1 / (x[j] - x[i])``, and 0 where the two are equal."""
    gaps = np.expand_dims(x, -2) - np.expand_dims(x, -1)
    is_equal = np.equal(gaps, 0)
    return np.where(is_equal, 0.0, 1.0 / np.where(is_equal, 1.0, gaps))


def _eigh_vjp(ans, a):
    n = np.shape(a)[-1]

    def vjp(g):
        (w, v), (gw, gv) = _unpack(ans, (n,), (n, n)), _unpack(g, (n,), (n, n))
        inner = _diagonal_matrix(gw) + _inverse_gaps(w) * (transpose(v) @ gv)
        outer = v @ inner @ transpose(v)
        return 0.5 * (outer + transpose(outer))

    return vjp


def _svd_vjp(ans, a):
    m, n = np.shape(a)[-2:]
    k = min(m, n)

    def vjp(g):
        u, s, vt = _unpack(ans, (m, k), (k,), (k, n))
        gu, gs, gvt = _unpack(g, (m, k), (k,), (k, n))
        gaps = _inverse_gaps(s**2)
        left, right = transpose(u) @ gu, vt @ transpose(gvt)
        row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
        inner = gaps * (left - transpose(left)) * row + column * gaps * (right - transpose(right))
        result = u @ (inner + _diagonal_matrix(gs)) @ vt
        if m > k:
            outside = (gu - u @ left) / row
            result = result + outside @ vt
        if n > k:
            outside = (gvt - transpose(right) @ vt) / column
            result = result + u @ outside
        return result

    return vjp


def _qr_vjp(ans, a):
    m, n = np.shape(a)[-2:]
    k = min(m, n)

    def vjp(g):
        (q, r), (gq, gr) = _unpack(ans, (m, k), (k, n)), _unpack(g, (m, k), (k, n))
        if n <= k:
            return _square_part(q, r, gq, gr)
        rest, g_rest = a[..., k:], gr[..., k:]
        first = _square_part(q, r[..., :k], gq + rest @ transpose(g_rest), gr[..., :k])
        return np.concatenate([first, q @ g_rest], axis=-1)

    return vjp


def _square_part(q, r, gq, gr):
    both = r @ transpose(gr) - transpose(gq) @ q
    lower = np.tril(both, -1)
    symmetric = lower + transpose(lower) + both * np.eye(np.shape(both)[-1])
    return transpose(solve_triangular(r, transpose(gq + q @ symmetric), lower=False))


def _pinv_vjp(ans, a):
    def vjp(g):
        p, pt, gt = ans, transpose(ans), transpose(g)
        inside = -pt @ g @ pt
        left = gt @ p @ pt
        right = pt @ p @ gt
        return inside + (left - a @ (p @ left)) + (right - (right @ p) @ a)

    return vjp


def eigh_size(m, n):
    """Return how many numbers the factors of an (N, N) matrix have together."""
    return n + n * n


def svd_size(m, n):
    """Return how many numbers the factors of an (M, N) matrix have together."""
    return min(m, n) * (m + n + 1)


def qr_size(m, n):
    """Return how many numbers the factors of an (M, N) matrix have together."""
    return min(m, n) * (m + n)


eigh_operation = Operation("eigh", _or_nan(np.linalg.eigh, eigh_size), (_eigh_vjp,))
svd_operation = Operation(
    "svd", _or_nan(lambda a: np.linalg.svd(a, full_matrices=False), svd_size), (_svd_vjp,)
)
qr_operation = Operation("qr", _or_nan(np.linalg.qr, qr_size), (_qr_vjp,))

pinv = Operation("pinv", np.linalg.pinv, (_pinv_vjp,))
"""Pseudo-inverse of ``(..., M, N)``; its derivative holds where the rank does not change."""


def lstsq(a, b):
    """Return the least-squares solution of ``a x = b`` for `a` of full column rank.

    Parameters
    ----------
    a : (..., M, N) array, M at least N
    b : (M,) or (..., M, K) array
    """
    if np.shape(a)[-2] < np.shape(a)[-1] and (is_traced(a) or is_traced(b)):
        raise UnsupportedOperationError(
            f"Least squares with fewer rows than columns{at_user_line()}; use linalg.pinv(a) @ b."
        )
    q, r = qr(a)
    return solve_triangular(r, transpose(q) @ b, lower=False)
