"""Functions of `numpy.linalg`."""

from collections import namedtuple

import numpy as np

from lightppl.autodiff import decompositions, linalg
from lightppl.autodiff.functions.table import implements, unsupported

SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")

implements(np.linalg.cholesky)(lambda a, upper=False: _cholesky(a, upper))
implements(np.linalg.inv)(lambda a: linalg.inv(a))
implements(np.linalg.solve)(linalg.solve)
implements(np.linalg.det)(linalg.det)
implements(np.linalg.slogdet)(lambda a: SlogdetResult(*linalg.slogdet(a)))


def _cholesky(a, upper):
    factor = linalg.cholesky(a)
    return linalg.transpose(factor) if upper else factor


@implements(np.linalg.eigh)
def _eigh(a, UPLO="L"):
    return decompositions.eigh(a if UPLO == "L" else linalg.transpose(a))


@implements(np.linalg.eigvalsh)
def _eigvalsh(a, UPLO="L"):
    return np.linalg.eigh(a, UPLO).eigenvalues


@implements(np.linalg.svd)
def _svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    if not compute_uv:
        return decompositions.svdvals(a)
    if full_matrices and np.shape(a)[-1] != np.shape(a)[-2]:
        raise unsupported("np.linalg.svd of a traced value needs full_matrices=False: the full one")
    return decompositions.svd(a)


implements(np.linalg.svdvals)(lambda x: decompositions.svdvals(x))
implements(np.linalg.pinv)(lambda a: decompositions.pinv(a))


@implements(np.linalg.qr)
def _qr(a, mode="reduced"):
    if mode == "complete" and np.shape(a)[-2] <= np.shape(a)[-1]:
        mode = "reduced"
    if mode not in ("reduced", "r"):
        raise unsupported(f"np.linalg.qr of a traced value in mode {mode!r}")
    return decompositions.qr(a) if mode == "reduced" else decompositions.qr(a).R


@implements(np.linalg.lstsq)
def _lstsq(a, b, rcond=None):
    solution = decompositions.lstsq(a, b)
    residuals = np.sum((b - np.matmul(a, solution)) ** 2, axis=0)
    return solution, np.atleast_1d(residuals), np.shape(a)[-1], decompositions.svdvals(a)


@implements(np.linalg.norm)
def _norm(x, ord=None, axis=None, keepdims=False):
    if ord is None:
        return np.sqrt(np.sum(x**2, axis=axis, keepdims=keepdims))
    if axis is None:
        axis = tuple(range(np.ndim(x)))
    axes = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    return _matrix_norm(x, ord, axes, keepdims)


@implements(np.linalg.vector_norm)
def _vector_norm_of_any(x, axis=None, keepdims=False, ord=2):
    if axis is None:
        norm = _vector_norm(np.ravel(x), ord, 0, False)
        return np.reshape(norm, (1,) * np.ndim(x)) if keepdims else norm
    return np.linalg.norm(x, ord, axis, keepdims)


@implements(np.linalg.matrix_norm)
def _matrix_norm_of_last(x, keepdims=False, ord="fro"):
    return _matrix_norm(x, ord, (-2, -1), keepdims)


def _vector_norm(x, ord, axis, keepdims):
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.not_equal(x, 0) * 1.0, axis=axis, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 2:
        return np.sqrt(np.sum(x**2, axis=axis, keepdims=keepdims))
    return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def _matrix_norm(x, ord, axes, keepdims):
    rows, columns = (k % np.ndim(x) for k in axes)
    if ord == "fro":
        return np.sqrt(np.sum(x**2, axis=(rows, columns), keepdims=keepdims))
    sums = {1: (rows, columns, np.max), -1: (rows, columns, np.min),
            np.inf: (columns, rows, np.max), -np.inf: (columns, rows, np.min)}
    if ord in sums:
        summed, other, extreme = sums[ord]
        total = np.sum(np.abs(x), axis=summed, keepdims=True)
        result = extreme(total, axis=other, keepdims=True)
    elif ord in (2, -2, "nuc"):
        values = decompositions.svdvals(np.moveaxis(x, (rows, columns), (-2, -1)))
        reduce = {2: np.max, -2: np.min, "nuc": np.sum}[ord]
        result = np.expand_dims(reduce(values, axis=-1), sorted((rows, columns)))
    else:
        raise unsupported(f"np.linalg.norm of order {ord!r} of a matrix cannot be recorded")
    return result if keepdims else np.squeeze(result, axis=(rows, columns))


@implements(np.linalg.matrix_power)
def _matrix_power(a, n):
    if n < 0:
        return np.linalg.matrix_power(linalg.inv(a), -n)
    if n == 0:
        return np.broadcast_to(np.eye(np.shape(a)[-1]), np.shape(a))
    half = _matrix_power(a, n // 2) if n > 1 else None
    if n % 2 == 0:
        return half @ half
    return a if n == 1 else half @ half @ a


@implements(np.linalg.multi_dot)
def _multi_dot(arrays):
    result = arrays[0]
    for a in arrays[1:]:
        result = np.dot(result, a)
    return result
