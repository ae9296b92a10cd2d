"""Checks of recorded sites: shapes whenever a model is traced, values once when inference starts.

Shapes cost nothing to look at.  Values cost a pass over the data, so a forward draw never pays for
them; inference calls `check_trace` once.  What is being traced by autodiff has a shape but no
values yet, and is skipped by the checks of values.
"""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.distributions import constraints
from lightppl.distributions.unwrapping import family_of, layers
from lightppl.errors import ConstraintError, ModelError, ShapeError


def check_trace(trace):
    """Check every observed site of a trace: shape, NaN, support.

    Parameters
    ----------
    trace : Trace

    Raises
    ------
    ShapeError, ModelError, ConstraintError
    """
    for site in trace.values():
        if site["type"] == "sample":
            if site.is_observed:
                check_observed_shape(site)
                check_observed_value(site)
            check_mask_shape(site)


def check_observed_shape(site):
    """Raise a `ShapeError` unless the observed value of a site fits its distribution and plates."""
    value_shape = np.shape(site.value)
    expected = site.expected_shape
    if value_shape == expected:
        return
    try:
        fits = np.broadcast_shapes(value_shape, expected) == expected
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"Site {site.name!r} observes a value of shape {value_shape}, expected {expected}: "
            f"{_shape_in_words(site)}. {_remedy(site, value_shape)}"
        )
    _check_spread_stays_in_plates(site, value_shape)


def _check_spread_stays_in_plates(site, value_shape):
    """Refuse an observed vector that is compared with every row of a matrix of distributions."""
    plate_dims = {frame.dim for frame in site.cond_indep_stack}
    if not plate_dims or len(value_shape) <= len(site.fn.event_shape):
        return
    batch_shape = site.expected_batch_shape
    beyond = [dim for dim in range(-len(batch_shape), 0) if dim not in plate_dims]
    for dim in beyond:
        if batch_shape[dim] > 1:
            raise ShapeError(
                f"Site {site.name!r} observes a value of shape {value_shape}, but its log density "
                f"would have shape {batch_shape}, larger than its plates in dimension {dim}: "
                f"{_shape_in_words(site)}. A parameter has probably an axis too many, as in "
                "(n, 1) where (n,) was meant; squeeze it, or declare a plate."
            )


def expanded_shape(name, fn, batch_shape, frame, cond_indep_stack):
    """Return a batch shape expanded along the dimension of one plate.

    Parameters
    ----------
    name : str
    fn : Distribution
    batch_shape : tuple of int
        ``sample_shape + batch_shape`` so far.
    frame : CondIndepStackFrame
    cond_indep_stack : list of CondIndepStackFrame

    Returns
    -------
    tuple of int

    Raises
    ------
    ShapeError
        If another size than 1 and the plate's stands there.
    """
    shape = [1] * (-frame.dim - len(batch_shape)) + list(batch_shape)
    if shape[frame.dim] not in (1, frame.size):
        raise ShapeError(
            f"Site {name!r} has a {family_name(fn)} of batch shape {tuple(batch_shape)}, but plate "
            f"{frame.name!r} expects size {frame.size} in dimension {frame.dim}. Declare trailing "
            "dimensions as parts of one event with .to_event(n), or fix size or dim of the plate.",
            plates=cond_indep_stack,
        )
    shape[frame.dim] = frame.size
    return tuple(shape)


def check_log_prob_shape(site, shape):
    """Raise a `ShapeError` if a log density of `shape` is not one number for each event."""
    expected = site.expected_batch_shape
    if tuple(shape) != expected:
        raise ShapeError(
            f"Site {site.name!r} has a log density of shape {tuple(shape)}, expected {expected}: "
            f"{_shape_in_words(site)}. Check the shape of its value, {np.shape(site.value)}."
        )


def check_mask_shape(site):
    """Raise a `ShapeError` if the mask of a site has more elements than its batch shape."""
    if site.mask is None or np.ndim(site.mask) == 0:
        return
    expected = site.expected_batch_shape
    try:
        fits = np.broadcast_shapes(np.shape(site.mask), expected) == expected
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"Site {site.name!r} has a mask of shape {np.shape(site.mask)}, expected one that "
            f"broadcasts to {expected}: {_shape_in_words(site)}. Check the array given to "
            "handlers.mask or obs_mask."
        )


def check_observed_value(site):
    """Raise an error if an observed value is NaN or outside of the support, where it counts."""
    value = site.value
    if is_traced(value) or np.size(value) == 0:
        return
    value = np.asarray(value)
    event_dim = len(site.fn.event_shape)
    counts = _where_it_counts(site)
    if counts is None:
        return
    is_nan = np.isnan(value) if value.dtype.kind == "f" else np.zeros(value.shape, bool)
    if not _accepts_nan(site.fn):
        found = is_nan & _with_event_dims(counts, event_dim)
        if found.any():
            raise ModelError(
                f"Site {site.name!r} observes NaN at {_indices(found)}. Say which entries are "
                "missing with sample(..., obs_mask=~np.isnan(obs)), leave them out of the density "
                "with handlers.mask, or remove them from the data."
            )
    support = site.fn.support
    if support is None or constraints.is_dependent(support):
        return
    inside = support(value)
    if is_traced(inside):
        return
    if _accepts_nan(site.fn):
        inside = inside | _any_over_events(is_nan, event_dim)
    outside = ~np.asarray(inside, dtype=bool) & counts
    if outside.any():
        flat = np.broadcast_to(value, outside.shape + value.shape[value.ndim - event_dim :])
        raise ConstraintError(
            f"Site {site.name!r} observes a value outside the support of its distribution "
            f"{family_name(site.fn)} at {_indices(outside)}. Check the data, or choose a "
            "distribution that can produce them.",
            values=flat[outside][:10],
            support=support,
        )


def family_name(fn):
    """Return the name of the family of a distribution, without wrappers."""
    return type(family_of(fn)).__name__


def _where_it_counts(site):
    """Return the bool array of batch entries whose density counts, or None when that is unknown."""
    counts, event_dim = np.True_, len(site.fn.event_shape)
    batched = [fn for fn in layers(site.fn) if len(fn.event_shape) == event_dim]
    for mask in (site.mask, *(getattr(fn, "_mask", None) for fn in batched)):
        if mask is None:
            continue
        if is_traced(mask):
            return None
        counts = counts & np.asarray(mask, dtype=bool)
    return counts


def _accepts_nan(fn):
    """Whether NaN means something to a distribution: missing, or an end that does not count."""
    return any(getattr(layer, "takes_nan", False) for layer in layers(fn))


def _with_event_dims(batch_array, event_dim):
    return np.reshape(batch_array, np.shape(batch_array) + (1,) * event_dim)


def _any_over_events(array, event_dim):
    return array.any(axis=tuple(range(-event_dim, 0))) if event_dim else array


def _indices(found):
    """Say where a bool array is True: the first places and how many there are."""
    places = [tuple(int(i) for i in place) for place in np.argwhere(found)]
    if places == [()]:
        return "its only entry"
    listed = ", ".join(str(place[0] if len(place) == 1 else place) for place in places[:5])
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return f"index {listed}{more} ({len(places)} of {found.size} entries)"


def _shape_in_words(site):
    plates = ", ".join(
        f"{frame.name!r} (size {frame.size}, dim {frame.dim})" for frame in site.cond_indep_stack
    )
    return (
        f"{family_name(site.fn)} has batch shape {site.expected_batch_shape} and event shape "
        f"{tuple(site.fn.event_shape)}, plates around it: {plates or 'none'}"
    )


def _remedy(site, value_shape):
    if not site.cond_indep_stack and not site.expected_batch_shape:
        size = value_shape[0] if value_shape else 1
        return (
            f"Put the statement into a plate, as in `with plate('data', {size}):`, or expand the "
            "distribution to the shape of the data."
        )
    return "Reshape the data or the parameters, or fix the size or dim of the plates."
