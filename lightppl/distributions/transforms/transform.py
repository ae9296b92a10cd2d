"""The contract of a transform, its inverse, and the identity."""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions import constraints
from lightppl.named_arguments import NamedArguments


class Transform(metaclass=NamedArguments):
    """A map between two sets, with inverse and log |det| of its Jacobian.

    Subclasses define `domain`, `codomain`, ``__call__(x)``, ``_inverse(y)`` and
    ``log_abs_det_jacobian(x, y)``, and `forward_shape`, `inverse_shape` if they change shapes.  All
    of them work on batches and on traced arrays.

    Attributes
    ----------
    domain, codomain : Constraint
    sign : int
        1 for increasing, -1 for decreasing elementwise transforms.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> t = dist.transforms.ExpTransform()
    >>> t.inv(t(np.array([0.5, 2.0])))
    array([0.5, 2. ])
    """

    domain = constraints.real
    codomain = constraints.real
    sign = 1
    _parameters = ()

    def __call__(self, x):
        """Return the image of `x`."""
        raise NotImplementedError

    def _inverse(self, y):
        raise NotImplementedError

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        """Return ``log |det dy/dx|`` for each event.

        Parameters
        ----------
        x, y : array
            A point of the domain and its image.
        intermediates : object, optional
            What `call_with_intermediates` returned beside `y`.

        Returns
        -------
        array
            Shape of `x` without the event axes of the domain.
        """
        raise NotImplementedError

    def call_with_intermediates(self, x):
        """Return the image of `x`, and whatever saves work in `log_abs_det_jacobian`, or None."""
        return self(x), None

    @property
    def inv(self):
        """The inverse transform; ``t.inv(y)`` gives x."""
        return InverseTransform(self)

    @property
    def event_dim(self):
        """Number of trailing axes that make one event of the domain."""
        return self.domain.event_dim

    def forward_shape(self, shape):
        """Return the shape of ``t(x)`` for `x` of the given shape."""
        return tuple(shape)

    def inverse_shape(self, shape):
        """Return the shape of ``t.inv(y)`` for `y` of the given shape."""
        return tuple(shape)

    def __eq__(self, other):
        if type(self) is not type(other):
            return NotImplemented
        return all(
            constraints.constraint.same_value(getattr(self, name), getattr(other, name))
            for name in self._parameters
        )

    def eq(self, other, static=False):
        """Return whether `other` is the same map; `static` is accepted for compatibility."""
        return self == other

    def __hash__(self):
        return hash(type(self))

    def __repr__(self):
        values = ", ".join(f"{name}={getattr(self, name)}" for name in self._parameters)
        return f"{type(self).__name__}({values})"


class InverseTransform(Transform):
    """A transform read backwards.

    Parameters
    ----------
    transform : Transform
    """

    _parameters = ("_transform",)

    def __init__(self, transform):
        self._transform = transform

    @property
    def domain(self):
        return self._transform.codomain

    @property
    def codomain(self):
        return self._transform.domain

    @property
    def sign(self):
        return self._transform.sign

    @property
    def inv(self):
        return self._transform

    def __call__(self, x):
        return self._transform._inverse(x if hasattr(x, "dtype") else as_array(x))

    def _inverse(self, y):
        return self._transform(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return -self._transform.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape):
        return self._transform.inverse_shape(shape)

    def inverse_shape(self, shape):
        return self._transform.forward_shape(shape)


class IdentityTransform(Transform):
    """The map that changes nothing."""

    def __call__(self, x):
        return x

    def _inverse(self, y):
        return y

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x))


def sum_rightmost(x, num_axes):
    """Return `x` summed over its last `num_axes` axes.

    Parameters
    ----------
    x : array
    num_axes : int
    """
    return x if num_axes == 0 else np.sum(x, axis=tuple(range(-num_axes, 0)))
