"""The discrete latent sites of a model, and the values that each of their elements can have."""

import numpy as np

from lightppl.density.layout import is_inferred
from lightppl.density.potential import AnyPoint
from lightppl.distributions.constraints import is_dependent
from lightppl.errors import DiscreteLatentError, UnsupportedOperationError
from lightppl.handlers import seed, trace
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
    again = _run(density.model, density.model_args, density.model_kwargs, 1)
    found = {}
    for name in names:
        found[name] = _values_of(density.trace[name])
        others = _values_of(again[name]) if name in again else []
        is_same = len(found[name]) == len(others) and all(
            np.array_equal(x, y) for x, y in zip(found[name], others)
        )
        if not is_same:
            raise _refusal(density.trace[name], "has a support that depends on other sites")
    return found


def _run(model, model_args, model_kwargs, rng_key):
    with trace() as found, AnyPoint(as_generator(rng_key)):
        seed(model, rng_key)(*model_args, **model_kwargs)
    return found


def _values_of(site):
    """Return the values of each element of a site."""
    shape, support = np.shape(site.value), site.fn.support
    while hasattr(support, "base_constraint"):
        support = support.base_constraint
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


def _intervals(site, lower, upper):
    if np.any(upper - lower >= MOST_VALUES):
        raise _refusal(site, f"has elements with more than {MOST_VALUES:,} values")
    bounds = zip(np.ravel(lower).tolist(), np.ravel(upper).tolist())
    known = {}
    return [
        known.setdefault(x, np.arange(x[0], x[1] + 1, dtype=np.float64)) for x in bounds
    ]


def _shared(columns):
    known = {}
    return [known.setdefault(x.tobytes(), np.array(x)) for x in columns]


def _refusal(site, what):
    return UnsupportedOperationError(
        f"The discrete site {site.name!r} ({family_name(site.fn)}) {what}, so its values cannot be "
        "listed. Give it an update of your own with HMCGibbs, or observe it."
    )
