"""Observations with gaps: what is missing becomes a latent site.

A site observed in part is split in two.  Its observed part is an observed site of the whole shape,
masked where nothing was observed.  Its hidden part is a latent site that holds the missing events
only, so that an observed event does not drag a useless latent variable along.  (Pyro and NumPyro
give the hidden site the whole shape, with its density masked where there are observations; that
density is improper, and a Markov chain would wander off.)
"""

import copy

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.operation import refuse_masked
from lightppl.distributions import Distribution
from lightppl.errors import ModelError, ShapeError


class HiddenPart(Distribution):
    """The missing events of a distribution whose other events are observed.

    Parameters
    ----------
    base_dist : Distribution
        Of all events, batch shape ``(*B)``.
    known : array, ``(*B, *event_shape)``
        Observed events; anything of the support where missing.
    is_known : bool array, ``(*B)``

    Notes
    -----
    The batch shape is ``(M,)``, the number of missing events, in row-major order.
    """

    arg_constraints = {}

    def __init__(self, base_dist, known, is_known):
        self.base_dist = base_dist
        self.known = known
        self.is_known = is_known
        self._index = np.nonzero(~is_known)
        super().__init__((len(self._index[0]),), base_dist.event_shape, validate_args=False)

    @property
    def support(self):
        shape = self.base_dist.batch_shape
        return _select(self.base_dist.support, self._index, shape, self.base_dist.event_shape)

    @property
    def is_discrete(self):
        return self.base_dist.is_discrete

    @property
    def has_rsample(self):
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self):
        return self.base_dist.has_enumerate_support

    def sample(self, rng_key=None, sample_shape=()):
        return self._missing(self.base_dist.sample(rng_key, sample_shape))

    def log_prob(self, value, intermediates=None):
        everything = interleave(self.known, value, self.is_known)
        return self.base_dist.log_prob(everything)[(Ellipsis, *self._index)]

    def enumerate_support(self, expand=True):
        values = self.base_dist.enumerate_support(expand=False)
        values = np.reshape(values, (len(values), 1) + self.event_shape)
        return np.broadcast_to(values, (len(values),) + self.shape()) if expand else values

    @property
    def mean(self):
        return self._missing(self.base_dist.mean)

    @property
    def variance(self):
        return self._missing(self.base_dist.variance)

    def _missing(self, everything):
        events = (slice(None),) * self.event_dim
        return everything[(Ellipsis, *self._index, *events)]


def interleave(known, hidden, is_known):
    """Return known and hidden events, put together in their places.

    Parameters
    ----------
    known : array, ``(*B, *E)``
    hidden : array, ``(..., M, *E)``
        The events where `is_known` is False, in row-major order.
    is_known : bool array, ``(*B)``

    Returns
    -------
    array, ``(..., *B, *E)``

    Examples
    --------
    >>> interleave(np.array([1.0, 0.0, 3.0]), np.array([2.0]), np.array([True, False, True]))
    array([1., 2., 3.])
    """
    place = np.maximum(np.cumsum(~is_known).reshape(is_known.shape) - 1, 0)
    event_dim = np.ndim(known) - is_known.ndim
    spread = hidden[(Ellipsis, place) + (slice(None),) * event_dim]
    return np.where(is_known.reshape(is_known.shape + (1,) * event_dim), known, spread)


def fill_gaps(name, fn, obs, obs_mask):
    """Return `obs` in the whole shape of `fn`, with gaps closed by harmless values, and the mask.

    Parameters
    ----------
    name : str
    fn : Distribution
        Of the whole batch shape.
    obs : array or None
    obs_mask : bool array

    Returns
    -------
    known : array, ``batch_shape + event_shape``
        No NaN where `is_known` is False.
    is_known : bool array, `batch_shape`

    Raises
    ------
    ModelError, ShapeError
    """
    if is_traced(obs_mask):
        raise ModelError(f"Site {name!r} has an obs_mask that depends on a latent value.")
    refuse_masked(obs_mask)
    obs_mask = np.asarray(obs_mask)
    if obs_mask.dtype != np.bool_:
        raise ModelError(
            f"Site {name!r} has an obs_mask of dtype {obs_mask.dtype}, expected booleans, True "
            "where obs counts."
        )
    batch_shape, event_shape = tuple(fn.batch_shape), tuple(fn.event_shape)
    is_known = _broadcast(name, "obs_mask", obs_mask, batch_shape)
    if obs is None:
        if is_known.any():
            raise ModelError(f"Site {name!r} has an obs_mask but no obs.")
        obs = np.zeros(batch_shape + event_shape)
    known = _broadcast(name, "obs", as_array(obs, keep_int=True), batch_shape + event_shape)
    if is_known.all():
        return known, is_known
    if is_known.any():
        filler = known[np.unravel_index(np.argmax(is_known), batch_shape)]
    else:
        filler = fn.support.feasible_like(np.zeros(batch_shape + event_shape))
    by_event = is_known.reshape(batch_shape + (1,) * len(event_shape))
    known = np.where(by_event, known, filler)
    return (known.astype(np.int64) if fn.is_discrete else known), is_known


def _broadcast(name, what, array, shape):
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ShapeError(
            f"Site {name!r} has an {what} of shape {np.shape(array)}, expected one that broadcasts "
            f"to {shape}. obs_mask has one entry for each event, obs has the events themselves."
        ) from None


def _select(constraint, index, batch_shape, event_shape):
    """Return a constraint whose array parameters are those of some batch entries."""
    selected = copy.copy(constraint)
    for name in getattr(constraint, "_parameters", ()):
        value = getattr(constraint, name)
        if hasattr(value, "event_dim"):
            setattr(selected, name, _select(value, index, batch_shape, event_shape))
        elif np.ndim(value) > 0:
            shape = batch_shape + (event_shape if constraint.event_dim == 0 else ())
            setattr(selected, name, np.broadcast_to(value, shape)[index])
    return selected
