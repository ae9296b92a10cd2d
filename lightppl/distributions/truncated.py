"""Distributions restricted to an interval.

Everything is computed on the log scale and from the tail that is nearer, so that truncation far
out, where ordinary cdfs are 0 or 1, keeps all digits.

Reading order: `TruncatedDistribution` picks the class; the classes for one and two ends; truncated
families by name.
"""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import (
    from_smaller,
    log_mass_between,
    safe_log,
    safe_log1p,
)
from lightppl.distributions.normal_moments import standard_normal_moments
from lightppl.distributions.positive import Gamma
from lightppl.distributions.real_line import Cauchy, Normal
from lightppl.distributions.unwrapping import zero_where_masked
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError


def TruncatedDistribution(base_dist, low=None, high=None, *, validate_args=None):
    """Return a univariate distribution restricted to an interval.

    Parameters
    ----------
    base_dist : Distribution
        Continuous, with `cdf` and `icdf`.
    low, high : array_like, optional
        Ends of the interval; without one, that side is open.

    Returns
    -------
    Distribution
        `base_dist` itself if both are None.

    Examples
    --------
    >>> d = TruncatedDistribution(Normal(0.0, 1.0), low=0.0)
    >>> bool(np.isclose(d.log_prob(1.0), Normal(0.0, 1.0).log_prob(1.0) + np.log(2.0)))
    True
    """
    if high is None:
        if low is None:
            return base_dist
        return LeftTruncatedDistribution(base_dist, low=low, validate_args=validate_args)
    if low is None:
        return RightTruncatedDistribution(base_dist, high=high, validate_args=validate_args)
    return TwoSidedTruncatedDistribution(base_dist, low=low, high=high, validate_args=validate_args)


class _Truncated(Distribution):
    """Base of all truncated distributions; subclasses set `low`, `high` or both."""

    low = None
    high = None

    def __init__(self, base_dist, *, validate_args=None, **ends):
        family = type(self).__name__
        if base_dist.event_shape or base_dist.is_discrete:
            raise ModelError(
                f"{family} expects a continuous univariate distribution, found "
                f"{type(base_dist).__name__} with event shape {base_dist.event_shape}."
            )
        self.base_dist = base_dist
        shapes = {"base": base_dist.batch_shape}
        for name, value in ends.items():
            setattr(self, name, as_array(value))
            shapes[name] = np.shape(value)
        super().__init__(broadcast_or_raise(family, shapes), validate_args=validate_args)

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    def _log_density(self, value):
        # the mass of an interval knows of no mask
        score = self.base_dist.log_density(value) - self._log_mass()
        return zero_where_masked(self.base_dist, score)

    def _log_mass(self):
        """Return the log probability that the base gives to the interval."""
        if self.high is None:
            return self.base_dist.log_survival(self.low)
        if self.low is None:
            return self.base_dist.log_cdf(self.high)
        return log_mass_between(self.base_dist, self.low, self.high)

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        below, above = self._log_shares(value)
        return from_smaller(below, above)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        below, above = self._log_shares(value)
        return from_smaller(above, below)

    def _log_shares(self, value):
        """Return the log of the mass on either side of `value`."""
        value, base = self._clipped(as_array(value)), self.base_dist
        if self.low is None:
            below, above = base.log_cdf(value), log_mass_between(base, value, self.high)
        elif self.high is None:
            below, above = log_mass_between(base, self.low, value), base.log_survival(value)
        else:
            below = log_mass_between(base, self.low, value)
            above = log_mass_between(base, value, self.high)
        whole = self._log_mass()
        return np.minimum(below - whole, 0.0), np.minimum(above - whole, 0.0)

    def icdf(self, q):
        q = as_array(q)
        if self.low is None:
            log_q = safe_log(q) + self.base_dist.log_cdf(self.high)
            return self._clipped(self.base_dist._quantile_from_log(log_q))
        if self.high is None:
            log_q = safe_log1p(-q) + self.base_dist.log_survival(self.low)
            return self._clipped(self.base_dist._upper_quantile_from_log(log_q))
        return self._clipped(self._icdf_between(q))

    def _icdf_between(self, q):
        log_low, log_high = self.base_dist.log_cdf(self.low), self.base_dist.log_cdf(self.high)
        up_low = self.base_dist.log_survival(self.low)
        up_high = self.base_dist.log_survival(self.high)
        lower = self.base_dist._quantile_from_log(_log_blend(log_low, log_high, q))
        upper = self.base_dist._upper_quantile_from_log(_log_blend(up_high, up_low, 1.0 - q))
        return np.where(np.less(log_high, up_low), lower, upper)

    def _clipped(self, x):
        x = x if self.low is None else np.maximum(x, self.low)
        return x if self.high is None else np.minimum(x, self.high)

    def _draw(self, rng, shape):
        return self.icdf(rng.random(size=shape))

    @property
    def mean(self):
        return self._batched(self._moments()[0])

    @property
    def variance(self):
        return self._batched(self._moments()[1])

    def _moments(self):
        base = self.base_dist
        if isinstance(base, Normal):
            z_mean, z_variance = self._normal_moments()
        elif isinstance(base, Cauchy):
            z_mean, z_variance = self._cauchy_moments()
        else:
            name = f"{type(self).__name__} of {type(base).__name__}"
            raise NotImplementedError(f"{name} has no moments in closed form.")
        return base.loc + base.scale * z_mean, base.scale * base.scale * z_variance

    def _normal_moments(self):
        loc, scale = self.base_dist.loc, self.base_dist.scale
        a = -np.inf if self.low is None else (self.low - loc) / scale
        b = np.inf if self.high is None else (self.high - loc) / scale
        return standard_normal_moments(a, b)

    def _cauchy_moments(self):
        if self.low is None or self.high is None:
            return np.nan, np.nan
        loc, scale = self.base_dist.loc, self.base_dist.scale
        a, b = (self.low - loc) / scale, (self.high - loc) / scale
        angle = np.arctan(b) - np.arctan(a)
        mean = 0.5 * (np.log1p(b * b) - np.log1p(a * a)) / angle
        return mean, (b - a) / angle - 1.0 - mean * mean


def _log_blend(log_a, log_b, weight):
    """Return ``log((1 - weight) a + weight b)`` for ``a <= b``."""
    ratio = np.exp(log_a - log_b)
    return log_b + safe_log(ratio + weight * (1.0 - ratio))


class LeftTruncatedDistribution(_Truncated):
    """A distribution restricted to values not below `low`.

    Parameters
    ----------
    base_dist : Distribution
    low : array_like
    """

    arg_constraints = {"low": constraints.real}
    reparametrized_params = ["low"]

    def __init__(self, base_dist, low=0.0, *, validate_args=None):
        super().__init__(base_dist, low=low, validate_args=validate_args)

    @property
    def support(self):
        return constraints.greater_than_eq(self.low)


class RightTruncatedDistribution(_Truncated):
    """A distribution restricted to values not above `high`.

    Parameters
    ----------
    base_dist : Distribution
    high : array_like
    """

    arg_constraints = {"high": constraints.real}
    reparametrized_params = ["high"]

    def __init__(self, base_dist, high=0.0, *, validate_args=None):
        super().__init__(base_dist, high=high, validate_args=validate_args)

    @property
    def support(self):
        return constraints.less_than_eq(self.high)


class TwoSidedTruncatedDistribution(_Truncated):
    """A distribution restricted to an interval.

    Parameters
    ----------
    base_dist : Distribution
    low, high : array_like
        With ``low < high``.
    """

    arg_constraints = {"low": constraints.dependent, "high": constraints.dependent}
    reparametrized_params = ["low", "high"]

    def __init__(self, base_dist, low=0.0, high=1.0, *, validate_args=None):
        super().__init__(base_dist, low=low, high=high, validate_args=validate_args)

    def _parameter_constraints(self):
        return {"low": constraints.real, "high": constraints.greater_than(self.low)}

    @property
    def support(self):
        return constraints.interval(self.low, self.high)


class LeftTruncatedGamma(LeftTruncatedDistribution):
    """A gamma distribution restricted to values not below `low`.

    Parameters
    ----------
    base_dist : Gamma
    low : array_like
        Not negative.
    """

    arg_constraints = {"low": constraints.nonnegative}


class RightTruncatedGamma(RightTruncatedDistribution):
    """A gamma distribution restricted to values not above `high`.

    Parameters
    ----------
    base_dist : Gamma
    high : array_like
        Positive.
    """

    arg_constraints = {"high": constraints.positive}

    def __init__(self, base_dist, high=1.0, *, validate_args=None):
        super().__init__(base_dist, high=high, validate_args=validate_args)

    @property
    def support(self):
        return constraints.interval(0.0, self.high)

    def log_prob(self, value, intermediates=None):
        # at zero the density of the base decides
        value = self._as_value(value)
        safe = np.where(np.equal(value, 0.0), -1.0, value)
        return super().log_prob(safe)


class TwoSidedTruncatedGamma(TwoSidedTruncatedDistribution):
    """A gamma distribution restricted to an interval.

    Parameters
    ----------
    base_dist : Gamma
    low, high : array_like
        With ``0 <= low < high``.
    """

    def _parameter_constraints(self):
        return {"low": constraints.nonnegative, "high": constraints.greater_than(self.low)}


def TruncatedNormal(loc=0.0, scale=1.0, *, low=None, high=None, validate_args=None):
    """Return a normal distribution restricted to an interval.

    Parameters
    ----------
    loc, scale : array_like
        Of the normal distribution before truncation.
    low, high : array_like, optional
        Ends of the interval.

    Examples
    --------
    >>> round(float(TruncatedNormal(0.0, 1.0, low=40.0).mean), 6)
    40.024969
    """
    base = Normal(loc, scale, validate_args=validate_args)
    return TruncatedDistribution(base, low=low, high=high, validate_args=validate_args)


def TruncatedCauchy(loc=0.0, scale=1.0, *, low=None, high=None, validate_args=None):
    """Return a Cauchy distribution restricted to an interval.

    Parameters
    ----------
    loc, scale : array_like
        Of the Cauchy distribution before truncation.
    low, high : array_like, optional
        Ends of the interval.
    """
    base = Cauchy(loc, scale, validate_args=validate_args)
    return TruncatedDistribution(base, low=low, high=high, validate_args=validate_args)


def TruncatedGamma(concentration=1.0, rate=1.0, *, low=None, high=None, validate_args=None):
    """Return a gamma distribution restricted to an interval.

    Parameters
    ----------
    concentration, rate : array_like
        Of the gamma distribution before truncation.
    low, high : array_like, optional
        Ends of the interval.
    """
    base = Gamma(concentration, rate, validate_args=validate_args)
    if low is None and high is None:
        return base
    if low is None:
        return RightTruncatedGamma(base, high=high, validate_args=validate_args)
    if high is None:
        return LeftTruncatedGamma(base, low=low, validate_args=validate_args)
    return TwoSidedTruncatedGamma(base, low=low, high=high, validate_args=validate_args)
