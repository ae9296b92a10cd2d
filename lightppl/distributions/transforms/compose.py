"""Transforms made of transforms, and transforms that only move entries."""

import math

import numpy as np

from lightppl.distributions import constraints
from lightppl.distributions.transforms.transform import Transform, sum_rightmost
from lightppl.errors import ShapeError


class ComposeTransform(Transform):
    """Several transforms, the first one applied first.

    Parameters
    ----------
    parts : sequence of Transform

    Examples
    --------
    >>> from lightppl.distributions.transforms import AffineTransform, ExpTransform
    >>> ComposeTransform([AffineTransform(0.0, 2.0), ExpTransform()])(0.0)
    np.float64(1.0)
    """

    _parameters = ("parts",)

    def __init__(self, parts):
        self.parts = list(parts)

    @property
    def domain(self):
        if not self.parts:
            return constraints.real
        # events grow rightwards: the widest part decides, seen from the first
        event_dim = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            event_dim += part.domain.event_dim - part.codomain.event_dim
            event_dim = max(event_dim, part.domain.event_dim)
        return _with_event_dim(self.parts[0].domain, event_dim)

    @property
    def codomain(self):
        if not self.parts:
            return constraints.real
        event_dim = self.parts[0].domain.event_dim
        for part in self.parts:
            event_dim += part.codomain.event_dim - part.domain.event_dim
            event_dim = max(event_dim, part.codomain.event_dim)
        return _with_event_dim(self.parts[-1].codomain, event_dim)

    @property
    def sign(self):
        return math.prod(part.sign for part in self.parts)

    def __call__(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y):
        for part in reversed(self.parts):
            y = part._inverse(y)
        return y

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        steps = intermediates or self.call_with_intermediates(x)[1]
        total = 0.0
        event_dim = self.domain.event_dim
        for part, (start, end, inner) in zip(self.parts, steps):
            term = part.log_abs_det_jacobian(start, end, inner)
            total = total + sum_rightmost(term, event_dim - part.domain.event_dim)
            event_dim += part.codomain.event_dim - part.domain.event_dim
        return total

    def call_with_intermediates(self, x):
        steps = []
        for part in self.parts:
            y, inner = part.call_with_intermediates(x)
            steps.append((x, y, inner))
            x = y
        return x, steps

    def forward_shape(self, shape):
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape):
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape


def _with_event_dim(constraint, event_dim):
    extra = event_dim - constraint.event_dim
    return constraint if extra == 0 else constraints.independent(constraint, extra)


class IndependentTransform(Transform):
    """A transform whose batch axes count as event axes.

    Parameters
    ----------
    base_transform : Transform
    reinterpreted_batch_ndims : int
    """

    _parameters = ("base_transform", "reinterpreted_batch_ndims")

    def __init__(self, base_transform, reinterpreted_batch_ndims):
        self.base_transform = base_transform
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def domain(self):
        return constraints.independent(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @property
    def codomain(self):
        return constraints.independent(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    def __call__(self, x):
        return self.base_transform(x)

    def _inverse(self, y):
        return self.base_transform._inverse(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        inner = self.base_transform.log_abs_det_jacobian(x, y, intermediates)
        return sum_rightmost(inner, self.reinterpreted_batch_ndims)

    def call_with_intermediates(self, x):
        return self.base_transform.call_with_intermediates(x)

    def forward_shape(self, shape):
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape):
        return self.base_transform.inverse_shape(shape)


class PermuteTransform(Transform):
    """``y = x[..., permutation]``.

    Parameters
    ----------
    permutation : (N,) array of int

    Examples
    --------
    >>> PermuteTransform([2, 0, 1])(np.array([1.0, 2.0, 3.0]))
    array([3., 1., 2.])
    """

    domain = constraints.real_vector
    codomain = constraints.real_vector
    _parameters = ("permutation",)

    def __init__(self, permutation):
        self.permutation = np.asarray(permutation, dtype=np.int64)

    def __call__(self, x):
        return x[..., self.permutation]

    def _inverse(self, y):
        return y[..., np.argsort(self.permutation)]

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[:-1])


class ReshapeTransform(Transform):
    """Entries kept, event shape changed from `inverse_shape` to `forward_shape`.

    Parameters
    ----------
    forward_shape, inverse_shape : tuple of int
        Of equal size.
    """

    _parameters = ("_forward_shape", "_inverse_shape")

    def __init__(self, forward_shape, inverse_shape):
        if math.prod(forward_shape) != math.prod(inverse_shape):
            raise ShapeError(
                f"ReshapeTransform got forward_shape {tuple(forward_shape)} and inverse_shape "
                f"{tuple(inverse_shape)}; both must have the same number of entries."
            )
        self._forward_shape = tuple(forward_shape)
        self._inverse_shape = tuple(inverse_shape)

    @property
    def domain(self):
        return constraints.independent(constraints.real, len(self._inverse_shape))

    @property
    def codomain(self):
        return constraints.independent(constraints.real, len(self._forward_shape))

    def forward_shape(self, shape):
        return self._swap_events(shape, self._inverse_shape, self._forward_shape)

    def inverse_shape(self, shape):
        return self._swap_events(shape, self._forward_shape, self._inverse_shape)

    def _swap_events(self, shape, old, new):
        cut = len(shape) - len(old)
        if cut < 0 or tuple(shape[cut:]) != old:
            raise ShapeError(f"ReshapeTransform expects event shape {old}, found shape {shape}.")
        return tuple(shape[:cut]) + new

    def __call__(self, x):
        return np.reshape(x, self.forward_shape(np.shape(x)))

    def _inverse(self, y):
        return np.reshape(y, self.inverse_shape(np.shape(y)))

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[: np.ndim(x) - len(self._inverse_shape)])


class UnpackTransform(Transform):
    """A flat vector unpacked into a structure by a function, without change of volume.

    Parameters
    ----------
    unpack_fn : callable
        Vector -> structure.
    pack_fn : callable, optional
        Structure -> vector.
    """

    domain = constraints.real_vector
    codomain = constraints.dependent
    _parameters = ("unpack_fn", "pack_fn")

    def __init__(self, unpack_fn, pack_fn=None):
        self.unpack_fn = unpack_fn
        self.pack_fn = pack_fn

    def __call__(self, x):
        return self.unpack_fn(x)

    def _inverse(self, y):
        if self.pack_fn is None:
            raise NotImplementedError("UnpackTransform was made without a pack_fn.")
        return self.pack_fn(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[:-1])


class CatTransform(Transform):
    """Different transforms on consecutive pieces of one axis.

    Parameters
    ----------
    tseq : sequence of Transform
        Elementwise on that axis, or with events that end at it.
    dim : int
        The axis, seen from the events of the parts.
    lengths : sequence of int, optional
        Size of each piece; one each by default.
    """

    _parameters = ("transforms", "dim", "lengths")

    def __init__(self, tseq, dim=0, lengths=None):
        self.transforms = list(tseq)
        self.dim = dim
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)

    @property
    def length(self):
        """Size of the axis."""
        return sum(self.lengths)

    @property
    def domain(self):
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @property
    def codomain(self):
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)

    def _pieces(self, x):
        edges = np.cumsum([0] + self.lengths)
        before = (slice(None),) * (self.dim % np.ndim(x))
        return [x[before + (slice(a, b),)] for a, b in zip(edges[:-1], edges[1:])]

    def __call__(self, x):
        pieces = [t(piece) for t, piece in zip(self.transforms, self._pieces(x))]
        return np.concatenate(pieces, axis=self.dim)

    def _inverse(self, y):
        pieces = [t._inverse(piece) for t, piece in zip(self.transforms, self._pieces(y))]
        return np.concatenate(pieces, axis=self.dim)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        event_dim = max(t.domain.event_dim for t in self.transforms)
        terms = [
            sum_rightmost(t.log_abs_det_jacobian(a, b), event_dim - t.domain.event_dim)
            for t, a, b in zip(self.transforms, self._pieces(x), self._pieces(y))
        ]
        return np.concatenate(terms, axis=self.dim)
