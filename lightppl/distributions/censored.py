"""Observations of which only a bound is known.

References
----------
Klein, Moeschberger (2003), "Survival analysis", sec. 3.5: likelihoods of censored data.
"""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.autodiff.special import log1mexp
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError


class _Censored(Distribution):
    """Base of the families with one indicator; subclasses give the score of a censored value."""

    arg_constraints = {"censored": constraints.boolean}

    def __init__(self, base_dist, censored=False, *, validate_args=None):
        _require_univariate(self, base_dist)
        self.censored = _as_indicator(censored)
        batch_shape = broadcast_or_raise(
            type(self).__name__, {"censored": np.shape(censored), "base": base_dist.batch_shape}
        )
        self.base_dist = base_dist
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base_dist.support

    def _draw(self, rng, shape):
        return self.base_dist._draw(rng, shape)

    def _log_density(self, value):
        exact = self.base_dist.log_density(value)
        bound = self._log_bound(value)
        return np.where(np.not_equal(self.censored, 0), bound, exact)

    @property
    def mean(self):
        return self._batched(self.base_dist.mean)

    @property
    def variance(self):
        return self._batched(self.base_dist.variance)


class LeftCensoredDistribution(_Censored):
    """A distribution some of whose values are only known not to exceed the reported one.

    Parameters
    ----------
    base_dist : Distribution
        Univariate, with a `cdf`.
    censored : array_like of bool
        Whether a reported value is an upper bound.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = LeftCensoredDistribution(dist.Exponential(1.0), True)
    >>> bool(np.isclose(d.log_prob(1.0), np.log(1 - np.exp(-1.0))))
    True
    """

    def _log_bound(self, value):
        return self.base_dist.log_cdf(value)


class RightCensoredDistribution(_Censored):
    """A distribution some of whose values are only known to exceed the reported one.

    Parameters
    ----------
    base_dist : Distribution
        Univariate, with a `cdf`.
    censored : array_like of bool
        Whether a reported value is a lower bound.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> RightCensoredDistribution(dist.Exponential(1.0), [False, True]).log_prob(2.0)
    array([-2., -2.])
    """

    def _log_bound(self, value):
        return self.base_dist.log_survival(value)


class IntervalCensoredDistribution(Distribution):
    """A distribution whose values are only known through intervals.

    A value is a pair (lower, upper).  Equal ends mean an exact value.  With `left_censored` only
    the upper end counts, with `right_censored` only the lower one, with both the value lies
    outside.

    Parameters
    ----------
    base_dist : Distribution
        Univariate, with a `cdf`.
    left_censored, right_censored : array_like of bool

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = IntervalCensoredDistribution(dist.Uniform(0.0, 1.0), False, [False, True])
    >>> np.exp(d.log_prob([[0.25, 0.75], [0.25, np.inf]])).round(6)
    array([0.5 , 0.75])
    """

    arg_constraints = {
        "left_censored": constraints.boolean,
        "right_censored": constraints.boolean,
    }

    def __init__(self, base_dist, left_censored=False, right_censored=False, *, validate_args=None):
        _require_univariate(self, base_dist)
        self.left_censored = _as_indicator(left_censored)
        self.right_censored = _as_indicator(right_censored)
        batch_shape = broadcast_or_raise(
            "IntervalCensoredDistribution",
            {
                "left_censored": np.shape(left_censored),
                "right_censored": np.shape(right_censored),
                "base": base_dist.batch_shape,
            },
        )
        self.base_dist = base_dist
        super().__init__(batch_shape, (2,), validate_args=validate_args)

    @property
    def support(self):
        return constraints.dependent(event_dim=1)

    def _draw(self, rng, shape):
        draws = self.base_dist._draw(rng, shape)
        return np.stack([draws, draws], axis=-1)

    def log_prob(self, value, intermediates=None):
        value = self._as_value(value)
        ordered = np.less_equal(value[..., 0], value[..., 1])
        return np.where(ordered, self._log_density(value), -np.inf)

    def _log_density(self, value):
        left = np.not_equal(self.left_censored, 0)
        right = np.not_equal(self.right_censored, 0)
        either = np.logical_or(left, right)
        lower, upper = value[..., 0], value[..., 1]
        is_point = np.logical_and(np.equal(lower, upper), np.logical_not(either))
        # ends that do not count, or lie outside the support, are moved inside before use
        support = self.base_dist.support
        inside_low = np.logical_and(support(lower), np.logical_or(right, np.logical_not(left)))
        inside_high = np.logical_and(support(upper), np.logical_or(left, np.logical_not(right)))
        inner = support.feasible_like(lower)
        a, b = np.where(inside_low, lower, inner), np.where(inside_high, upper, inner)
        # an end outside the support leaves no probability beyond it
        log_below = np.where(inside_low, self.base_dist.log_cdf(a), -np.inf)
        log_above = np.where(inside_high, self.base_dist.log_survival(b), -np.inf)
        log_upto = np.where(inside_high, self.base_dist.log_cdf(b), 0.0)
        log_beyond = np.where(inside_low, self.base_dist.log_survival(a), 0.0)
        log_inside = _log_difference(log_upto, log_below, log_beyond, log_above)
        log_outside = np.logaddexp(log_below, log_above)
        both = np.logical_and(left, right)
        censored = np.where(left, log_upto, log_beyond)
        result = np.where(both, log_outside, np.where(either, censored, log_inside))
        point = self.base_dist.log_prob(np.where(is_point, lower, inner))
        return np.where(is_point, point, result)


def _log_difference(log_upto, log_below, log_beyond, log_above):
    """Return ``log(F(upper) - F(lower))`` from whichever tail is nearer."""
    use_lower = np.less(log_upto, log_beyond)
    large = np.where(use_lower, log_upto, log_beyond)
    gap = large - np.where(use_lower, log_below, log_above)
    is_open = np.greater(gap, 0.0)
    return np.where(is_open, large + log1mexp(np.where(is_open, gap, 1.0)), -np.inf)


def _as_indicator(x):
    return x if is_traced(x) else np.asarray(x).astype(np.int64)


def _require_univariate(distribution, base_dist):
    if base_dist.event_shape:
        raise ModelError(
            f"{type(distribution).__name__} expects a univariate distribution, found "
            f"{type(base_dist).__name__} with event shape {base_dist.event_shape}."
        )
