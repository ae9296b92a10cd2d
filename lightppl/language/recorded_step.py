"""What the statements of a body need while it is written down once, for all steps or for a branch.
"""

import numpy as np

from lightppl.autodiff import is_traced, plain_value
from lightppl.errors import UnsupportedOperationError


class RecordedStep:
    """What the statements of a body need while it is recorded once for all steps.

    Parameters
    ----------
    tape : Recording
    length : int or None
        Number of steps; None for a branch.

    Attributes
    ----------
    xs : list of (T, ...) array
        What the loop goes along.
    """

    def __init__(self, tape, length):
        self.tape, self.length = tape, length
        self.xs = []
        self._whole = {}

    def slice_of(self, array):
        """Return the traced value of an array at the present step."""
        value = self.tape.input(np.asarray(plain_value(array))[0])
        self.xs.append(array)
        self._whole[value._node.slot] = array
        return value

    def whole_of(self, value):
        """Return the array of which a value is the slice, or None."""
        slot = self.tape.slot_of(value)
        if isinstance(slot, np.ndarray):
            return np.broadcast_to(slot, (self.length, *slot.shape))
        return self._whole.get(slot)

    def is_inside(self, value):
        """Return whether a value is known inside the body only."""
        return is_traced(value) and value._trace >= self.tape.level

    def draws(self, rng):
        """Return a generator that draws for all steps at once."""
        return _DrawsOfSteps(rng, self)


class _DrawsOfSteps:
    """Looks like a generator; draws are made outside of the body, for all steps at once."""

    def __init__(self, rng, step):
        self._rng, self._step = rng, step

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        draw = getattr(self._rng, method)

        def draw_all(*args, **kwargs):
            if "size" not in kwargs or any(self._step.is_inside(x) for x in args):
                raise UnsupportedOperationError(f"Generator.{method} in the body of a loop.")
            if self._step.length is None:  # a branch: the draw is made whether it is taken or not
                return draw(*args, **kwargs)
            size = () if kwargs["size"] is None else kwargs["size"]
            size = (size,) if np.ndim(size) == 0 else tuple(size)
            kwargs["size"] = (self._step.length, *size)
            return self._step.slice_of(draw(*args, **kwargs))

        return draw_all


def site_results(sites):
    """Values and log densities of the sites of a recorded step, as arrays of that step."""
    results = []
    for asked in sites.asked.values():
        (step,) = asked.steps
        if asked.msg.type == "sample":
            shape = step.fn.shape()
            is_whole = np.shape(step.value) == shape
            value = step.value if is_whole else np.broadcast_to(step.value, shape)
            results += [value, step.log_prob()]
        else:
            results += [step.value, 0.0]
    return results


def by_site(sites, found):
    """Return (value, log density) of each site, from the results in the order of `site_results`."""
    if sites is None:
        return None
    pairs = zip(found[::2], found[1::2])
    return dict(zip(sites.asked, pairs))
