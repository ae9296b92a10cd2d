"""The distribution on weighted atoms."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import logsumexp, softmax
from lightppl.distributions import constraints
from lightppl.distributions.categorical import pick
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import category
from lightppl.errors import ShapeError


class Empirical(Distribution):
    """Distribution on weighted atoms.

    Parameters
    ----------
    samples : (..., N, *event) array_like
        Atoms.
    log_weights : (..., N) array_like
        Unnormalised log weights; the last axis counts the atoms.

    Examples
    --------
    >>> d = Empirical(np.array([1.0, 2.0, 2.0]), np.zeros(3))
    >>> np.exp(d.log_prob([1.0, 2.0, 3.0])).round(3)
    array([0.333, 0.667, 0.   ])
    """

    arg_constraints = {}

    def __init__(self, samples, log_weights, *, validate_args=None):
        self._samples = as_array(samples, keep_int=True)
        self._log_weights = as_array(log_weights)
        axes = np.ndim(self._log_weights)
        shape = np.shape(self._samples)
        if axes < 1 or shape[:axes] != np.shape(self._log_weights):
            raise ShapeError(
                f"Empirical got samples of shape {shape} and log_weights of shape "
                f"{np.shape(self._log_weights)}, which must agree on the leading axes."
            )
        super().__init__(shape[: axes - 1], shape[axes:], validate_args=validate_args)

    @property
    def support(self):
        return constraints.dependent(event_dim=self.event_dim)

    @property
    def sample_size(self):
        """Number of atoms N."""
        return np.shape(self._log_weights)[-1]

    @property
    def log_weights(self):
        """Unnormalised log weights."""
        return self._log_weights

    @property
    def _probs(self):
        return softmax(self._log_weights, axis=-1)

    def _draw(self, rng, shape):
        index = category(rng, self._probs, shape)
        table = np.moveaxis(self._samples, -1 - self.event_dim, -1)
        return pick(table, np.reshape(index, np.shape(index) + (1,) * self.event_dim))

    def _as_value(self, value):
        return as_array(value, keep_int=True)

    def _log_density(self, value):
        hits = np.equal(np.expand_dims(value, -1 - self.event_dim), self._samples)
        if self.event_dim:
            hits = np.all(hits, axis=tuple(range(-self.event_dim, 0)))
        log_hits = np.where(hits, self._log_weights, -np.inf)
        return logsumexp(log_hits, axis=-1) - logsumexp(self._log_weights, axis=-1)

    @property
    def mean(self):
        return self._average(self._samples)

    @property
    def variance(self):
        gap = self._samples - np.expand_dims(self.mean, -1 - self.event_dim)
        return self._average(gap * gap)

    def _average(self, x):
        weights = self._probs
        weights = np.reshape(weights, np.shape(weights) + (1,) * self.event_dim)
        return np.sum(weights * x, axis=-1 - self.event_dim)
