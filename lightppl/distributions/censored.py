"""Observations of which only a bound is known.

References
----------
Klein, Moeschberger (2003), "Survival analysis", sec. 3.5: likelihoods of censored data.
"""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import log_between
from lightppl.distributions.unwrapping import zero_where_masked
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

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    def _draw(self, rng, shape):
        return self.base_dist._draw_inside(rng, shape)

    def _log_density(self, value):
        exact = self.base_dist.log_density(value)
        bound = self._log_bound(value)
        # a tail knows of no mask
        score = np.where(np.not_equal(self.censored, 0), bound, exact)
        return zero_where_masked(self.base_dist, score)

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
    outside.  An end that does not count may be anything.  A draw is what the base draws, one number
    of which an observer would learn an interval.

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
    takes_nan = True

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

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    def _draw(self, rng, shape):
        return self.base_dist._draw_inside(rng, shape)

    def log_prob(self, value, intermediates=None):
        return self._log_density(self._as_value(value))

    def _log_density(self, value):
        left = np.not_equal(self.left_censored, 0)
        right = np.not_equal(self.right_censored, 0)
        is_one_sided = np.not_equal(left, right)
        lower, upper = value[..., 0], value[..., 1]
        # with one flag one end counts, else both do; what does not count may be anything
        lower_counts = np.logical_or(right, np.logical_not(left))
        upper_counts = np.logical_or(left, np.logical_not(right))
        good_lower = np.logical_and(self._is_within(lower), lower_counts)
        good_upper = np.logical_and(self._is_within(upper), upper_counts)
        # no tail is asked for at an end that is not good, where its slope could be infinite
        inner = np.where(good_upper, upper, self.base_dist.support.feasible_like(upper))
        inner_lower = np.where(good_lower, lower, inner)
        inner_upper = np.where(good_upper, upper, inner_lower)
        log_below, log_beyond = self._log_tails(lower, inner_lower, good_lower)
        log_upto, log_above = self._log_tails(upper, inner_upper, good_upper)
        log_inside = log_between(log_below, log_upto, log_beyond, log_above)
        log_outside = np.logaddexp(log_below, log_above)
        log_two_sided = np.where(np.logical_and(left, right), log_outside, log_inside)
        log_one_sided = np.where(left, log_upto, log_beyond)
        result = np.where(is_one_sided, log_one_sided, log_two_sided)
        # equal ends are an exact value
        no_flag = np.logical_not(np.logical_or(left, right))
        is_point = np.logical_and(np.equal(lower, upper), no_flag)
        result = np.where(is_point, self.base_dist.log_prob(inner_lower), result)
        counting = np.where(left, upper, lower)
        is_possible = np.where(
            is_one_sided, np.equal(counting, counting), np.less_equal(lower, upper)
        )
        return zero_where_masked(self.base_dist, np.where(is_possible, result, -np.inf))

    def _is_within(self, end):
        """Return where `end` is a number between the ends of the support of the base."""
        support = self.base_dist.support
        low = getattr(support, "lower_bound", -np.inf)
        high = getattr(support, "upper_bound", np.inf)
        inside = np.logical_and(np.greater_equal(end, low), np.less_equal(end, high))
        return np.logical_and(inside, np.isfinite(end))

    def _log_tails(self, end, inner, is_good):
        """Return the log probabilities below and above an end, all on one side if not good."""
        is_low = np.less_equal(end, inner)
        log_below = np.where(is_good, self.base_dist.log_cdf(inner), np.where(is_low, -np.inf, 0.0))
        log_above = np.where(is_low, 0.0, -np.inf)
        return log_below, np.where(is_good, self.base_dist.log_survival(inner), log_above)


def _as_indicator(x):
    return x if is_traced(x) else np.asarray(x).astype(np.int64)


def _require_univariate(distribution, base_dist):
    if base_dist.event_shape:
        raise ModelError(
            f"{type(distribution).__name__} expects a univariate distribution, found "
            f"{type(base_dist).__name__} with event shape {base_dist.event_shape}."
        )
