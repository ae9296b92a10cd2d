"""Updates of held sites that the user wrote: what they are given, and what they return."""

import numpy as np

from lightppl.arguments import shown
from lightppl.autodiff.operation import is_traced
from lightppl.density.held import held_values
from lightppl.density.log_density import constrained_values
from lightppl.density.noise import compile_noisy
from lightppl.density.potential import start_of
from lightppl.density.site_values import SiteValues
from lightppl.errors import (
    ArgumentError, CompilationError, ShapeError, SiteNameError, TracingError,
    UnsupportedOperationError,
)
from lightppl.language.traced_index import indexable


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
        self._density, self._values_at = density, SiteValues(density)

    def __call__(self, rng_key, point):
        """Return new held values, (H,), at a point (D + H,).

        Raises
        ------
        SiteNameError, ShapeError, ArgumentError
            If `gibbs_fn` returns something else than values of its sites.
        """
        return self._updated(self._values_at(point), point, rng_key)

    def compiled(self):
        """Return the update as a `NoisyFunction`, from a point (D + H,) to new held values.

        Raises
        ------
        UnsupportedOperationError
            If it cannot be compiled.
        """
        density, gibbs_fn = self._density, indexable(self.gibbs_fn)
        values_at = constrained_values(
            density.model, density.layout, density.model_args, density.model_kwargs
        )

        def vector(q, held, rng_key):
            point = np.concatenate([q, held])
            new = self._pieces(values_at(point), rng_key, gibbs_fn)
            held = [np.ravel(new.get(x, held[self.held.slices[x]])) for x in self.held.names]
            return np.concatenate([piece * 1.0 for piece in held])

        layout, found = density.layout, density.trace
        start = start_of(layout, found), self.held.flatten(held_values(found, self.held.names))
        try:
            return compile_noisy(vector, *start, name="gibbs_fn")
        except (TracingError, UnsupportedOperationError, CompilationError) as error:
            raise UnsupportedOperationError(
                f"gibbs_fn cannot be compiled. {error.message} Or leave compile_gibbs_fn off: then "
                "it is called in Python."
            ) from error

    def _updated(self, values, point, rng_key):
        new = point[len(point) - self.held.size :].copy()
        for name, value in self._pieces(values, rng_key, self.gibbs_fn).items():
            new[self.held.slices[name]] = value.ravel()
        return new

    def _pieces(self, values, rng_key, gibbs_fn):
        """Return the new values of some sites, given the values of all."""
        gibbs_sites = {name: values.pop(name) for name in self.names}
        found = gibbs_fn(rng_key, gibbs_sites, values)
        if not isinstance(found, dict):
            raise ArgumentError(
                f"gibbs_fn must return a dict from site names to values, found {shown(found)}."
            )
        new = {}
        for name, value in found.items():
            if name not in self.names:
                raise SiteNameError(
                    f"gibbs_fn returned a value for {name!r}, but gibbs_sites are "
                    f"{', '.join(map(repr, self.names))}."
                )
            value = value if is_traced(value) else np.asarray(value)
            new[name] = self._checked(name, value)
        return new

    def _checked(self, name, value):
        shape = self.held.shapes[name]
        if value.shape != shape:
            raise ShapeError(
                f"gibbs_fn returned a value of shape {value.shape} for site {name!r}, which has "
                f"shape {shape}."
            )
        if is_traced(value):
            return value
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
