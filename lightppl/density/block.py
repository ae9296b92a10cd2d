"""The density of some coordinates given all others, which are held.

Legend: ``D`` size of the flat vector of the whole density, ``H`` number of its held values; ``B``
coordinates of the block; ``R = D + H - B`` all others.
"""

import numpy as np

from lightppl.density.held import HeldLayout
from lightppl.density.layout import SiteLayout
from lightppl.density.log_density import flat_log_density
from lightppl.density.potential import compile_objective, start_of
from lightppl.records import record

REST = "rest"
"""The name under which a block holds all that is outside of it."""


@record(frozen=False)
class BlockDensity:
    """A `Density` of some sites of a model, as a function of their own coordinates.

    Attributes
    ----------
    potential : Potential or EagerPotential
        U of the whole density.
    layout : SiteLayout
        Of the sites of the block; what it holds is one vector.
    own, rest : int arrays, (B,) and (R,)
        Where they stand in a point of the whole density.
    """

    potential: object
    layout: object
    own: object
    rest: object

    @property
    def size(self):
        """B."""
        return self.layout.size

    @property
    def slices(self):
        """Where each site of the block stands in its flat vector."""
        return self.layout.slices

    @property
    def held(self):
        """Where the rest stands behind it."""
        return self.layout.held

    def flatten(self, z):
        """Return the point of the sites of the block, with zeros for the rest."""
        return self.layout.flatten({REST: np.zeros(len(self.rest)), **z})

    def unflatten(self, q):
        """Return the sites of the block at vectors (..., B) or (..., B + R)."""
        return self.layout.unflatten(q[..., : self.size])


def density_of_block(density, names, jit=True):
    """Return the density of some sites given all other coordinates, compiled.

    Coordinates of other sites are held unconstrained, so that what is held does not change when the
    support of a site depends on another one.

    Parameters
    ----------
    density : ModelDensity
    names : sequence of str
        Latent sites.
    jit : bool

    Returns
    -------
    BlockDensity
    """
    whole, size = density.layout, density.size
    names = [name for name in whole.names if name in names]  # the order of the flat vector
    own = np.concatenate([np.r_[whole.slices[name]] for name in names])
    rest = np.setdiff1d(np.arange(size + whole.held.size), own)
    layout = _layout_of_block(whole, names, len(rest))
    if len(own) == size:
        return BlockDensity(density.potential, layout, own, rest)
    order = np.argsort(np.concatenate([own, rest]))
    log_density_at = flat_log_density(
        density.model, whole, density.model_args, density.model_kwargs
    )

    def objective(q, held):
        point = np.concatenate([q, held])[order]
        return -log_density_at(point[:size], point[size:])

    start = start_of(whole, density.trace)
    points = [np.concatenate([x, density.potential.held]) for x in (start, 0.5 - start)]
    potential = compile_objective(
        objective, points[0][own], jit, held=[point[rest] for point in points]
    )
    return BlockDensity(potential, layout, own, rest)


def _layout_of_block(whole, names, num_rest):
    slices, start = {}, 0
    for name in names:
        size = whole.slices[name].stop - whole.slices[name].start
        slices[name], start = slice(start, start + size), start + size
    held = HeldLayout(
        (REST,), {REST: slice(0, num_rest)}, {REST: (num_rest,)}, {REST: float}, num_rest
    )
    unconstrained = {name: whole.unconstrained_shapes[name] for name in names}
    shapes = {name: whole.shapes[name] for name in names}
    return SiteLayout(tuple(names), slices, unconstrained, shapes, start, held)
