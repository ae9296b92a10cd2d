"""Gaussian fields: conditional autoregressions on a graph and stationary fields on a circle."""

import math

import numpy as np

from lightppl.autodiff import as_array, is_traced, linalg
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.multivariate_normal import precision_to_scale_tril
from lightppl.distributions.real_line import LOG_SQRT_2_PI
from lightppl.distributions.transforms.sequence import fourier_matrix
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError, ShapeError

_LARGEST_DENSE_FOURIER = 2048


class CAR(Distribution):
    """Conditional autoregression: precision ``tau (diag(A 1) - rho A)`` for an adjacency matrix A.

    Parameters
    ----------
    loc : (..., D) array_like
        A number means the same at every site.
    correlation : array_like
        rho, between -1 and 1.
    conditional_precision : array_like
        tau, positive.
    adj_matrix : (D, D) array or scipy.sparse matrix
        Symmetric, nonnegative, every site with a neighbour; not traced.
    is_sparse : bool
        Accepted for NumPyro's sake; edges are listed in either case.

    Notes
    -----
    A log density costs as many products as there are edges: the determinant comes from the
    eigenvalues of the scaled adjacency matrix, found once.

    References
    ----------
    Jin, Carlin, Banerjee (2005), "Generalized hierarchical multivariate CAR models for areal data".

    Examples
    --------
    >>> A = np.array([[0, 1], [1, 0]])
    >>> CAR(0.0, 0.5, 1.0, A).sample(0).shape
    (2,)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "correlation": constraints.open_interval(-1.0, 1.0),
        "conditional_precision": constraints.positive,
        "adj_matrix": constraints.dependent,
    }
    support = constraints.real_vector
    reparametrized_params = ["loc", "correlation", "conditional_precision", "adj_matrix"]

    def __init__(
        self,
        loc,
        correlation,
        conditional_precision,
        adj_matrix,
        *,
        is_sparse=False,
        validate_args=None,
    ):
        self.is_sparse = bool(is_sparse)
        dense = adj_matrix.toarray() if hasattr(adj_matrix, "toarray") else adj_matrix
        self.adj_matrix = np.asarray(dense, dtype=np.float64)
        size = self.adj_matrix.shape[-1]
        self._degrees = self.adj_matrix.sum(axis=-1)
        self._check_adjacency(size)
        self._rows, self._columns = np.nonzero(self.adj_matrix)
        self._weights = self.adj_matrix[self._rows, self._columns]
        root = np.sqrt(self._degrees)
        scaled = self.adj_matrix / root[:, None] / root
        self._eigenvalues = np.linalg.eigvalsh(scaled)
        loc = np.broadcast_to(as_array(loc), (size,)) if np.shape(loc) in ((), (1,)) else loc
        batch_shape = self.set_parameters(
            loc=loc, correlation=correlation, conditional_precision=conditional_precision
        )
        super().__init__(batch_shape, (size,), validate_args=validate_args)

    def _check_adjacency(self, size):
        shape = self.adj_matrix.shape
        if len(shape) != 2 or shape[0] != size:
            raise ShapeError(f"CAR got adj_matrix of shape {shape}; expected (D, D).")
        if not np.array_equal(self.adj_matrix, self.adj_matrix.T) or np.any(self.adj_matrix < 0):
            raise ModelError("CAR got an adj_matrix that is not symmetric and nonnegative.")
        if np.any(self._degrees == 0):
            alone = np.flatnonzero(self._degrees == 0).tolist()
            raise ModelError(f"CAR got sites without neighbours: {alone}. Leave them out.")

    @property
    def precision_matrix(self):
        """Inverse of the covariance."""
        rho = np.expand_dims(self.correlation, (-1, -2))
        tau = np.expand_dims(self.conditional_precision, (-1, -2))
        return tau * (np.diag(self._degrees) - rho * self.adj_matrix)

    def _draw(self, rng, shape):
        factor = precision_to_scale_tril(self.precision_matrix)
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        return self.loc + np.matmul(factor, np.expand_dims(z, -1))[..., 0]

    def _log_density(self, value):
        size = self.event_shape[0]
        x = value - self.loc
        neighbours = np.sum(self._weights * x[..., self._rows] * x[..., self._columns], axis=-1)
        own = np.sum(self._degrees * x * x, axis=-1)
        square = self.conditional_precision * (own - self.correlation * neighbours)
        rho = np.expand_dims(self.correlation, -1)
        log_det = (
            size * np.log(self.conditional_precision)
            + np.sum(np.log(self._degrees))
            + np.sum(np.log1p(-rho * self._eigenvalues), axis=-1)
        )
        return 0.5 * (log_det - square) - size * LOG_SQRT_2_PI

    @property
    def mean(self):
        return self._batched(self.loc)

    @property
    def variance(self):
        covariance = linalg.inv(self.precision_matrix)
        return self._batched(np.diagonal(covariance, axis1=-2, axis2=-1))

    @staticmethod
    def infer_shapes(loc, correlation, conditional_precision, adj_matrix):
        batch = np.broadcast_shapes(tuple(loc)[:-1], correlation, conditional_precision)
        return batch, tuple(adj_matrix[-1:])


class CirculantNormal(Distribution):
    """Normal distribution on a circle: its covariance depends on the distance between sites only.

    Parameters
    ----------
    loc : (..., D) array_like
        Mean.
    covariance_row : (..., D) array_like, optional
        First row of the covariance.
    covariance_rfft : (..., D // 2 + 1) array_like, optional
        Its eigenvalues, the real Fourier transform of that row; exactly one of the two.

    References
    ----------
    Gray (2006), "Toeplitz and circulant matrices: a review", ch. 3.

    Examples
    --------
    >>> d = CirculantNormal(np.zeros(4), np.array([1.0, 0.5, 0.25, 0.5]))
    >>> d.sample(0).shape
    (4,)
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_row": constraints.positive_definite_circulant_vector,
        "covariance_rfft": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    reparametrized_params = ["loc", "covariance_row", "covariance_rfft"]

    def __init__(self, loc, covariance_row=None, covariance_rfft=None, *, validate_args=None):
        if (covariance_row is None) == (covariance_rfft is None):
            raise ModelError(
                "CirculantNormal expects exactly one of covariance_row and covariance_rfft."
            )
        name = "covariance_row" if covariance_rfft is None else "covariance_rfft"
        given = as_array(covariance_row if covariance_rfft is None else covariance_rfft)
        if np.shape(loc) in ((), (1,)):
            if covariance_row is None:
                raise ShapeError("CirculantNormal needs a loc of D entries with covariance_rfft.")
            loc = np.broadcast_to(as_array(loc), np.shape(given)[-1:])
        size = np.shape(loc)[-1]
        expected = size if covariance_rfft is None else size // 2 + 1
        if np.shape(given)[-1] != expected:
            raise ShapeError(
                f"CirculantNormal got {name} of shape {np.shape(given)} for loc of shape "
                f"{np.shape(loc)}; its last axis must have {expected} entries."
            )
        self.parametrization = name
        self._given = given
        batch_shape = self.set_parameters(loc=loc)
        batch_shape = broadcast_or_raise(
            "CirculantNormal", {"loc": batch_shape, name: np.shape(given)[:-1]}
        )
        super().__init__(batch_shape, (size,), validate_args=validate_args)

    def _parameter_constraints(self):
        return {name: self.arg_constraints[name] for name in ("loc", self.parametrization)}

    @property
    def covariance_row(self):
        """First row of the covariance."""
        if self.parametrization == "covariance_row":
            return self._given
        size = self.event_shape[0]
        waves = np.cos(2.0 * math.pi * np.outer(np.arange(size), np.arange(size)) / size)
        return np.matmul(self._given[..., self._frequencies(symmetric=True)], waves) / size

    @property
    def covariance_rfft(self):
        """Eigenvalues of the covariance, each once: the real Fourier transform of its first row."""
        if self.parametrization == "covariance_rfft":
            return self._given
        size = self.event_shape[0]
        waves = np.cos(2.0 * math.pi * np.outer(np.arange(size), np.arange(size // 2 + 1)) / size)
        return np.matmul(self._given, waves)

    def _frequencies(self, symmetric=False):
        index = np.arange(self.event_shape[0])
        return np.minimum(index, len(index) - index) if symmetric else (index + 1) // 2

    def _spectrum(self):
        """Return the eigenvalues, one for each row of the real Fourier matrix."""
        return self.covariance_rfft[..., self._frequencies()]

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        return self.loc + np.matmul(
            np.sqrt(self._spectrum()) * z, fourier_matrix(self.event_shape[0])
        )

    def _log_density(self, value):
        spectrum = self._spectrum()
        coefficients = _real_fourier(value - self.loc)
        square = np.sum(coefficients * coefficients / spectrum, axis=-1)
        half_log_det = 0.5 * np.sum(np.log(spectrum), axis=-1)
        return -0.5 * square - half_log_det - self.event_shape[0] * LOG_SQRT_2_PI

    @property
    def covariance_matrix(self):
        """Covariance, (..., D, D)."""
        matrix = fourier_matrix(self.event_shape[0])
        return np.matmul(matrix.T * np.expand_dims(self._spectrum(), -2), matrix)

    @property
    def mean(self):
        return self._batched(self.loc)

    @property
    def variance(self):
        level = np.sum(self._spectrum(), axis=-1, keepdims=True) / self.event_shape[0]
        return self._batched(level)

    def entropy(self):
        half_log_det = 0.5 * np.sum(np.log(self._spectrum()), axis=-1)
        total = half_log_det + self.event_shape[0] * (0.5 + LOG_SQRT_2_PI)
        return np.broadcast_to(total, self.batch_shape)

    @staticmethod
    def infer_shapes(loc=(), covariance_row=None, covariance_rfft=None):
        other = covariance_rfft if covariance_row is None else covariance_row
        size = loc[-1] if covariance_row is None else covariance_row[-1]
        return np.broadcast_shapes(tuple(loc)[:-1], tuple(other)[:-1]), (size,)


def _real_fourier(x):
    """Return coefficients in the orthonormal real Fourier basis, fast where nothing is traced."""
    size = np.shape(x)[-1]
    if is_traced(x) or size <= _LARGEST_DENSE_FOURIER:
        return np.matmul(x, fourier_matrix(size).T)
    spectrum = np.fft.rfft(x, axis=-1) * math.sqrt(2.0 / size)
    pairs = np.stack([spectrum.real, -spectrum.imag], axis=-1)
    flat = np.reshape(pairs, np.shape(x)[:-1] + (-1,))
    keep = np.arange(1, flat.shape[-1])
    keep[0] = 0  # the imaginary part of the constant is zero and has no row
    flat = flat[..., keep][..., :size]
    flat[..., 0] /= math.sqrt(2.0)
    if size % 2 == 0:
        flat[..., -1] /= math.sqrt(2.0)
    return flat
