"""Integers: uniform on a range, and waiting for the first success."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import expit, log_expit, softplus, xlog1py, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.counts import exactly_one
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import log_of_event, log_softplus, safe_log


class DiscreteUniform(Distribution):
    """Uniform distribution on the integers of a range.

    Parameters
    ----------
    low, high : array_like of int
        Both included, ``low <= high``.

    Examples
    --------
    >>> bool(np.isclose(DiscreteUniform(1, 6).log_prob(3), -np.log(6.0)))
    True
    """

    arg_constraints = {
        "low": constraints.dependent(is_discrete=True),
        "high": constraints.dependent(is_discrete=True),
    }
    has_enumerate_support = True

    def __init__(self, low=0, high=1, *, validate_args=None):
        batch_shape = self.set_parameters(low=low, high=high)
        super().__init__(batch_shape, validate_args=validate_args)

    def _parameter_constraints(self):
        return {"high": constraints.integer_greater_than(self.low)}

    @property
    def support(self):
        return constraints.integer_interval(self.low, self.high)

    @property
    def _count(self):
        return self.high - self.low + 1

    def _draw(self, rng, shape):
        return self.low + np.floor(rng.random(size=shape) * self._count).astype(np.int64)

    def _log_density(self, value):
        shape = np.broadcast_shapes(np.shape(value), self.batch_shape)
        return np.broadcast_to(-np.log(self._count), shape)

    @property
    def mean(self):
        return self._batched(0.5 * (self.low + self.high))

    @property
    def variance(self):
        count = 1.0 * self._count
        return self._batched((count * count - 1.0) / 12.0)

    def entropy(self):
        return self._batched(np.log(self._count))

    def cdf(self, value):
        below = np.floor(as_array(value)) - self.low + 1.0
        return np.clip(below / self._count, 0.0, 1.0)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        above = self.high - np.floor(as_array(value))
        return safe_log(np.clip(above / self._count, 0.0, 1.0))

    def icdf(self, q):
        return self.low + np.ceil(as_array(q) * self._count) - 1.0

    def enumerate_support(self, expand=True):
        ends = np.unique(np.asarray(self.low)), np.unique(np.asarray(self.high))
        if ends[0].size != 1 or ends[1].size != 1:
            raise NotImplementedError(
                "DiscreteUniform cannot enumerate its support: low or high differs between batch "
                "members."
            )
        return self._enumerated(np.arange(ends[0][0], ends[1][0] + 1), expand)

    @classmethod
    def infer_shapes(cls, low=(), high=()):
        return np.broadcast_shapes(low, high), ()


def Geometric(probs=None, logits=None, *, validate_args=None):
    """Return the distribution of the number of failures before the first success.

    Parameters
    ----------
    probs : array_like, optional
        Probability of success.
    logits : array_like, optional
        Log odds of success; give exactly one of the two.

    Returns
    -------
    GeometricProbs or GeometricLogits

    Examples
    --------
    >>> bool(np.isclose(Geometric(probs=0.5).log_prob(2), 3 * np.log(0.5)))
    True
    """
    exactly_one("Geometric", probs, logits)
    if probs is not None:
        return GeometricProbs(probs, validate_args=validate_args)
    return GeometricLogits(logits, validate_args=validate_args)


class _Geometric(Distribution):
    support = constraints.nonnegative_integer

    def _draw(self, rng, shape):
        waiting = rng.standard_exponential(size=shape) / -self._log_failure
        return np.floor(waiting).astype(np.int64)

    def _draw_positive(self, rng, shape):
        # the distribution has no memory
        return 1 + self._draw(rng, shape)

    @property
    def variance(self):
        return self._batched(self.mean / self.probs)

    def cdf(self, value):
        return -np.expm1(self.log_survival(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        trials = np.floor(as_array(value)) + 1.0
        is_tried = np.greater(trials, 0.0)
        log_hazard = np.log(np.where(is_tried, trials, 1.0)) + self._log_hazard
        return np.where(is_tried, log_of_event(log_hazard), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return np.maximum(np.floor(as_array(value)) + 1.0, 0.0) * self._log_failure


class GeometricProbs(_Geometric):
    """Number of failures before the first success, given the probability of success.

    Parameters
    ----------
    probs : array_like
        Between 0 and 1.
    """

    arg_constraints = {"probs": constraints.unit_interval}

    def __init__(self, probs, *, validate_args=None):
        super().__init__(self.set_parameters(probs=probs), validate_args=validate_args)

    @property
    def logits(self):
        """Log odds of success."""
        return np.log(self.probs) - np.log1p(-self.probs)

    @property
    def _log_failure(self):
        return np.log1p(-self.probs)

    @property
    def _log_hazard(self):
        """Logarithm of minus the log probability of failure."""
        return safe_log(-self._log_failure)

    def _log_density(self, value):
        return xlog1py(value, -self.probs) + np.log(self.probs)

    @property
    def mean(self):
        return self._batched((1.0 - self.probs) / self.probs)

    def entropy(self):
        p = self.probs
        return self._batched(-(xlogy(p, p) + xlog1py(1.0 - p, -p)) / p)


class GeometricLogits(_Geometric):
    """Number of failures before the first success, given its log odds.

    Parameters
    ----------
    logits : array_like
    """

    arg_constraints = {"logits": constraints.real}

    def __init__(self, logits, *, validate_args=None):
        super().__init__(self.set_parameters(logits=logits), validate_args=validate_args)

    @property
    def probs(self):
        """Probability of success."""
        return expit(self.logits)

    @property
    def _log_failure(self):
        return log_expit(-self.logits)

    @property
    def _log_hazard(self):
        return log_softplus(self.logits)

    def _log_density(self, value):
        return self.logits - (value + 1) * softplus(self.logits)

    @property
    def mean(self):
        return self._batched(np.exp(-self.logits))

    def entropy(self):
        p = self.probs
        return self._batched((softplus(self.logits) - self.logits * p) / p)
