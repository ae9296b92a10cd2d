"""The contract of a reparametrization strategy, and how it sees through wrappers."""

from lightppl.distributions import (
    ExpandedDistribution,
    Independent,
    MaskedDistribution,
)
from lightppl.distributions.unwrapping import split_wrappers
from lightppl.errors import ModelError
from lightppl.records import record


class Reparam:
    """Base class of strategies for the `reparam` handler.

    A strategy may contain sample statements, which put auxiliary sites into the model.
    """

    def __call__(self, name, fn, obs):
        """Return what the site becomes.

        Parameters
        ----------
        name : str
        fn : Distribution
        obs : array or None
            Value that the site already has.

        Returns
        -------
        new_fn : Distribution or None
            None makes the site deterministic.
        value : array or None
        """
        raise NotImplementedError

    def refuse_value(self, name, obs):
        """Raise a `ModelError` if the site has a value, which this strategy cannot use."""
        if obs is not None:
            raise ModelError(
                f"Site {name!r} is observed or has been given a value; {type(self).__name__} only "
                "rewrites latent sites. Leave this site out of the reparam config, or give the "
                "value outside of the reparam handler."
            )


@record
class Wrapping:
    """The wrappers around a distribution, taken off so that they can be put on another one.

    Parameters
    ----------
    batch_shape : tuple of int
        Of the distribution inside.
    steps : tuple of (str, object)
        Names of `Distribution` methods with their argument, from the outermost wrapper inwards.
    """

    batch_shape: tuple
    steps: tuple = ()

    def put_on(self, fn):
        """Return `fn`, whose batch shape is that of the former inside or smaller, wrapped alike."""
        fn = fn.expand(self.batch_shape)
        for method, argument in reversed(self.steps):
            fn = getattr(fn, method)(argument)
        return fn


def unwrap(fn):
    """Take expansions, event dimensions and masks off a distribution.

    Parameters
    ----------
    fn : Distribution

    Returns
    -------
    base : Distribution
    wrapping : Wrapping

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> base, wrapping = unwrap(dist.Normal(0.0, 1.0).expand([3]).to_event(1))
    >>> type(base).__name__, wrapping.put_on(base).event_shape
    ('Normal', (3,))
    """
    family, wrappers = split_wrappers(fn)
    steps = []
    for wrapper in wrappers:
        if isinstance(wrapper, ExpandedDistribution):
            steps.append(("expand", tuple(wrapper.batch_shape)))
        elif isinstance(wrapper, Independent):
            steps.append(("to_event", wrapper.reinterpreted_batch_ndims))
        elif isinstance(wrapper, MaskedDistribution):
            steps.append(("mask", wrapper._mask))
    return family, Wrapping(tuple(family.batch_shape), tuple(steps))
