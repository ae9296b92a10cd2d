"""Handlers that weigh log densities: scale, mask."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.autodiff.operation import refuse_masked
from lightppl.errors import ModelError
from lightppl.language.as_given import as_given
from lightppl.language.stack import Messenger


class scale(Messenger):
    """Multiply the log densities of sites by a factor.

    Parameters
    ----------
    fn : callable, optional
    scale : float or array
        Positive.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> with trace() as tr, scale(scale=0.5):
    ...     x = lp.sample("x", dist.Normal(0, 1))
    >>> tr["x"].scale
    0.5
    """

    def __init__(self, fn=None, scale=1.0):
        refuse_masked(scale)
        if not is_traced(scale) and not np.all(np.asarray(scale) > 0):
            raise ModelError(f"handlers.scale needs a positive factor, found {scale}.")
        self.scale = as_given(scale)
        super().__init__(fn)

    def process_message(self, msg):
        if msg.type in ("sample", "param", "plate"):
            msg.scale = self.scale if msg.scale is None else self.scale * msg.scale


class mask(Messenger):
    """Let the log densities of sample sites count only where a mask is True.

    Parameters
    ----------
    fn : callable, optional
    mask : bool or bool array
        Broadcastable to the batch shape of the sites.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.handlers import trace
    >>> with trace() as tr, mask(mask=False):
    ...     x = lp.sample("x", dist.Normal(0, 1))
    >>> tr["x"].mask
    False
    """

    def __init__(self, fn=None, mask=True):
        refuse_masked(mask)
        if not is_traced(mask):
            dtype = np.asarray(mask).dtype
            if dtype != np.bool_:
                raise ModelError(f"handlers.mask needs a mask of booleans, found dtype {dtype}.")
        self.mask = as_given(mask)
        super().__init__(fn)

    def process_message(self, msg):
        if msg.type in ("sample", "inspect"):
            msg.mask = self.mask if msg.mask is None else self.mask & msg.mask
