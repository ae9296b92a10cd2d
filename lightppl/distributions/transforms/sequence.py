"""Transforms along an axis: linear recursions, cosine, Haar and Fourier transforms.

Orthonormal transforms of real vectors are products with a constant matrix, made once per size: that
is one BLAS call, and traced arrays understand it.  The complex Fourier transforms use `numpy.fft`.
"""

import math
from functools import lru_cache

import numpy as np

from lightppl.autodiff import as_array
from lightppl.distributions import constraints
from lightppl.distributions.transforms.transform import Transform


class RecursiveLinearTransform(Transform):
    """``y_t = A y_(t-1) + x_t`` along the second last axis.

    Computed by doubling: after k rounds every entry holds the last ``2 ** k`` terms of its sum, so
    T steps take log2(T) products of whole arrays.

    Parameters
    ----------
    transition_matrix : (..., D, D) array_like
        A.
    initial_value : (..., D) array_like, optional
        y_0; zero by default.

    References
    ----------
    Hillis, Steele (1986), "Data parallel algorithms".

    Examples
    --------
    >>> RecursiveLinearTransform(np.eye(1))(np.ones((3, 1))).ravel()
    array([1., 2., 3.])
    """

    domain = constraints.real_matrix
    codomain = constraints.real_matrix
    _parameters = ("transition_matrix", "initial_value")

    def __init__(self, transition_matrix, initial_value=None):
        self.transition_matrix = as_array(transition_matrix)
        self.initial_value = None if initial_value is None else as_array(initial_value)

    def __call__(self, x):
        power = np.swapaxes(self.transition_matrix, -1, -2)
        shape = self.forward_shape(np.shape(x))
        y = x if np.shape(x) == shape else np.broadcast_to(x, shape)
        if self.initial_value is not None:
            first = y[..., :1, :] + np.matmul(np.expand_dims(self.initial_value, -2), power)
            y = np.concatenate([first, y[..., 1:, :]], axis=-2)
        steps, length = 1, shape[-2]
        while steps < length:
            earlier = np.matmul(y[..., :-steps, :], power)
            y = np.concatenate([y[..., :steps, :], y[..., steps:, :] + earlier], axis=-2)
            power, steps = np.matmul(power, power), 2 * steps
        return y

    def _inverse(self, y):
        shape = self.inverse_shape(np.shape(y))
        y = y if np.shape(y) == shape else np.broadcast_to(y, shape)
        first = np.zeros(shape[-1:]) if self.initial_value is None else self.initial_value
        start = np.broadcast_to(np.expand_dims(first, -2), shape[:-2] + (1, shape[-1]))
        before = np.concatenate([start, y[..., :-1, :]], axis=-2)
        return y - np.matmul(before, np.swapaxes(self.transition_matrix, -1, -2))

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(self.forward_shape(np.shape(y))[:-2])

    def forward_shape(self, shape):
        batches = [tuple(shape[:-2]), np.shape(self.transition_matrix)[:-2]]
        if self.initial_value is not None:
            batches.append(np.shape(self.initial_value)[:-1])
        return np.broadcast_shapes(*batches) + tuple(shape[-2:])

    inverse_shape = forward_shape


class _OrthonormalTransform(Transform):
    """Base of products with an orthonormal matrix, perhaps weighted, along an axis.

    Subclasses give ``_matrix(size)``, and ``_weights(size)`` of product one, or None.
    """

    def __init__(self, dim=-1):
        if dim >= 0:
            raise ValueError(f"{type(self).__name__} counts dim from the right: found {dim}.")
        self.dim = dim

    @property
    def domain(self):
        return constraints.independent(constraints.real, -self.dim)

    codomain = domain

    def _weights(self, size):
        return None

    def __call__(self, x):
        size = np.shape(x)[self.dim]
        y = np.matmul(np.swapaxes(x, self.dim, -1), self._matrix(size).T)
        weights = self._weights(size)
        return np.swapaxes(y if weights is None else y * weights, self.dim, -1)

    def _inverse(self, y):
        size = np.shape(y)[self.dim]
        weights = self._weights(size)
        y = np.swapaxes(y, self.dim, -1)
        x = np.matmul(y if weights is None else y / weights, self._matrix(size))
        return np.swapaxes(x, self.dim, -1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[: self.dim])


class DiscreteCosineTransform(_OrthonormalTransform):
    """Orthonormal discrete cosine transform of type II.

    Parameters
    ----------
    dim : int
        Axis, negative.
    smooth : float
        Power of the frequency by which coefficients are multiplied, the volume kept: 1 turns
        Brownian noise into white noise.

    Examples
    --------
    >>> t = DiscreteCosineTransform()
    >>> bool(np.allclose(t.inv(t(np.arange(5.0))), np.arange(5.0)))
    True
    """

    _parameters = ("dim", "smooth")

    def __init__(self, dim=-1, smooth=0.0):
        super().__init__(dim)
        self.smooth = float(smooth)

    def _matrix(self, size):
        return _cosine_matrix(size)

    def _weights(self, size):
        if self.smooth == 0.0:
            return None
        log_frequency = self.smooth * np.log(np.arange(size) + 0.5)
        return np.exp(log_frequency - log_frequency.mean())


class HaarTransform(_OrthonormalTransform):
    """Orthonormal Haar transform; an odd last entry is kept as it is.

    Parameters
    ----------
    dim : int
        Axis, negative.
    flip : bool
        Whether to reverse the axis first.

    Examples
    --------
    >>> HaarTransform()(np.ones(4)).round(6)
    array([2., 0., 0., 0.])
    """

    _parameters = ("dim", "flip")

    def __init__(self, dim=-1, flip=False):
        super().__init__(dim)
        self.flip = flip

    def _matrix(self, size):
        matrix = _haar_matrix(size)
        return matrix[:, ::-1] if self.flip else matrix


@lru_cache(maxsize=32)
def _cosine_matrix(size):
    frequency, place = np.arange(size)[:, None], np.arange(size) + 0.5
    matrix = np.sqrt(2.0 / size) * np.cos(math.pi * frequency * place / size)
    matrix[0] /= math.sqrt(2.0)
    return matrix


@lru_cache(maxsize=32)
def _haar_matrix(size):
    if size == 1:
        return np.ones((1, 1))
    half = size // 2
    sums, differences, rest = (
        np.zeros((half, size)),
        np.zeros((half, size)),
        np.eye(size)[2 * half :],
    )
    pairs = np.arange(half)
    sums[pairs, 2 * pairs] = sums[pairs, 2 * pairs + 1] = math.sqrt(0.5)
    differences[pairs, 2 * pairs], differences[pairs, 2 * pairs + 1] = (
        math.sqrt(0.5),
        -math.sqrt(0.5),
    )
    return np.concatenate([_haar_matrix(half) @ sums, differences, rest])


@lru_cache(maxsize=32)
def fourier_matrix(size):
    """Return the orthonormal real Fourier matrix: rows cos 0, cos 1, sin 1, cos 2, ...

    Parameters
    ----------
    size : int
    """
    frequency = (np.arange(size) + 1) // 2
    angle = 2.0 * math.pi * frequency[:, None] * np.arange(size) / size
    is_sine = (np.arange(size) % 2 == 0) & (frequency > 0)
    matrix = np.where(is_sine[:, None], np.sin(angle), np.cos(angle)) * math.sqrt(2.0 / size)
    alone = (frequency == 0) | (2 * frequency == size)
    matrix[alone] /= math.sqrt(2.0)
    return matrix


class ComplexTransform(Transform):
    """A pair of real numbers on the last axis to a complex number."""

    domain = constraints.real_vector
    codomain = constraints.complex

    def __call__(self, x):
        return x[..., 0] + 1j * x[..., 1]

    def _inverse(self, y):
        return np.stack([np.real(y), np.imag(y)], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[:-1])

    def forward_shape(self, shape):
        return tuple(shape[:-1])

    def inverse_shape(self, shape):
        return tuple(shape) + (2,)


class RealFastFourierTransform(Transform):
    """Fast Fourier transform of real arrays over their last axes.

    Parameters
    ----------
    transform_shape : tuple of int, optional
        Lengths of the transformed axes.
    transform_ndims : int
        Number of transformed axes.
    """

    _parameters = ("transform_shape", "transform_ndims")

    def __init__(self, transform_shape=None, transform_ndims=1):
        self.transform_shape = transform_shape
        self.transform_ndims = transform_ndims

    @property
    def domain(self):
        return constraints.independent(constraints.real, self.transform_ndims)

    @property
    def codomain(self):
        return constraints.independent(constraints.complex, self.transform_ndims)

    @property
    def _axes(self):
        return tuple(range(-self.transform_ndims, 0))

    def __call__(self, x):
        return np.fft.rfftn(x, self.transform_shape, self._axes)

    def _inverse(self, y):
        return np.fft.irfftn(y, self.transform_shape, self._axes)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[: np.ndim(x) - self.transform_ndims])

    def forward_shape(self, shape):
        lengths = self.transform_shape or tuple(shape)[-self.transform_ndims :]
        kept = tuple(shape)[: len(shape) - self.transform_ndims]
        return kept + tuple(lengths[:-1]) + (lengths[-1] // 2 + 1,)

    def inverse_shape(self, shape):
        kept = tuple(shape)[: len(shape) - self.transform_ndims]
        if self.transform_shape is not None:
            return kept + tuple(self.transform_shape)
        return tuple(shape[:-1]) + (2 * (shape[-1] - 1),)


class PackRealFastFourierCoefficientsTransform(Transform):
    """A real vector to the complex coefficients of the Fourier transform of another real vector.

    The first entries become real parts, the rest imaginary parts; coefficients that must be real
    have none.

    Parameters
    ----------
    transform_shape : tuple of int, optional
        Length of the vector, as a tuple of one.
    """

    domain = constraints.real_vector
    codomain = constraints.independent(constraints.complex, 1)
    _parameters = ("shape",)

    def __init__(self, transform_shape=None):
        if transform_shape is not None and len(transform_shape) != 1:
            raise ValueError(f"Packing is one-dimensional: found shape {transform_shape}.")
        self.shape = transform_shape

    def __call__(self, x):
        size = np.shape(x)[-1]
        count = size // 2 + 1
        zero = np.zeros(np.shape(x)[:-1] + (1,))
        parts = [zero, x[..., count:]] + ([zero] if size % 2 == 0 else [])
        return x[..., :count] + 1j * np.concatenate(parts, axis=-1)

    def _inverse(self, y):
        size = self.inverse_shape(np.shape(y))[-1]
        last = np.shape(y)[-1] - (1 if size % 2 == 0 else 0)
        return np.concatenate([np.real(y), np.imag(y)[..., 1:last]], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[:-1])

    def forward_shape(self, shape):
        return tuple(shape[:-1]) + (shape[-1] // 2 + 1,)

    def inverse_shape(self, shape):
        size = 2 * (shape[-1] - 1) if self.shape is None else self.shape[-1]
        return tuple(shape[:-1]) + (size,)
