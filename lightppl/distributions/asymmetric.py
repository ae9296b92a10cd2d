"""Skewed families on the real line.

Legend: ``z`` is the standardised value.
"""

import math

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import digamma, polygamma, softplus
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import open_uniform
from lightppl.distributions.log_probability import (
    log_complement,
    log_expm1,
    log_expm1_of_exp,
    log_minus_log_complement,
    log_of_event,
    log_softplus,
)
from lightppl.distributions.real_line import LocationScale

EULER_GAMMA = 0.57721566490153286


class _TwoExponentials(Distribution):
    """Base of the asymmetric Laplace families: exponential tails of two scales.

    Subclasses give ``_left_scale`` and ``_right_scale``.  A draw is the difference of two
    exponential variables with these scales.
    """

    support = constraints.real

    def _draw(self, rng, shape):
        right = self._right_scale * rng.standard_exponential(size=shape)
        left = self._left_scale * rng.standard_exponential(size=shape)
        return self.loc + (right - left)

    def _log_density(self, value):
        gap = value - self.loc
        scale = np.where(np.less(gap, 0.0), self._left_scale, self._right_scale)
        return -np.abs(gap) / scale - np.log(self._left_scale + self._right_scale)

    @property
    def mean(self):
        return self._batched(self.loc + (self._right_scale - self._left_scale))

    @property
    def variance(self):
        left, right = self._left_scale, self._right_scale
        return self._batched(left * left + right * right)

    @property
    def mode(self):
        return self._batched(self.loc)

    def entropy(self):
        return self._batched(1.0 + np.log(self._left_scale + self._right_scale))

    def cdf(self, value):
        left, right = self._left_scale, self._right_scale
        gap = as_array(value) - self.loc
        below = left / (left + right) * np.exp(np.minimum(gap, 0.0) / left)
        above = right / (left + right) * np.exp(-np.maximum(gap, 0.0) / right)
        return np.where(np.less(gap, 0.0), below, 1.0 - above)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        log_left, log_right, is_left = self._log_tails(value)
        return np.where(is_left, log_left, np.log1p(-np.exp(log_right)))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        log_left, log_right, is_left = self._log_tails(value)
        return np.where(is_left, np.log1p(-np.exp(log_left)), log_right)

    def _log_tails(self, value):
        """Return the log probabilities beyond `value` for either side, and which side it is."""
        left, right = self._left_scale, self._right_scale
        gap = as_array(value) - self.loc
        is_left = np.less(gap, 0.0)
        log_left = np.log(left / (left + right)) + np.where(is_left, gap, 0.0) / left
        log_right = np.log(right / (left + right)) - np.where(is_left, 0.0, gap) / right
        return log_left, log_right, is_left

    def _quantile_from_log(self, log_q):
        left, right = self._left_scale, self._right_scale
        lower = left * (log_q - np.log(left / (left + right)))
        upper = -right * (log_complement(log_q) - np.log(right / (left + right)))
        return self.loc + np.where(np.less(lower, 0.0), lower, upper)

    def _upper_quantile_from_log(self, log_q):
        left, right = self._left_scale, self._right_scale
        upper = -right * (log_q - np.log(right / (left + right)))
        lower = left * (log_complement(log_q) - np.log(left / (left + right)))
        return self.loc + np.where(np.greater(upper, 0.0), upper, lower)

    def icdf(self, q):
        q = as_array(q)
        left, right = self._left_scale, self._right_scale
        total = left + right
        is_left = np.less(q, left / total)
        lower = left * np.log(np.where(is_left, q, 1.0) * total / left)
        upper = -right * np.log(np.where(is_left, 1.0, 1.0 - q) * total / right)
        return self.loc + np.where(is_left, lower, upper)


class AsymmetricLaplace(_TwoExponentials):
    """Laplace distribution with tails of different scale.

    Parameters
    ----------
    loc : array_like
        Mode.
    scale : array_like
        Positive; the geometric mean of the scales of both tails.
    asymmetry : array_like
        Positive; the left scale is ``scale * asymmetry``, the right one ``scale / asymmetry``.

    Examples
    --------
    >>> round(float(AsymmetricLaplace(0.0, 1.0, 1.0).log_prob(0.0)), 6)
    -0.693147
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "asymmetry": constraints.positive,
    }
    reparametrized_params = ["loc", "scale", "asymmetry"]

    def __init__(self, loc=0.0, scale=1.0, asymmetry=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(loc=loc, scale=scale, asymmetry=asymmetry)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def _left_scale(self):
        return self.scale * self.asymmetry

    @property
    def _right_scale(self):
        return self.scale / self.asymmetry


class AsymmetricLaplaceQuantile(_TwoExponentials):
    """Asymmetric Laplace distribution whose mode is a chosen quantile, for quantile regression.

    Parameters
    ----------
    loc : array_like
        Mode, and the quantile of probability `quantile`.
    scale : array_like
        Positive.
    quantile : array_like
        Between 0 and 1; the probability left of `loc`.

    References
    ----------
    Yu, Moyeed (2001), "Bayesian quantile regression".

    Examples
    --------
    >>> round(float(AsymmetricLaplaceQuantile(0.0, 1.0, 0.3).cdf(0.0)), 6)
    0.3
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "quantile": constraints.open_interval(0.0, 1.0),
    }
    reparametrized_params = ["loc", "scale", "quantile"]

    def __init__(self, loc=0.0, scale=1.0, quantile=0.5, *, validate_args=None):
        batch_shape = self.set_parameters(loc=loc, scale=scale, quantile=quantile)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def _left_scale(self):
        return self.scale / (1.0 - self.quantile)

    @property
    def _right_scale(self):
        return self.scale / self.quantile


class Gumbel(LocationScale):
    """Gumbel distribution, of maxima.

    Parameters
    ----------
    loc : array_like
        Mode.
    scale : array_like
        Positive.

    Examples
    --------
    >>> float(Gumbel(0.0, 1.0).log_prob(0.0))
    -1.0
    """

    def _draw(self, rng, shape):
        return self.loc - self.scale * np.log(rng.standard_exponential(size=shape))

    def _log_density(self, value):
        z = self._standardize(value)
        return -(z + np.exp(-z)) - np.log(self.scale)

    @property
    def mean(self):
        return self._batched(self.loc + EULER_GAMMA * self.scale)

    @property
    def variance(self):
        return self._batched((math.pi**2 / 6.0) * self.scale * self.scale)

    def entropy(self):
        return self._batched(1.0 + EULER_GAMMA + np.log(self.scale))

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate far in the lower tail."""
        return -np.exp(-self._standardize(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in the upper tail."""
        return log_of_event(-self._standardize(value))

    def icdf(self, q):
        return self._quantile_from_log(np.log(as_array(q)))

    def _quantile_from_log(self, log_q):
        return self.loc - self.scale * np.log(-log_q)

    def _upper_quantile_from_log(self, log_q):
        # log(-log(1 - q)) is log(q) far in the tail
        far = np.less(log_q, -40.0)
        near = np.log(-np.log1p(-np.exp(np.where(far, -1.0, log_q))))
        return self.loc - self.scale * np.where(far, log_q, near)


class SkewLogistic(Distribution):
    """Logistic distribution with one tail raised to a power.

    Parameters
    ----------
    loc : array_like
    scale : array_like
        Positive.
    asymmetry : array_like
        Positive; 1 gives the logistic distribution, less is skewed to the left.

    References
    ----------
    Johnson, Kotz, Balakrishnan (1995), "Continuous univariate distributions" 2, ch. 23: the type I
    generalized logistic distribution.

    Examples
    --------
    >>> round(float(SkewLogistic(0.0, 1.0, 2.0).cdf(0.0)), 6)
    0.25
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "asymmetry": constraints.positive,
    }
    support = constraints.real
    reparametrized_params = ["loc", "scale", "asymmetry"]

    def __init__(self, loc, scale, asymmetry=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(loc=loc, scale=scale, asymmetry=asymmetry)
        super().__init__(batch_shape, validate_args=validate_args)

    def _standardize(self, value):
        return (as_array(value) - self.loc) / self.scale

    def _draw(self, rng, shape):
        return self.icdf(open_uniform(rng, shape))

    def _log_density(self, value):
        z = self._standardize(value)
        log_normalizer = np.log(self.scale) - np.log(self.asymmetry)
        return -z - (self.asymmetry + 1.0) * softplus(-z) - log_normalizer

    @property
    def mean(self):
        return self._batched(self.loc + self.scale * (digamma(self.asymmetry) + EULER_GAMMA))

    @property
    def variance(self):
        spread = math.pi**2 / 6.0 + polygamma(1, self.asymmetry)
        return self._batched(self.scale * self.scale * spread)

    def entropy(self):
        a = self.asymmetry
        expected = digamma(a) + EULER_GAMMA + (a + 1.0) / a
        return self._batched(np.log(self.scale) - np.log(a) + expected)

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate far in the lower tail."""
        return -self.asymmetry * softplus(-self._standardize(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in the upper tail."""
        return log_of_event(np.log(self.asymmetry) + log_softplus(-self._standardize(value)))

    def icdf(self, q):
        return self._quantile_from_log(np.log(as_array(q)))

    def _quantile_from_log(self, log_q):
        return self.loc - self.scale * log_expm1(-log_q / self.asymmetry)

    def _upper_quantile_from_log(self, log_q):
        log_hazard = log_minus_log_complement(log_q)
        return self.loc - self.scale * log_expm1_of_exp(log_hazard - np.log(self.asymmetry))
