"""The contract of a distribution: what can be sampled and scored.

A family is written in a few lines::

    class Exponential(Distribution):
        arg_constraints = {"rate": constraints.positive}
        support = constraints.positive
        reparametrized_params = ["rate"]

        def __init__(self, rate=1.0, *, validate_args=None):
            super().__init__(self.set_parameters(rate=rate), validate_args=validate_args)

        def _draw(self, rng, shape):
            return rng.standard_exponential(size=shape) / self.rate

        def _log_density(self, value):
            return np.log(self.rate) - self.rate * value

``log_prob`` guards the support; ``log_density`` is the bare formula, which inference uses where a
bijector already keeps values inside.  Shapes are ``sample_shape + batch_shape + event_shape``.
Subclasses in NumPyro's style, which define ``sample`` and ``log_prob``, work too.
"""

import numpy as np

# wrappers are distributions themselves, so they are looked up here when called
import lightppl.distributions as families
from lightppl.autodiff import as_array, is_traced
from lightppl.distributions import constraints
from lightppl.distributions.draws import spread_draws
from lightppl.distributions.log_probability import safe_log, safe_log1p
from lightppl.distributions.open_support import keep_inside
from lightppl.distributions.validation import (
    check_parameters, check_value_shape, joint_shape, require_given, shape_spanned,
)
from lightppl.named_arguments import NamedArguments
from lightppl.random import as_generator
from lightppl.settings import is_validation_enabled


class Distribution(metaclass=NamedArguments):
    """Base class of all distributions.

    Parameters
    ----------
    batch_shape : tuple of int
        Independent, possibly differently parametrised copies.
    event_shape : tuple of int
        One draw of one copy.
    validate_args : bool, optional
        Whether parameters are checked; by default what `lightppl.enable_validation` says.

    Attributes
    ----------
    arg_constraints : dict
        Parameter name -> Constraint.
    support : Constraint
    reparametrized_params : list of str
        Parameters through which draws can be differentiated.
    """

    arg_constraints = {}
    support = None
    reparametrized_params = []
    has_enumerate_support = False
    _has_atoms = False  # probability on the edge of the support, where draws must stay

    def __init__(self, batch_shape=(), event_shape=(), *, validate_args=None):
        self._batch_shape = tuple(batch_shape)
        self._event_shape = tuple(event_shape)
        self._validate_args = is_validation_enabled() if validate_args is None else validate_args
        if self._validate_args:
            check_parameters(self, self._parameter_constraints())

    # ---- what subclasses write ------------------------------------------------------------------

    def set_parameters(self, **parameters):
        """Store parameters as arrays and return the batch shape they span together.

        Parameters
        ----------
        **parameters : array_like
            Names as in `arg_constraints`, whose event axes do not count for the batch shape.

        Raises
        ------
        ArgumentError, ShapeError
            If a parameter is None, or if the parameters do not broadcast.
        """
        for name, value in parameters.items():
            require_given(self, name, value)
            constraint = self.arg_constraints.get(name, constraints.real)
            setattr(self, name, as_array(value, keep_int=constraint.is_discrete))
        return joint_shape(self, parameters)

    def get_args(self):
        """Return the parameters that this distribution was made of, by name."""
        return {name: getattr(self, name) for name in self._parameter_constraints()}

    def validate_args(self, strict=True):
        """Raise a `ConstraintError` if a parameter that is not traced violates its constraint."""
        check_parameters(self, self._parameter_constraints())

    def _parameter_constraints(self):
        """Return `arg_constraints`, with those filled in that depend on other parameters."""
        return self.arg_constraints

    def _draw(self, rng, shape):
        """Return draws of shape ``shape + event_shape``; `batch_shape` broadcasts to `shape`."""
        if type(self).sample is Distribution.sample:
            raise NotImplementedError(f"{type(self).__name__} has no sampler.")
        return spread_draws(self, rng, tuple(shape))

    def _draw_inside(self, rng, shape):
        """Return what `_draw` returns, off the edge of the support if no atom lies there."""
        draws = self._draw(rng, shape)
        stays = self._has_atoms or type(self).sample is not Distribution.sample
        return draws if stays else keep_inside(self.support, draws)

    def _log_density(self, value):
        """Return the log density by formula; `value` lies in the support."""
        raise NotImplementedError

    # ---- shapes ---------------------------------------------------------------------------------

    @property
    def batch_shape(self):
        """Shape of independent copies."""
        return self._batch_shape

    @property
    def event_shape(self):
        """Shape of one draw of one copy."""
        return self._event_shape

    @property
    def event_dim(self):
        """Number of axes of one draw."""
        return len(self._event_shape)

    def shape(self, sample_shape=()):
        """Return the shape of ``sample(sample_shape=sample_shape)``."""
        return tuple(sample_shape) + self.batch_shape + self.event_shape

    @classmethod
    def infer_shapes(cls, *args, **kwargs):
        """Return batch and event shape from the shapes of the parameters.

        Parameters
        ----------
        *args, **kwargs : tuple of int
            Shapes, given as the parameters would be.

        Examples
        --------
        >>> import lightppl.distributions as dist
        >>> dist.Normal.infer_shapes((3, 1), scale=(4,))
        ((3, 4), ())
        """
        if isinstance(cls.support, constraints.Constraint) and cls.support.event_dim > 0:
            raise NotImplementedError(f"{cls.__name__}.infer_shapes is not defined.")
        return shape_spanned(cls, dict(zip(cls.arg_constraints, args), **kwargs)), ()

    # ---- drawing and scoring --------------------------------------------------------------------

    @property
    def is_discrete(self):
        """Whether the support is discrete."""
        return self.support is not None and self.support.is_discrete

    @property
    def has_rsample(self):
        """Whether draws can be differentiated with respect to every parameter."""
        parameters = set(self.arg_constraints)
        return bool(parameters) and parameters == set(self.reparametrized_params)

    def sample(self, key=None, sample_shape=(), *, rng_key=None):
        """Draw.

        Parameters
        ----------
        key : None, int, SeedSequence, Generator or Key
        sample_shape : tuple of int
            Leading axes of independent draws.
        rng_key : optional
            Another name of `key`.

        Returns
        -------
        array
            Shape ``sample_shape + batch_shape + event_shape``.

        Examples
        --------
        >>> import lightppl.distributions as dist
        >>> dist.Normal(0.0, np.ones(3)).sample(0, (2,)).shape
        (2, 3)
        """
        rng = as_generator(key if rng_key is None else rng_key)
        return self._draw_inside(rng, tuple(sample_shape) + self.batch_shape)

    def rsample(self, key=None, sample_shape=(), *, rng_key=None):
        """Draw, differentiably; see `sample`. A `NotImplementedError` says that this is unknown."""
        if not self.has_rsample:
            raise NotImplementedError(f"{type(self).__name__} has no reparametrized sampler.")
        return self.sample(key if rng_key is None else rng_key, sample_shape)

    def sample_with_intermediates(self, key=None, sample_shape=(), *, rng_key=None):
        """Draw, and return what `log_prob` can reuse beside the draw, or an empty list."""
        return self.sample(key if rng_key is None else rng_key, sample_shape), []

    def __call__(self, key=None, sample_shape=(), sample_intermediates=False, *, rng_key=None):
        """Draw; see `sample`."""
        draw = self.sample_with_intermediates if sample_intermediates else self.sample
        return draw(key if rng_key is None else rng_key, sample_shape)

    def log_prob(self, value, intermediates=None):
        """Return the log density (or log probability) of `value`.

        Parameters
        ----------
        value : array_like
            Broadcasts against ``batch_shape + event_shape``.
        intermediates : object, optional
            What `sample_with_intermediates` returned beside `value`.

        Returns
        -------
        array
            One number per event; ``-inf`` outside the support, also for NaN.

        Examples
        --------
        >>> import lightppl.distributions as dist
        >>> dist.Exponential(2.0).log_prob([-1.0, 0.0])
        array([      -inf, 0.69314718])
        """
        return self._guarded(value, self.log_density)

    def _guarded(self, value, score):
        """Return ``score(value)``, and ``-inf`` outside the support."""
        value = self._as_value(value)
        support = self.support
        if support is None or constraints.is_dependent(support):
            return score(value)
        inside = support(value)
        if not is_traced(inside) and np.all(inside):
            return score(value)
        # a safe value keeps both branches of the derivative finite
        event_inside = np.reshape(inside, np.shape(inside) + (1,) * support.event_dim)
        safe = np.where(event_inside, value, support.feasible_like(value))
        return np.where(inside, score(safe), -np.inf)

    def log_density(self, value):
        """Return `log_prob` by its bare formula: no support check, the caller guarantees it.

        Parameters
        ----------
        value : array
            In the support.
        """
        if type(self)._log_density is Distribution._log_density:
            return self._scored_by_user(value)
        return self._log_density(value)

    def _scored_by_user(self, value):
        # a subclass in NumPyro's style defines log_prob only
        if type(self).log_prob is Distribution.log_prob:
            raise NotImplementedError(f"{type(self).__name__} has no log density.")
        return self.log_prob(value)

    def _as_value(self, value):
        value = as_array(value, keep_int=self.is_discrete)
        if not is_traced(value) and value.dtype == np.bool_:
            value = value.astype(np.int64)
        if self._validate_args:
            check_value_shape(self, value)
        return value

    # ---- what is known in closed form -----------------------------------------------------------

    @property
    def mean(self):
        """Mean, shape ``batch_shape + event_shape``."""
        raise NotImplementedError(f"{type(self).__name__} has no mean in closed form.")

    @property
    def variance(self):
        """Variance of each entry, shape ``batch_shape + event_shape``."""
        raise NotImplementedError(f"{type(self).__name__} has no variance in closed form.")

    @property
    def mode(self):
        """Most probable value."""
        raise NotImplementedError(f"{type(self).__name__} has no mode in closed form.")

    def entropy(self):
        """Return the (differential) entropy, shape `batch_shape`."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy in closed form.")

    def cdf(self, value):
        """Return the probability of a draw not above `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no cdf in closed form.")

    def icdf(self, q):
        """Return the quantile of probability `q`."""
        raise NotImplementedError(f"{type(self).__name__} has no quantile function.")

    def log_cdf(self, value):
        """Return ``log(cdf(value))``; families override it where the lower tail needs care."""
        return safe_log(self.cdf(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, all of ours to the last digits of the upper tail.

        This fallback, for families that users write, has no digits left where `cdf` rounds to 1:
        define ``log_survival`` too if draws are to be truncated or censored there.
        """
        return safe_log1p(-self.cdf(value))

    def _quantile_from_log(self, log_q):
        """Return the quantile of probability ``exp(log_q)``."""
        return self.icdf(np.exp(log_q))

    def _upper_quantile_from_log(self, log_q):
        """Return the value above which the probability is ``exp(log_q)``."""
        return self.icdf(-np.expm1(log_q))

    def enumerate_support(self, expand=True):
        """Return all values of a finite discrete support.

        Parameters
        ----------
        expand : bool
            Whether to repeat them along the batch axes.

        Returns
        -------
        array of int
            Shape ``(K,) + batch_shape + event_shape``, or with ones for `batch_shape`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no enumerable support.")

    def _enumerated(self, values, expand):
        values = np.reshape(values, (-1,) + (1,) * len(self.batch_shape))
        return np.broadcast_to(values, (len(values),) + self.batch_shape) if expand else values

    def _batched(self, x):
        """Return `x` broadcast to ``batch_shape + event_shape``."""
        return np.broadcast_to(x, self.batch_shape + self.event_shape)

    # ---- distributions made from this one -------------------------------------------------------

    def expand(self, batch_shape):
        """Return this distribution with its batch shape broadcast to `batch_shape`.

        Examples
        --------
        >>> import lightppl.distributions as dist
        >>> dist.Normal(0.0, 1.0).expand([3]).batch_shape
        (3,)
        """
        batch_shape = tuple(batch_shape)
        return (
            self
            if batch_shape == self.batch_shape
            else families.ExpandedDistribution(self, batch_shape)
        )

    def expand_by(self, sample_shape):
        """Return this distribution with `sample_shape` put left of its batch shape."""
        return self.expand(tuple(sample_shape) + self.batch_shape)

    def to_event(self, reinterpreted_batch_ndims=None):
        """Return this distribution with its last batch axes (all by default) made event axes."""
        if reinterpreted_batch_ndims is None:
            reinterpreted_batch_ndims = len(self.batch_shape)
        if reinterpreted_batch_ndims == 0:
            return self
        return families.Independent(self, reinterpreted_batch_ndims)

    def mask(self, mask):
        """Return this distribution with log density zero where `mask` is false.

        Parameters
        ----------
        mask : bool or array of bool
            Broadcasts to `batch_shape`.
        """
        return self if mask is True else families.MaskedDistribution(self, mask)

    def __repr__(self):
        shapes = f"batch_shape={self.batch_shape}, event_shape={self.event_shape}"
        return f"<{type(self).__name__} {shapes}>"


def __getattr__(name):  # NumPyro's path of what is made of distributions
    if not name.startswith("_") and name in families.__all__:
        return getattr(families, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
