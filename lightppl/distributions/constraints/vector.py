"""Sets of vectors, then sets of matrices."""

import numpy as np

from lightppl.autodiff import linalg
from lightppl.distributions.constraints.constraint import Constraint

_TOLERANCE = 1e-6


class Simplex(Constraint):
    """Vectors of nonnegative entries that sum to one."""

    event_dim = 1

    def __call__(self, x):
        sums_to_one = np.less(np.abs(np.sum(x, axis=-1) - 1.0), _TOLERANCE)
        return np.logical_and(np.all(np.greater_equal(x, 0.0), axis=-1), sums_to_one)

    def feasible_like(self, prototype):
        return np.full(np.shape(prototype), 1.0 / np.shape(prototype)[-1])


class OrderedVector(Constraint):
    """Vectors whose entries increase strictly."""

    event_dim = 1

    def __call__(self, x):
        return np.all(np.greater(x[..., 1:], x[..., :-1]), axis=-1)

    def feasible_like(self, prototype):
        shape = np.shape(prototype)
        return np.broadcast_to(np.arange(float(shape[-1])), shape)


class PositiveOrderedVector(OrderedVector):
    """Vectors of positive entries that increase strictly."""

    def __call__(self, x):
        return np.logical_and(super().__call__(x), np.all(np.greater(x, 0.0), axis=-1))

    def feasible_like(self, prototype):
        return 1.0 + super().feasible_like(prototype)


class Multinomial(Constraint):
    """Vectors of nonnegative integers that sum to `upper_bound`.

    Parameters
    ----------
    upper_bound : array_like of int
    """

    event_dim = 1
    is_discrete = True
    _parameters = ("upper_bound",)

    def __init__(self, upper_bound):
        self.upper_bound = upper_bound

    def __call__(self, x):
        whole = np.logical_and(np.greater_equal(x, 0), np.equal(x, np.floor(x)))
        return np.logical_and(
            np.all(whole, axis=-1), np.equal(np.sum(x, axis=-1), self.upper_bound)
        )

    def feasible_like(self, prototype):
        rest = np.zeros(np.shape(prototype)[-1] - 1, dtype=np.int64)
        first = np.expand_dims(np.asarray(self.upper_bound), -1)
        batch = np.broadcast_shapes(np.shape(prototype)[:-1], np.shape(self.upper_bound))
        return np.concatenate(
            [np.broadcast_to(first, batch + (1,)), np.broadcast_to(rest, batch + rest.shape)], -1
        )


class L1Ball(Constraint):
    """Vectors whose absolute values sum to at most one."""

    event_dim = 1

    def __call__(self, x):
        return np.less_equal(np.sum(np.abs(x), axis=-1), 1.0 + _TOLERANCE)

    def feasible_like(self, prototype):
        return np.zeros(np.shape(prototype))


class Sphere(Constraint):
    """Vectors of Euclidean length one."""

    event_dim = 1

    def __call__(self, x):
        return np.less(np.abs(np.sum(x * x, axis=-1) - 1.0), _TOLERANCE)

    def feasible_like(self, prototype):
        return np.full(np.shape(prototype), np.shape(prototype)[-1] ** -0.5)


class ZeroSum(Constraint):
    """Arrays that sum to zero along each of the last `event_dim` axes.

    Parameters
    ----------
    event_dim : int
    """

    _parameters = ("event_dim",)

    def __init__(self, event_dim=1):
        self.event_dim = event_dim

    def __call__(self, x):
        axes = tuple(range(-self.event_dim, 0))
        size = 1.0 + np.max(np.abs(x), axis=axes)
        inside = np.all(np.isfinite(x), axis=axes)
        for axis in axes:
            worst = np.max(np.abs(np.sum(x, axis=axis, keepdims=True)), axis=axes)
            inside = np.logical_and(inside, np.less_equal(worst, _TOLERANCE * size))
        return inside

    def feasible_like(self, prototype):
        return np.zeros(np.shape(prototype))


class PositiveDefiniteCirculantVector(Constraint):
    """First rows of positive definite circulant matrices: their Fourier transform is positive."""

    event_dim = 1

    def __call__(self, x):
        # the eigenvalues of a circulant matrix are the Fourier transform of its first row
        spectrum = np.real(np.fft.fft(x, axis=-1))
        mirrored = np.concatenate([x[..., :1], x[..., :0:-1]], axis=-1)
        symmetric = np.all(np.less(np.abs(x - mirrored), _TOLERANCE), axis=-1)
        return np.logical_and(np.all(np.greater(spectrum, _TOLERANCE), axis=-1), symmetric)

    def feasible_like(self, prototype):
        shape = np.shape(prototype)
        return np.broadcast_to(np.eye(1, shape[-1])[0], shape)


# ---- sets of matrices --------------------------------------------------------------------------


class LowerCholesky(Constraint):
    """Lower triangular matrices with a positive diagonal."""

    event_dim = 2

    def __call__(self, x):
        return np.logical_and(_is_lower_triangular(x), _has_positive_diagonal(x))

    def feasible_like(self, prototype):
        return _identity_like(prototype)


class ScaledUnitLowerCholesky(LowerCholesky):
    """Lower Cholesky factors that are a unit triangle times a positive diagonal."""


class SoftplusLowerCholesky(LowerCholesky):
    """Lower Cholesky factors whose diagonal is reached through softplus instead of exp."""


class CorrCholesky(LowerCholesky):
    """Lower Cholesky factors of correlation matrices: rows have length one."""

    def __call__(self, x):
        unit_rows = np.less(np.abs(np.sum(x * x, axis=-1) - 1.0), _TOLERANCE)
        return np.logical_and(super().__call__(x), np.all(unit_rows, axis=-1))


class PositiveDefinite(Constraint):
    """Symmetric matrices with positive eigenvalues."""

    event_dim = 2

    def __call__(self, x):
        # a matrix is positive definite exactly if it has a Cholesky factor
        factor = linalg.cholesky(np.where(np.isfinite(x), x, 0.0))
        return np.logical_and(_is_symmetric(x), _has_positive_diagonal(factor))

    def feasible_like(self, prototype):
        return _identity_like(prototype)


class CorrMatrix(PositiveDefinite):
    """Positive definite matrices with a diagonal of ones."""

    def __call__(self, x):
        diagonal = np.diagonal(x, axis1=-2, axis2=-1)
        unit = np.all(np.less(np.abs(diagonal - 1.0), _TOLERANCE), axis=-1)
        return np.logical_and(super().__call__(x), unit)


class PositiveSemidefinite(PositiveDefinite):
    """Symmetric matrices without negative eigenvalues."""

    def __call__(self, x):
        smallest = np.linalg.eigvalsh(np.where(np.isfinite(x), x, 0.0))[..., 0]
        size = 1.0 + np.max(np.abs(x), axis=(-2, -1))
        return np.logical_and(_is_symmetric(x), np.greater_equal(smallest, -_TOLERANCE * size))


def _is_lower_triangular(x):
    return np.all(np.equal(np.triu(x, 1), 0.0), axis=(-2, -1))


def _has_positive_diagonal(x):
    return np.all(np.greater(np.diagonal(x, axis1=-2, axis2=-1), 0.0), axis=-1)


def _is_symmetric(x):
    if 0 in np.shape(x):
        return np.ones(np.shape(x)[:-2], dtype=bool)
    size = 1.0 + np.max(np.abs(x), axis=(-2, -1), keepdims=True)
    gap = np.abs(x - np.swapaxes(x, -1, -2))
    return np.all(np.less_equal(gap, _TOLERANCE * size), axis=(-2, -1))


def _identity_like(prototype):
    shape = np.shape(prototype)
    return np.broadcast_to(np.eye(shape[-1]), shape)
