"""Distributions of transformed draws."""

from copy import copy

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import log_mass_between, safe_log
from lightppl.distributions.open_support import keep_inside
from lightppl.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    Transform,
    sum_rightmost,
)
from lightppl.errors import ShapeError


class TransformedDistribution(Distribution):
    """The distribution of a transformed draw.

    Parameters
    ----------
    base_distribution : Distribution
        If it is transformed itself, its own base takes its place, and its transforms come first.
    transforms : Transform or sequence of Transform
        Applied in order.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = dist.TransformedDistribution(
    ...     dist.Normal(0.0, 1.0), dist.transforms.ExpTransform())
    >>> bool(np.isclose(d.log_prob(2.0), dist.LogNormal(0.0, 1.0).log_prob(2.0)))
    True
    """

    arg_constraints = {}

    def __init__(self, base_distribution, transforms, *, validate_args=None):
        transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        if _is_plain(base_distribution):
            transforms = base_distribution.transforms + transforms
            base_distribution = base_distribution.base_dist
        self.transforms = _follow_support(transforms, base_distribution.support)
        self._transform = ComposeTransform(self.transforms)
        domain_dim = self._transform.domain.event_dim
        shape = base_distribution.shape()
        if len(shape) < domain_dim:
            raise ShapeError(
                f"TransformedDistribution: the transforms act on {domain_dim} axes, but the base "
                f"distribution has shape {shape}."
            )
        # batch axes that a transform mixes belong to the event
        self.base_dist = base_distribution.to_event(
            max(domain_dim - base_distribution.event_dim, 0)
        )
        forward = self._transform.forward_shape(shape)
        extra = self.base_dist.event_dim - domain_dim
        cut = len(forward) - self._transform.codomain.event_dim - extra
        super().__init__(forward[:cut], forward[cut:], validate_args=validate_args)

    @property
    def support(self):
        codomain = self._transform.codomain
        extra = self.event_dim - codomain.event_dim
        return codomain if extra == 0 else constraints.independent(codomain, extra)

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    @property
    def _has_atoms(self):
        return self.base_dist._has_atoms

    def _draw(self, rng, shape):
        return self._transform(self.base_dist._draw_inside(rng, shape))

    def sample_with_intermediates(self, rng_key=None, sample_shape=()):
        base = self.base_dist.sample(rng_key, sample_shape)
        draws, intermediates = self._transform.call_with_intermediates(base)
        return keep_inside(self.support, draws), intermediates

    def log_prob(self, value, intermediates=None):
        if intermediates:
            x = intermediates[0][0]
            return self._change_of_variables(x, value, self.base_dist.log_prob, intermediates)
        return self._guarded(value, lambda y: self._score(y, self.base_dist.log_prob))

    def _log_density(self, value):
        return self._score(value, self.base_dist.log_density)

    def _score(self, y, base_score):
        return self._change_of_variables(self._transform._inverse(y), y, base_score, None)

    def _change_of_variables(self, x, y, base_score, intermediates):
        log_det = self._transform.log_abs_det_jacobian(x, y, intermediates)
        extra = self.base_dist.event_dim - self._transform.domain.event_dim
        return base_score(x) - sum_rightmost(log_det, extra)

    def cdf(self, value):
        if self._transform.sign == 1:
            return self._of_base(value, self.base_dist.cdf, (0.0, 1.0))
        return self._of_base(value, lambda x: np.exp(self.base_dist.log_survival(x)), (0.0, 1.0))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        base = self.base_dist
        score = base.log_cdf if self._transform.sign == 1 else base.log_survival
        return self._of_base(value, score, (-np.inf, 0.0))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        base = self.base_dist
        score = base.log_survival if self._transform.sign == 1 else base.log_cdf
        return self._of_base(value, score, (0.0, -np.inf))

    def _of_base(self, value, score, beyond):
        """Return `score` of what `value` is the image of; below and above all images, `beyond`."""
        if self._transform.domain.event_dim or self._transform.codomain.event_dim:
            raise NotImplementedError(f"{type(self).__name__} mixes entries and has no cdf.")
        value = as_array(value)
        low, high = _bounds(self.support)
        below, above = np.less_equal(value, low), np.greater_equal(value, high)
        outside = np.logical_or(below, above)
        safe = np.where(outside, self.support.feasible_like(value), value)
        inside = score(self._transform._inverse(safe))
        return np.where(outside, np.where(below, *beyond), inside)

    def icdf(self, q):
        q, base = as_array(q), self.base_dist
        if self._transform.sign == 1:
            return self._transform(base.icdf(q))
        return self._transform(base._upper_quantile_from_log(safe_log(q)))

    def _quantile_from_log(self, log_q):
        base, is_rising = self.base_dist, self._transform.sign == 1
        quantile = base._quantile_from_log if is_rising else base._upper_quantile_from_log
        return self._transform(quantile(log_q))

    def _upper_quantile_from_log(self, log_q):
        base, is_rising = self.base_dist, self._transform.sign == 1
        quantile = base._upper_quantile_from_log if is_rising else base._quantile_from_log
        return self._transform(quantile(log_q))


def _is_plain(distribution):
    """Return whether a distribution is transformed, and says no more than its transforms do."""
    if not isinstance(distribution, TransformedDistribution):
        return False
    return type(distribution)._log_density is TransformedDistribution._log_density


def _follow_support(transforms, support):
    """Give transforms of numbers that were declared on the reals the domain they meet."""
    while isinstance(support, constraints.Independent):
        support = support.base_constraint
    result = []
    for transform in transforms:
        movable = isinstance(transform, (AffineTransform, ExpTransform))
        if movable and transform.domain == constraints.real and _is_numeric(support):
            transform = copy(transform)
            transform.domain = support
        result.append(transform)
        support = transform.codomain
    return result


def _bounds(support):
    """Return the ends of a set of numbers, or of every entry of a set of arrays."""
    while isinstance(support, constraints.Independent):
        support = support.base_constraint
    low = getattr(support, "lower_bound", -np.inf)
    return low, getattr(support, "upper_bound", np.inf)


def _is_numeric(support):
    kinds = (constraints.GreaterThan, constraints.LessThan, constraints.Interval)
    return isinstance(support, kinds) and not support.is_discrete


class FoldedDistribution(TransformedDistribution):
    """The distribution of ``|x|`` for a univariate `x`.

    Parameters
    ----------
    base_dist : Distribution

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = dist.FoldedDistribution(dist.Normal(0.0, 1.0))
    >>> bool(np.isclose(d.log_prob(1.0), dist.HalfNormal(1.0).log_prob(1.0)))
    True
    """

    support = constraints.nonnegative

    def __init__(self, base_dist, *, validate_args=None):
        if base_dist.event_dim:
            raise ShapeError(
                "FoldedDistribution expects a univariate distribution, found event shape "
                f"{base_dist.event_shape}."
            )
        super().__init__(base_dist, AbsTransform(), validate_args=validate_args)

    def log_prob(self, value, intermediates=None):
        return Distribution.log_prob(self, value)

    def _log_density(self, value):
        both = self.base_dist.log_prob(value), self.base_dist.log_prob(-value)
        return np.logaddexp(*both)

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value = as_array(value)
        positive = np.greater(value, 0.0)
        safe = np.where(positive, value, 1.0)
        return np.where(positive, log_mass_between(self.base_dist, -safe, safe), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value = as_array(value)
        positive = np.greater(value, 0.0)
        safe = np.where(positive, value, 1.0)
        beyond = np.logaddexp(self.base_dist.log_survival(safe), self.base_dist.log_cdf(-safe))
        return np.where(positive, beyond, 0.0)

    def _quantile_from_log(self, log_q):
        return Distribution._quantile_from_log(self, log_q)

    def _upper_quantile_from_log(self, log_q):
        return Distribution._upper_quantile_from_log(self, log_q)

    def icdf(self, q):
        return Distribution.icdf(self, q)
