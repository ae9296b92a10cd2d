"""The distribution of a site inside a loop or a branch, as seen from outside."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.distributions import Distribution
from lightppl.distributions.constraints import Constraint
from lightppl.errors import ModelError


class SiteInside(Distribution):
    """What handlers outside of a loop see of a site in its body: all steps at once.

    The first batch axis is time.  Parameters may differ from step to step and depend on what was
    computed before, so the log density is found inside the loop, and told afterwards.

    Parameters
    ----------
    name : str
    inner : Distribution
        At the first step.
    length : int or None
        Number of steps; None for a site in a branch, which has no axis of time.
    """

    arg_constraints = {}

    def __init__(self, name, inner, length):
        self.name = name
        self.inner = inner
        self.length = length
        self._scored_value, self._log_prob, self._score = None, None, None
        lead = () if length is None else (length,)
        super().__init__(lead + tuple(inner.batch_shape), inner.event_shape, validate_args=False)

    @property
    def support(self):
        return self.inner.support

    @property
    def has_enumerate_support(self):
        return False

    def tell(self, value, log_prob=None, score=None):
        """Tell what the loop found.

        Parameters
        ----------
        value : array
        log_prob : array, optional
            Log density of `value`.
        score : callable, optional
            ``score(value)`` gives the log density of any value at the parameters of this run.
        """
        self._scored_value, self._log_prob, self._score = value, log_prob, score

    def log_prob(self, value, intermediates=None):
        if value is self._scored_value and self._log_prob is not None:
            return self._log_prob
        if self._score is None:
            raise ModelError(
                f"Site {self.name!r} stands inside a loop or branch, whose log density is known "
                "for "
                "the value of the run only. Run the model with the other value substituted."
            )
        return self._score(value)

    def _log_density(self, value):
        return self.log_prob(value)

    def _draw(self, rng, shape):
        return self.inner._draw_inside(rng, shape)

    def mask(self, mask):
        if mask is True:
            return self
        masked = SiteInside(self.name, self.inner, self.length)
        masked.tell(
            self._scored_value, score=lambda value: np.where(mask, self.log_prob(value), 0.0)
        )
        return masked

    def expand(self, batch_shape):
        if tuple(batch_shape) == self.batch_shape:
            return self
        raise ModelError(
            f"Site {self.name!r} stands inside a loop or branch and cannot be expanded to batch "
            "shape "
            f"{tuple(batch_shape)} from outside. Put the plate into the body."
        )


def varying_bounds(constraint, is_varying):
    """Return whether a constraint has a parameter for which `is_varying` holds.

    Parameters
    ----------
    constraint : Constraint
    is_varying : callable
    """
    for name in getattr(constraint, "_parameters", ()):
        value = getattr(constraint, name)
        parts = value if isinstance(value, (list, tuple)) else (value,)
        for part in parts:
            if isinstance(part, Constraint):
                if varying_bounds(part, is_varying):
                    return True
            elif is_traced(part) and is_varying(part):
                return True
    return False
