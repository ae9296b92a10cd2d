"""Transforms onto triangular, positive definite and correlation matrices, and linear maps.

Vectors fill the strict lower triangle row by row.  Legend: ``N`` rows of the matrix.
"""

import math

import numpy as np

from lightppl.autodiff import as_array, linalg
from lightppl.autodiff.known_factors import product_of_factor
from lightppl.autodiff.special import log_expit, softplus
from lightppl.distributions import constraints
from lightppl.distributions.transforms.transform import Transform
from lightppl.errors import ShapeError

_LOG_4 = float(np.log(4.0))


class CorrCholeskyTransform(Transform):
    """N (N - 1) / 2 reals to the lower Cholesky factor of a correlation matrix.

    ``z = tanh(x)`` are canonical partial correlations; a row keeps length one because each entry
    takes the share ``z`` of what earlier entries left of it.

    References
    ----------
    Lewandowski, Kurowicka, Joe (2009), "Generating random correlation matrices based on vines and
    extended onion method", sec. 2; Stan Reference Manual, "Cholesky factors of correlation
    matrices".
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky

    def __call__(self, x):
        size = self.forward_shape(np.shape(x))[-1]
        unit = np.eye(size)
        matrix = _fill_strict_triangle(x, size)
        log_kept = _log_sech_squared(matrix) * np.tri(size, k=-1)
        log_left = np.cumsum(log_kept, axis=-1) - log_kept
        return (np.tanh(matrix) + unit) * np.exp(0.5 * log_left)

    def _inverse(self, y):
        size = np.shape(y)[-1]
        rows, columns = np.tril_indices(size, -1)
        # the squared length right of each entry, summed from the small end
        left = np.cumsum((y * y)[..., ::-1], axis=-1)[..., ::-1]
        return np.arcsinh(y[..., rows, columns] / np.sqrt(left[..., rows, columns + 1]))

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        # an entry's share enters its own derivative and, by half, those of later entries in its row
        rows, columns = np.tril_indices(np.shape(y)[-1], -1)
        weights = 1.0 + 0.5 * (rows - 1 - columns)
        return np.sum(weights * _log_sech_squared(x), axis=-1)

    def forward_shape(self, shape):
        return _matrix_shape(shape, offset=1)

    def inverse_shape(self, shape):
        return _vector_shape(shape, diagonal=-1)


class CorrMatrixCholeskyTransform(Transform):
    """A correlation matrix to its lower Cholesky factor."""

    domain = constraints.corr_matrix
    codomain = constraints.corr_cholesky

    def __call__(self, x):
        return linalg.cholesky(x)

    def _inverse(self, y):
        return product_of_factor(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        # the diagonal of x is fixed, so its column of the Cholesky Jacobian is missing
        size = np.shape(y)[-1]
        log_diagonal = np.log(np.diagonal(y, axis1=-2, axis2=-1))
        return -np.sum(np.arange(size - 1.0, -1.0, -1.0) * log_diagonal, axis=-1)


class CholeskyTransform(Transform):
    """A positive definite matrix to its lower Cholesky factor."""

    domain = constraints.positive_definite
    codomain = constraints.lower_cholesky

    def __call__(self, x):
        return linalg.cholesky(x)

    def _inverse(self, y):
        return product_of_factor(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        size = np.shape(y)[-1]
        log_diagonal = np.log(np.diagonal(y, axis1=-2, axis2=-1))
        return -size * _LOG_4 / 2.0 - np.sum(np.arange(size, 0.0, -1.0) * log_diagonal, axis=-1)


class LowerCholeskyTransform(Transform):
    """N (N + 1) / 2 reals to a lower triangle with diagonal ``exp(x)``.

    The last N entries make the diagonal.
    """

    domain = constraints.real_vector
    codomain = constraints.lower_cholesky

    def __call__(self, x):
        size = self.forward_shape(np.shape(x))[-1]
        below = _fill_strict_triangle(x[..., :-size], size)
        return below + np.expand_dims(np.exp(x[..., -size:]), -1) * np.eye(size)

    def _inverse(self, y):
        return np.concatenate([_strict_triangle(y), np.log(_diagonal(y))], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.sum(x[..., -np.shape(y)[-1] :], axis=-1)

    def forward_shape(self, shape):
        return _matrix_shape(shape, offset=0)

    def inverse_shape(self, shape):
        return _vector_shape(shape, diagonal=0)


class SoftplusLowerCholeskyTransform(LowerCholeskyTransform):
    """N (N + 1) / 2 reals to a lower triangle with diagonal ``softplus(x)``."""

    codomain = constraints.softplus_lower_cholesky

    def __call__(self, x):
        size = self.forward_shape(np.shape(x))[-1]
        below = _fill_strict_triangle(x[..., :-size], size)
        return below + np.expand_dims(softplus(x[..., -size:]), -1) * np.eye(size)

    def _inverse(self, y):
        return np.concatenate([_strict_triangle(y), _softplus_inverse(_diagonal(y))], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.sum(log_expit(x[..., -np.shape(y)[-1] :]), axis=-1)


class ScaledUnitLowerCholeskyTransform(LowerCholeskyTransform):
    """N (N + 1) / 2 reals to a unit lower triangle whose rows are scaled by ``softplus(x)``."""

    codomain = constraints.scaled_unit_lower_cholesky

    def __call__(self, x):
        size = self.forward_shape(np.shape(x))[-1]
        unit_triangle = _fill_strict_triangle(x[..., :-size], size) + np.eye(size)
        return unit_triangle * np.expand_dims(softplus(x[..., -size:]), -1)

    def _inverse(self, y):
        scale = _diagonal(y)
        below = _strict_triangle(y / np.expand_dims(scale, -1))
        return np.concatenate([below, _softplus_inverse(scale)], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        size = np.shape(y)[-1]
        log_scale = np.log(_diagonal(y))
        slopes = log_expit(x[..., -size:])
        return np.sum(np.arange(float(size)) * log_scale + slopes, axis=-1)


class LowerCholeskyAffine(Transform):
    """``y = loc + scale_tril @ x``.

    Parameters
    ----------
    loc : (..., N) array_like
    scale_tril : (..., N, N) array_like
        Lower triangular.
    """

    domain = constraints.real_vector
    codomain = constraints.real_vector
    _parameters = ("loc", "scale_tril")

    def __init__(self, loc, scale_tril):
        if np.ndim(scale_tril) < 2:
            raise ShapeError(
                "LowerCholeskyAffine expects a scale_tril of at least two axes, found shape "
                f"{np.shape(scale_tril)}."
            )
        self.loc = as_array(loc)
        self.scale_tril = as_array(scale_tril)

    def __call__(self, x):
        return self.loc + np.matmul(self.scale_tril, np.expand_dims(x, -1))[..., 0]

    def _inverse(self, y):
        columns = np.expand_dims(y - self.loc, -1)
        return linalg.solve_triangular(self.scale_tril, columns)[..., 0]

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        log_det = linalg.log_det_triangular(self.scale_tril)
        return np.broadcast_to(log_det, self.forward_shape(np.shape(x))[:-1])

    def forward_shape(self, shape):
        batch = np.broadcast_shapes(
            shape[:-1], np.shape(self.loc)[:-1], np.shape(self.scale_tril)[:-2]
        )
        return batch + tuple(shape[-1:])

    inverse_shape = forward_shape


def _fill_strict_triangle(x, size):
    """Return (..., size, size): `x` below the diagonal row by row, zero elsewhere."""
    count = size * (size - 1) // 2
    where = np.full((size, size), count)
    where[np.tril_indices(size, -1)] = np.arange(count)
    padded = np.concatenate([x, np.zeros(np.shape(x)[:-1] + (1,))], axis=-1)
    return padded[..., where]


def _strict_triangle(y):
    rows, columns = np.tril_indices(np.shape(y)[-1], -1)
    return y[..., rows, columns]


def _diagonal(y):
    return np.diagonal(y, axis1=-2, axis2=-1)


def _softplus_inverse(y):
    return y + np.log(-np.expm1(-y))


def _log_sech_squared(x):
    return _LOG_4 + log_expit(2.0 * x) + log_expit(-2.0 * x)


def _matrix_shape(shape, offset):
    count = shape[-1]
    size = (math.isqrt(8 * count + 1) - 1) // 2 + offset
    if size * (size + 1 - 2 * offset) // 2 != count:
        raise ShapeError(f"A vector of {count} entries does not fill a lower triangle.")
    return tuple(shape[:-1]) + (size, size)


def _vector_shape(shape, diagonal):
    size = shape[-1]
    if len(shape) < 2 or shape[-2] != size:
        raise ShapeError(f"Expected square matrices, found shape {tuple(shape)}.")
    return tuple(shape[:-2]) + (size * (size + 1 + 2 * diagonal) // 2,)
