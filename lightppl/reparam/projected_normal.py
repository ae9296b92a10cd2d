"""Directions as normalised Gaussian vectors."""

import numpy as np

import lightppl.distributions as dist
from lightppl.errors import ModelError
from lightppl.language import sample
from lightppl.reparam.reparam import Reparam, unwrap


class ProjectedNormalReparam(Reparam):
    """Draw the Gaussian vector behind a `ProjectedNormal`, site ``<name>_normal``; normalise it.

    References
    ----------
    Hernandez-Stumpfhauser, Breidt and van der Woerd (2017), "The general projected normal
    distribution of arbitrary dimension", sec. 2.
    """

    def __call__(self, name, fn, obs):
        self.refuse_value(name, obs)
        base, wrapping = unwrap(fn)
        if not isinstance(base, dist.ProjectedNormal):
            raise ModelError(
                f"Site {name!r} has a {type(base).__name__}; ProjectedNormalReparam needs a "
                "ProjectedNormal."
            )
        zeros = np.zeros(np.shape(base.concentration))
        noise = sample(f"{name}_normal", wrapping.put_on(dist.Normal(zeros, 1.0).to_event(1)))
        vector = noise + base.concentration
        return None, vector / np.sqrt(np.sum(vector * vector, axis=-1, keepdims=True))
