"""Draw in rotated coordinates: frequencies of a series instead of its values."""

from lightppl.distributions import TransformedDistribution, biject_to
from lightppl.distributions.transforms import (
    ComposeTransform,
    DiscreteCosineTransform,
    HaarTransform,
)
from lightppl.language import sample
from lightppl.reparam.reparam import Reparam


class UnitJacobianReparam(Reparam):
    """Draw ``y = transform(x)`` as site ``<name>_<suffix>``, for a transform that keeps volumes.

    Where the support is not the whole space, `x` is the unconstrained value of the site. The axis
    that the transform works along must belong to the event, as after ``.to_event(1)``.

    Parameters
    ----------
    transform : Transform
        Its Jacobian has determinant one.
    suffix : str
    """

    def __init__(self, transform, suffix="transformed"):
        self.transform = transform
        self.suffix = suffix

    def __call__(self, name, fn, obs):
        self.refuse_value(name, obs)
        transform = ComposeTransform([biject_to(fn.support).inv, self.transform])
        rotated = sample(f"{name}_{self.suffix}", TransformedDistribution(fn, transform))
        return None, transform.inv(rotated)


class DiscreteCosineReparam(UnitJacobianReparam):
    """Draw the discrete cosine transform of a series, as site ``<name>_dct``.

    Parameters
    ----------
    dim : int
        Negative: the axis of time.
    smooth : float
        0 turns white noise into white noise, 1 a random walk, 2 an integrated random walk.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, trace
    >>> with trace() as tr, reparam(config={"x": DiscreteCosineReparam()}):
    ...     x = lp.sample("x", dist.Normal(np.zeros(4), 1.0).to_event(1))
    >>> bool(abs(np.sum(x**2) - np.sum(tr["x_dct"].value**2)) < 1e-9)
    True
    """

    def __init__(self, dim=-1, smooth=0.0):
        super().__init__(DiscreteCosineTransform(dim=dim, smooth=smooth), suffix="dct")


class HaarReparam(UnitJacobianReparam):
    """Draw the Haar wavelet transform of a series, as site ``<name>_haar``.

    Parameters
    ----------
    dim : int
        Negative: the axis of time.
    flip : bool
        Whether the axis is read backwards.

    Examples
    --------
    >>> import numpy as np, lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, trace
    >>> with trace() as tr, reparam(config={"x": HaarReparam()}):
    ...     x = lp.sample("x", dist.Normal(np.zeros(4), 1.0).to_event(1))
    >>> bool(abs(np.sum(x**2) - np.sum(tr["x_haar"].value**2)) < 1e-9)
    True
    """

    def __init__(self, dim=-1, flip=False):
        super().__init__(HaarTransform(dim=dim, flip=flip), suffix="haar")
