"""Ordered categories, and the relaxed coin."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import expit, log1mexp, log_expit, logit
from lightppl.distributions import constraints
from lightppl.distributions.categorical import pick
from lightppl.distributions.counts import exactly_one
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import open_uniform
from lightppl.distributions.real_line import Logistic
from lightppl.distributions.transformed import TransformedDistribution
from lightppl.distributions.transforms import SigmoidTransform


class OrderedLogistic(Distribution):
    """One of K ordered categories: a logistic variable cut at K - 1 points.

    Parameters
    ----------
    predictor : array_like
        Location of the logistic variable.
    cutpoints : (..., K - 1) array_like
        Increasing.

    References
    ----------
    McCullagh (1980), "Regression models for ordinal data".

    Examples
    --------
    >>> d = OrderedLogistic(0.0, np.array([0.0]))
    >>> bool(np.isclose(d.log_prob(1), np.log(0.5)))
    True
    """

    arg_constraints = {"predictor": constraints.real, "cutpoints": constraints.ordered_vector}
    has_enumerate_support = True

    def __init__(self, predictor, cutpoints, *, validate_args=None):
        batch_shape = self.set_parameters(predictor=predictor, cutpoints=cutpoints)
        self._num_categories = np.shape(self.cutpoints)[-1] + 1
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.integer_interval(0, self._num_categories - 1)

    @property
    def num_categories(self):
        """Number of categories K."""
        return self._num_categories

    @property
    def probs(self):
        """Probabilities of the categories."""
        return np.exp(self.logits)

    @property
    def logits(self):
        """Log probabilities of the categories."""
        values = np.reshape(np.arange(self._num_categories), (-1,) + (1,) * len(self.batch_shape))
        return np.moveaxis(self._log_density(values), 0, -1)

    def _draw(self, rng, shape):
        latent = self.predictor + logit(open_uniform(rng, shape))
        return np.sum(np.less(self.cutpoints, np.expand_dims(latent, -1)), axis=-1)

    def _log_density(self, value):
        # expit(b) - expit(a) = expit(b) expit(-a) (1 - exp(a - b)), without cancellation; the
        # outer categories have ends at infinity, where expit is one
        cuts = self.cutpoints
        end = np.full(np.shape(cuts)[:-1] + (1,), np.inf)
        upper = pick(np.concatenate([cuts, end], axis=-1), value) - self.predictor
        lower = pick(np.concatenate([-end, cuts], axis=-1), value) - self.predictor
        zero = np.zeros(np.shape(cuts)[:-1] + (1,))
        log_gaps = log1mexp(cuts[..., 1:] - cuts[..., :-1])
        gap = pick(np.concatenate([zero, log_gaps, zero], axis=-1), value)
        return log_expit(upper) + log_expit(-lower) + gap

    @property
    def mean(self):
        return np.full(self.batch_shape, np.nan)

    @property
    def variance(self):
        return np.full(self.batch_shape, np.nan)

    def entropy(self):
        return -np.sum(self.probs * self.logits, axis=-1)

    def enumerate_support(self, expand=True):
        return self._enumerated(np.arange(self._num_categories), expand)

    @classmethod
    def infer_shapes(cls, predictor, cutpoints):
        return np.broadcast_shapes(predictor, cutpoints[:-1]), ()


class RelaxedBernoulliLogits(TransformedDistribution):
    """A number between 0 and 1 that approaches a coin toss as the temperature falls.

    Parameters
    ----------
    temperature : array_like
        Positive.
    logits : array_like
        Log odds of 1.

    References
    ----------
    Maddison, Mnih, Teh (2017), "The concrete distribution".

    Examples
    --------
    >>> float(RelaxedBernoulliLogits(1.0, 0.0).log_prob(0.5))
    0.0
    """

    arg_constraints = {"temperature": constraints.positive, "logits": constraints.real}
    support = constraints.unit_interval
    reparametrized_params = ["temperature", "logits"]

    def __init__(self, temperature, logits, *, validate_args=None):
        self.set_parameters(temperature=temperature, logits=logits)
        base = Logistic(self.logits / self.temperature, 1.0 / self.temperature, validate_args=False)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)

    @property
    def probs(self):
        """Probability of 1 in the limit of low temperature."""
        return expit(self.logits)


def RelaxedBernoulli(temperature, probs=None, logits=None, *, validate_args=None):
    """Return the relaxed coin toss.

    Parameters
    ----------
    temperature : array_like
        Positive.
    probs, logits : array_like, optional
        Probability or log odds of 1; give exactly one of the two.

    Returns
    -------
    RelaxedBernoulliLogits
    """
    exactly_one("RelaxedBernoulli", probs, logits)
    if logits is None:
        logits = logit(as_array(probs))
    return RelaxedBernoulliLogits(temperature, logits, validate_args=validate_args)
