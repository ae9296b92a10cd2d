"""A model and its data as functions of one flat unconstrained vector.

Reading order: `potential` (the whole line), `density` (what comes out of it: what samplers see),
`layout` (name to slice), `log_density` (the density as plain NumPy), `eager` (when it cannot be
compiled), `initialize` (where chains start), `blame` (which site is not finite, and why),
`supports` and `separated` (discrete sites, and the density of their single elements).
"""

from lightppl.density.density import Density, FunctionDensity, ModelDensity
from lightppl.density.draws import map_over_draws
from lightppl.density.layout import SiteLayout, layout_sites
from lightppl.density.log_density import log_density
from lightppl.density.potential import compile_density, compile_function, compile_objective

__all__ = [
    "Density",
    "FunctionDensity",
    "ModelDensity",
    "SiteLayout",
    "compile_density",
    "compile_function",
    "compile_objective",
    "layout_sites",
    "log_density",
    "map_over_draws",
]
