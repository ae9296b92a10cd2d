"""Counts of several categories.

Legend: ``K`` categories.
"""

import numpy as np

from lightppl.autodiff.special import gammaln, log_softmax, softmax, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.categorical import CategoricalLogits, CategoricalProbs
from lightppl.distributions.counts import exactly_one
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import log_standard_gamma
from lightppl.distributions.log_beta import log_multichoose


def Multinomial(
    total_count=1, probs=None, logits=None, *, total_count_max=None, validate_args=None
):
    """Return the distribution of counts of K categories among independent trials.

    Parameters
    ----------
    total_count : array_like of int
        Number of trials.
    probs : (..., K) array_like, optional
        Probabilities, summing to one.
    logits : (..., K) array_like, optional
        Unnormalised log probabilities; give exactly one of the two.
    total_count_max : int, optional
        Accepted for NumPyro's sake, not needed.

    Returns
    -------
    MultinomialProbs or MultinomialLogits

    Examples
    --------
    >>> d = Multinomial(2, probs=np.array([0.5, 0.5]))
    >>> bool(np.isclose(d.log_prob([1, 1]), np.log(0.5)))
    True
    """
    exactly_one("Multinomial", probs, logits)
    if probs is not None:
        return MultinomialProbs(probs, total_count, validate_args=validate_args)
    return MultinomialLogits(logits, total_count, validate_args=validate_args)


class _Multinomial(Distribution):
    @property
    def support(self):
        return constraints.multinomial(self.total_count)

    def _draw(self, rng, shape):
        return multinomial_draw(rng, self.total_count, self.probs, shape)

    @property
    def mean(self):
        return self._batched(np.expand_dims(self.total_count, -1) * self.probs)

    @property
    def variance(self):
        spread = self.probs * (1.0 - self.probs)
        return self._batched(np.expand_dims(self.total_count, -1) * spread)

    @classmethod
    def infer_shapes(cls, shape, total_count=()):
        return np.broadcast_shapes(shape[:-1], total_count), tuple(shape[-1:])


class MultinomialProbs(_Multinomial):
    """Counts of K categories given their probabilities.

    Parameters
    ----------
    probs : (..., K) array_like
    total_count : array_like of int
    """

    arg_constraints = {
        "probs": constraints.simplex,
        "total_count": constraints.nonnegative_integer,
    }

    def __init__(self, probs, total_count=1, *, total_count_max=None, validate_args=None):
        batch_shape = self.set_parameters(probs=probs, total_count=total_count)
        super().__init__(batch_shape, np.shape(self.probs)[-1:], validate_args=validate_args)

    @property
    def logits(self):
        """Log probabilities."""
        return np.log(self.probs)

    def _log_density(self, value):
        return log_arrangements(value) + np.sum(xlogy(value, self.probs), axis=-1)


class MultinomialLogits(_Multinomial):
    """Counts of K categories given unnormalised log probabilities.

    Parameters
    ----------
    logits : (..., K) array_like
    total_count : array_like of int
    """

    arg_constraints = {
        "logits": constraints.real_vector,
        "total_count": constraints.nonnegative_integer,
    }

    def __init__(self, logits, total_count=1, *, total_count_max=None, validate_args=None):
        batch_shape = self.set_parameters(logits=logits, total_count=total_count)
        super().__init__(batch_shape, np.shape(self.logits)[-1:], validate_args=validate_args)

    @property
    def probs(self):
        """Probabilities."""
        return softmax(self.logits, axis=-1)

    def _log_density(self, value):
        return log_arrangements(value) + np.sum(value * log_softmax(self.logits, axis=-1), axis=-1)


def log_arrangements(value):
    """Return the logarithm of the number of orders in which the counts can come.

    Parameters
    ----------
    value : (..., K) array of int
    """
    return gammaln(np.sum(value, axis=-1) + 1.0) - np.sum(gammaln(value + 1.0), axis=-1)


def multinomial_draw(rng, total_count, probs, shape):
    """Return counts drawn category by category, each binomial given the trials that are left.

    Parameters
    ----------
    rng : Generator
    total_count : array of int
    probs : (..., K) array
    shape : tuple of int
    """
    size = np.shape(probs)[-1]
    left = np.broadcast_to(total_count, shape)
    counts = []
    rest = np.cumsum(probs[..., ::-1], axis=-1)[..., ::-1]
    for k in range(size - 1):
        share = np.clip(probs[..., k] / np.maximum(rest[..., k], 1e-300), 0.0, 1.0)
        counts.append(rng.binomial(left, share, size=shape))
        left = left - counts[-1]
    return np.stack(counts + [left], axis=-1)


class DirichletMultinomial(Distribution):
    """Counts of K categories whose probabilities are Dirichlet distributed.

    Parameters
    ----------
    concentration : (..., K) array_like
        Of the Dirichlet distribution; positive.
    total_count : array_like of int
        Number of trials.
    total_count_max : int, optional
        Accepted for NumPyro's sake, not needed.

    Examples
    --------
    >>> d = DirichletMultinomial(np.ones(2), 4)
    >>> bool(np.isclose(d.log_prob([2, 2]), -np.log(5.0)))
    True
    """

    arg_constraints = {
        "concentration": constraints.independent(constraints.positive, 1),
        "total_count": constraints.nonnegative_integer,
    }

    def __init__(self, concentration, total_count=1, *, total_count_max=None, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration, total_count=total_count)
        event_shape = np.shape(self.concentration)[-1:]
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.multinomial(self.total_count)

    def _draw(self, rng, shape):
        logs = log_standard_gamma(rng, self.concentration, tuple(shape) + self.event_shape)
        return multinomial_draw(rng, self.total_count, softmax(logs, axis=-1), shape)

    def _log_density(self, value):
        ways = np.sum(log_multichoose(self.concentration, value), axis=-1)
        return ways - log_multichoose(np.sum(self.concentration, axis=-1), self.total_count)

    @property
    def mean(self):
        total = np.sum(self.concentration, axis=-1, keepdims=True)
        return self._batched(np.expand_dims(self.total_count, -1) * (self.concentration / total))

    @property
    def variance(self):
        total = np.sum(self.concentration, axis=-1, keepdims=True)
        share, count = self.concentration / total, np.expand_dims(self.total_count, -1)
        spread = (count + total) / (1.0 + total)
        return self._batched(count * share * (1.0 - share) * spread)

    @classmethod
    def infer_shapes(cls, concentration, total_count=()):
        return np.broadcast_shapes(concentration[:-1], total_count), tuple(concentration[-1:])


class OneHotCategorical(Distribution):
    """One of K categories, written as a vector with a single 1.

    Parameters
    ----------
    probs : (..., K) array_like, optional
        Probabilities, summing to one.
    logits : (..., K) array_like, optional
        Unnormalised log probabilities; give exactly one of the two.

    Examples
    --------
    >>> d = OneHotCategorical(probs=np.array([0.25, 0.75]))
    >>> bool(np.isclose(d.log_prob([0, 1]), np.log(0.75)))
    True
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.multinomial(1)
    has_enumerate_support = True

    def __init__(self, probs=None, logits=None, *, validate_args=None):
        exactly_one("OneHotCategorical", probs, logits)
        if probs is not None:
            self._categorical = CategoricalProbs(probs, validate_args=validate_args)
        else:
            self._categorical = CategoricalLogits(logits, validate_args=validate_args)
        event_shape = (self._categorical.num_categories,)
        super().__init__(self._categorical.batch_shape, event_shape, validate_args=False)

    @property
    def probs(self):
        """Probabilities."""
        return self._categorical.probs

    @property
    def logits(self):
        """Log probabilities, up to a constant."""
        return self._categorical.logits

    def _draw(self, rng, shape):
        index = self._categorical._draw_inside(rng, shape)
        return np.equal(np.expand_dims(index, -1), np.arange(self.event_shape[0])).astype(np.int64)

    def _log_density(self, value):
        if isinstance(self._categorical, CategoricalProbs):
            return np.sum(xlogy(value, self.probs), axis=-1)
        # logits of minus infinity times 0 count nothing
        logs = log_softmax(self.logits, axis=-1)
        return np.sum(np.where(np.equal(value, 0), 0.0, logs), axis=-1)

    @property
    def mean(self):
        return self._batched(self.probs)

    @property
    def variance(self):
        return self._batched(self.probs * (1.0 - self.probs))

    def entropy(self):
        return self._categorical.entropy()

    def enumerate_support(self, expand=True):
        size = self.event_shape[0]
        values = np.eye(size, dtype=np.int64)
        values = np.reshape(values, (size,) + (1,) * len(self.batch_shape) + (size,))
        shape = (size,) + self.batch_shape + (size,)
        return np.broadcast_to(values, shape) if expand else values
