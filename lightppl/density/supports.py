"""The discrete latent sites of a model, and the values that each of their elements can have."""

import numpy as np

from lightppl.autodiff.operation import is_traced
from lightppl.compiler.record.record import record_vector
from lightppl.density.held import INVERSE_TEMPERATURE
from lightppl.density.layout import is_inferred
from lightppl.density.log_density import ConstrainSites
from lightppl.density.potential import AnyPoint, start_of
from lightppl.distributions.constraints import is_dependent
from lightppl.errors import DiscreteLatentError, UnsupportedOperationError
from lightppl.handlers import seed, substitute, trace
from lightppl.language.checks import family_name
from lightppl.random import as_generator

MOST_VALUES = 100_000
"""Of one element: with more of them a sum over all is a mistake."""


def discrete_sites(model, model_args, model_kwargs, rng_key, who):
    """Return the names of the discrete latent sites of a model, in its order.

    Parameters
    ----------
    model : callable
    model_args : tuple
    model_kwargs : dict
    rng_key : key
        For the one run that finds them.
    who : str
        Who asks, for the message.

    Raises
    ------
    DiscreteLatentError
        If there are none.
    """
    found = _run(model, model_args, model_kwargs, rng_key)
    names = [x.name for x in found.values() if is_inferred(x) and x.fn.is_discrete]
    if not names:
        raise DiscreteLatentError(
            f"{who} updates discrete latent sites, and the model has none. Use NUTS or HMC."
        )
    return names


def supports_of(density, names):
    """Return the values that elements of discrete sites can have.

    Parameters
    ----------
    density : ModelDensity
    names : sequence of str

    Returns
    -------
    dict of str to list of (K,) float64 arrays
        For each element of a site, in row order; equal ones are one object.

    Raises
    ------
    UnsupportedOperationError
        If the support of a site is infinite, depends on other sites, or is one of vectors.
    """
    found = {name: _values_of(density.trace[name]) for name in names}
    for name in _with_bounds_from_sites(density, names, found):
        raise _refusal(density.trace[name], "has a support that depends on other sites")
    return found


def _with_bounds_from_sites(density, names, values):
    """Return the names of sites whose values depend on what other sites are.

    While a model is recorded, bounds tell where they come from.  One that cannot be recorded is run
    with each discrete site at its lowest and highest values.
    """
    dependent = _with_traced_bounds(density, names)
    if dependent is not None:
        return dependent
    ends = [
        {name: _reshaped([x[k] for x in values[name]], density.trace[name])}
        for name in names for k in (0, -1)
    ]  # fmt: skip
    return {
        name for fixed in ({}, *ends) for name, others in _values_again(density, names, fixed)
        if not _are_same(values[name], others)
    }  # fmt: skip


def _reshaped(values, site):
    return np.reshape(np.array(values, np.int64), np.shape(site.value))


def _values_again(density, names, fixed):
    """Yield the values of sites in a run in which some are fixed."""
    again = _run(substitute(density.model, fixed), density.model_args, density.model_kwargs, 1)
    for name in names:
        if name not in fixed:
            yield name, _values_of(again[name]) if name in again else []


def _are_same(values, others):
    pairs = {(id(x), id(y)): (x, y) for x, y in zip(values, others)}
    is_same = len(values) == len(others)
    return is_same and all(np.array_equal(x, y) for x, y in pairs.values())


def _with_traced_bounds(density, names):
    """Return the names of sites whose bounds are computed from others; None if it does not show.
    """
    layout, dependent = density.layout, set()

    def look(q, held):
        values = layout.held.unflatten(held)
        values.pop(INVERSE_TEMPERATURE, None)
        sites = ConstrainSites(unconstrained=layout.unflatten(q), is_complete=True, held=values)
        with trace() as found, sites:
            density.model(*density.model_args, **density.model_kwargs)
        for name in names:
            support = _base_of(found[name].fn.support)
            if any(is_traced(getattr(support, x, None)) for x in ("lower_bound", "upper_bound")):
                dependent.add(name)
        return q

    start, held = start_of(layout, density.trace), density.potential.held
    try:
        with np.errstate(all="ignore"):
            record_vector(look, start, held)
    except Exception:  # of the model's own, which whoever evaluates it meets too
        return None
    return dependent


def _run(model, model_args, model_kwargs, rng_key):
    with trace() as found, AnyPoint(as_generator(rng_key)):
        seed(model, rng_key)(*model_args, **model_kwargs)
    return found


def _values_of(site):
    """Return the values of each element of a site."""
    shape, support = np.shape(site.value), _base_of(site.fn.support)
    if support is None or is_dependent(support) or support.event_dim > 0:
        raise _refusal(site, "has values that are vectors, and not single integers")
    lower, upper = getattr(support, "lower_bound", None), getattr(support, "upper_bound", None)
    if lower is not None and upper is not None:
        return _intervals(site, np.broadcast_to(lower, shape), np.broadcast_to(upper, shape))
    try:
        values = np.asarray(site.fn.enumerate_support(expand=True), np.float64)
    except NotImplementedError:
        raise _refusal(site, "has infinitely many values") from None
    columns = np.broadcast_to(values, (len(values), *shape)).reshape(len(values), -1).T
    return _shared(columns)


def _base_of(support):
    while hasattr(support, "base_constraint"):
        support = support.base_constraint
    return support


def _intervals(site, lower, upper):
    if np.any(upper - lower >= MOST_VALUES):
        raise _refusal(site, f"has elements with more than {MOST_VALUES:,} values")
    bounds = list(zip(np.ravel(lower).tolist(), np.ravel(upper).tolist()))
    known = {(a, b): np.arange(a, b + 1, dtype=np.float64) for a, b in set(bounds)}
    return [known[x] for x in bounds]


def _shared(columns):
    known = {}
    return [known.setdefault(x.tobytes(), np.array(x)) for x in columns]


def _refusal(site, what):
    return UnsupportedOperationError(
        f"The discrete site {site.name!r} ({family_name(site.fn)}) {what}, so its values cannot be "
        "listed. Give it an update of your own with HMCGibbs, or observe it."
    )
