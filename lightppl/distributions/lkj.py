"""The LKJ distribution of correlation matrices and of their Cholesky factors.

Legend: ``D`` dimension, ``eta`` concentration.
"""

import math

import numpy as np

from lightppl.autodiff.special import betaln, expit, gammaln
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import log_standard_gamma
from lightppl.distributions.transformed import TransformedDistribution
from lightppl.distributions.transforms import CorrMatrixCholeskyTransform
from lightppl.errors import ModelError


class LKJCholesky(Distribution):
    """Lower Cholesky factors of correlation matrices with density proportional to det ** (eta - 1).

    Row i of the factor is a point in the unit ball of dimension i, independent of the other rows:
    its direction is uniform and its squared length is beta distributed.

    Parameters
    ----------
    dimension : int
        At least 2.
    concentration : array_like
        Positive; 1 makes all correlation matrices equally likely, more favours the identity.
    sample_method : {"onion", "cvine"}
        Accepted for NumPyro's sake; both are the same distribution.

    References
    ----------
    Lewandowski, Kurowicka, Joe (2009), "Generating random correlation matrices based on vines and
    extended onion method", sec. 3.

    Examples
    --------
    >>> LKJCholesky(3, 2.0).sample(0).shape
    (3, 3)
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    reparametrized_params = ["concentration"]

    def __init__(
        self, dimension=2, concentration=1.0, sample_method="onion", *, validate_args=None
    ):
        if dimension < 2:
            raise ModelError(f"LKJCholesky got dimension = {dimension}; it must be at least 2.")
        if sample_method not in ("onion", "cvine"):
            raise ModelError(f"LKJCholesky got unknown sample_method {sample_method!r}.")
        self.dimension = int(dimension)
        self.sample_method = sample_method
        batch_shape = self.set_parameters(concentration=concentration)
        super().__init__(batch_shape, (dimension, dimension), validate_args=validate_args)

    def _row_exponents(self):
        """Return b_i = eta + (D - 1 - i) / 2 for rows i = 1 .. D - 1, shape (..., D - 1)."""
        rows = np.arange(1.0, self.dimension)
        return np.expand_dims(self.concentration, -1) + 0.5 * (self.dimension - 1.0 - rows)

    def _draw(self, rng, shape):
        size = self.dimension
        rows = np.arange(1.0, size)
        shape = tuple(shape)
        log_outside = log_standard_gamma(rng, self._row_exponents(), shape + (size - 1,))
        log_inside = log_standard_gamma(rng, 0.5 * rows, shape + (size - 1,))
        squared_length = expit(log_inside - log_outside)
        directions = rng.standard_normal(size=shape + (size - 1, size)) * np.tri(size, size, -1)[1:]
        length = np.sqrt(np.sum(directions * directions, axis=-1))
        below = directions * np.expand_dims(np.sqrt(squared_length) / length, -1)
        diagonal = np.expand_dims(np.sqrt(expit(log_outside - log_inside)), -1)
        rest = below + diagonal * np.eye(size)[1:]
        first = np.broadcast_to(np.eye(size)[:1], shape + (1, size))
        return np.concatenate([first, rest], axis=-2)

    def _log_density(self, value):
        # a row of squared length 1 - L_ii^2 has density proportional to L_ii ** (2 (b_i - 1))
        log_diagonal = np.log(np.diagonal(value, axis1=-2, axis2=-1)[..., 1:])
        exponents = self._row_exponents()
        return np.sum(2.0 * (exponents - 1.0) * log_diagonal, axis=-1) - self._log_normalizer()

    def _log_normalizer(self):
        # volume of (1 - |w|^2) ** (b - 1) over the ball of dimension i
        rows = np.arange(1.0, self.dimension)
        exponents = self._row_exponents()
        log_volumes = betaln(exponents, 0.5 * rows) - gammaln(0.5 * rows)
        return np.sum(log_volumes + 0.5 * math.log(math.pi) * rows, axis=-1)

    @property
    def mode(self):
        return self._batched(np.eye(self.dimension))

    @staticmethod
    def infer_shapes(dimension=2, concentration=()):
        return tuple(concentration), (dimension, dimension)


class LKJ(TransformedDistribution):
    """Correlation matrices with density proportional to det ** (concentration - 1).

    Parameters
    ----------
    dimension : int
        At least 2.
    concentration : array_like
        Positive; 1 makes all correlation matrices equally likely, more favours the identity.
    sample_method : {"onion", "cvine"}
        Accepted for NumPyro's sake; both are the same distribution.

    Examples
    --------
    >>> bool(np.isclose(LKJ(2, 1.0).log_prob(np.eye(2)), -np.log(2.0)))
    True
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_matrix
    reparametrized_params = ["concentration"]

    def __init__(
        self, dimension=2, concentration=1.0, sample_method="onion", *, validate_args=None
    ):
        base = LKJCholesky(dimension, concentration, sample_method, validate_args=validate_args)
        self.dimension, self.concentration = base.dimension, base.concentration
        self.sample_method = sample_method
        super().__init__(base, CorrMatrixCholeskyTransform().inv, validate_args=validate_args)

    @property
    def mean(self):
        return self._batched(np.eye(self.dimension))

    @property
    def variance(self):
        # each correlation is a symmetric beta variable on (-1, 1)
        a = np.expand_dims(self.concentration, (-1, -2)) + 0.5 * self.dimension - 1.0
        return self._batched((1.0 - np.eye(self.dimension)) / (2.0 * a + 1.0))

    @staticmethod
    def infer_shapes(dimension=2, concentration=()):
        return tuple(concentration), (dimension, dimension)
