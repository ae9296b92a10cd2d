"""Distributions made of a distribution.

Reading order: wrappers that change shapes (`ExpandedDistribution`, `Independent`), then weights
(`MaskedDistribution`).  Those that change values stand in `transformed`.
"""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.distributions import constraints
from lightppl.distributions.transforms import sum_rightmost
from lightppl.distributions.unwrapping import family_of
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.distributions.wrapper import Wrapper, spread
from lightppl.errors import ShapeError


class ExpandedDistribution(Wrapper):
    """A distribution whose batch axes are repeated; the copies are independent.

    Parameters
    ----------
    base_dist : Distribution
    batch_shape : tuple of int
        The batch shape of `base_dist` broadcasts to it.
    """

    def __init__(self, base_dist, batch_shape=()):
        batch_shape = tuple(batch_shape)
        family = f"{type(family_of(base_dist)).__name__}.expand"
        shapes = {"old": base_dist.batch_shape, "new": batch_shape}
        if broadcast_or_raise(family, shapes) != batch_shape:
            raise ShapeError(
                f"{family} got batch shape {batch_shape}, which loses axes of the present "
                f"batch shape {base_dist.batch_shape}."
            )
        if isinstance(base_dist, ExpandedDistribution):
            base_dist = base_dist.base_dist
        super().__init__(
            base_dist, batch_shape, base_dist.event_shape, validate_args=base_dist._validate_args
        )

    def log_prob(self, value, intermediates=None):
        scores = self.base_dist.log_prob(value, *_given(intermediates))
        return spread(scores, self.batch_shape)

    def _log_density(self, value):
        return spread(self.base_dist.log_density(value), self.batch_shape)

    def enumerate_support(self, expand=True):
        values = self.base_dist.enumerate_support(expand=False)
        event = np.shape(values)[np.ndim(values) - self.event_dim :]
        values = np.reshape(values, (len(values),) + (1,) * len(self.batch_shape) + event)
        return (
            np.broadcast_to(values, (len(values),) + self.batch_shape + event) if expand else values
        )


def _given(intermediates):
    # distributions written by users may not know the second argument
    return () if intermediates is None or len(intermediates) == 0 else (intermediates,)


class Independent(Wrapper):
    """A distribution whose last batch axes count as event axes; log densities are summed over them.

    Parameters
    ----------
    base_dist : Distribution
    reinterpreted_batch_ndims : int

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> d = dist.Independent(dist.Normal(np.zeros(3), 1.0), 1)
    >>> d.batch_shape, d.event_shape
    ((), (3,))
    """

    def __init__(self, base_dist, reinterpreted_batch_ndims, *, validate_args=None):
        if not 0 <= reinterpreted_batch_ndims <= len(base_dist.batch_shape):
            raise ShapeError(
                f"Independent cannot make {reinterpreted_batch_ndims} batch axes event axes: "
                f"{type(base_dist).__name__} has batch shape {base_dist.batch_shape}."
            )
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        cut = len(base_dist.batch_shape) - reinterpreted_batch_ndims
        super().__init__(
            base_dist,
            base_dist.batch_shape[:cut],
            base_dist.batch_shape[cut:] + base_dist.event_shape,
            validate_args=validate_args,
        )

    @property
    def support(self):
        return constraints.independent(self.base_dist.support, self.reinterpreted_batch_ndims)

    def _draw(self, rng, shape):
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        return self.base_dist._draw_inside(rng, tuple(shape) + inner)

    def log_prob(self, value, intermediates=None):
        value = self._as_value(value)
        terms = self.base_dist.log_prob(value, *_given(intermediates))
        return self._sum(terms)

    def _log_density(self, value):
        return self._sum(self.base_dist.log_density(value))

    def _sum(self, terms):
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        shape = np.shape(terms)
        if shape[len(shape) - len(inner) :] != inner:  # a scalar value: every copy counts
            terms = np.broadcast_to(terms, np.broadcast_shapes(shape, inner))
        return sum_rightmost(terms, self.reinterpreted_batch_ndims)

    def entropy(self):
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def expand(self, batch_shape):
        inner = self.event_shape[: self.reinterpreted_batch_ndims]
        return Independent(
            self.base_dist.expand(tuple(batch_shape) + inner), self.reinterpreted_batch_ndims
        )


class MaskedDistribution(Wrapper):
    """A distribution whose log density is zero where a mask is false.

    Masked values, NaN for example, are replaced before they are scored, so that they reach neither
    the log density nor a gradient.

    Parameters
    ----------
    base_dist : Distribution
    mask : bool or array of bool
        Broadcasts against `batch_shape`.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> dist.Normal(0.0, 1.0).mask(np.array([True, False])).log_prob([0.0, np.nan])
    array([-0.91893853,  0.        ])
    """

    arg_constraints = {}

    def __init__(self, base_dist, mask):
        self._mask = mask if isinstance(mask, bool) or is_traced(mask) else np.asarray(mask, bool)
        shapes = {"mask": np.shape(mask), "distribution": base_dist.batch_shape}
        batch_shape = broadcast_or_raise("MaskedDistribution", shapes)
        super().__init__(base_dist.expand(batch_shape), batch_shape, base_dist.event_shape)

    def log_prob(self, value, intermediates=None):
        return self._masked(self._as_value(value), self.base_dist.log_prob)

    def _log_density(self, value):
        return self._masked(value, self.base_dist.log_density)

    def _masked(self, value, score):
        if self._mask is True:
            return score(value)
        if self._mask is False:
            cut = np.ndim(value) - self.event_dim
            return np.zeros(np.broadcast_shapes(np.shape(value)[:cut], self.batch_shape))
        event_mask = np.reshape(self._mask, np.shape(self._mask) + (1,) * self.event_dim)
        safe = np.where(event_mask, value, self.base_dist.support.feasible_like(value))
        return np.where(self._mask, score(safe), 0.0)
