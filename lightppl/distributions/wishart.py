"""Distributions of positive definite matrices.

Legend: ``D`` dimension, ``nu`` concentration (degrees of freedom), ``X = L L'`` the value.

References
----------
Gupta, Nagar (2000), "Matrix variate distributions", ch. 3; Anderson (2003), "An introduction to
multivariate statistical analysis", sec. 7.2 (Bartlett's decomposition).
"""

import math

import numpy as np

from lightppl.autodiff import linalg
from lightppl.autodiff.special import multigammaln
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import standard_gamma
from lightppl.distributions.multivariate_normal import only_one, precision_to_scale_tril
from lightppl.distributions.validation import broadcast_or_raise


class _WishartFamily(Distribution):
    """Base of all families here: concentration and one of three spellings of the scale matrix."""

    arg_constraints = {
        "concentration": constraints.dependent,
        "scale_matrix": constraints.positive_definite,
        "rate_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    reparametrized_params = ["scale_matrix", "rate_matrix", "scale_tril"]

    def __init__(
        self,
        concentration,
        scale_matrix=None,
        rate_matrix=None,
        scale_tril=None,
        *,
        validate_args=None,
    ):
        family = type(self).__name__
        self.parametrization, self._matrix = only_one(
            family,
            {"scale_matrix": scale_matrix, "rate_matrix": rate_matrix, "scale_tril": scale_tril},
        )
        shape = np.shape(self._matrix)
        batch_shape = broadcast_or_raise(
            family,
            {
                "concentration": self.set_parameters(concentration=concentration),
                self.parametrization: shape[:-2],
            },
        )
        super().__init__(batch_shape, shape[-2:], validate_args=validate_args)

    def _parameter_constraints(self):
        size = np.shape(self._matrix)[-1]
        return {
            "concentration": constraints.greater_than(size - 1.0),
            self.parametrization: self.arg_constraints[self.parametrization],
        }

    @property
    def scale_tril(self):
        """Lower Cholesky factor of the scale matrix."""
        if self.parametrization == "scale_tril":
            return self._matrix
        if self.parametrization == "scale_matrix":
            return linalg.cholesky(self._matrix)
        return precision_to_scale_tril(self._matrix)

    @property
    def scale_matrix(self):
        """Scale matrix."""
        if self.parametrization == "scale_matrix":
            return self._matrix
        factor = self.scale_tril
        return np.matmul(factor, np.swapaxes(factor, -1, -2))

    @property
    def rate_matrix(self):
        """Inverse of the scale matrix."""
        if self.parametrization == "rate_matrix":
            return self._matrix
        return linalg.cholesky_inverse(self.scale_tril)

    def _log_normalizer(self):
        size = self.event_shape[-1]
        return 0.5 * self.concentration * size * math.log(2.0) + multigammaln(
            0.5 * self.concentration, size
        )

    def _bartlett(self, rng, shape):
        """Return lower triangles A with ``A A'`` Wishart distributed with scale one."""
        size = self.event_shape[-1]
        shape = tuple(shape)
        shapes = 0.5 * (np.expand_dims(self.concentration, -1) - np.arange(float(size)))
        diagonal = np.sqrt(2.0 * standard_gamma(rng, shapes, shape + (size,)))
        normal = rng.standard_normal(size=shape + (size, size))
        return normal * np.tri(size, k=-1) + np.expand_dims(diagonal, -1) * np.eye(size)

    @staticmethod
    def infer_shapes(concentration=(), scale_matrix=None, rate_matrix=None, scale_tril=None):
        given = [m for m in (scale_matrix, rate_matrix, scale_tril) if m is not None][0]
        return np.broadcast_shapes(concentration, tuple(given)[:-2]), tuple(given[-2:])


class WishartCholesky(_WishartFamily):
    """Lower Cholesky factors of Wishart distributed matrices.

    Parameters
    ----------
    concentration : array_like
        Degrees of freedom, greater than D - 1.
    scale_matrix, rate_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one: the scale matrix, its inverse or its lower Cholesky factor.

    Examples
    --------
    >>> WishartCholesky(5.0, np.eye(3)).sample(0).shape
    (3, 3)
    """

    support = constraints.lower_cholesky

    def _draw(self, rng, shape):
        return np.matmul(self.scale_tril, self._bartlett(rng, shape))

    def _log_density(self, value):
        # density of X times the Jacobian of L -> L L', which is 2^D prod L_ii^(D - i), i from 0
        size = self.event_shape[-1]
        factor = self.scale_tril
        log_diagonal = np.log(np.diagonal(value, axis1=-2, axis2=-1))
        powers = np.expand_dims(self.concentration, -1) - np.arange(1.0, size + 1.0)
        z = linalg.solve_triangular(factor, value)
        return (
            np.sum(powers * log_diagonal, axis=-1)
            - 0.5 * np.sum(z * z, axis=(-2, -1))
            - self.concentration * linalg.log_det_triangular(factor)
            + size * math.log(2.0)
            - self._log_normalizer()
        )


class Wishart(_WishartFamily):
    """Wishart distribution of positive definite matrices.

    Parameters
    ----------
    concentration : array_like
        Degrees of freedom, greater than D - 1.
    scale_matrix, rate_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one: the scale matrix, its inverse or its lower Cholesky factor.

    Examples
    --------
    >>> Wishart(5.0, np.eye(3)).mean[0, 0]
    np.float64(5.0)
    """

    support = constraints.positive_definite

    def _draw(self, rng, shape):
        factor = np.matmul(self.scale_tril, self._bartlett(rng, shape))
        return np.matmul(factor, np.swapaxes(factor, -1, -2))

    def _log_density(self, value):
        size = self.event_shape[-1]
        factor, value_tril = self.scale_tril, linalg.cholesky(value)
        z = linalg.solve_triangular(factor, value_tril)
        return (
            (self.concentration - size - 1.0) * linalg.log_det_triangular(value_tril)
            - 0.5 * np.sum(z * z, axis=(-2, -1))
            - self.concentration * linalg.log_det_triangular(factor)
            - self._log_normalizer()
        )

    @property
    def mean(self):
        return self._batched(np.expand_dims(self.concentration, (-1, -2)) * self.scale_matrix)

    @property
    def variance(self):
        scale = self.scale_matrix
        diagonal = np.diagonal(scale, axis1=-2, axis2=-1)
        outer = np.expand_dims(diagonal, -1) * np.expand_dims(diagonal, -2)
        spread = scale * scale + outer
        return self._batched(np.expand_dims(self.concentration, (-1, -2)) * spread)


class InverseWishartCholesky(_WishartFamily):
    """Lower Cholesky factors of inverse Wishart distributed matrices.

    Parameters
    ----------
    concentration : array_like
        Degrees of freedom, greater than D - 1.
    scale_matrix, rate_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one: the scale matrix, its inverse or its lower Cholesky factor.

    Examples
    --------
    >>> InverseWishartCholesky(5.0, np.eye(3)).sample(0).shape
    (3, 3)
    """

    support = constraints.lower_cholesky

    def _draw(self, rng, shape):
        # A reversed in both axes is upper triangular, and its product with its transpose is Wishart
        # too; the inverse of the transpose is then the lower factor of the inverse
        reversed_lower = np.swapaxes(self._bartlett(rng, shape)[..., ::-1, ::-1], -1, -2)
        inverse = linalg.solve_triangular(reversed_lower, np.eye(self.event_shape[-1]))
        return np.matmul(self.scale_tril, inverse) * np.tri(self.event_shape[-1])

    def _log_density(self, value):
        size = self.event_shape[-1]
        log_diagonal = np.log(np.diagonal(value, axis1=-2, axis2=-1))
        log_jacobian = np.sum(np.arange(float(size), 0.0, -1.0) * log_diagonal, axis=-1)
        return self._log_density_of_product(value) + log_jacobian + size * math.log(2.0)

    def _log_density_of_product(self, value_tril):
        """Return the log density of the matrix with this Cholesky factor."""
        size = self.event_shape[-1]
        factor = self.scale_tril
        z = linalg.solve_triangular(value_tril, factor)
        return (
            -(self.concentration + size + 1.0) * linalg.log_det_triangular(value_tril)
            - 0.5 * np.sum(z * z, axis=(-2, -1))
            + self.concentration * linalg.log_det_triangular(factor)
            - self._log_normalizer()
        )


class InverseWishart(InverseWishartCholesky):
    """Inverse Wishart distribution of positive definite matrices.

    Parameters
    ----------
    concentration : array_like
        Degrees of freedom, greater than D - 1.
    scale_matrix, rate_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one: the scale matrix, its inverse or its lower Cholesky factor.

    Examples
    --------
    >>> InverseWishart(6.0, np.eye(3)).mean[0, 0]
    np.float64(0.5)
    """

    support = constraints.positive_definite

    def _draw(self, rng, shape):
        factor = super()._draw(rng, shape)
        return np.matmul(factor, np.swapaxes(factor, -1, -2))

    def _log_density(self, value):
        return self._log_density_of_product(linalg.cholesky(value))

    @property
    def mean(self):
        excess = np.expand_dims(self.concentration, (-1, -2)) - self.event_shape[-1] - 1.0
        exists = np.greater(excess, 0.0)
        mean = self.scale_matrix / np.where(exists, excess, 1.0)
        return self._batched(np.where(exists, mean, np.nan))

    @property
    def variance(self):
        size = self.event_shape[-1]
        excess = np.expand_dims(self.concentration, (-1, -2)) - size
        exists = np.greater(excess, 3.0)
        e = np.where(exists, excess, 4.0)
        scale = self.scale_matrix
        diagonal = np.diagonal(scale, axis1=-2, axis2=-1)
        outer = np.expand_dims(diagonal, -1) * np.expand_dims(diagonal, -2)
        spread = (e + 1.0) * scale * scale + (e - 1.0) * outer
        variance = spread / (e * (e - 1.0) * (e - 1.0) * (e - 3.0))
        return self._batched(np.where(exists, variance, np.nan))

    @property
    def mode(self):
        total = np.expand_dims(self.concentration, (-1, -2)) + self.event_shape[-1] + 1.0
        return self._batched(self.scale_matrix / total)
