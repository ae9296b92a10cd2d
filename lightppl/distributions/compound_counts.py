"""Counts of events at a random mean: gamma-Poisson, which is negative binomial.

Their probabilities are products of multiset coefficients (`log_multichoose`), which stay accurate
where overdispersion is small and gamma functions are huge.

References
----------
Johnson, Kemp, Kotz (2005), "Univariate discrete distributions", ch. 5 and 6.
"""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.incomplete import log_betainc
from lightppl.autodiff.special import betainc, expit, softplus, xlog1py, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.counts import exactly_one
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import draw_poisson
from lightppl.distributions.log_beta import log_multichoose
from lightppl.distributions.validation import broadcast_or_raise


class GammaPoisson(Distribution):
    """Number of events at a gamma distributed mean.

    Parameters
    ----------
    concentration : array_like
        Shape of the gamma distribution, positive.
    rate : array_like
        Its rate, positive.

    Examples
    --------
    >>> bool(np.isclose(GammaPoisson(1.0, 1.0).log_prob(0), np.log(0.5)))
    True
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative_integer

    def __init__(self, concentration, rate=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration, rate=rate)
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        means = rng.standard_gamma(self.concentration, size=shape) / self.rate
        return draw_poisson(rng, means, shape)

    def _draw_positive(self, rng, shape):
        """Draw given that the count is positive.

        The count is that of a Poisson process of random intensity on [0, 1].  Its first event comes
        after t with probability ``(rate / (rate + t)) ** concentration``; later ones see one event
        and the exposure t.
        """
        u = rng.random(size=shape)
        log_reached = np.log1p(u * np.expm1(self._log_zero()))
        first = np.clip(self.rate * np.expm1(-log_reached / self.concentration), 0.0, 1.0)
        intensity = rng.standard_gamma(self.concentration + 1.0, size=shape) / (self.rate + first)
        return 1 + draw_poisson(rng, intensity * (1.0 - first), shape)

    def _log_zero(self):
        """Return the log probability of zero."""
        return -self.concentration * np.log1p(1.0 / self.rate)

    def _log_share(self, value):
        """Return the log of the power that each event contributes."""
        return -value * np.log1p(self.rate)

    def _log_density(self, value):
        ways = log_multichoose(self.concentration, value)
        return ways + self._log_zero() + self._log_share(value)

    @property
    def mean(self):
        return self._batched(self.concentration / self.rate)

    @property
    def variance(self):
        return self._batched(self.concentration / self.rate * (1.0 + 1.0 / self.rate))

    def cdf(self, value):
        value = np.floor(as_array(value))
        inside = betainc(self.concentration, np.maximum(value, 0.0) + 1.0, self._shares[0])
        return np.where(np.less(value, 0.0), 0.0, inside)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = np.floor(as_array(value))
        end, event = self._shares
        inside = log_betainc(self.concentration, np.maximum(value, 0.0) + 1.0, end, event)
        return np.where(np.less(value, 0.0), -np.inf, inside)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = np.floor(as_array(value))
        end, event = self._shares
        beyond = log_betainc(np.maximum(value, 0.0) + 1.0, self.concentration, event, end)
        return np.where(np.less(value, 0.0), 0.0, beyond)

    @property
    def _shares(self):
        """Probabilities that what comes next is the end, and that it is another event."""
        return self.rate / (1.0 + self.rate), 1.0 / (1.0 + self.rate)


def NegativeBinomial(total_count, probs=None, logits=None, *, validate_args=None):
    """Return the distribution of the number of successes before `total_count` failures.

    Parameters
    ----------
    total_count : array_like
        Number of failures, positive, not necessarily whole.
    probs : array_like, optional
        Probability of success.
    logits : array_like, optional
        Log odds of success; give exactly one of the two.

    Returns
    -------
    NegativeBinomialProbs or NegativeBinomialLogits

    Examples
    --------
    >>> bool(np.isclose(NegativeBinomial(1, probs=0.5).log_prob(0), np.log(0.5)))
    True
    """
    exactly_one("NegativeBinomial", probs, logits)
    if probs is not None:
        return NegativeBinomialProbs(total_count, probs, validate_args=validate_args)
    return NegativeBinomialLogits(total_count, logits, validate_args=validate_args)


class NegativeBinomialProbs(GammaPoisson):
    """Number of successes before `total_count` failures, given the probability of success.

    Parameters
    ----------
    total_count : array_like
        Positive.
    probs : array_like
        Between 0 and 1.
    """

    arg_constraints = {"total_count": constraints.positive, "probs": constraints.unit_interval}

    def __init__(self, total_count, probs, *, validate_args=None):
        batch_shape = self.set_parameters(total_count=total_count, probs=probs)
        self.concentration = self.total_count
        Distribution.__init__(self, batch_shape, validate_args=validate_args)

    @property
    def rate(self):
        """Rate of the gamma distribution behind the counts."""
        with np.errstate(divide="ignore"):
            return 1.0 / self.probs - 1.0

    @property
    def _shares(self):
        return 1.0 - self.probs, self.probs

    def _log_zero(self):
        return xlog1py(self.total_count, -self.probs)

    def _log_share(self, value):
        return xlogy(value, self.probs)


class NegativeBinomialLogits(GammaPoisson):
    """Number of successes before `total_count` failures, given the log odds of success.

    Parameters
    ----------
    total_count : array_like
        Positive.
    logits : array_like
    """

    arg_constraints = {"total_count": constraints.positive, "logits": constraints.real}

    def __init__(self, total_count, logits, *, validate_args=None):
        batch_shape = self.set_parameters(total_count=total_count, logits=logits)
        self.concentration = self.total_count
        Distribution.__init__(self, batch_shape, validate_args=validate_args)

    @property
    def rate(self):
        """Rate of the gamma distribution behind the counts."""
        return np.exp(-self.logits)

    @property
    def probs(self):
        """Probability of success."""
        return expit(self.logits)

    @property
    def _shares(self):
        return expit(-self.logits), expit(self.logits)

    def _log_zero(self):
        return -self.total_count * softplus(self.logits)

    def _log_share(self, value):
        return -value * softplus(-self.logits)


class NegativeBinomial2(GammaPoisson):
    """Overdispersed counts given their mean.

    Parameters
    ----------
    mean : array_like
        Not negative.
    concentration : array_like
        Positive; the variance is ``mean + mean ** 2 / concentration``.

    Examples
    --------
    >>> float(NegativeBinomial2(3.0, 2.0).mean)
    3.0
    """

    arg_constraints = {"mean": constraints.nonnegative, "concentration": constraints.positive}

    def __init__(self, mean, concentration, *, validate_args=None):
        self._mean = as_array(mean)
        self.set_parameters(concentration=concentration)
        batch_shape = broadcast_or_raise(
            "NegativeBinomial2",
            {"mean": np.shape(mean), "concentration": np.shape(concentration)},
        )
        Distribution.__init__(self, batch_shape, validate_args=validate_args)

    @property
    def rate(self):
        """Rate of the gamma distribution behind the counts."""
        with np.errstate(divide="ignore"):
            return self.concentration / self._mean

    @property
    def mean(self):
        return self._batched(self._mean)

    @property
    def _shares(self):
        total = self._mean + self.concentration
        return self.concentration / total, self._mean / total

    def _log_zero(self):
        return -self.concentration * np.log1p(self._mean / self.concentration)

    def _log_share(self, value):
        return xlogy(value, self._mean / (self._mean + self.concentration))
