"""Families on the real line.

Legend: ``z`` is the standardised value.
"""

import math

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.special import (
    expit,
    log1mexp,
    log_expit,
    log_ndtr,
    logit,
    ndtr,
    ndtri,
    softplus,
)
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import open_uniform
from lightppl.scipy_functions import SciPyFunction

ndtri_exp = SciPyFunction("ndtri_exp")

LOG_SQRT_2_PI = 0.5 * math.log(2.0 * math.pi)


class LocationScale(Distribution):
    """Base of the families of ``loc + scale * z``: two parameters and the standardised value."""

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    reparametrized_params = ["loc", "scale"]

    def __init__(self, loc=0.0, scale=1.0, *, validate_args=None):
        super().__init__(self.set_parameters(loc=loc, scale=scale), validate_args=validate_args)

    def _standardize(self, value):
        return (as_array(value) - self.loc) / self.scale

    @property
    def mean(self):
        return self._batched(self.loc)

    @property
    def mode(self):
        return self._batched(self.loc)


class Symmetric:
    """What families symmetric about `loc` know of their upper tail: it mirrors the lower one.

    Subclasses give ``_log_lower(z)``, the log probability below a standardised value, and
    ``_standard_quantile_from_log(log_q)``.
    """

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        return self._log_lower(self._standardize(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return self._log_lower(-self._standardize(value))

    def _quantile_from_log(self, log_q):
        return self.loc + self.scale * self._standard_quantile_from_log(log_q)

    def _upper_quantile_from_log(self, log_q):
        return self.loc - self.scale * self._standard_quantile_from_log(log_q)


def magnitude(z):
    """Return ``|z|``, with slope one at 0: for functions that change their form there, not value.

    Parameters
    ----------
    z : array
    """
    return np.where(np.less(z, 0.0), -z, z)


class Normal(Symmetric, LocationScale):
    """Normal distribution.

    Parameters
    ----------
    loc : array_like
        Mean.
    scale : array_like
        Standard deviation, positive.

    Examples
    --------
    >>> round(float(Normal(0.0, 1.0).log_prob(0.0)), 6)
    -0.918939
    """

    def _draw(self, rng, shape):
        return self.loc + self.scale * rng.standard_normal(size=shape)

    def _log_density(self, value):
        z = self._standardize(value)
        return -0.5 * (z * z) - np.log(self.scale) - LOG_SQRT_2_PI

    @property
    def variance(self):
        return self._batched(self.scale * self.scale)

    def entropy(self):
        return self._batched(0.5 + LOG_SQRT_2_PI + np.log(self.scale))

    def cdf(self, value):
        return ndtr(self._standardize(value))

    def _log_lower(self, z):
        return log_ndtr(z)

    def icdf(self, q):
        return self.loc + self.scale * ndtri(as_array(q))

    def _standard_quantile_from_log(self, log_q):
        # a traced q meets ndtri only, which is exact to probabilities of 1e-308
        return ndtri(np.exp(log_q)) if is_traced(log_q) else ndtri_exp(log_q)


class Cauchy(Symmetric, LocationScale):
    """Cauchy distribution.

    Parameters
    ----------
    loc : array_like
        Median.
    scale : array_like
        Half width at half height, positive.

    Examples
    --------
    >>> round(float(Cauchy(0.0, 1.0).log_prob(0.0)), 6)
    -1.14473
    """

    def _draw(self, rng, shape):
        return self.icdf(open_uniform(rng, shape))

    def _log_density(self, value):
        z = self._standardize(value)
        return -np.log1p(z * z) - np.log(self.scale) - math.log(math.pi)

    @property
    def mean(self):
        return np.full(self.batch_shape, np.nan)

    @property
    def variance(self):
        return np.full(self.batch_shape, np.nan)

    def entropy(self):
        return self._batched(np.log(self.scale) + math.log(4.0 * math.pi))

    def cdf(self, value):
        # arctan2 keeps digits in the lower tail, where arctan + 1/2 cancels
        return np.arctan2(1.0, -self._standardize(value)) / math.pi

    def icdf(self, q):
        q = as_array(q)
        # -cot(pi q), from the nearer end
        near = np.where(np.less(q, 0.5), q, 1.0 - q)
        tail = 1.0 / np.tan(math.pi * near)
        return self.loc + self.scale * np.where(np.less(q, 0.5), -tail, tail)

    def _log_lower(self, z):
        # from the side on which the probability is small
        tail = np.arctan2(1.0, magnitude(z)) / math.pi
        return np.where(np.less(z, 0.0), np.log(tail), np.log1p(-tail))

    def _standard_quantile_from_log(self, log_q):
        return Cauchy(0.0, 1.0, validate_args=False).icdf(np.exp(log_q))


class Laplace(Symmetric, LocationScale):
    """Laplace (double exponential) distribution.

    Parameters
    ----------
    loc : array_like
        Mean.
    scale : array_like
        Mean absolute deviation, positive.

    Examples
    --------
    >>> round(float(Laplace(0.0, 1.0).log_prob(0.0)), 6)
    -0.693147
    """

    def _draw(self, rng, shape):
        magnitude = rng.standard_exponential(size=shape)
        sign = np.where(np.less(rng.random(size=shape), 0.5), -1.0, 1.0)
        return self.loc + self.scale * (sign * magnitude)

    def _log_density(self, value):
        return -np.abs(self._standardize(value)) - np.log(self.scale) - math.log(2.0)

    @property
    def variance(self):
        return self._batched(2.0 * self.scale * self.scale)

    def entropy(self):
        return self._batched(1.0 + math.log(2.0) + np.log(self.scale))

    def cdf(self, value):
        z = self._standardize(value)
        tail = 0.5 * np.exp(-magnitude(z))
        return np.where(np.less(z, 0.0), tail, 1.0 - tail)

    def _log_lower(self, z):
        above = np.log1p(-0.5 * np.exp(-magnitude(z)))
        return np.where(np.less(z, 0.0), np.minimum(z, 0.0) - math.log(2.0), above)

    def icdf(self, q):
        q = as_array(q)
        tail = np.log(2.0 * np.minimum(q, 1.0 - q))
        return self.loc + self.scale * np.where(np.less(q, 0.5), tail, -tail)

    def _standard_quantile_from_log(self, log_q):
        log_near = np.minimum(log_q, log1mexp(-log_q)) + math.log(2.0)
        return np.where(np.less(log_q, -math.log(2.0)), log_near, -log_near)


class Logistic(Symmetric, LocationScale):
    """Logistic distribution.

    Parameters
    ----------
    loc : array_like
        Mean.
    scale : array_like
        Positive.

    Examples
    --------
    >>> round(float(Logistic(0.0, 1.0).log_prob(0.0)), 6)
    -1.386294
    """

    def _draw(self, rng, shape):
        u = open_uniform(rng, shape)
        return self.loc + self.scale * (np.log(u) - np.log1p(-u))

    def _log_density(self, value):
        z = self._standardize(value)
        return -z - 2.0 * softplus(-z) - np.log(self.scale)

    @property
    def variance(self):
        return self._batched((math.pi**2 / 3.0) * self.scale * self.scale)

    def entropy(self):
        return self._batched(2.0 + np.log(self.scale))

    def cdf(self, value):
        return expit(self._standardize(value))

    def _log_lower(self, z):
        return log_expit(z)

    def icdf(self, q):
        return self.loc + self.scale * logit(as_array(q))

    def _standard_quantile_from_log(self, log_q):
        return log_q - log1mexp(-log_q)


class SoftLaplace(Symmetric, LocationScale):
    """Smooth distribution with the tails of the Laplace distribution: the hyperbolic secant.

    Parameters
    ----------
    loc : array_like
        Mean.
    scale : array_like
        Positive; the standard deviation is ``scale * pi / 2``.

    Examples
    --------
    >>> round(float(SoftLaplace(0.0, 1.0).log_prob(0.0)), 6)
    -1.14473
    """

    def _draw(self, rng, shape):
        return self.icdf(open_uniform(rng, shape))

    def _log_density(self, value):
        z = self._standardize(value)
        return math.log(2.0 / math.pi) - np.log(self.scale) - np.logaddexp(z, -z)

    @property
    def variance(self):
        return self._batched((0.25 * math.pi**2) * self.scale * self.scale)

    def entropy(self):
        return self._batched(math.log(2.0 * math.pi) + np.log(self.scale))

    def cdf(self, value):
        z = self._standardize(value)
        lower = (2.0 / math.pi) * np.arctan(np.exp(-magnitude(z)))
        return np.where(np.less(z, 0.0), lower, 1.0 - lower)

    def _log_lower(self, z):
        # arctan(t) is t far in the tail, where exp(z) underflows
        far = np.less(z, -30.0)
        near = np.where(far, 0.0, np.minimum(z, 0.0))
        lower = np.where(far, z, np.log(np.arctan(np.exp(near)))) + math.log(2.0 / math.pi)
        upper = np.log1p(-(2.0 / math.pi) * np.arctan(np.exp(-magnitude(z))))
        return np.where(np.less(z, 0.0), lower, upper)

    def icdf(self, q):
        q = as_array(q)
        near = np.minimum(q, 1.0 - q)
        tail = np.log(np.tan(0.5 * math.pi * near))
        return self.loc + self.scale * np.where(np.less(q, 0.5), tail, -tail)

    def _standard_quantile_from_log(self, log_q):
        # tan(t) is t far in the tail, where exp(log_q) underflows
        far = np.less(log_q, -40.0)
        near = SoftLaplace(0.0, 1.0, validate_args=False).icdf(np.exp(np.where(far, -1.0, log_q)))
        return np.where(far, log_q + math.log(0.5 * math.pi), near)
