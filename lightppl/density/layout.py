"""Where each piece of a structure of values, such as each latent site, stands in a flat vector."""

import math

import numpy as np

from lightppl.density.held import NOTHING_HELD, HeldLayout
from lightppl.distributions import biject_to
from lightppl.errors import DiscreteLatentError, ModelError, ShapeError, SiteNameError
from lightppl.language.checks import family_name
from lightppl.language.structure import paths_and_leaves
from lightppl.records import record


@record
class SiteLayout:
    """The flat vector's map: one slice a latent site, in the order of the model.

    Attributes
    ----------
    names : tuple of str
    slices : dict of str to slice
    unconstrained_shapes : dict of str to tuple
    shapes : dict of str to tuple
        Shapes of the constrained values.
    size : int
        Length D of the flat vector.
    held : HeldLayout
        Of the values behind it in a point.
    """

    names: tuple
    slices: dict
    unconstrained_shapes: dict
    shapes: dict
    size: int
    held: HeldLayout = NOTHING_HELD

    def unflatten(self, q):
        """Return unconstrained values by site name, and held values if there are any in `q`.

        Parameters
        ----------
        q : (..., D) or (..., D + H) float64
            May be traced.

        Returns
        -------
        dict of str to (..., *unconstrained shape) array
        """
        batch = tuple(np.shape(q)[:-1])
        pieces = {
            name: np.reshape(q[..., piece], batch + self.unconstrained_shapes[name])
            for name, piece in self.slices.items()
        }
        if np.shape(q)[-1] > self.size:
            pieces |= self.held.unflatten(q[..., self.size :])
        return pieces

    def flatten(self, pieces):
        """Return the point of unconstrained values by site name, and of held values.

        Parameters
        ----------
        pieces : dict of str to array

        Returns
        -------
        (D + H,) float64
        """
        q = self.vector(pieces)
        return np.concatenate([q, self.held.flatten(pieces)]) if self.held.size else q

    def vector(self, pieces):
        """Return the flat vector, (D,), of unconstrained values by site name."""
        missing = [name for name in self.names if name not in pieces]
        if missing:
            raise SiteNameError(
                f"No unconstrained value was given for {', '.join(map(repr, missing))}; the latent "
                f"sites of the model are {', '.join(map(repr, self.names))}."
            )
        q = np.zeros(self.size)
        for name in self.names:
            piece, shape = np.ravel(pieces[name]), self.unconstrained_shapes[name]
            if piece.size != math.prod(shape):
                raise ShapeError(
                    f"The latent site {name!r} has unconstrained shape {shape}, but was given "
                    f"{piece.size} unconstrained values. A state to go on from must be of a model "
                    "with as many unknowns."
                )
            q[self.slices[name]] = piece
        return q

    def require_names(self, names, what):
        """Raise a `SiteNameError` if one of `names` is no latent site, and not held either."""
        known = (*self.names, *self.held.names)
        unknown = [name for name in names if name not in known]
        if unknown:
            raise SiteNameError(
                f"{what} names {', '.join(map(repr, unknown))}, but the latent sites of the "
                f"model are {', '.join(map(repr, known)) or 'none'}. Check the spelling."
            )

    def coordinate_name(self, index):
        """Return the site, and its element, that an entry of the flat vector belongs to."""
        for name, found in self.slices.items():
            if found.start <= index < found.stop:
                shape = self.unconstrained_shapes[name]
                if not shape:
                    return name
                element = np.unravel_index(index - found.start, shape)
                return f"{name}[{', '.join(str(int(k)) for k in element)}]"
        raise IndexError(f"index {index} is out of bounds for a vector of size {self.size}")


def layout_sites(trace, held=NOTHING_HELD):
    """Return the layout of the latent sites of a trace.

    Parameters
    ----------
    trace : Trace
    held : HeldLayout
        Sites that are no part of the flat vector.

    Returns
    -------
    SiteLayout

    Raises
    ------
    DiscreteLatentError
        If a latent site is discrete.
    """
    slices, unconstrained_shapes, shapes = {}, {}, {}
    start = 0
    for name, site in trace.items():
        if not is_inferred(site) or name in held.names:
            continue
        _require_continuous(site)
        shape = np.shape(site.value)
        unconstrained = tuple(biject_to(site.fn.support).inverse_shape(shape))
        size = int(np.prod(unconstrained, dtype=np.int64))
        slices[name] = slice(start, start + size)
        unconstrained_shapes[name] = unconstrained
        shapes[name] = shape
        start += size
    return SiteLayout(tuple(slices), slices, unconstrained_shapes, shapes, start, held)


def layout_leaves(structure, held=NOTHING_HELD):
    """Return the layout of the leaves of a structure, named by their paths.

    Parameters
    ----------
    structure : array or nested dicts, lists and tuples of arrays
    held : HeldLayout

    Returns
    -------
    SiteLayout

    Examples
    --------
    >>> layout_leaves({"a": np.zeros(2), "b": {"c": np.zeros((3, 1))}}).slices
    {'a': slice(0, 2, None), 'b.c': slice(2, 5, None)}
    """
    slices, shapes, start = {}, {}, 0
    for path, leaf in paths_and_leaves(structure):
        name = ".".join(map(str, path)) or "z"
        slices[name], shapes[name] = slice(start, start + leaf.size), leaf.shape
        start += leaf.size
    return SiteLayout(tuple(slices), slices, shapes, shapes, start, held)


def is_inferred(site):
    """Return whether inference looks for the value of a site."""
    return site.type == "sample" and not site.is_observed


def _require_continuous(site):
    if site.fn.is_discrete:
        raise DiscreteLatentError(
            f"Site {site.name!r} is discrete ({family_name(site.fn)}) and not observed; "
            "gradient-based inference needs continuous latent values. Sample it beside the others "
            "with DiscreteHMCGibbs(NUTS(model)), sum it out (a mixture distribution does), or "
            "observe it."
        )
    if site.fn.support is None:
        raise ModelError(
            f"Site {site.name!r} has a distribution without a support ({family_name(site.fn)}). "
            "Give the class a `support` attribute."
        )
