"""Distributions without spread or without mass: point masses, factors, flat priors."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.validation import broadcast_or_raise


class Delta(Distribution):
    """A point mass.

    Parameters
    ----------
    v : array_like
        The point.
    log_density : array_like
        Log density at the point, 0 for a probability.
    event_dim : int
        How many trailing axes of `v` make one event.

    Examples
    --------
    >>> Delta(2.0).log_prob([2.0, 3.0])
    array([  0., -inf])
    """

    arg_constraints = {"v": constraints.dependent, "log_density_at_v": constraints.real}
    reparametrized_params = ["v", "log_density_at_v"]
    _has_atoms = True

    def __init__(self, v=0.0, log_density=0.0, event_dim=0, *, validate_args=None):
        self.v = as_array(v, keep_int=True)
        self.log_density_at_v = as_array(log_density)
        cut = np.ndim(self.v) - event_dim
        shape = np.shape(self.v)
        batch_shape = broadcast_or_raise(
            "Delta", {"v": shape[:cut], "log_density": np.shape(self.log_density_at_v)}
        )
        super().__init__(batch_shape, shape[cut:], validate_args=validate_args)

    @property
    def support(self):
        return constraints.independent(constraints.real, self.event_dim)

    def _draw(self, rng, shape):
        return np.broadcast_to(self.v, tuple(shape) + self.event_shape)

    def _log_density(self, value):
        axes = tuple(range(-self.event_dim, 0))
        hits = np.equal(value, self.v)
        hits = np.all(hits, axis=axes) if axes else hits
        return np.where(hits, self.log_density_at_v, -np.inf)

    @property
    def mean(self):
        return self._batched(self.v)

    @property
    def variance(self):
        return np.zeros(self.batch_shape + self.event_shape)

    def entropy(self):
        return np.broadcast_to(-self.log_density_at_v, self.batch_shape)


class Unit(Distribution):
    """A distribution over nothing whose log density is a given factor.

    Parameters
    ----------
    log_factor : array_like
        Its shape is the batch shape.

    Examples
    --------
    >>> Unit(-1.5).log_prob(np.zeros(0))
    array(-1.5)
    """

    arg_constraints = {"log_factor": constraints.real}
    support = constraints.real_vector

    def __init__(self, log_factor, *, validate_args=False):
        self.log_factor = as_array(log_factor)
        super().__init__(np.shape(self.log_factor), (0,), validate_args=validate_args)

    def _draw(self, rng, shape):
        return np.zeros(tuple(shape) + (0,))

    def log_prob(self, value, intermediates=None):
        shape = np.broadcast_shapes(self.batch_shape, np.shape(value)[:-1])
        return (
            self.log_factor
            if shape == self.batch_shape
            else np.broadcast_to(self.log_factor, shape)
        )


class ImproperUniform(Distribution):
    """A flat, improper prior on a set; its log density is zero and it cannot be sampled.

    Parameters
    ----------
    support : Constraint
    batch_shape, event_shape : tuple of int

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> ImproperUniform(dist.constraints.ordered_vector, (), (2,)).log_prob([1.0, 2.0])
    array(0.)
    """

    arg_constraints = {}

    def __init__(self, support, batch_shape, event_shape, *, validate_args=None):
        self._support = constraints.independent(support, len(event_shape) - support.event_dim)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    @property
    def support(self):
        return self._support

    def _log_density(self, value):
        cut = np.ndim(value) - self.event_dim
        return np.zeros(np.broadcast_shapes(np.shape(value)[:cut], self.batch_shape))
