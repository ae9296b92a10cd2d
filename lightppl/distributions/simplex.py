"""Families on the simplex."""

import numpy as np

from lightppl.autodiff.special import digamma, gammaln, softmax, xlogy
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import log_standard_gamma
from lightppl.distributions.real_line import Normal
from lightppl.distributions.transformed import TransformedDistribution
from lightppl.distributions.transforms import StickBreakingTransform


class Dirichlet(Distribution):
    """Dirichlet distribution of vectors of probabilities.

    Parameters
    ----------
    concentration : (..., K) array_like
        Positive.

    Examples
    --------
    >>> bool(np.isclose(Dirichlet(np.ones(3)).log_prob([0.2, 0.3, 0.5]), np.log(2.0)))
    True
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    reparametrized_params = ["concentration"]

    def __init__(self, concentration, *, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration)
        event_shape = np.shape(self.concentration)[-1:]
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        # normalised gamma draws, on the log scale where tiny concentrations underflow
        logs = log_standard_gamma(rng, self.concentration, tuple(shape) + self.event_shape)
        return softmax(logs, axis=-1)

    def _log_density(self, value):
        return np.sum(xlogy(self.concentration - 1.0, value), axis=-1) - self._log_normalizer()

    def _log_normalizer(self):
        total = np.sum(self.concentration, axis=-1)
        return np.sum(gammaln(self.concentration), axis=-1) - gammaln(total)

    @property
    def mean(self):
        return self.concentration / np.sum(self.concentration, axis=-1, keepdims=True)

    @property
    def variance(self):
        total = np.sum(self.concentration, axis=-1, keepdims=True)
        mean = self.concentration / total
        return mean * (1.0 - mean) / (total + 1.0)

    def entropy(self):
        a = self.concentration
        size = self.event_shape[-1]
        total = np.sum(a, axis=-1)
        spread = np.sum((a - 1.0) * digamma(a), axis=-1)
        return self._log_normalizer() + (total - size) * digamma(total) - spread

    @staticmethod
    def infer_shapes(concentration):
        return tuple(concentration[:-1]), tuple(concentration[-1:])


class LogisticNormal(TransformedDistribution):
    """Distribution of independent normal variables mapped onto the simplex by stick breaking.

    Parameters
    ----------
    loc, scale : (..., K - 1) array_like
        Of the normal variables.

    Examples
    --------
    >>> LogisticNormal(np.zeros(2), 1.0).sample(0).shape
    (3,)
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    reparametrized_params = ["loc", "scale"]

    def __init__(self, loc, scale, *, validate_args=None):
        shape = self.set_parameters(loc=loc, scale=scale)
        base = Normal(self.loc, self.scale, validate_args=False)
        if not shape:
            base = base.expand((1,))
        super().__init__(base.to_event(1), StickBreakingTransform(), validate_args=validate_args)

    @staticmethod
    def infer_shapes(loc, scale):
        shape = np.broadcast_shapes(loc, scale) or (1,)
        return shape[:-1], (shape[-1] + 1,)
