"""The base of distributions that are one other seen in another way.

A wrapper hands every question on, so that what a family knows of its tails, its quantiles or its
moments is not lost when it is expanded or masked.
"""

import numpy as np

from lightppl.distributions.distribution import Distribution


class Wrapper(Distribution):
    """Base of distributions made of one other, which answers what the subclass does not.

    Distribution functions, quantiles and moments are those of each entry.

    Parameters
    ----------
    base_dist : Distribution
    batch_shape, event_shape : tuple of int
        Of the wrapper.
    """

    def __init__(self, base_dist, batch_shape, event_shape, *, validate_args=None):
        self.base_dist = base_dist
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self.base_dist.support

    @property
    def arg_constraints(self):
        return self.base_dist.arg_constraints

    def _parameter_constraints(self):
        return {}

    @property
    def is_discrete(self):
        return self.base_dist.is_discrete

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self):
        return self.base_dist.has_enumerate_support

    @property
    def _has_atoms(self):
        return self.base_dist._has_atoms

    def _draw(self, rng, shape):
        return self.base_dist._draw_inside(rng, shape)

    @property
    def mean(self):
        return self._batched(self.base_dist.mean)

    @property
    def variance(self):
        return self._batched(self.base_dist.variance)

    @property
    def mode(self):
        return self._batched(self.base_dist.mode)

    def entropy(self):
        return np.broadcast_to(self.base_dist.entropy(), self.batch_shape)

    def cdf(self, value):
        return self._spread_entries(self.base_dist.cdf(value))

    def icdf(self, q):
        return self._spread_entries(self.base_dist.icdf(q))

    def log_cdf(self, value):
        return self._spread_entries(self.base_dist.log_cdf(value))

    def log_survival(self, value):
        return self._spread_entries(self.base_dist.log_survival(value))

    def _quantile_from_log(self, log_q):
        return self._spread_entries(self.base_dist._quantile_from_log(log_q))

    def _upper_quantile_from_log(self, log_q):
        return self._spread_entries(self.base_dist._upper_quantile_from_log(log_q))

    def _spread_entries(self, x):
        return spread(x, self.batch_shape + self.event_shape)

    def enumerate_support(self, expand=True):
        return self.base_dist.enumerate_support(expand)


def spread(x, shape):
    """Return `x` with its last axes broadcast to `shape`.

    Parameters
    ----------
    x : array
    shape : tuple of int
    """
    shape = np.broadcast_shapes(np.shape(x), shape)
    return x if np.shape(x) == shape else np.broadcast_to(x, shape)
