"""`new_state_fn`: how far a random walk goes, said by the user.

`random_walk_normal_fn` and `random_walk_uniform_fn` are known to the kernel, which draws such steps
itself.  Any other function is called from it, once a transition, and takes the GIL.
"""

import ctypes

import numpy as np

from lightppl.arguments import check_numbers, shown
from lightppl.errors import ArgumentError, ShapeError
from lightppl.keys import as_generator
from lightppl.machine_code.object_code import POTENTIAL_CTYPE
from lightppl.random import PRNGKey
from lightppl.records import record


@record(eq=False)
class Steps:
    """Random steps that the kernel knows; a function from a state and a seed to a new state.

    Attributes
    ----------
    scale : float or (D,) array
    is_uniform : bool
    """

    scale: object
    is_uniform: bool

    def __call__(self, state_parts, seed):
        """Return new parts of a state.

        Parameters
        ----------
        state_parts : list of array
        seed : key
        """
        rng = as_generator(seed)
        draw = (lambda n: rng.uniform(-1.0, 1.0, n)) if self.is_uniform else rng.standard_normal
        return [x + self.scale * draw(np.shape(x)) for x in state_parts]


def random_walk_normal_fn(scale=1.0):
    """Return normal steps for `RandomWalkMetropolis`.

    Parameters
    ----------
    scale : float or (D,) array
        Standard deviation, positive; of each unconstrained value, in the order of sorted site
        names, or of all.

    Examples
    --------
    >>> random_walk_normal_fn(0.5)([np.zeros(2)], seed=0)[0].shape
    (2,)
    """
    return Steps(_check_scale(scale), False)


def random_walk_uniform_fn(scale=1.0):
    """Return uniform steps for `RandomWalkMetropolis`, in a box from -scale to scale.

    Parameters
    ----------
    scale : float or (D,) array
        Positive.
    """
    return Steps(_check_scale(scale), True)


def _check_scale(scale):
    is_list = isinstance(scale, (list, tuple)) and len(scale) == 1  # one part of a state
    found = np.asarray(check_numbers(scale[0] if is_list else scale, "scale"), np.float64)
    if found.ndim > 1 or not np.all(found > 0):
        raise ArgumentError(
            f"scale must be a positive number or a vector of them, found {shown(scale)}."
        )
    return float(found) if found.ndim == 0 else found


class PythonProposal:
    """A function of the user's that proposes states, as a C function for kernels.

    Parameters
    ----------
    function : callable
        ``([state], seed) -> [new state]``, with states as vectors (D,).

    Attributes
    ----------
    address : int
    size : int
        D, which whoever runs it sets.
    """

    def __init__(self, function):
        self.function, self.size, self.error = function, 0, None
        self._callback = POTENTIAL_CTYPE(self._call_from_c)
        self.address = int(np.frombuffer(bytes(self._callback), dtype=np.intp)[0])

    def __reduce__(self):
        return PythonProposal, (self.function,)

    def raise_error(self):
        """Raise, once, what stopped the function, if anything did."""
        error, self.error = self.error, None
        if error is not None:
            raise error

    def _call_from_c(self, q, new_q, seed, unused_ints, unused_floats):
        try:
            if self.error is None:
                key = PRNGKey(int(_view(seed, 1)[0] * 2.0**53))
                found = self.function([_view(q, self.size).copy()], key)
                _view(new_q, self.size)[:] = self._checked(found)
        except BaseException as error:  # C cannot pass it on; whoever runs the kernel raises it
            self.error = error
        return 0.0

    def _checked(self, found):
        parts = found if isinstance(found, (list, tuple)) else [found]
        if len(parts) != 1 or np.shape(parts[0]) != (self.size,):
            raise ShapeError(
                f"new_state_fn must return a list of one array of shape ({self.size},), found "
                f"{shown(found)}."
            )
        return parts[0]


def _view(address, size):
    return np.ctypeslib.as_array((ctypes.c_double * size).from_address(address))
