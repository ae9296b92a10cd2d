"""Updates of held sites that the user wrote in Python: what they are given, and what they return.
"""

import numpy as np

from lightppl.arguments import shown
from lightppl.density.site_values import SiteValues
from lightppl.errors import ArgumentError, ShapeError, SiteNameError


class PythonUpdate:
    """A ``gibbs_fn`` as an update of what a chain holds.

    Parameters
    ----------
    gibbs_fn : callable
        ``gibbs_fn(rng_key, gibbs_sites, hmc_sites) -> {site: value}``.
    density : ModelDensity
        That holds the sites of `gibbs_fn`.
    names : sequence of str, optional
        These sites; by default all that is held.
    """

    def __init__(self, gibbs_fn, density, names=None):
        self.gibbs_fn, self.held = gibbs_fn, density.held
        self.names = self.held.names if names is None else tuple(names)
        self._values_at = SiteValues(density)

    def __call__(self, rng_key, point):
        """Return new held values, (H,), at a point (D + H,).

        Raises
        ------
        SiteNameError, ShapeError, ArgumentError
            If `gibbs_fn` returns something else than values of its sites.
        """
        held = self.held
        values = self._values_at(point)
        gibbs_sites = {name: values.pop(name) for name in self.names}
        found = self.gibbs_fn(rng_key, gibbs_sites, values)
        if not isinstance(found, dict):
            raise ArgumentError(
                f"gibbs_fn must return a dict from site names to values, found {shown(found)}."
            )
        new = point[len(point) - held.size :].copy()
        for name, value in found.items():
            if name not in self.names:
                raise SiteNameError(
                    f"gibbs_fn returned a value for {name!r}, but gibbs_sites are "
                    f"{', '.join(map(repr, self.names))}."
                )
            new[held.slices[name]] = self._checked(name, np.asarray(value)).ravel()
        return new

    def _checked(self, name, value):
        shape = self.held.shapes[name]
        if value.shape != shape:
            raise ShapeError(
                f"gibbs_fn returned a value of shape {value.shape} for site {name!r}, which has "
                f"shape {shape}."
            )
        is_number = value.dtype.kind in "biuf" and bool(np.all(np.isfinite(value)))
        is_whole = self.held.dtypes[name] is float or (
            is_number and bool(np.all(value == np.floor(value)))
        )
        if not (is_number and is_whole):
            kind = "integers" if self.held.dtypes[name] is int else "finite numbers"
            raise ArgumentError(
                f"gibbs_fn returned {shown(value)} for site {name!r}, which takes {kind}."
            )
        return value
