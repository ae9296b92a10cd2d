"""Angles on the whole line instead of an interval with two ends that are one point."""

import math

import numpy as np

from lightppl.distributions import ImproperUniform, constraints
from lightppl.errors import ModelError
from lightppl.language import factor, sample
from lightppl.reparam.reparam import Reparam


class CircularReparam(Reparam):
    """Let an angle run over the whole line, as site ``<name>_unwrapped``, and take it mod 2 pi.

    The unwrapped density repeats itself for ever and is improper: a chain stays where it starts,
    which is harmless, but the unwrapped site itself must not be interpreted.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import reparam, substitute
    >>> fn = dist.ImproperUniform(dist.constraints.circular, (), ())
    >>> values = substitute(data={"angle_unwrapped": 4.0})
    >>> with values, reparam(config={"angle": CircularReparam()}):
    ...     angle = lp.sample("angle", fn)
    >>> bool(np.isclose(angle, 4.0 - 2 * math.pi))
    True
    """

    def __call__(self, name, fn, obs):
        support = fn.support
        while isinstance(support, constraints.Independent):
            support = support.base_constraint
        if support is not constraints.circular:
            raise ModelError(
                f"Site {name!r} has the support {fn.support}; CircularReparam needs a circular one."
            )
        line = ImproperUniform(constraints.real, fn.batch_shape, fn.event_shape)
        unwrapped = sample(f"{name}_unwrapped", line, obs=obs)
        value = np.remainder(unwrapped + math.pi, 2 * math.pi) - math.pi
        factor(f"{name}_factor", fn.log_prob(value))
        return None, value
