"""Products of arrays."""

import numpy as np

from lightppl.autodiff.contractions import einsum, matmul, tensordot
from lightppl.autodiff.functions.table import implements, unsupported

implements(np.matmul, np.linalg.matmul)(lambda x1, x2: matmul(x1, x2))
implements(np.tensordot, np.linalg.tensordot)(tensordot)
implements(np.einsum)(einsum)


@implements(np.dot)
def _dot(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(b) <= 2:
        return matmul(a, b)
    return tensordot(a, b, ((np.ndim(a) - 1,), (np.ndim(b) - 2,)))


@implements(np.vdot)
def _vdot(a, b):
    return np.sum(np.ravel(a) * np.ravel(b))


@implements(np.inner)
def _inner(a, b):
    return a * b if np.ndim(a) * np.ndim(b) == 0 else tensordot(a, b, ((-1,), (-1,)))


@implements(np.vecdot, np.linalg.vecdot)
def _vecdot(x1, x2, axis=-1):
    return np.sum(x1 * x2, axis=axis)


@implements(np.matvec)
def _matvec(x1, x2):
    return matmul(x1, np.expand_dims(x2, -1))[..., 0]


@implements(np.vecmat)
def _vecmat(x1, x2):
    return matmul(np.expand_dims(x1, -2), x2)[..., 0, :]


@implements(np.outer, np.linalg.outer)
def _outer(a, b):
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@implements(np.kron)
def _kron(a, b):
    ndim = max(np.ndim(a), np.ndim(b))
    m = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    n = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    a = np.reshape(a, tuple(x for size in m for x in (size, 1)))
    b = np.reshape(b, tuple(x for size in n for x in (1, size)))
    return np.reshape(a * b, tuple(x * y for x, y in zip(m, n)))


@implements(np.cross, np.linalg.cross)
def _cross(a, b, axis=-1):
    a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    sizes = np.shape(a)[-1], np.shape(b)[-1]
    if not set(sizes) <= {2, 3}:
        raise unsupported("np.cross of traced vectors that do not have two or three elements")
    if sizes == (2, 2):
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = _in_space(a), _in_space(b)
    product = np.roll(a, -1, -1) * np.roll(b, 1, -1) - np.roll(a, 1, -1) * np.roll(b, -1, -1)
    return np.moveaxis(product, -1, axis)


def _in_space(vectors):
    """Vectors of the plane with a third element, zero."""
    if np.shape(vectors)[-1] == 3:
        return vectors
    return np.concatenate([vectors, np.zeros((*np.shape(vectors)[:-1], 1))], axis=-1)


@implements(np.convolve)
def _convolve(a, v, mode="full"):
    n, m = np.shape(a)[0], np.shape(v)[0]
    if m > n:
        return np.convolve(v, a, mode)
    padded = np.concatenate([np.zeros(m - 1), a, np.zeros(m - 1)])
    windows = padded[np.arange(n + m - 1)[:, None] + np.arange(m)]
    full = windows @ v[::-1]
    if mode == "full":
        return full
    first = (m - 1) // 2 if mode == "same" else m - 1
    return full[first : first + (n if mode == "same" else n - m + 1)]


@implements(np.correlate)
def _correlate(a, v, mode="valid"):
    return np.convolve(a, v[::-1], mode)


@implements(np.polyval)
def _polyval(p, x):
    result = p[0] * np.ones(np.shape(x))
    for k in range(1, np.shape(p)[0]):
        result = result * x + p[k]
    return result
