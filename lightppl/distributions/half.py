"""Absolute values of centred symmetric variables.

Legend: ``z`` is the value in units of its scale.
"""

import math

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import erf, erfc, erfinv, log_ndtr
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import safe_log
from lightppl.distributions.real_line import LOG_SQRT_2_PI, Normal


class HalfNormal(Distribution):
    """Distribution of the absolute value of a centred normal variable.

    Parameters
    ----------
    scale : array_like
        Standard deviation of that variable, positive.

    Examples
    --------
    >>> round(float(HalfNormal(1.0).log_prob(0.0)), 6)
    -0.225791
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    reparametrized_params = ["scale"]

    def __init__(self, scale=1.0, *, validate_args=None):
        super().__init__(self.set_parameters(scale=scale), validate_args=validate_args)

    def _draw(self, rng, shape):
        return self.scale * np.abs(rng.standard_normal(size=shape))

    def _log_density(self, value):
        z = value / self.scale
        return -0.5 * (z * z) - np.log(self.scale) + (math.log(2.0) - LOG_SQRT_2_PI)

    @property
    def mean(self):
        return self._batched(math.sqrt(2.0 / math.pi) * self.scale)

    @property
    def variance(self):
        return self._batched((1.0 - 2.0 / math.pi) * self.scale * self.scale)

    def entropy(self):
        return self._batched(0.5 + LOG_SQRT_2_PI - math.log(2.0) + np.log(self.scale))

    def cdf(self, value):
        return erf(np.maximum(as_array(value), 0.0) / (math.sqrt(2.0) * self.scale))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        z = np.maximum(as_array(value), 0.0) / (math.sqrt(2.0) * self.scale)
        small = np.less(z, 0.5)
        return np.where(small, safe_log(erf(z)), np.log1p(-erfc(np.where(small, 0.5, z))))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        z = np.maximum(as_array(value), 0.0) / self.scale
        near = np.less(z, 0.5)
        inner = np.log1p(-erf(math.sqrt(0.5) * np.where(near, z, 0.5)))
        return np.where(near, inner, math.log(2.0) + log_ndtr(-z))

    def icdf(self, q):
        return math.sqrt(2.0) * self.scale * erfinv(as_array(q))

    def _upper_quantile_from_log(self, log_q):
        # of half the probability, above zero
        return Normal(0.0, self.scale, validate_args=False)._upper_quantile_from_log(
            log_q - math.log(2.0)
        )


class HalfCauchy(Distribution):
    """Distribution of the absolute value of a centred Cauchy variable.

    Parameters
    ----------
    scale : array_like
        Median, positive.

    Examples
    --------
    >>> round(float(HalfCauchy(1.0).log_prob(0.0)), 6)
    -0.451583
    """

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    reparametrized_params = ["scale"]

    def __init__(self, scale=1.0, *, validate_args=None):
        super().__init__(self.set_parameters(scale=scale), validate_args=validate_args)

    def _draw(self, rng, shape):
        return self.icdf(rng.random(size=shape))

    def _log_density(self, value):
        z = value / self.scale
        return -np.log1p(z * z) - np.log(self.scale) + math.log(2.0 / math.pi)

    @property
    def mean(self):
        return np.full(self.batch_shape, np.inf)

    @property
    def variance(self):
        return np.full(self.batch_shape, np.inf)

    def entropy(self):
        return self._batched(np.log(self.scale) + math.log(2.0 * math.pi))

    def cdf(self, value):
        return (2.0 / math.pi) * np.arctan(np.maximum(as_array(value), 0.0) / self.scale)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        z = np.maximum(as_array(value), 0.0) / self.scale
        lower = safe_log((2.0 / math.pi) * np.arctan(np.minimum(z, 1.0)))
        upper = np.log1p(-(2.0 / math.pi) * np.arctan2(1.0, np.maximum(z, 1.0)))
        return np.where(np.less(z, 1.0), lower, upper)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        z = np.maximum(as_array(value), 0.0) / self.scale
        lower = np.log1p(-(2.0 / math.pi) * np.arctan(np.minimum(z, 1.0)))
        upper = safe_log((2.0 / math.pi) * np.arctan2(1.0, np.maximum(z, 1.0)))
        return np.where(np.less(z, 1.0), lower, upper)

    def _upper_quantile_from_log(self, log_q):
        return self.scale / np.tan(0.5 * math.pi * np.exp(log_q))

    def icdf(self, q):
        return self.scale * np.tan(0.5 * math.pi * as_array(q))
