"""Multivariate families built on the normal distribution.

`multivariate_normal` holds the plain one.  Legend: ``D`` dimension, ``R`` rank.
"""

import math

import numpy as np

from lightppl.autodiff import as_array, linalg
from lightppl.autodiff.special import betaln
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import log_standard_gamma
from lightppl.distributions.multivariate_normal import whiten
from lightppl.distributions.real_line import LOG_SQRT_2_PI
from lightppl.errors import ShapeError


class MultivariateStudentT(Distribution):
    """Multivariate t distribution.

    Parameters
    ----------
    df : array_like
        Degrees of freedom, positive.
    loc : (..., D) array_like
        A number means the same for every entry.
    scale_tril : (..., D, D) array_like
        Lower Cholesky factor of the scale matrix.

    References
    ----------
    Kotz, Nadarajah (2004), "Multivariate t distributions and their applications", eq. (1.1).

    Examples
    --------
    >>> MultivariateStudentT(3.0, np.zeros(2), np.eye(2)).sample(0).shape
    (2,)
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real_vector,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    reparametrized_params = ["df", "loc", "scale_tril"]

    def __init__(self, df, loc=0.0, scale_tril=None, *, validate_args=None):
        size = np.shape(scale_tril)[-1]
        loc = np.broadcast_to(as_array(loc), (size,)) if np.shape(loc) in ((), (1,)) else loc
        batch_shape = self.set_parameters(df=df, loc=loc, scale_tril=scale_tril)
        super().__init__(batch_shape, (size,), validate_args=validate_args)

    def _draw(self, rng, shape):
        half_df = 0.5 * self.df
        log_ratio = log_standard_gamma(rng, half_df, shape) - np.log(half_df)
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        # a factor beyond 1e260 would make infinities, and their difference NaN
        z = z * np.expand_dims(np.exp(np.minimum(-0.5 * log_ratio, 600.0)), -1)
        return self.loc + np.matmul(self.scale_tril, np.expand_dims(z, -1))[..., 0]

    def _log_density(self, value):
        size = self.event_shape[0]
        z = whiten(self.scale_tril, value - self.loc)
        half = 0.5 * size
        log_normalizer = (
            betaln(half, 0.5 * self.df)
            - math.lgamma(half)
            + half * (np.log(self.df) + math.log(math.pi))
            + linalg.log_det_triangular(self.scale_tril)
        )
        square = np.sum(z * z, axis=-1)
        return -0.5 * (self.df + size) * np.log1p(square / self.df) - log_normalizer

    @property
    def covariance_matrix(self):
        """Covariance; infinite up to two degrees of freedom."""
        df = np.expand_dims(self.df, (-1, -2))
        exists = np.greater(df, 2.0)
        factor = np.where(exists, df / np.where(exists, df - 2.0, 1.0), np.inf)
        covariance = factor * np.matmul(self.scale_tril, np.swapaxes(self.scale_tril, -1, -2))
        return np.broadcast_to(covariance, self.batch_shape + np.shape(covariance)[-2:])

    @property
    def mean(self):
        exists = np.expand_dims(np.greater(self.df, 1.0), -1)
        return self._batched(np.where(exists, self.loc, np.nan))

    @property
    def variance(self):
        df = np.expand_dims(self.df, -1)
        exists = np.greater(df, 2.0)
        factor = df / np.where(exists, df - 2.0, 1.0)
        square = np.sum(self.scale_tril * self.scale_tril, axis=-1)
        infinite = np.where(np.greater(df, 1.0), np.inf, np.nan)
        return self._batched(np.where(exists, factor * square, infinite))

    @staticmethod
    def infer_shapes(df, loc, scale_tril):
        batch = np.broadcast_shapes(df, tuple(loc)[:-1], tuple(scale_tril)[:-2])
        return batch, tuple(scale_tril[-1:])


class LowRankMultivariateNormal(Distribution):
    """Multivariate normal distribution with covariance ``W W' + diag(d)``.

    Parameters
    ----------
    loc : (..., D) array_like
    cov_factor : (..., D, R) array_like
        W.
    cov_diag : (..., D) array_like
        d, positive.

    Notes
    -----
    Costs D R^2: by Woodbury's identity and the matrix determinant lemma everything goes through the
    R x R matrix ``I + W' diag(d)^-1 W``.

    Examples
    --------
    >>> d = LowRankMultivariateNormal(np.zeros(3), np.ones((3, 1)), np.ones(3))
    >>> d.sample(0).shape
    (3,)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    reparametrized_params = ["loc", "cov_factor", "cov_diag"]

    def __init__(self, loc, cov_factor, cov_diag, *, validate_args=None):
        batch_shape = self.set_parameters(loc=loc, cov_factor=cov_factor, cov_diag=cov_diag)
        sizes = {np.shape(loc)[-1], np.shape(cov_factor)[-2], np.shape(cov_diag)[-1]}
        if len(sizes) != 1:
            raise ShapeError(
                f"LowRankMultivariateNormal got loc {np.shape(loc)}, cov_factor "
                f"{np.shape(cov_factor)} and cov_diag {np.shape(cov_diag)}; expected (..., D), "
                "(..., D, R) and (..., D)."
            )
        super().__init__(batch_shape, np.shape(loc)[-1:], validate_args=validate_args)

    @property
    def covariance_matrix(self):
        """Covariance, shape ``batch_shape + (D, D)``."""
        return self._shown(self._covariance)

    @property
    def _covariance(self):
        diagonal = np.expand_dims(self.cov_diag, -1) * np.eye(self.event_shape[0])
        return np.matmul(self.cov_factor, np.swapaxes(self.cov_factor, -1, -2)) + diagonal

    def _shown(self, matrix):
        return np.broadcast_to(matrix, self.batch_shape + np.shape(matrix)[-2:])

    @property
    def scale_tril(self):
        """Lower Cholesky factor of the covariance."""
        return self._shown(linalg.cholesky(self._covariance))

    @property
    def precision_matrix(self):
        """Inverse of the covariance."""
        return self._shown(linalg.cholesky_inverse(linalg.cholesky(self._covariance)))

    def _scaled_factor(self):
        """Return ``diag(d)^-1/2 W`` and the Cholesky factor of the small matrix."""
        scaled = self.cov_factor / np.expand_dims(np.sqrt(self.cov_diag), -1)
        rank = np.shape(self.cov_factor)[-1]
        small = np.eye(rank) + np.matmul(np.swapaxes(scaled, -1, -2), scaled)
        return scaled, linalg.cholesky(small)

    def _draw(self, rng, shape):
        shape = tuple(shape)
        z = rng.standard_normal(size=shape + np.shape(self.cov_factor)[-1:])
        noise = rng.standard_normal(size=shape + self.event_shape)
        common = np.matmul(self.cov_factor, np.expand_dims(z, -1))[..., 0]
        return self.loc + common + np.sqrt(self.cov_diag) * noise

    def _log_density(self, value):
        scaled, factor = self._scaled_factor()
        diff = (value - self.loc) / np.sqrt(self.cov_diag)
        projected = np.matmul(np.expand_dims(diff, -2), scaled)[..., 0, :]
        inner = whiten(factor, projected)
        square = np.sum(diff * diff, axis=-1) - np.sum(inner * inner, axis=-1)
        half_log_det = 0.5 * np.sum(np.log(self.cov_diag), axis=-1)
        half_log_det = half_log_det + linalg.log_det_triangular(factor)
        return -0.5 * square - half_log_det - self.event_shape[0] * LOG_SQRT_2_PI

    @property
    def mean(self):
        return self._batched(self.loc)

    @property
    def variance(self):
        return self._batched(np.sum(self.cov_factor * self.cov_factor, axis=-1) + self.cov_diag)

    def entropy(self):
        factor = self._scaled_factor()[1]
        half_log_det = 0.5 * np.sum(np.log(self.cov_diag), axis=-1)
        half_log_det = half_log_det + linalg.log_det_triangular(factor)
        total = half_log_det + self.event_shape[0] * (0.5 + LOG_SQRT_2_PI)
        return np.broadcast_to(total, self.batch_shape)

    @staticmethod
    def infer_shapes(loc, cov_factor, cov_diag):
        batch = np.broadcast_shapes(loc[:-1], cov_factor[:-2], cov_diag[:-1])
        return batch, tuple(loc[-1:])


class ZeroSumNormal(Distribution):
    """Normal distribution restricted to arrays that sum to zero along every axis.

    Parameters
    ----------
    scale : array_like
        Standard deviation before the restriction, positive.
    event_shape : tuple of int
        Shape of the array.

    Notes
    -----
    The density is with respect to volume in the subspace, which has a dimension less for each axis.

    Examples
    --------
    >>> bool(np.isclose(ZeroSumNormal(1.0, (4,)).sample(0).sum(), 0.0))
    True
    """

    arg_constraints = {"scale": constraints.positive}
    reparametrized_params = ["scale"]

    def __init__(self, scale, event_shape, *, validate_args=None):
        batch_shape = self.set_parameters(scale=scale)
        super().__init__(batch_shape, tuple(event_shape), validate_args=validate_args)

    @property
    def support(self):
        return constraints.zero_sum(self.event_dim)

    @property
    def _event_scale(self):
        return np.reshape(self.scale, np.shape(self.scale) + (1,) * self.event_dim)

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        for axis in range(-self.event_dim, 0):
            z = z - np.mean(z, axis=axis, keepdims=True)
        return self._event_scale * z

    def _log_density(self, value):
        axes = tuple(range(-self.event_dim, 0))
        square = np.sum(value * value, axis=axes) / (self.scale * self.scale)
        dimension = math.prod(n - 1 for n in self.event_shape)
        return -0.5 * square - dimension * (np.log(self.scale) + LOG_SQRT_2_PI)

    @property
    def mean(self):
        return np.zeros(self.batch_shape + self.event_shape)

    @property
    def variance(self):
        kept = math.prod(1.0 - 1.0 / n for n in self.event_shape)
        return self._batched(kept * self._event_scale * self._event_scale)


class MatrixNormal(Distribution):
    """Normal distribution of matrices whose rows and columns are correlated.

    Parameters
    ----------
    loc : (..., N, P) array_like
    scale_tril_row : (..., N, N) array_like
        Lower Cholesky factor of the covariance between rows.
    scale_tril_column : (..., P, P) array_like
        Lower Cholesky factor of the covariance between columns.

    References
    ----------
    Dawid (1981), "Some matrix-variate distribution theory".

    Examples
    --------
    >>> MatrixNormal(np.zeros((2, 3)), np.eye(2), np.eye(3)).sample(0).shape
    (2, 3)
    """

    arg_constraints = {
        "loc": constraints.real_matrix,
        "scale_tril_row": constraints.lower_cholesky,
        "scale_tril_column": constraints.lower_cholesky,
    }
    support = constraints.real_matrix
    reparametrized_params = ["loc", "scale_tril_row", "scale_tril_column"]

    def __init__(self, loc, scale_tril_row, scale_tril_column, *, validate_args=None):
        batch_shape = self.set_parameters(
            loc=loc, scale_tril_row=scale_tril_row, scale_tril_column=scale_tril_column
        )
        event_shape = (np.shape(scale_tril_row)[-1], np.shape(scale_tril_column)[-1])
        if np.shape(self.loc)[-2:] != event_shape:
            raise ShapeError(
                f"MatrixNormal got loc of shape {np.shape(self.loc)} for factors of "
                f"{event_shape[0]} rows and {event_shape[1]} columns."
            )
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        columns = np.swapaxes(self.scale_tril_column, -1, -2)
        return self.loc + np.matmul(np.matmul(self.scale_tril_row, z), columns)

    def _log_density(self, value):
        rows, columns = self.event_shape
        half = linalg.solve_triangular(self.scale_tril_row, value - self.loc)
        z = linalg.solve_triangular(self.scale_tril_column, np.swapaxes(half, -1, -2))
        log_det = columns * linalg.log_det_triangular(self.scale_tril_row)
        log_det = log_det + rows * linalg.log_det_triangular(self.scale_tril_column)
        return -0.5 * np.sum(z * z, axis=(-2, -1)) - log_det - rows * columns * LOG_SQRT_2_PI

    @property
    def mean(self):
        return self._batched(self.loc)

    @property
    def variance(self):
        rows = np.sum(self.scale_tril_row * self.scale_tril_row, axis=-1)
        columns = np.sum(self.scale_tril_column * self.scale_tril_column, axis=-1)
        return self._batched(np.expand_dims(rows, -1) * np.expand_dims(columns, -2))
