"""Mixtures.

Legend: ``K`` components.
"""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import log_softmax, logsumexp
from lightppl.distributions import constraints
from lightppl.distributions.categorical import CategoricalLogits, CategoricalProbs, pick
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.two_tails import TwoTails
from lightppl.distributions.validation import broadcast_or_raise
from lightppl.errors import ModelError, ShapeError
from lightppl.random import as_generator


def Mixture(mixing_distribution, component_distributions, *, validate_args=None):
    """Return a mixture.

    Parameters
    ----------
    mixing_distribution : CategoricalProbs or CategoricalLogits
        Of K categories.
    component_distributions : Distribution or list of Distribution
        Either one distribution whose last batch axis counts the components, or K distributions.

    Returns
    -------
    MixtureSameFamily or MixtureGeneral

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> weights = dist.Categorical(probs=np.array([0.5, 0.5]))
    >>> round(float(Mixture(weights, dist.Normal(np.array([-1.0, 1.0]), 1.0)).mean), 9)
    0.0
    """
    if isinstance(component_distributions, Distribution):
        return MixtureSameFamily(
            mixing_distribution, component_distributions, validate_args=validate_args
        )
    return MixtureGeneral(mixing_distribution, component_distributions, validate_args=validate_args)


class _Mixture(TwoTails, Distribution):
    """Base of both kinds; subclasses say what the components' scores, draws and moments are."""

    _has_atoms = True  # if one of the components has, which keep their own draws inside

    def __init__(self, mixing_distribution, batch_shape, event_shape, validate_args):
        if not isinstance(mixing_distribution, (CategoricalProbs, CategoricalLogits)):
            raise ModelError(
                f"{type(self).__name__} expects a Categorical mixing distribution, found "
                f"{type(mixing_distribution).__name__}."
            )
        self._mixing_distribution = mixing_distribution
        shapes = {"mixing": mixing_distribution.batch_shape, "components": batch_shape}
        batch_shape = broadcast_or_raise(type(self).__name__, shapes)
        super().__init__(batch_shape, event_shape, validate_args=validate_args)

    @property
    def mixing_distribution(self):
        """Distribution of the index of the component."""
        return self._mixing_distribution

    @property
    def mixture_size(self):
        """Number of components K."""
        return self._mixing_distribution.num_categories

    @property
    def mixture_dim(self):
        """Axis of the components in their draws, counted from the right."""
        return -1 - self.event_dim

    def component_sample(self, key=None, sample_shape=()):
        """Return draws of every component, on an axis `mixture_dim`.

        Parameters
        ----------
        key : None, int, SeedSequence, Generator or Key
        sample_shape : tuple of int
        """
        return self._component_draws(as_generator(key), tuple(sample_shape) + self.batch_shape)

    def component_log_probs(self, value):
        """Return log weight plus log density of every component, on a new last axis.

        Parameters
        ----------
        value : array_like
        """
        return self._log_weights + self._component_scores(self._as_value(value), "log_prob")

    @property
    def _log_weights(self):
        mixing = self._mixing_distribution
        if isinstance(mixing, CategoricalProbs):
            # a safe logarithm keeps the gradient finite at weight zero
            is_zero = np.equal(mixing.probs, 0.0)
            return np.where(is_zero, -np.inf, np.log(np.where(is_zero, 1.0, mixing.probs)))
        return log_softmax(mixing.logits, axis=-1)

    def log_prob(self, value, intermediates=None):
        return self._guarded(value, lambda x: self._mix(self._component_scores(x, "log_prob")))

    def _log_density(self, value):
        # components that differ in their support must each guard their own
        method = "log_density" if self._shares_support else "log_prob"
        return self._mix(self._component_scores(value, method))

    def _mix(self, scores):
        return logsumexp(self._log_weights + scores, axis=-1)

    def _draw(self, rng, shape):
        index = self._mixing_distribution._draw_inside(rng, shape)
        return self._chosen(self._component_draws(rng, tuple(shape)), index)

    def _chosen(self, draws, index):
        """Return from draws of shape (..., K, *event) those of the components named by `index`."""
        table = np.moveaxis(draws, -1 - self.event_dim, -1)
        return pick(table, np.reshape(index, np.shape(index) + (1,) * self.event_dim))

    def _weighted(self, moments):
        """Return the mean over components of moments of shape (..., K, *event)."""
        weights = self._mixing_distribution.probs
        weights = np.reshape(weights, np.shape(weights) + (1,) * self.event_dim)
        return np.sum(weights * moments, axis=-1 - self.event_dim)

    @property
    def mean(self):
        return self._batched(self._weighted(self.component_mean))

    @property
    def variance(self):
        mean = self._weighted(self.component_mean)
        gap = self.component_mean - np.expand_dims(mean, -1 - self.event_dim)
        return self._batched(self._weighted(self.component_variance + gap * gap))

    def cdf(self, value):
        """Return the probability of a draw not above `value`."""
        return np.sum(np.exp(self._log_weights) * self.component_cdf(value), axis=-1)

    def _log_tails(self, value):
        methods = ("log_cdf", "log_survival")
        return tuple(self._mix(self._component_tails(value, method)) for method in methods)


class MixtureSameFamily(_Mixture):
    """Mixture of distributions of one family.

    Parameters
    ----------
    mixing_distribution : CategoricalProbs or CategoricalLogits
        Of K categories.
    component_distribution : Distribution
        Its last batch axis counts the components.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> weights = dist.Categorical(probs=np.array([0.3, 0.7]))
    >>> d = MixtureSameFamily(weights, dist.Normal(np.array([-1.0, 1.0]), 1.0))
    >>> d.sample(0, (5,)).shape
    (5,)
    """

    def __init__(self, mixing_distribution, component_distribution, *, validate_args=None):
        batch_shape = component_distribution.batch_shape
        size = getattr(mixing_distribution, "num_categories", None)
        if not batch_shape or (size is not None and batch_shape[-1] != size):
            raise ShapeError(
                f"MixtureSameFamily got {size} weights and components of batch shape "
                f"{batch_shape}, whose last axis must count the components."
            )
        self._component_distribution = component_distribution
        super().__init__(
            mixing_distribution,
            batch_shape[:-1],
            component_distribution.event_shape,
            validate_args,
        )

    @property
    def component_distribution(self):
        """The components, on the last batch axis."""
        return self._component_distribution

    @property
    def support(self):
        support = self._component_distribution.support
        return support if self._shares_support else _union(support)

    @property
    def is_discrete(self):
        return self._component_distribution.is_discrete

    @property
    def _shares_support(self):
        support = self._component_distribution.support
        while isinstance(support, constraints.Independent):
            support = support.base_constraint
        bounds = [getattr(support, name) for name in support._parameters]
        return all(np.ndim(bound) == 0 for bound in bounds)

    def _component_scores(self, value, method):
        value = np.expand_dims(value, -1 - self.event_dim)
        return getattr(self._component_distribution, method)(value)

    def _component_draws(self, rng, shape):
        return self._component_distribution._draw_inside(rng, shape + (self.mixture_size,))

    @property
    def component_mean(self):
        """Means of the components."""
        return self._component_distribution.mean

    @property
    def component_variance(self):
        """Variances of the components."""
        return self._component_distribution.variance

    def component_cdf(self, samples):
        """Return the cdf of each component, on a new last axis."""
        return self._component_tails(as_array(samples), "cdf")

    def _component_tails(self, value, method):
        return getattr(self._component_distribution, method)(np.expand_dims(value, -1))


class MixtureGeneral(_Mixture):
    """Mixture of distributions of different families.

    Parameters
    ----------
    mixing_distribution : CategoricalProbs or CategoricalLogits
        Of K categories.
    component_distributions : list of Distribution
        K of them, with equal event shapes.
    support : Constraint, optional
        Needed if the components differ in their support.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> weights = dist.Categorical(probs=np.array([0.3, 0.7]))
    >>> d = MixtureGeneral(weights, [dist.Normal(0.0, 1.0), dist.Cauchy(0.0, 1.0)])
    >>> d.sample(0, (5,)).shape
    (5,)
    """

    def __init__(
        self, mixing_distribution, component_distributions, *, support=None, validate_args=None
    ):
        components = list(component_distributions)
        size = getattr(mixing_distribution, "num_categories", len(components))
        if len(components) != size:
            raise ModelError(f"MixtureGeneral got {size} weights for {len(components)} components.")
        event_shapes = {d.event_shape for d in components}
        if len(event_shapes) != 1:
            raise ShapeError(
                f"MixtureGeneral expects components of one event shape, found {event_shapes}."
            )
        supports = [d.support for d in components]
        self._shares_support = all(s == supports[0] for s in supports)
        if support is None and not self._shares_support:
            raise ModelError(
                "MixtureGeneral got components of different support: "
                f"{', '.join(map(repr, supports))}. Pass support= to say what they cover together."
            )
        self._support = supports[0] if support is None else support
        self._component_distributions = components
        shapes = {f"component {i}": d.batch_shape for i, d in enumerate(components)}
        super().__init__(
            mixing_distribution,
            broadcast_or_raise("MixtureGeneral", shapes),
            components[0].event_shape,
            validate_args,
        )

    @property
    def component_distributions(self):
        """The components."""
        return self._component_distributions

    @property
    def support(self):
        return self._support

    def _component_scores(self, value, method):
        scores = [getattr(d, method)(value) for d in self._component_distributions]
        shape = np.broadcast_shapes(*(np.shape(score) for score in scores))
        return np.stack([np.broadcast_to(score, shape) for score in scores], axis=-1)

    def _component_draws(self, rng, shape):
        draws = [d._draw_inside(rng, shape) for d in self._component_distributions]
        return np.stack(draws, axis=-1 - self.event_dim)

    def _stacked(self, name):
        shape = self.batch_shape + self.event_shape
        values = [np.broadcast_to(getattr(d, name), shape) for d in self._component_distributions]
        return np.stack(values, axis=-1 - self.event_dim)

    @property
    def component_mean(self):
        """Means of the components."""
        return self._stacked("mean")

    @property
    def component_variance(self):
        """Variances of the components."""
        return self._stacked("variance")

    def component_cdf(self, samples):
        """Return the cdf of each component, on a new last axis."""
        return self._component_tails(as_array(samples), "cdf")

    def _component_tails(self, value, method):
        return self._component_scores(value, method)


def _union(support):
    """Return the smallest set of the same kind that covers the supports of all components."""
    if isinstance(support, constraints.Independent):
        return constraints.independent(
            _union(support.base_constraint), support.reinterpreted_batch_ndims
        )
    bounds = {}
    for name in support._parameters:
        bound = getattr(support, name)
        cover = np.min if name == "lower_bound" else np.max
        bounds[name] = cover(bound, axis=-1) if np.ndim(bound) else bound
    return type(support)(**bounds)
