"""Gaussian copulas: given marginals, coupled like a multivariate normal vector.

References
----------
Nelsen (2006), "An introduction to copulas", sec. 2.3 (Sklar's theorem).
"""

import numpy as np

from lightppl.autodiff import linalg
from lightppl.autodiff.special import ndtr, ndtri
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.interval import Beta
from lightppl.distributions.multivariate_normal import only_one, whiten
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ShapeError

_SMALLEST = np.finfo(np.float64).tiny
_LARGEST_BELOW_ONE = 1.0 - np.finfo(np.float64).epsneg


class GaussianCopula(Distribution):
    """Vectors with given marginals and the dependence of a multivariate normal.

    Parameters
    ----------
    marginal_dist : Distribution
        Univariate; its last batch axis becomes the event, and a single one is repeated.  Needs
        `cdf` and `icdf`.
    correlation_matrix, correlation_cholesky : (..., D, D) array_like, optional
        Exactly one: correlations of the normal vector, or their lower Cholesky factor.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> R = np.array([[1.0, 0.5], [0.5, 1.0]])
    >>> GaussianCopula(dist.Exponential(np.ones(2)), R).sample(0).shape
    (2,)
    """

    arg_constraints = {
        "correlation_matrix": constraints.corr_matrix,
        "correlation_cholesky": constraints.corr_cholesky,
    }
    reparametrized_params = ["correlation_matrix", "correlation_cholesky"]

    def __init__(
        self,
        marginal_dist,
        correlation_matrix=None,
        correlation_cholesky=None,
        *,
        validate_args=None,
    ):
        name, matrix = only_one(
            type(self).__name__,
            {
                "correlation_matrix": correlation_matrix,
                "correlation_cholesky": correlation_cholesky,
            },
        )
        self.parametrization = name
        self._matrix = matrix
        if marginal_dist.event_shape:
            raise ShapeError(
                f"{type(self).__name__} expects a univariate marginal, found event shape "
                f"{marginal_dist.event_shape}."
            )
        if not marginal_dist.batch_shape:
            marginal_dist = marginal_dist.expand((1,))
        size = np.shape(matrix)[-1]
        last = marginal_dist.batch_shape[-1]
        if last not in (1, size):
            raise ShapeError(
                f"{type(self).__name__} couples {last} marginals with a {size} x {size} matrix."
            )
        shapes = {"marginal": marginal_dist.batch_shape[:-1], name: np.shape(matrix)[:-2]}
        batch_shape = broadcast_or_raise(type(self).__name__, shapes)
        self.marginal_dist = marginal_dist.expand(batch_shape + (size,))
        self._tril = linalg.cholesky(matrix) if name == "correlation_matrix" else matrix
        super().__init__(batch_shape, (size,), validate_args=validate_args)

    def _parameter_constraints(self):
        return {self.parametrization: GaussianCopula.arg_constraints[self.parametrization]}

    @property
    def correlation_matrix(self):
        """Correlations of the normal vector behind."""
        if self.parametrization == "correlation_matrix":
            return self._matrix
        return np.matmul(self._tril, np.swapaxes(self._tril, -1, -2))

    @property
    def correlation_cholesky(self):
        """Lower Cholesky factor of `correlation_matrix`."""
        return self._tril

    @property
    def support(self):
        return constraints.independent(self.marginal_dist.support, 1)

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        u = ndtr(np.matmul(self._tril, np.expand_dims(z, -1))[..., 0])
        return self.marginal_dist.icdf(np.clip(u, _SMALLEST, _LARGEST_BELOW_ONE))

    def _log_density(self, value):
        u = np.clip(self.marginal_dist.cdf(value), _SMALLEST, _LARGEST_BELOW_ONE)
        normal = ndtri(u)
        z = whiten(self._tril, normal)
        # the coupling is the normal density over the product of its marginals
        square = np.sum(z * z, axis=-1) - np.sum(normal * normal, axis=-1)
        coupling = -0.5 * square - linalg.log_det_triangular(self._tril)
        return np.sum(self.marginal_dist.log_density(value), axis=-1) + coupling

    @property
    def mean(self):
        return self.marginal_dist.mean

    @property
    def variance(self):
        return self.marginal_dist.variance


class GaussianCopulaBeta(GaussianCopula):
    """Vectors with beta marginals and the dependence of a multivariate normal.

    Parameters
    ----------
    concentration1, concentration0 : (..., D) array_like
        Of the marginals; positive.
    correlation_matrix, correlation_cholesky : (..., D, D) array_like, optional
        Exactly one.
    """

    arg_constraints = {
        "concentration1": constraints.independent(constraints.positive, 1),
        "concentration0": constraints.independent(constraints.positive, 1),
        "correlation_matrix": constraints.corr_matrix,
        "correlation_cholesky": constraints.corr_cholesky,
    }
    support = constraints.independent(constraints.unit_interval, 1)

    def __init__(
        self,
        concentration1,
        concentration0,
        correlation_matrix=None,
        correlation_cholesky=None,
        *,
        validate_args=None,
    ):
        marginal = Beta(concentration1, concentration0, validate_args=validate_args)
        self.concentration1 = marginal.concentration1
        self.concentration0 = marginal.concentration0
        super().__init__(
            marginal, correlation_matrix, correlation_cholesky, validate_args=validate_args
        )
