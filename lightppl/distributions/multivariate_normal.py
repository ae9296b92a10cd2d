"""The multivariate normal distribution.

Legend: ``D`` dimension; ``L`` lower Cholesky factor of the covariance.
"""

import numpy as np

from lightppl.autodiff import as_array, linalg
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.real_line import LOG_SQRT_2_PI
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError, ShapeError


class MultivariateNormal(Distribution):
    """Multivariate normal distribution.

    Parameters
    ----------
    loc : (..., D) array_like
        Mean; a number means the same for every entry.
    covariance_matrix, precision_matrix, scale_tril : (..., D, D) array_like, optional
        Exactly one: covariance, its inverse, or its lower Cholesky factor.

    Examples
    --------
    >>> d = MultivariateNormal(np.zeros(2), covariance_matrix=np.eye(2))
    >>> round(float(d.log_prob([0.0, 0.0])), 6)
    -1.837877
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    reparametrized_params = ["loc", "covariance_matrix", "precision_matrix", "scale_tril"]

    def __init__(
        self,
        loc=0.0,
        covariance_matrix=None,
        precision_matrix=None,
        scale_tril=None,
        *,
        validate_args=None,
    ):
        matrices = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        self.parametrization, matrix = only_one(type(self).__name__, matrices)
        self._matrix = matrix
        size = np.shape(matrix)[-1]
        loc = as_array(loc)
        self.loc = np.broadcast_to(loc, (size,)) if np.shape(loc) in ((), (1,)) else loc
        batch_shape = self._check_shapes(size)
        if self.parametrization == "precision_matrix":
            self._precision_tril = linalg.cholesky(matrix)
        elif self.parametrization == "covariance_matrix":
            self._scale_tril = linalg.cholesky(matrix)
        else:
            self._scale_tril = matrix
        # checked as given, shown for the whole batch
        self._batch_of_matrices = np.shape(matrix)[:-2]
        super().__init__(batch_shape, (size,), validate_args=validate_args)
        self._batch_of_matrices = batch_shape

    def _check_shapes(self, size):
        family = type(self).__name__
        if np.shape(self.loc)[-1] != size or np.shape(self._matrix)[-2] != size:
            raise ShapeError(
                f"{family} got loc of shape {np.shape(self.loc)} and {self.parametrization} of "
                f"shape {np.shape(self._matrix)}; expected (..., D) and (..., D, D)."
            )
        shapes = {"loc": np.shape(self.loc)[:-1], self.parametrization: np.shape(self._matrix)[:-2]}
        return broadcast_or_raise(family, shapes)

    def _parameter_constraints(self):
        constraint = self.arg_constraints[self.parametrization]
        return {"loc": self.arg_constraints["loc"], self.parametrization: constraint}

    @property
    def scale_tril(self):
        """Lower Cholesky factor of the covariance, shape ``batch_shape + (D, D)``."""
        return self._shown(self._factor)

    @property
    def covariance_matrix(self):
        """Covariance, shape ``batch_shape + (D, D)``."""
        if self.parametrization == "covariance_matrix":
            return self._shown(self._matrix)
        factor = self._factor
        return self._shown(np.matmul(factor, np.swapaxes(factor, -1, -2)))

    @property
    def precision_matrix(self):
        """Inverse of the covariance, shape ``batch_shape + (D, D)``."""
        if self.parametrization == "precision_matrix":
            return self._shown(self._matrix)
        return self._shown(linalg.cholesky_inverse(self._scale_tril))

    @property
    def _factor(self):
        if self.parametrization != "precision_matrix":
            return self._scale_tril
        return precision_to_scale_tril(self._matrix)

    def _shown(self, matrix):
        return np.broadcast_to(matrix, self._batch_of_matrices + np.shape(matrix)[-2:])

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=tuple(shape) + self.event_shape)
        return self.loc + np.matmul(self._factor, np.expand_dims(z, -1))[..., 0]

    def _log_density(self, value):
        diff = as_array(value) - self.loc
        if self.parametrization == "precision_matrix":
            z = _matvec(np.swapaxes(self._precision_tril, -1, -2), diff)
            log_det = -linalg.log_det_triangular(self._precision_tril)
        else:
            z = whiten(self._scale_tril, diff)
            log_det = linalg.log_det_triangular(self._scale_tril)
        return -0.5 * np.sum(z * z, axis=-1) - log_det - self.event_shape[0] * LOG_SQRT_2_PI

    @property
    def mean(self):
        return self._batched(self.loc)

    @property
    def variance(self):
        factor = self._factor
        return self._batched(np.sum(factor * factor, axis=-1))

    @property
    def mode(self):
        return self._batched(self.loc)

    def entropy(self):
        log_det = linalg.log_det_triangular(self._factor)
        size = self.event_shape[0]
        return np.broadcast_to(log_det + size * (0.5 + LOG_SQRT_2_PI), self.batch_shape)

    @staticmethod
    def infer_shapes(loc=(), covariance_matrix=None, precision_matrix=None, scale_tril=None):
        given = [m for m in (covariance_matrix, precision_matrix, scale_tril) if m is not None]
        matrix = tuple(given[0])
        return np.broadcast_shapes(tuple(loc)[:-1], matrix[:-2]), matrix[-1:]


def only_one(family, matrices):
    """Return name and array of the one parameter given among several.

    Parameters
    ----------
    family : str
    matrices : dict
        Name -> array_like or None.

    Raises
    ------
    ModelError
        If none or several are given.
    ShapeError
        If it has fewer than two axes.
    """
    given = {name: value for name, value in matrices.items() if value is not None}
    if len(given) != 1:
        found = ", ".join(given) or "none"
        raise ModelError(f"{family} expects exactly one of {', '.join(matrices)}; found {found}.")
    name, matrix = next(iter(given.items()))
    matrix = as_array(matrix)
    if np.ndim(matrix) < 2:
        raise ShapeError(f"{family} got {name} of shape {np.shape(matrix)}; expected (..., D, D).")
    return name, matrix


def whiten(scale_tril, diff):
    """Solve ``scale_tril z = diff`` for many right-hand sides.

    Parameters
    ----------
    scale_tril : (..., D, D) array
    diff : (..., D) array

    Returns
    -------
    (..., D) array
    """
    return linalg.solve_triangular(scale_tril, np.expand_dims(diff, -1))[..., 0]


def precision_to_scale_tril(precision):
    """Return the lower Cholesky factor of the inverse of `precision`.

    With J the matrix that reverses the order, ``J P J = R R'`` gives ``P = (J R J)(J R J)'``, whose
    factor is upper triangular; its inverse transposed is the lower factor asked for.

    Parameters
    ----------
    precision : (..., D, D) array
    """
    reversed_factor = linalg.cholesky(precision[..., ::-1, ::-1])
    upper = reversed_factor[..., ::-1, ::-1]
    lower = np.swapaxes(upper, -1, -2)
    return linalg.solve_triangular(lower, np.eye(np.shape(precision)[-1]))


def _matvec(matrix, vector):
    if np.ndim(matrix) == 2:
        return np.matmul(vector, np.transpose(matrix))
    return np.matmul(matrix, np.expand_dims(vector, -1))[..., 0]
