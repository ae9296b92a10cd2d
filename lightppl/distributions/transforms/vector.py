"""Transforms of vectors: onto simplices, ordered vectors, balls and hyperplanes.

Legend: ``N`` entries of the unconstrained vector.
"""

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import expit, log_expit
from lightppl.distributions import constraints
from lightppl.distributions.transforms.transform import Transform

_LOG_2 = float(np.log(2.0))


class StickBreakingTransform(Transform):
    """N reals to N + 1 positive numbers that sum to one; zeros go to the centre.

    Each entry breaks a share ``expit(x_k - log(N - k))`` off what is left of a stick of length one.
    The map is computed on the log scale, and its Jacobian is the product of all shares of the
    stick.

    References
    ----------
    Stan Development Team, "Stan Reference Manual", "Unit simplex" under constraint transforms.

    Examples
    --------
    >>> StickBreakingTransform()(np.zeros(3))
    array([0.25, 0.25, 0.25, 0.25])
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _log_image(self, x):
        size = np.shape(x)[-1]
        centred = x - np.log(np.arange(float(size), 0.0, -1.0))
        log_whole = np.zeros(np.shape(x)[:-1] + (1,))
        log_left = np.concatenate(
            [log_whole, np.cumsum(log_expit(-centred), axis=-1)], axis=-1
        )
        return np.concatenate(
            [log_expit(centred) + log_left[..., :-1], log_left[..., -1:]], axis=-1
        )

    def __call__(self, x):
        return np.exp(self._log_image(x))

    def _inverse(self, y):
        size = np.shape(y)[-1] - 1
        left = _reverse_cumsum(y)[..., 1:]
        offsets = np.log(np.arange(float(size), 0.0, -1.0))
        return np.log(y[..., :-1]) - np.log(left) + offsets

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.sum(self._log_image(x), axis=-1)

    def forward_shape(self, shape):
        return tuple(shape[:-1]) + (shape[-1] + 1,)

    def inverse_shape(self, shape):
        return tuple(shape[:-1]) + (shape[-1] - 1,)


class OrderedTransform(Transform):
    """Reals to increasing numbers: the first as it is, then steps of ``exp(x_k)``.

    Examples
    --------
    >>> OrderedTransform()(np.zeros(3))
    array([0., 1., 2.])
    """

    domain = constraints.real_vector
    codomain = constraints.ordered_vector

    def __call__(self, x):
        return np.cumsum(np.concatenate([x[..., :1], np.exp(x[..., 1:])], axis=-1), axis=-1)

    def _inverse(self, y):
        return np.concatenate([y[..., :1], np.log(y[..., 1:] - y[..., :-1])], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.sum(x[..., 1:], axis=-1)


class SimplexToOrderedTransform(Transform):
    """Category probabilities to the cutpoints of an ordinal model.

    ``y_k = anchor_point + logit(x_1 + ... + x_k)``.  A Dirichlet distribution pushed through it is
    the induced prior on the cutpoints.

    Parameters
    ----------
    anchor_point : array_like
        Location of the latent scale.

    References
    ----------
    Betancourt (2019), "Ordinal regression", sec. 2.2.

    Notes
    -----
    NumPyro evaluates the Jacobian at the cutpoints without taking the anchor off; here the anchor,
    a translation, does not change it.
    """

    domain = constraints.simplex
    codomain = constraints.ordered_vector
    _parameters = ("anchor_point",)

    def __init__(self, anchor_point=0.0):
        self.anchor_point = as_array(anchor_point)

    def __call__(self, x):
        # logit(s) with the rest of the sum taken from the right, exact where s is close to one
        below = np.cumsum(x, axis=-1)[..., :-1]
        above = _reverse_cumsum(x)[..., 1:]
        return np.log(below) - np.log(above) + np.expand_dims(self.anchor_point, -1)

    def _inverse(self, y):
        centred = y - np.expand_dims(self.anchor_point, -1)
        # differences of expit without cancellation: each from the side where it is small
        a, b = centred[..., :-1], centred[..., 1:]
        inner = expit(b) * expit(-a) * -np.expm1(a - b)
        return np.concatenate([expit(centred[..., :1]), inner, expit(-centred[..., -1:])], axis=-1)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        centred = y - np.expand_dims(self.anchor_point, -1)
        return -np.sum(log_expit(centred) + log_expit(-centred), axis=-1)

    def forward_shape(self, shape):
        return tuple(shape[:-1]) + (shape[-1] - 1,)

    def inverse_shape(self, shape):
        return tuple(shape[:-1]) + (shape[-1] + 1,)


class L1BallTransform(Transform):
    """Reals to vectors whose absolute values sum to at most one.

    Entry k takes the signed share ``tanh(x_k)`` of what earlier entries left of the ball.
    """

    domain = constraints.real_vector
    codomain = constraints.l1_ball

    def _log_left(self, x):
        # log(1 - |tanh x|) = log 2 + log expit(-2|x|), summed over earlier entries
        log_kept = _LOG_2 + log_expit(-2.0 * np.abs(x))
        return np.cumsum(log_kept, axis=-1) - log_kept

    def __call__(self, x):
        return np.tanh(x) * np.exp(self._log_left(x))

    def _inverse(self, y):
        size = np.abs(y)
        left = 1.0 - (np.cumsum(size, axis=-1) - size)
        # |x| = log((left + |y|) / (left - |y|)) / 2
        ends = np.log(left + size) - np.log(left - size)
        return 0.5 * np.sign(y) * ends

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        log_slope = 2.0 * _LOG_2 + log_expit(2.0 * x) + log_expit(-2.0 * x)
        return np.sum(log_slope + self._log_left(x), axis=-1)


class ZeroSumTransform(Transform):
    """Arrays to arrays one longer along each transformed axis that sum to zero along it.

    An isometry: the volume is kept, and every entry of the image has the same variance.

    Parameters
    ----------
    transform_ndims : int
        Number of trailing axes.

    References
    ----------
    Seyboldt and the PyMC developers (2022), "ZeroSumNormal": the Householder reflection that takes
    the last axis to the vector of ones.
    """

    _parameters = ("transform_ndims",)

    def __init__(self, transform_ndims=1):
        self.transform_ndims = transform_ndims

    @property
    def domain(self):
        return constraints.independent(constraints.real, self.transform_ndims)

    @property
    def codomain(self):
        return constraints.zero_sum(self.transform_ndims)

    def __call__(self, x):
        for axis in range(-self.transform_ndims, 0):
            size = np.shape(x)[axis] + 1.0
            total = np.sum(x, axis=axis, keepdims=True)
            fill = total / (size + np.sqrt(size))
            x = np.concatenate([x - fill, -total / np.sqrt(size)], axis=axis)
        return x

    def _inverse(self, y):
        for axis in range(-self.transform_ndims, 0):
            size = np.shape(y)[axis]
            kept = np.take(y, np.arange(size - 1), axis=axis)
            last = np.take(y, np.array([size - 1]), axis=axis)
            # the last entry is -total / sqrt(size), which gives the total back
            y = kept - last * np.sqrt(size) / (size + np.sqrt(size))
        return y

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.zeros(np.shape(x)[: np.ndim(x) - self.transform_ndims])

    def forward_shape(self, shape):
        cut = len(shape) - self.transform_ndims
        return tuple(shape[:cut]) + tuple(n + 1 for n in shape[cut:])

    def inverse_shape(self, shape):
        cut = len(shape) - self.transform_ndims
        return tuple(shape[:cut]) + tuple(n - 1 for n in shape[cut:])


def _reverse_cumsum(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1]
