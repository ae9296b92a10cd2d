"""Statements keep what they were given.

The log density of a site is computed when the whole model has run.  Until then the model may write
into an array that it gave to the statement, as an observation or as a parameter, so the statement
keeps frozen copies.  What is frozen already, as bound data are, is not copied.
"""

import numpy as np

from lightppl.autodiff.frozen import held, is_frozen
from lightppl.distributions import Distribution
from lightppl.distributions.constraints import Constraint
from lightppl.distributions.transforms import Transform


def as_given(value):
    """Return a value that later changes of arrays do not reach.

    Parameters
    ----------
    value : object
        An array, a distribution with its parameters, or a list or tuple of them; anything else is
        returned as it is.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> loc = np.zeros(2)
    >>> given = as_given(dist.Normal(loc, 1.0))
    >>> loc += 5.0
    >>> given.loc
    array([0., 0.])
    """
    if type(value) is np.ndarray:
        return value if is_frozen(value) else held(value)
    if type(value) in (list, tuple):
        parts = [as_given(x) for x in value]
        has_changed = any(new is not old for new, old in zip(parts, value))
        return type(value)(parts) if has_changed else value
    if not isinstance(value, (Distribution, Transform, Constraint)):
        return value
    changed = {}
    for name, old in vars(value).items():
        new = as_given(old)
        if new is not old:
            changed[name] = new
    if not changed:
        return value
    other = object.__new__(type(value))
    other.__dict__.update(vars(value))
    other.__dict__.update(changed)
    return other
