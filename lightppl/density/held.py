"""Values that change between transitions, and where they stand in a flat vector.

A density may *hold* some of what its model samples: discrete sites and other sites that somebody
else moves, the indices of a plate's subsample, an inverse temperature.  Nothing is differentiated
with respect to them, and when one changes nothing is compiled.  Compiled code finds them at the
head of the workspace that each chain has for itself; integers are exact as float64.

A *point* of such a density is its flat vector followed by its held values, (D + H,).

Legend: ``D`` size of the flat vector; ``H`` number of held values.
"""

import math
from dataclasses import field

import numpy as np

from lightppl.errors import ArgumentError, ShapeError, SiteNameError
from lightppl.records import record

INVERSE_TEMPERATURE = "inverse_temperature"
"""The held value by which a tempered density, or its likelihood, is multiplied."""

TEMPERED = ("likelihood", "all")


@record
class HeldLayout:
    """The map of the held values.

    Attributes
    ----------
    names : tuple of str
    slices : dict of str to slice
    shapes : dict of str to tuple
    dtypes : dict of str to type
        int or float.
    size : int
        H.
    """

    names: tuple = ()
    slices: dict = field(default_factory=dict)
    shapes: dict = field(default_factory=dict)
    dtypes: dict = field(default_factory=dict)
    size: int = 0

    def unflatten(self, held):
        """Return values by name of flat vectors (..., H), which may be traced."""
        batch = tuple(np.shape(held)[:-1])
        return {name: self._piece(held, name, batch) for name in self.names}

    def flatten(self, values):
        """Return the flat vector, (H,), of values by name; an inverse temperature is 1 by default.

        Raises
        ------
        SiteNameError, ShapeError
            If a value is missing, or has another number of elements.
        """
        held, values = np.zeros(self.size), {INVERSE_TEMPERATURE: 1.0, **values}
        for name in self.names:
            if name not in values:
                raise SiteNameError(f"No value was given for the held site {name!r}.")
            found = np.asarray(values[name])
            if found.size != math.prod(self.shapes[name]):
                raise ShapeError(
                    f"The held site {name!r} has shape {self.shapes[name]}, but was given a value "
                    f"of shape {found.shape}."
                )
            held[self.slices[name]] = found.ravel()
        return held

    def _piece(self, held, name, batch):
        piece = np.reshape(held[..., self.slices[name]], batch + self.shapes[name])
        return piece.astype(np.int64) if self.dtypes[name] is int else piece


NOTHING_HELD = HeldLayout()


def layout_held(trace, names, tempered=None):
    """Return the layout of held values.

    Parameters
    ----------
    trace : Trace
        Of one run of the model.
    names : sequence of str
        Latent sites, and plates with a subsample.
    tempered : {None, "likelihood", "all"}
        What the inverse temperature multiplies: the log density of what is observed, or all of it.

    Returns
    -------
    HeldLayout

    Raises
    ------
    SiteNameError
        If a name is of no such site.
    """
    values = {}
    if tempered is not None:
        if tempered not in TEMPERED:
            raise ArgumentError(f"tempered must be one of {TEMPERED}, found {tempered!r}.")
        values[INVERSE_TEMPERATURE] = np.float64(1.0)
    values |= held_values(trace, names)
    slices, start = {}, 0
    for name, value in values.items():
        slices[name] = slice(start, start + value.size)
        start += value.size
    return HeldLayout(
        tuple(values),
        slices,
        {name: value.shape for name, value in values.items()},
        {name: int if value.dtype.kind in "iub" else float for name, value in values.items()},
        start,
    )


def held_values(trace, names):
    """Return the values of some sites and plates in a trace, as arrays by name.

    Raises
    ------
    SiteNameError
        If one is neither a latent site nor a plate with a subsample.
    """
    known = [name for name, site in trace.items() if _can_be_held(site)]
    for name in names:
        if name not in known:
            raise SiteNameError(
                f"{name!r} cannot be held: the latent sites and subsampled plates of the model "
                f"are {', '.join(map(repr, known)) or 'none'}. Check the spelling."
            )
    return {name: np.asarray(trace[name].value) for name in known if name in names}


def _can_be_held(site):
    if site.type == "plate":
        size, subsample_size = site.args
        return subsample_size < size
    return site.type == "sample" and not site.is_observed
