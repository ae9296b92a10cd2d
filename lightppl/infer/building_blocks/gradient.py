"""Value and gradient of a function of a structure of arrays, of the user's own in plain Python."""

import numpy as np

from lightppl.density.eager import EagerPotential
from lightppl.infer.building_blocks.vectors import flatten, unflatten


class ValueAndGradient:
    """A scalar function of a structure together with its gradient.

    The function runs each time, so it may look at things that change.  One that knows its own
    gradient, as the ``potential_fn`` of `initialize_model` does, says so by an attribute
    ``value_and_gradient`` and is asked for both.

    Parameters
    ----------
    function : callable
        Plain NumPy, ``z -> float``.
    """

    def __init__(self, function):
        self.function = function
        self.knows_gradient = hasattr(function, "value_and_gradient")
        self.potentials = {}
        self.template = None

    def __call__(self, z):
        """Return the value, and the gradient in the structure of `z`.

        Parameters
        ----------
        z : structure of arrays
        """
        if self.knows_gradient:
            return self.function.value_and_gradient(z)
        self.template, q = z, flatten(z)
        if len(q) not in self.potentials:
            self.potentials[len(q)] = EagerPotential(self._of_vector, len(q))
        value, gradient = self.potentials[len(q)](q)
        return value, unflatten(np.asarray(gradient), z)

    def _of_vector(self, q):
        return self.function(unflatten(q, self.template))
