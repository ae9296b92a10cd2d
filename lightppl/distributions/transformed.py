"""Distributions of transformed draws."""

from copy import copy

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
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

    def _draw(self, rng, shape):
        return self._transform(self.base_dist._draw(rng, shape))

    def sample_with_intermediates(self, key=None, sample_shape=(), *, rng_key=None):
        base = self.base_dist.sample(key if rng_key is None else rng_key, sample_shape)
        return self._transform.call_with_intermediates(base)

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
        q = self.base_dist.cdf(self._transform._inverse(as_array(value)))
        return q if self._transform.sign == 1 else 1.0 - q

    def icdf(self, q):
        q = as_array(q)
        return self._transform(self.base_dist.icdf(q if self._transform.sign == 1 else 1.0 - q))


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
        value = as_array(value)
        inside = self.base_dist.cdf(value) - self.base_dist.cdf(-value)
        return np.where(np.greater(value, 0), inside, 0.0)

    def icdf(self, q):
        return Distribution.icdf(self, q)
