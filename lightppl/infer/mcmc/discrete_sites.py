"""The discrete sites of a density as kernels want them."""

import numpy as np

from lightppl.arguments import check_flag
from lightppl.density.layout import is_inferred
from lightppl.density.separated import separated_site
from lightppl.density.supports import supports_of
from lightppl.kernels.discrete_sites import Rule, make_discrete_sites


def check_rule(random_walk, modified):
    """Return the `Rule` that the user chose.

    Parameters
    ----------
    random_walk, modified : bool
    """
    return Rule(check_flag(random_walk, "random_walk"), check_flag(modified, "modified"))


def held_discrete_sites(density):
    """Return the names of the discrete sites that a density holds."""
    known = density.trace
    return [x for x in density.held.names if x in known and _is_discrete(known[x])]


def _is_discrete(site):
    return is_inferred(site) and site.fn.is_discrete


def discrete_work(density, names):
    """Return discrete sites as arrays of one chain, see `make_discrete_sites`.

    Parameters
    ----------
    density : ModelDensity
        What is compiled for it is kept with it.
    names : sequence of str
        Held discrete sites.

    Returns
    -------
    DiscreteSites
    """
    supports = _supports(density, names)
    found = [separated_site(density, name, supports[name]) for name in names]
    return make_discrete_sites(
        [x.potential for x in found],
        [x.order for x in found],
        [density.held.slices[name].start for name in names],
        [supports[name] for name in names],
        density.size,
    )


def with_workspace(target, density, names):
    """Return a target whose workspace is large enough for the functions of single elements.

    Parameters
    ----------
    target : Target
    density : ModelDensity
    names : sequence of str
    """
    supports = _supports(density, names)
    sizes = [
        separated_site(density, name, supports[name]).potential.workspace_size for name in names
    ]
    return target._replace(workspace=np.zeros(max(target.workspace.size, *sizes)))


def _supports(density, names):
    known = density.stages.setdefault("supports", {})
    missing = [name for name in names if name not in known]
    if missing:
        known.update(supports_of(density, missing))
    return known
