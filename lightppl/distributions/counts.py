"""Counts: coin tosses, successes among trials, events."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.incomplete import log_betainc, log_gammainc, log_gammaincc
from lightppl.autodiff.special import expit, gammaincc, gammaln, softplus, xlog1py, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import draw_poisson
from lightppl.distributions.log_beta import log_choose
from lightppl.errors import ModelError
from lightppl.scipy_functions import SciPyFunction

bdtr = SciPyFunction("bdtr")


def exactly_one(family, probs, logits):
    """Raise unless exactly one of `probs` and `logits` is given.

    Parameters
    ----------
    family : str
    probs, logits : array_like or None

    Raises
    ------
    ModelError
    """
    if (probs is None) == (logits is None):
        found = "neither" if probs is None else "both"
        raise ModelError(f"{family} got {found} of probs and logits; give exactly one of them.")


def Bernoulli(probs=None, logits=None, *, validate_args=None):
    """Return the distribution of a coin toss.

    Parameters
    ----------
    probs : array_like, optional
        Probability of 1.
    logits : array_like, optional
        Log odds of 1; give exactly one of the two.

    Returns
    -------
    BernoulliProbs or BernoulliLogits

    Examples
    --------
    >>> Bernoulli(logits=0.0).log_prob([0, 1])
    array([-0.69314718, -0.69314718])
    """
    exactly_one("Bernoulli", probs, logits)
    if probs is not None:
        return BernoulliProbs(probs, validate_args=validate_args)
    return BernoulliLogits(logits, validate_args=validate_args)


class _Bernoulli(Distribution):
    support = constraints.boolean
    has_enumerate_support = True

    def _draw(self, rng, shape):
        return np.where(np.less(rng.random(size=shape), self.probs), 1, 0)

    @property
    def mean(self):
        return self._batched(self.probs)

    @property
    def variance(self):
        return self._batched(self.probs * (1.0 - self.probs))

    @property
    def mode(self):
        return self._batched(np.where(np.greater(self.probs, 0.5), 1, 0))

    def cdf(self, value):
        value = as_array(value)
        below_one = np.where(np.less(value, 0), 0.0, 1.0 - self.probs)
        return np.where(np.less(value, 1), below_one, 1.0)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = as_array(value)
        below_one = np.where(np.less(value, 0), -np.inf, self.log_density(np.zeros(())))
        return np.where(np.less(value, 1), below_one, 0.0)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = as_array(value)
        from_zero = np.where(np.less(value, 0), 0.0, self.log_density(np.ones(())))
        return np.where(np.less(value, 1), from_zero, -np.inf)

    def enumerate_support(self, expand=True):
        return self._enumerated(np.arange(2), expand)


class BernoulliProbs(_Bernoulli):
    """A coin toss given the probability of 1.

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
        """Log odds of 1."""
        return np.log(self.probs) - np.log1p(-self.probs)

    def _log_density(self, value):
        return xlogy(value, self.probs) + xlog1py(1 - value, -self.probs)

    def entropy(self):
        p = self.probs
        return self._batched(-xlogy(p, p) - xlog1py(1.0 - p, -p))


class BernoulliLogits(_Bernoulli):
    """A coin toss given the log odds of 1.

    Parameters
    ----------
    logits : array_like
    """

    arg_constraints = {"logits": constraints.real}

    def __init__(self, logits=None, *, validate_args=None):
        super().__init__(self.set_parameters(logits=logits), validate_args=validate_args)

    @property
    def probs(self):
        """Probability of 1."""
        return expit(self.logits)

    def _log_density(self, value):
        return value * self.logits - softplus(self.logits)

    def entropy(self):
        return self._batched(softplus(self.logits) - self.logits * self.probs)


def Binomial(total_count=1, probs=None, logits=None, *, validate_args=None):
    """Return the distribution of the number of successes among independent trials.

    Parameters
    ----------
    total_count : array_like of int
        Number of trials.
    probs : array_like, optional
        Probability of success.
    logits : array_like, optional
        Log odds of success; give exactly one of the two.

    Returns
    -------
    BinomialProbs or BinomialLogits

    Examples
    --------
    >>> round(float(np.exp(Binomial(4, probs=0.5).log_prob(2))), 9)
    0.375
    """
    exactly_one("Binomial", probs, logits)
    if probs is not None:
        return BinomialProbs(probs, total_count, validate_args=validate_args)
    return BinomialLogits(logits, total_count, validate_args=validate_args)


class _Binomial(Distribution):
    has_enumerate_support = True

    @property
    def support(self):
        return constraints.integer_interval(0, self.total_count)

    def _draw(self, rng, shape):
        return rng.binomial(self.total_count, self.probs, size=shape)

    @property
    def mean(self):
        return self._batched(self.total_count * self.probs)

    @property
    def variance(self):
        return self._batched(self.total_count * self.probs * (1.0 - self.probs))

    def cdf(self, value):
        value = np.floor(as_array(value))
        inside = np.clip(value, 0, self.total_count)
        return np.where(np.less(value, 0), 0.0, bdtr(inside, self.total_count, self.probs))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        return self._log_tails(value)[0]

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return self._log_tails(value)[1]

    def _log_tails(self, value):
        value = np.floor(as_array(value))
        below, above = np.less(value, 0), np.greater_equal(value, self.total_count)
        inside = np.clip(value, 0, np.maximum(self.total_count - 1, 0))
        successes, failures = inside + 1.0, np.maximum(self.total_count - inside, 1.0)
        log_cdf = log_betainc(failures, successes, self._failure, self.probs)
        log_survival = log_betainc(successes, failures, self.probs, self._failure)
        return (
            np.where(below, -np.inf, np.where(above, 0.0, log_cdf)),
            np.where(below, 0.0, np.where(above, -np.inf, log_survival)),
        )

    @property
    def _failure(self):
        """Probability of failure."""
        return 1.0 - self.probs

    def enumerate_support(self, expand=True):
        return self._enumerated(np.arange(common_count(self) + 1), expand)


def common_count(distribution):
    """Return the one total count of all batch members, which enumeration needs.

    Parameters
    ----------
    distribution : Distribution
        With an attribute `total_count`.

    Raises
    ------
    NotImplementedError
        If the counts differ.
    """
    counts = np.unique(np.asarray(distribution.total_count))
    if counts.size != 1:
        raise NotImplementedError(
            f"{type(distribution).__name__} cannot enumerate its support: total_count differs "
            f"between batch members ({counts.min()} to {counts.max()})."
        )
    return int(counts[0])


class BinomialProbs(_Binomial):
    """Number of successes given the probability of success.

    Parameters
    ----------
    probs : array_like
        Between 0 and 1.
    total_count : array_like of int
    """

    arg_constraints = {
        "probs": constraints.unit_interval,
        "total_count": constraints.nonnegative_integer,
    }

    def __init__(self, probs, total_count=1, *, validate_args=None):
        batch_shape = self.set_parameters(probs=probs, total_count=total_count)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def logits(self):
        """Log odds of success."""
        return np.log(self.probs) - np.log1p(-self.probs)

    def _log_density(self, value):
        failures = self.total_count - value
        log_power = xlogy(value, self.probs) + xlog1py(failures, -self.probs)
        return log_power + log_choose(self.total_count, value)


class BinomialLogits(_Binomial):
    """Number of successes given the log odds of success.

    Parameters
    ----------
    logits : array_like
    total_count : array_like of int
    """

    arg_constraints = {
        "logits": constraints.real,
        "total_count": constraints.nonnegative_integer,
    }

    def __init__(self, logits, total_count=1, *, validate_args=None):
        batch_shape = self.set_parameters(logits=logits, total_count=total_count)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def probs(self):
        """Probability of success."""
        return expit(self.logits)

    @property
    def _failure(self):
        return expit(-self.logits)

    def _log_density(self, value):
        log_power = value * self.logits - self.total_count * softplus(self.logits)
        return log_power + log_choose(self.total_count, value)


class Poisson(Distribution):
    """Number of events at a given mean.

    Parameters
    ----------
    rate : array_like
        Mean, not negative.
    is_sparse : bool
        Accepted for NumPyro's sake; the density is the same.

    Examples
    --------
    >>> float(Poisson(1.0).log_prob(0))
    -1.0
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate, *, is_sparse=False, validate_args=None):
        self.is_sparse = is_sparse
        super().__init__(self.set_parameters(rate=rate), validate_args=validate_args)

    def _draw(self, rng, shape):
        return draw_poisson(rng, self.rate, shape)

    def _draw_positive(self, rng, shape):
        """Draw given that the count is positive: its first event, then the rest of the interval."""
        u = rng.random(size=shape)
        first = np.clip(-np.log1p(u * np.expm1(-self.rate)) / self.rate, 0.0, 1.0)
        return 1 + draw_poisson(rng, self.rate * (1.0 - first), shape)

    def _log_zero(self):
        return -self.rate

    def _log_density(self, value):
        return xlogy(value, self.rate) - self.rate - gammaln(value + 1.0)

    @property
    def mean(self):
        return self._batched(self.rate)

    @property
    def variance(self):
        return self._batched(self.rate)

    def cdf(self, value):
        value = np.floor(as_array(value))
        safe = np.maximum(value, 0.0)
        return np.where(np.less(value, 0.0), 0.0, gammaincc(safe + 1.0, self.rate))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = np.floor(as_array(value))
        inside = log_gammaincc(np.maximum(value, 0.0) + 1.0, self.rate)
        return np.where(np.less(value, 0.0), -np.inf, inside)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = np.floor(as_array(value))
        beyond = log_gammainc(np.maximum(value, 0.0) + 1.0, self.rate)
        return np.where(np.less(value, 0.0), 0.0, beyond)
