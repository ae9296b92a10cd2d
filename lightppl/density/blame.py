"""Which site makes the density non-finite, at which value, under which parents."""

import numpy as np

from lightppl.autodiff import is_traced
from lightppl.density.log_density import ConstrainSites, guarded_log_densities
from lightppl.distributions.unwrapping import innermost
from lightppl.handlers import trace
from lightppl.language import Messenger
from lightppl.language.checks import family_name
from lightppl.user_line import user_location


def describe_failure(density, q, U, grad):
    """Return sentences that say which site is not finite at an unconstrained point.

    Parameters
    ----------
    density : ModelDensity
    q : (D + H,) float64
    U : float
    grad : (D,) float64

    Returns
    -------
    str
    """
    with np.errstate(all="ignore"):
        with trace() as tr, ConstrainSites.at(density.layout, q, is_complete=False):
            density.model(*density.model_args, **density.model_kwargs)
        for name, site in tr.items():
            if site.type == "sample":
                found = _describe_site(name, site)
                if found:
                    return found
    if not np.isfinite(U):
        return f"The log density is {-U} although every site is finite; check factor statements."
    bad = [density.layout.coordinate_name(k) for k in np.flatnonzero(~np.isfinite(grad))]
    return (
        "The log density is finite, but its gradient is not, with respect to "
        f"{', '.join(bad[:5])}. "
        "Look for a square root, logarithm or division at zero, also in a branch of np.where "
        "that is "
        "not taken."
    )


def describe_unsteady_site(density, q):
    """Return a clause that names the first site whose log density changes from run to run.

    Parameters
    ----------
    density : ModelDensity
    q : (D + H,) float64

    Returns
    -------
    str
    """
    runs = []
    for _ in range(2):
        lines = _LinesOfSites()
        with np.errstate(all="ignore"), trace() as tr:
            with ConstrainSites.at(density.layout, q, is_complete=False), lines:
                density.model(*density.model_args, **density.model_kwargs)
        runs.append(guarded_log_densities(tr))
    first, second = runs
    for name in first:
        if name not in second or not np.array_equal(first[name], second[name], equal_nan=True):
            return f"; the first site that changes is {name!r} at {lines.found.get(name)}"
    return ""


class _LinesOfSites(Messenger):
    """Notes the user's line of each statement."""

    def __init__(self):
        self.found = {}
        super().__init__()

    def process_message(self, msg):
        self.found[msg.name] = user_location()


def _describe_site(name, site):
    value = np.asarray(site.value)
    parents = ", ".join(f"{key}={_short(x)}" for key, x in _parameters(site.fn))
    kind = "observed" if site.is_observed else "latent"
    if value.dtype.kind == "f" and not np.all(np.isfinite(value)):
        return (
            f"The {kind} site {name!r} has the value {_short(value)}; its distribution is "
            f"{family_name(site.fn)}({parents}). Check the parameters of that distribution."
        )
    log_prob = np.asarray(site.log_prob())
    bad = ~np.isfinite(log_prob)
    if not np.any(bad):
        return None
    if family_name(site.fn) == "Unit":
        return f"The factor {name!r} is {_short(log_prob)}. Check what is passed to factor."
    first = tuple(int(k) for k in np.argwhere(bad)[0])
    where = f" (first at index {first} of {int(bad.sum())})" if log_prob.ndim else ""
    return (
        f"Site {name!r} ({kind}) has log density {log_prob[first]}{where} at the value "
        f"{_short(value)}; its distribution is {family_name(site.fn)}({parents}), with support "
        f"{site.fn.support}. Check these parameters, or start elsewhere with init_params."
    )


def _parameters(fn):
    fn = innermost(fn)
    for key in getattr(fn, "arg_constraints", {}):
        if key in fn.__dict__ and not is_traced(fn.__dict__[key]):
            yield key, fn.__dict__[key]


def _short(x):
    x = np.asarray(x)
    if x.ndim == 0:
        return repr(x.item())
    return np.array2string(x, threshold=12, edgeitems=3, precision=6, separator=", ")
