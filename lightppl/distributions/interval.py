"""Families on an interval."""

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.incomplete import log_betainc
from lightppl.autodiff.special import betainc, betaln, digamma, expit, xlog1py, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.asymmetric import EULER_GAMMA
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import log_standard_gamma
from lightppl.distributions.far_quantiles import beta_lower, with_far_quantiles
from lightppl.distributions.log_probability import (
    log_complement,
    log_minus_log_complement,
    log_of_event,
    log_ratio,
    log_share,
)
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.scipy_functions import SciPyFunction

betaincinv = SciPyFunction("betaincinv")


class Beta(Distribution):
    """Beta distribution on the unit interval.

    Parameters
    ----------
    concentration1, concentration0 : array_like
        Positive; the mean is ``concentration1 / (concentration1 + concentration0)``.

    Examples
    --------
    >>> bool(np.isclose(Beta(2.0, 2.0).log_prob(0.5), np.log(1.5)))
    True
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    reparametrized_params = ["concentration1", "concentration0"]

    def __init__(self, concentration1, concentration0, *, validate_args=None):
        batch_shape = self.set_parameters(
            concentration1=concentration1, concentration0=concentration0
        )
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        # ratio of gamma draws, on the log scale where tiny concentrations underflow
        log_odds = log_standard_gamma(rng, self.concentration1, shape) - log_standard_gamma(
            rng, self.concentration0, shape
        )
        return expit(log_odds)

    def _log_density(self, value):
        terms = xlogy(self.concentration1 - 1.0, value) + xlog1py(self.concentration0 - 1.0, -value)
        return terms - betaln(self.concentration1, self.concentration0)

    @property
    def mean(self):
        return self._batched(self.concentration1 / (self.concentration1 + self.concentration0))

    @property
    def variance(self):
        total = self.concentration1 + self.concentration0
        product = (self.concentration1 / total) * (self.concentration0 / total)
        return self._batched(product / (total + 1.0))

    def entropy(self):
        a, b = self.concentration1, self.concentration0
        spread = (a + b - 2.0) * digamma(a + b)
        return self._batched(
            betaln(a, b) - (a - 1.0) * digamma(a) - (b - 1.0) * digamma(b) + spread
        )

    def cdf(self, value):
        value = np.clip(as_array(value), 0.0, 1.0)
        return betainc(self.concentration1, self.concentration0, value)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = np.clip(as_array(value), 0.0, 1.0)
        return log_betainc(self.concentration1, self.concentration0, value, 1.0 - value)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = np.clip(as_array(value), 0.0, 1.0)
        return log_betainc(self.concentration0, self.concentration1, 1.0 - value, value)

    def icdf(self, q):
        return betaincinv(self.concentration1, self.concentration0, as_array(q))

    def _quantile_from_log(self, log_q):
        return _beta_quantile(log_q, self.concentration1, self.concentration0)

    def _upper_quantile_from_log(self, log_q):
        return 1.0 - _beta_quantile(log_q, self.concentration0, self.concentration1)


def _beta_quantile(log_q, a, b):
    if is_traced(log_q) or is_traced(a) or is_traced(b):
        return betaincinv(a, b, np.exp(log_q))
    return with_far_quantiles(log_q, lambda q, a, b: betaincinv(a, b, q), beta_lower, a, b)


class Uniform(Distribution):
    """Uniform distribution on an interval.

    Parameters
    ----------
    low, high : array_like
        With ``low < high``.

    Examples
    --------
    >>> Uniform(0.0, 2.0).log_prob([1.0, 3.0])
    array([-0.69314718,        -inf])
    """

    arg_constraints = {"low": constraints.dependent, "high": constraints.dependent}
    reparametrized_params = ["low", "high"]

    def __init__(self, low=0.0, high=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(low=low, high=high)
        super().__init__(batch_shape, validate_args=validate_args)

    def _parameter_constraints(self):
        return {"low": constraints.real, "high": constraints.greater_than(self.low)}

    @property
    def support(self):
        return constraints.interval(self.low, self.high)

    def _draw(self, rng, shape):
        return self.icdf(rng.random(size=shape))

    def _log_density(self, value):
        shape = np.broadcast_shapes(np.shape(value), self.batch_shape)
        return np.broadcast_to(-np.log(self.high - self.low), shape)

    @property
    def mean(self):
        return self._batched(self.low + 0.5 * (self.high - self.low))

    @property
    def variance(self):
        width = self.high - self.low
        return self._batched(width * width / 12.0)

    def entropy(self):
        return self._batched(np.log(self.high - self.low))

    def cdf(self, value):
        return np.clip((as_array(value) - self.low) / (self.high - self.low), 0.0, 1.0)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = np.clip(as_array(value), self.low, self.high)
        return log_share(value - self.low, self.high - value)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = np.clip(as_array(value), self.low, self.high)
        return log_share(self.high - value, value - self.low)

    def _upper_quantile_from_log(self, log_q):
        return self.high - np.exp(log_q) * (self.high - self.low)

    def icdf(self, q):
        return self.low + as_array(q) * (self.high - self.low)

    @classmethod
    def infer_shapes(cls, low=(), high=()):
        return np.broadcast_shapes(low, high), ()


class LogUniform(Distribution):
    """Distribution whose logarithm is uniform.

    Parameters
    ----------
    low, high : array_like
        Positive, ``low < high``.

    Examples
    --------
    >>> bool(np.isclose(LogUniform(1.0, np.e).log_prob(2.0), -np.log(2.0)))
    True
    """

    arg_constraints = {"low": constraints.positive, "high": constraints.positive}
    reparametrized_params = ["low", "high"]

    def __init__(self, low, high, *, validate_args=None):
        batch_shape = self.set_parameters(low=low, high=high)
        super().__init__(batch_shape, validate_args=validate_args)

    def _parameter_constraints(self):
        return {"low": constraints.positive, "high": constraints.greater_than(self.low)}

    @property
    def support(self):
        return constraints.interval(self.low, self.high)

    @property
    def _log_ratio(self):
        return log_ratio(self.high, self.low)

    def _draw(self, rng, shape):
        return np.clip(self.icdf(rng.random(size=shape)), self.low, self.high)

    def _log_density(self, value):
        return -np.log(value) - np.log(self._log_ratio)

    @property
    def mean(self):
        return self._batched((self.high - self.low) / self._log_ratio)

    @property
    def variance(self):
        square = 0.5 * (self.high - self.low) * (self.high + self.low) / self._log_ratio
        return self._batched(square - self.mean * self.mean)

    def entropy(self):
        middle = 0.5 * (np.log(self.low) + np.log(self.high))
        return self._batched(middle + np.log(self._log_ratio))

    def cdf(self, value):
        value = np.clip(as_array(value), self.low, self.high)
        return log_ratio(value, self.low) / self._log_ratio

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = np.clip(as_array(value), self.low, self.high)
        return log_share(log_ratio(value, self.low), log_ratio(self.high, value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = np.clip(as_array(value), self.low, self.high)
        return log_share(log_ratio(self.high, value), log_ratio(value, self.low))

    def _upper_quantile_from_log(self, log_q):
        return np.exp(np.log(self.high) - np.exp(log_q) * self._log_ratio)

    def icdf(self, q):
        return np.exp(np.log(self.low) + as_array(q) * self._log_ratio)

    @classmethod
    def infer_shapes(cls, low=(), high=()):
        return np.broadcast_shapes(low, high), ()


class BetaProportion(Beta):
    """Beta distribution given its mean and the sum of its concentrations.

    Parameters
    ----------
    mean : array_like
        Between 0 and 1.
    concentration : array_like
        Positive.

    Examples
    --------
    >>> float(BetaProportion(0.25, 8.0).mean)
    0.25
    """

    arg_constraints = {
        "mean": constraints.open_interval(0.0, 1.0),
        "concentration": constraints.positive,
    }
    reparametrized_params = ["mean", "concentration"]

    def __init__(self, mean, concentration, *, validate_args=None):
        self._mean = as_array(mean)
        self.set_parameters(concentration=concentration)
        self.concentration1 = self._mean * self.concentration
        self.concentration0 = (1.0 - self._mean) * self.concentration
        batch_shape = broadcast_or_raise(
            "BetaProportion", {"mean": np.shape(mean), "concentration": np.shape(concentration)}
        )
        Distribution.__init__(self, batch_shape, validate_args=validate_args)

    @property
    def mean(self):
        return self._batched(self._mean)


class Kumaraswamy(Distribution):
    """Kumaraswamy distribution on the unit interval: like a beta distribution, with a simple cdf.

    Parameters
    ----------
    concentration1, concentration0 : array_like
        Positive; the cdf is ``1 - (1 - x ** concentration1) ** concentration0``.

    References
    ----------
    Jones (2009), "Kumaraswamy's distribution: a beta-type distribution with some tractability
    advantages".

    Examples
    --------
    >>> float(Kumaraswamy(1.0, 1.0).log_prob(0.3))
    0.0
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    reparametrized_params = ["concentration1", "concentration0"]

    def __init__(self, concentration1, concentration0, *, validate_args=None):
        batch_shape = self.set_parameters(
            concentration1=concentration1, concentration0=concentration0
        )
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        return self._upper_quantile_from_log(-rng.standard_exponential(size=shape))

    def _log_density(self, value):
        a, b = self.concentration1, self.concentration0
        # 1 - x^a through expm1, exact for x near one; at 0 the power is 0 whatever a is
        positive = np.greater(value, 0.0)
        log_value = np.log(np.where(positive, value, 1.0))
        left = np.where(positive, -np.expm1(a * log_value), 1.0)
        return np.log(a) + np.log(b) + xlogy(a - 1.0, value) + xlogy(b - 1.0, left)

    def _moment(self, k):
        a, b = self.concentration1, self.concentration0
        return b * np.exp(betaln(1.0 + k / a, b))

    @property
    def mean(self):
        return self._batched(self._moment(1.0))

    @property
    def variance(self):
        first = self._moment(1.0)
        return self._batched(self._moment(2.0) - first * first)

    def entropy(self):
        a, b = self.concentration1, self.concentration0
        harmonic = digamma(b + 1.0) + EULER_GAMMA
        return self._batched((1.0 - 1.0 / b) + (1.0 - 1.0 / a) * harmonic - np.log(a) - np.log(b))

    def cdf(self, value):
        return -np.expm1(self.log_survival(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        log_power, below = self._log_power(value)
        inside = np.less(log_power, 0.0)
        log_hazard = np.log(self.concentration0) + log_minus_log_complement(
            np.where(inside, log_power, -1.0)
        )
        return np.where(below, -np.inf, np.where(inside, log_of_event(log_hazard), 0.0))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        log_power, below = self._log_power(value)
        return np.where(below, 0.0, self.concentration0 * log_complement(log_power))

    def _log_power(self, value):
        """Return ``concentration1 * log(value)``, and whether there is nothing below `value`."""
        value = np.minimum(as_array(value), 1.0)
        below = np.less_equal(value, 0.0)
        return self.concentration1 * np.log(np.where(below, 0.5, value)), below

    def icdf(self, q):
        return self._upper_quantile_from_log(np.log1p(-as_array(q)))

    def _upper_quantile_from_log(self, log_q):
        return np.power(-np.expm1(log_q / self.concentration0), 1.0 / self.concentration1)
