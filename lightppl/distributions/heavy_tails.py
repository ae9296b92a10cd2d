"""Families on the positive numbers with heavy or otherwise special tails."""

import math

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import erf, erfc, erfinv, gammaln, log_ndtr, ndtri, softplus
from lightppl.distributions import constraints
from lightppl.distributions.asymmetric import EULER_GAMMA
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import open_uniform
from lightppl.distributions.log_probability import (
    log_complement,
    log_expm1,
    log_expm1_of_exp,
    log_minus_log_complement,
    log_of_event,
    log_ratio,
    log_softplus,
    safe_log,
)
from lightppl.distributions.positive import positive_or_one
from lightppl.scipy_functions import SciPyFunction

exp1 = SciPyFunction("exp1")


class Weibull(Distribution):
    """Weibull distribution.

    Parameters
    ----------
    scale : array_like
        Positive.
    concentration : array_like
        Shape, positive.

    Examples
    --------
    >>> float(Weibull(1.0, 1.0).log_prob(2.0))
    -2.0
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive
    reparametrized_params = ["scale", "concentration"]

    def __init__(self, scale, concentration, *, validate_args=None):
        batch_shape = self.set_parameters(scale=scale, concentration=concentration)
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        return self.scale * np.power(rng.standard_exponential(size=shape), 1.0 / self.concentration)

    def _log_density(self, value):
        log_hazard = self.concentration * (np.log(value) - np.log(self.scale))
        return np.log(self.concentration) + log_hazard - np.log(value) - np.exp(log_hazard)

    @property
    def mean(self):
        return self._batched(self.scale * np.exp(gammaln(1.0 + 1.0 / self.concentration)))

    @property
    def variance(self):
        first = np.exp(2.0 * gammaln(1.0 + 1.0 / self.concentration))
        second = np.exp(gammaln(1.0 + 2.0 / self.concentration))
        return self._batched(self.scale * self.scale * (second - first))

    def entropy(self):
        log_ratio = np.log(self.scale) - np.log(self.concentration)
        return self._batched(1.0 + EULER_GAMMA * (1.0 - 1.0 / self.concentration) + log_ratio)

    def cdf(self, value):
        return -np.expm1(self.log_survival(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value, positive = positive_or_one(value)
        log_hazard = self.concentration * (np.log(value) - np.log(self.scale))
        return np.where(positive, log_of_event(log_hazard), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return -np.power(np.maximum(as_array(value), 0.0) / self.scale, self.concentration)

    def icdf(self, q):
        return self._upper_quantile_from_log(np.log1p(-as_array(q)))

    def _upper_quantile_from_log(self, log_q):
        return self.scale * np.power(-log_q, 1.0 / self.concentration)


class Pareto(Distribution):
    """Pareto distribution.

    Parameters
    ----------
    scale : array_like
        Smallest value, positive.
    alpha : array_like
        Exponent of the tail, positive.

    Examples
    --------
    >>> float(Pareto(1.0, 1.0).log_prob(1.0))
    0.0
    """

    arg_constraints = {"scale": constraints.positive, "alpha": constraints.positive}
    reparametrized_params = ["scale", "alpha"]

    def __init__(self, scale, alpha, *, validate_args=None):
        batch_shape = self.set_parameters(scale=scale, alpha=alpha)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.greater_than_eq(self.scale)

    def _draw(self, rng, shape):
        return self.scale * np.exp(rng.standard_exponential(size=shape) / self.alpha)

    def _log_density(self, value):
        tail = self.alpha * (np.log(self.scale) - np.log(value))
        return np.log(self.alpha) + tail - np.log(value)

    @property
    def mean(self):
        above = np.greater(self.alpha, 1.0)
        safe = np.where(above, self.alpha, 2.0)
        return self._batched(np.where(above, self.scale * safe / (safe - 1.0), np.inf))

    @property
    def variance(self):
        above = np.greater(self.alpha, 2.0)
        safe = np.where(above, self.alpha, 3.0)
        ratio = self.scale / (safe - 1.0)
        return self._batched(np.where(above, ratio * ratio * safe / (safe - 2.0), np.inf))

    @property
    def mode(self):
        return self._batched(self.scale)

    def entropy(self):
        return self._batched(np.log(self.scale) - np.log(self.alpha) + 1.0 + 1.0 / self.alpha)

    def cdf(self, value):
        return -np.expm1(self.log_survival(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return -self.alpha * log_ratio(np.maximum(as_array(value), self.scale), self.scale)

    def icdf(self, q):
        return self._upper_quantile_from_log(np.log1p(-as_array(q)))

    def _upper_quantile_from_log(self, log_q):
        return self.scale * np.exp(-log_q / self.alpha)

    @classmethod
    def infer_shapes(cls, scale=(), alpha=()):
        return np.broadcast_shapes(scale, alpha), ()


class Levy(Distribution):
    """Levy distribution: the inverse square of a normal variable.

    Parameters
    ----------
    loc : array_like
        Lower end.
    scale : array_like
        Positive.

    Examples
    --------
    >>> round(float(Levy(0.0, 1.0).log_prob(1.0)), 6)
    -1.418939
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    reparametrized_params = ["loc", "scale"]

    def __init__(self, loc, scale, *, validate_args=None):
        batch_shape = self.set_parameters(loc=loc, scale=scale)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.greater_than(self.loc)

    def _draw(self, rng, shape):
        z = rng.standard_normal(size=shape)
        return self.loc + self.scale / (z * z)

    def _log_density(self, value):
        gap = value - self.loc
        half_log_scale = 0.5 * (np.log(self.scale) - math.log(2.0 * math.pi))
        return half_log_scale - 1.5 * np.log(gap) - 0.5 * self.scale / gap

    @property
    def mean(self):
        return np.full(self.batch_shape, np.inf)

    @property
    def variance(self):
        return np.full(self.batch_shape, np.inf)

    def entropy(self):
        constant = 0.5 * (1.0 + 3.0 * EULER_GAMMA + math.log(16.0 * math.pi))
        return self._batched(constant + np.log(self.scale))

    def cdf(self, value):
        gap = as_array(value) - self.loc
        above = np.greater(gap, 0.0)
        return np.where(above, erfc(np.sqrt(0.5 * self.scale / np.where(above, gap, 1.0))), 0.0)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        gap, above = positive_or_one(as_array(value) - self.loc)
        z = np.sqrt(self.scale / gap)
        far = np.less(z, 0.5)
        upper = np.log1p(-erf(math.sqrt(0.5) * np.where(far, z, 0.5)))
        below = np.where(far, upper, math.log(2.0) + log_ndtr(-z))
        return np.where(above, below, -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        gap, above = positive_or_one(as_array(value) - self.loc)
        z = np.sqrt(0.5 * self.scale / gap)
        small = np.less(z, 0.5)
        beyond = np.where(small, safe_log(erf(z)), np.log1p(-erfc(np.where(small, 0.5, z))))
        return np.where(above, beyond, 0.0)

    def _upper_quantile_from_log(self, log_q):
        z = math.sqrt(2.0) * erfinv(np.exp(log_q))
        return self.loc + self.scale / (z * z)

    def icdf(self, q):
        z = ndtri(0.5 * as_array(q))
        return self.loc + self.scale / (z * z)

    @classmethod
    def infer_shapes(cls, loc=(), scale=()):
        return np.broadcast_shapes(loc, scale), ()


class Gompertz(Distribution):
    """Gompertz distribution of lifetimes with exponentially growing hazard.

    Parameters
    ----------
    concentration : array_like
        Positive; the hazard at 0 is ``concentration * rate``.
    rate : array_like
        Growth of the log hazard, positive.

    Examples
    --------
    >>> round(float(Gompertz(1.0, 1.0).cdf(np.log(2.0))), 6)
    0.632121
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.nonnegative
    reparametrized_params = ["concentration", "rate"]

    def __init__(self, concentration, rate=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration, rate=rate)
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        return self._upper_quantile_from_log(-rng.standard_exponential(size=shape))

    def _log_density(self, value):
        growth = self.rate * value
        log_start = np.log(self.concentration) + np.log(self.rate)
        return log_start + growth - self.concentration * np.expm1(growth)

    @property
    def mean(self):
        # exp(c) E1(c) / rate; for large c its asymptotic series, where exp(c) overflows
        c = self.concentration
        moderate = np.less(c, 500.0)
        safe = np.where(moderate, c, 1.0)
        series = (1.0 - (1.0 - (2.0 - 6.0 / c) / c) / c) / c
        return self._batched(np.where(moderate, np.exp(safe) * exp1(safe), series) / self.rate)

    def cdf(self, value):
        return -np.expm1(self.log_survival(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return -self.concentration * np.expm1(self.rate * np.maximum(as_array(value), 0.0))

    def icdf(self, q):
        return self._upper_quantile_from_log(np.log1p(-as_array(q)))

    def _upper_quantile_from_log(self, log_q):
        return np.log1p(-log_q / self.concentration) / self.rate


class Dagum(Distribution):
    """Dagum distribution, of incomes.

    Parameters
    ----------
    concentration, sharpness, scale : array_like
        Positive; the cdf is ``(1 + (x / scale) ** -sharpness) ** -concentration``.

    References
    ----------
    Kleiber (2008), "A guide to the Dagum distributions".

    Examples
    --------
    >>> float(Dagum(1.0, 1.0, 1.0).cdf(1.0))
    0.5
    """

    arg_constraints = {
        "concentration": constraints.positive,
        "sharpness": constraints.positive,
        "scale": constraints.positive,
    }
    support = constraints.positive
    reparametrized_params = ["concentration", "sharpness", "scale"]

    def __init__(self, concentration, sharpness, scale, *, validate_args=None):
        batch_shape = self.set_parameters(
            concentration=concentration, sharpness=sharpness, scale=scale
        )
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        return self.icdf(open_uniform(rng, shape))

    def _log_power(self, value):
        return self.sharpness * (np.log(value) - np.log(self.scale))

    def _log_density(self, value):
        t = self._log_power(value)
        log_start = np.log(self.concentration) + np.log(self.sharpness)
        tail = -t - (self.concentration + 1.0) * softplus(-t)
        return log_start - np.log(value) + tail

    def _moment(self, k):
        a, p = self.sharpness, self.concentration
        exists = np.greater(a, k)
        safe = np.where(exists, a, k + 1.0)
        log_ratio = gammaln(p + k / safe) + gammaln(1.0 - k / safe) - gammaln(p)
        return np.where(exists, np.power(self.scale, k) * np.exp(log_ratio), np.inf)

    @property
    def mean(self):
        return self._batched(self._moment(1.0))

    @property
    def variance(self):
        exists = np.greater(self.sharpness, 2.0)
        first = np.where(exists, self._moment(1.0), 0.0)
        return self._batched(self._moment(2.0) - first * first)

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate far in the lower tail."""
        value = as_array(value)
        positive = np.greater(value, 0.0)
        t = self._log_power(np.where(positive, value, 1.0))
        return np.where(positive, -self.concentration * softplus(-t), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value, positive = positive_or_one(value)
        log_hazard = np.log(self.concentration) + log_softplus(-self._log_power(value))
        return np.where(positive, log_of_event(log_hazard), 0.0)

    def icdf(self, q):
        return self._quantile_from_log(np.log(as_array(q)))

    def _quantile_from_log(self, log_q):
        log_odds = -log_expm1(-log_q / self.concentration)
        return self.scale * np.exp(log_odds / self.sharpness)

    def _upper_quantile_from_log(self, log_q):
        log_hazard = log_minus_log_complement(log_q) - np.log(self.concentration)
        return self.scale * np.exp(-log_expm1_of_exp(log_hazard) / self.sharpness)
