"""Families on the real line.

Legend: ``z`` is the standardised value.
"""

import math

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.incomplete import log_betainc
from lightppl.autodiff.special import (
    betaln,
    betainc,
    digamma,
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
from lightppl.distributions.draws import log_standard_gamma, open_uniform
from lightppl.scipy_functions import SciPyFunction

ndtri_exp = SciPyFunction("ndtri_exp")
stdtr = SciPyFunction("stdtr")
stdtrit = SciPyFunction("stdtrit")

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
        tail = np.arctan2(1.0, np.abs(z)) / math.pi
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
        tail = 0.5 * np.exp(-np.abs(z))
        return np.where(np.less(z, 0.0), tail, 1.0 - tail)

    def _log_lower(self, z):
        above = np.log1p(-0.5 * np.exp(-np.abs(z)))
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
        lower = (2.0 / math.pi) * np.arctan(np.exp(-np.abs(z)))
        return np.where(np.less(z, 0.0), lower, 1.0 - lower)

    def _log_lower(self, z):
        # arctan(t) is t far in the tail, where exp(z) underflows
        far = np.less(z, -30.0)
        near = np.where(far, 0.0, np.minimum(z, 0.0))
        lower = np.where(far, z, np.log(np.arctan(np.exp(near)))) + math.log(2.0 / math.pi)
        upper = np.log1p(-(2.0 / math.pi) * np.arctan(np.exp(-np.abs(z))))
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


class StudentT(Symmetric, Distribution):
    """Student's t distribution.

    Parameters
    ----------
    df : array_like
        Degrees of freedom, positive.
    loc : array_like
        Median.
    scale : array_like
        Positive; not the standard deviation.

    Examples
    --------
    >>> round(float(StudentT(1.0, 0.0, 1.0).log_prob(0.0)), 6)
    -1.14473
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    reparametrized_params = ["df", "loc", "scale"]
    has_differentiable_quantiles = False

    def __init__(self, df, loc=0.0, scale=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(df=df, loc=loc, scale=scale)
        super().__init__(batch_shape, validate_args=validate_args)

    def _standardize(self, value):
        return (as_array(value) - self.loc) / self.scale

    def _draw(self, rng, shape):
        # z / sqrt(chi2 / df), on the log scale where small df would underflow
        half_df = 0.5 * self.df
        log_chi2_ratio = log_standard_gamma(rng, half_df, shape) - np.log(half_df)
        z = rng.standard_normal(size=shape) * np.exp(-0.5 * log_chi2_ratio)
        return self.loc + self.scale * z

    def _log_density(self, value):
        z = self._standardize(value)
        log_normalizer = betaln(0.5, 0.5 * self.df) + 0.5 * np.log(self.df) + np.log(self.scale)
        return -0.5 * (self.df + 1.0) * np.log1p(z * z / self.df) - log_normalizer

    @property
    def mean(self):
        return self._batched(np.where(np.greater(self.df, 1.0), self.loc, np.nan))

    @property
    def variance(self):
        safe_df = np.where(np.greater(self.df, 2.0), self.df, 3.0)
        finite = self.scale * self.scale * (safe_df / (safe_df - 2.0))
        heavy = np.where(np.greater(self.df, 1.0), np.inf, np.nan)
        return self._batched(np.where(np.greater(self.df, 2.0), finite, heavy))

    @property
    def mode(self):
        return self._batched(self.loc)

    def entropy(self):
        half, more = 0.5 * self.df, 0.5 * (self.df + 1.0)
        spread = more * (digamma(more) - digamma(half)) + 0.5 * np.log(self.df)
        return self._batched(spread + betaln(half, 0.5) + np.log(self.scale))

    def cdf(self, value):
        z = self._standardize(value)
        if is_traced(z) or is_traced(self.df):
            return np.exp(self._log_lower(z))
        return stdtr(self.df, z)

    def _log_lower(self, z):
        log_tail = _log_student_tail(self.df, np.abs(z))
        return np.where(np.less(z, 0.0), log_tail, np.log1p(-np.exp(log_tail)))

    def icdf(self, q):
        return self.loc + self.scale * stdtrit(self.df, as_array(q))

    def _standard_quantile_from_log(self, log_q):
        # beyond the smallest float the leading term of the tail is all there is
        far = np.less(log_q, -700.0)
        near = stdtrit(self.df, np.exp(np.where(far, -1.0, log_q)))
        log_far = (_log_leading_tail(self.df, 0.0) - np.where(far, log_q, -1.0)) / self.df
        return np.where(far, -np.exp(np.minimum(log_far, 700.0)), near)


def _log_student_tail(df, size):
    """Return the log probability above ``size >= 0``, by the incomplete beta function.

    On each side of ``size ** 2 = df`` stands a form without cancellation.
    """
    tiny, far = np.less(size, 1e-10), np.greater(size, 1e15 * np.sqrt(1.0 + df))
    safe = np.where(np.logical_or(tiny, far), 1.0, size)
    square = safe * safe
    inner = np.less(square, df)
    within = betainc(0.5, 0.5 * df, np.where(inner, square / (df + square), 0.5))
    beyond = log_betainc(0.5 * df, 0.5, np.where(inner, 0.5, df / (df + square)))
    middle = np.where(inner, np.log1p(-within), beyond) - math.log(2.0)
    # the square root at 0 is split off: there the density is flat
    density = np.exp(-betaln(0.5, 0.5 * df)) / np.sqrt(df)
    centre = np.log(0.5 - np.where(tiny, size, 0.0) * density)
    outside = _log_leading_tail(df, np.log(np.where(far, size, 1.0)))
    return np.where(tiny, centre, np.where(far, outside, middle))


def _log_leading_tail(df, log_size):
    """Return the logarithm of the leading term of the tail: ``c size ** -df``."""
    log_constant = 0.5 * df * np.log(df) - np.log(df) - betaln(0.5 * df, 0.5)
    return log_constant - df * log_size
