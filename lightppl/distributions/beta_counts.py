"""Counts of successes whose probability is itself random, with a beta distribution.

Their probabilities are products of multiset coefficients (`log_multichoose`), which stay accurate
where overdispersion is small and gamma functions are huge.

References
----------
Johnson, Kemp, Kotz (2005), "Univariate discrete distributions", ch. 6.
"""

import numpy as np

from lightppl.autodiff.special import betaln, logsumexp
from lightppl.distributions import constraints
from lightppl.distributions.counts import common_count
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import draw_poisson
from lightppl.distributions.interval import Beta
from lightppl.distributions.log_beta import log_multichoose
from lightppl.distributions.two_tails import TwoTails


class BetaBinomial(TwoTails, Distribution):
    """Number of successes among trials whose probability of success is beta distributed.

    Parameters
    ----------
    concentration1, concentration0 : array_like
        Of the beta distribution; positive.
    total_count : array_like of int
        Number of trials.

    Examples
    --------
    >>> bool(np.isclose(BetaBinomial(1.0, 1.0, 4).log_prob(2), -np.log(5.0)))
    True
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
        "total_count": constraints.nonnegative_integer,
    }
    has_enumerate_support = True

    def __init__(self, concentration1, concentration0, total_count=1, *, validate_args=None):
        batch_shape = self.set_parameters(
            concentration1=concentration1,
            concentration0=concentration0,
            total_count=total_count,
        )
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.integer_interval(0, self.total_count)

    def _draw(self, rng, shape):
        probs = Beta(self.concentration1, self.concentration0, validate_args=False)
        return rng.binomial(self.total_count, probs._draw_inside(rng, shape), size=shape)

    def _log_density(self, value):
        successes = log_multichoose(self.concentration1, value)
        failures = log_multichoose(self.concentration0, self.total_count - value)
        both = self.concentration1 + self.concentration0
        return successes + failures - log_multichoose(both, self.total_count)

    @property
    def mean(self):
        total = self.concentration1 + self.concentration0
        return self._batched(self.total_count * (self.concentration1 / total))

    @property
    def variance(self):
        total = self.concentration1 + self.concentration0
        product = (self.concentration1 / total) * (self.concentration0 / total)
        spread = (total + self.total_count) / (total + 1.0)
        return self._batched(self.total_count * product * spread)

    def _log_tails(self, value):
        # no closed form is known: the probabilities of all counts are added up
        counts = np.arange(int(np.max(self.total_count, initial=0)) + 1)
        total_count = np.expand_dims(self.total_count, -1)
        each = BetaBinomial(
            np.expand_dims(self.concentration1, -1),
            np.expand_dims(self.concentration0, -1),
            total_count,
            validate_args=False,
        )
        scores = each.log_density(np.minimum(counts, total_count))
        value, possible = np.expand_dims(value, -1), np.less_equal(counts, total_count)
        return tuple(
            logsumexp(np.where(np.logical_and(possible, side), scores, -np.inf), axis=-1)
            for side in (np.less_equal(counts, value), np.greater(counts, value))
        )

    def enumerate_support(self, expand=True):
        return self._enumerated(np.arange(common_count(self) + 1), expand)


class BetaNegativeBinomial(Distribution):
    """Number of successes before `n` failures whose probability of success is beta distributed.

    Parameters
    ----------
    concentration1, concentration0 : array_like
        Of the beta distribution of the probability of success; positive.
    n : array_like
        Number of failures, positive.

    Examples
    --------
    >>> bool(np.isclose(BetaNegativeBinomial(1.0, 1.0, 1.0).log_prob(0), np.log(0.5)))
    True
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
        "n": constraints.positive,
    }
    support = constraints.nonnegative_integer

    def __init__(self, concentration1, concentration0, n, *, validate_args=None):
        batch_shape = self.set_parameters(
            concentration1=concentration1, concentration0=concentration0, n=n
        )
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        success = Beta(self.concentration1, self.concentration0, validate_args=False)
        probs = success._draw_inside(rng, shape)
        means = rng.standard_gamma(self.n, size=shape) * (probs / np.maximum(1.0 - probs, 1e-300))
        # the tail is heavier than any power of the count that fits an integer
        return draw_poisson(rng, means, shape)

    def _log_density(self, value):
        prior = betaln(self.concentration1, self.concentration0)
        after = betaln(self.concentration1 + value, self.concentration0 + self.n)
        return log_multichoose(self.n, value) + after - prior

    @property
    def mean(self):
        exists = np.greater(self.concentration0, 1.0)
        safe = np.where(exists, self.concentration0, 2.0)
        mean = self.n * self.concentration1 / (safe - 1.0)
        return self._batched(np.where(exists, mean, np.inf))

    @property
    def variance(self):
        exists = np.greater(self.concentration0, 2.0)
        a = np.where(exists, self.concentration0, 3.0)
        b, n = self.concentration1, self.n
        ratio = (n + a - 1.0) * (b + a - 1.0) / ((a - 2.0) * (a - 1.0) * (a - 1.0))
        return self._batched(np.where(exists, n * b * ratio, np.inf))
