"""Draw in other coordinates: those of a transformed distribution, or ones chosen by hand."""

from lightppl.distributions import TransformedDistribution
from lightppl.errors import ModelError
from lightppl.language import sample
from lightppl.reparam.reparam import Reparam, unwrap


class TransformReparam(Reparam):
    """Draw the base of a `TransformedDistribution` as site ``<name>_base``, then transform it.

    Useful where the transforms depend on other latent sites.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, trace
    >>> shifted = dist.TransformedDistribution(
    ...     dist.Normal(0.0, 1.0), dist.transforms.AffineTransform(3.0, 2.0))
    >>> with trace() as tr, reparam(config={"x": TransformReparam()}):
    ...     x = lp.sample("x", shifted)
    >>> bool(x == 3.0 + 2.0 * tr["x_base"].value)
    True
    """

    def __call__(self, name, fn, obs):
        self.refuse_value(name, obs)
        base, wrapping = unwrap(fn)
        if not isinstance(base, TransformedDistribution):
            raise ModelError(
                f"Site {name!r} has a {type(base).__name__}; TransformReparam needs a "
                "TransformedDistribution."
            )
        value = sample(f"{name}_base", wrapping.put_on(base.base_dist))
        for transform in base.transforms:
            value = transform(value)
        return None, value


class ExplicitReparam(Reparam):
    """Draw ``z = transform.inv(x)`` as site ``<name>_base``, with its implied density.

    Parameters
    ----------
    transform : Transform
        From the new coordinates to the site's value; it should not depend on latent values.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, trace
    >>> scaling = dist.transforms.AffineTransform(0.0, 100.0)
    >>> with trace() as tr, reparam(config={"x": ExplicitReparam(scaling)}):
    ...     x = lp.sample("x", dist.Normal(0.0, 100.0))
    >>> bool(abs(x - 100.0 * tr["x_base"].value) < 1e-9)
    True
    """

    def __init__(self, transform):
        self.transform = transform

    def __call__(self, name, fn, obs):
        base_obs = None if obs is None else self.transform.inv(obs)
        base = sample(f"{name}_base", TransformedDistribution(fn, self.transform.inv), obs=base_obs)
        return None, self.transform(base) if obs is None else obs
