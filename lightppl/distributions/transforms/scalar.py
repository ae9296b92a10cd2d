"""Transforms that act on each number by itself."""

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.special import expit, log_expit, logit, softplus
from lightppl.distributions import constraints
from lightppl.distributions.transforms.transform import Transform

_SMALLEST = np.finfo(np.float64).tiny
_LARGEST_BELOW_ONE = 1.0 - np.finfo(np.float64).epsneg


class AbsTransform(Transform):
    """``y = |x|``; the inverse picks the positive branch, and there is no Jacobian to speak of."""

    codomain = constraints.nonnegative

    def __call__(self, x):
        return np.abs(x)

    def _inverse(self, y):
        return y

    def __eq__(self, other):
        return isinstance(other, AbsTransform)

    __hash__ = Transform.__hash__


class AffineTransform(Transform):
    """``y = loc + scale * x``.

    Parameters
    ----------
    loc, scale : array_like
        A traced `scale` on a half-line is taken to be positive.
    domain : Constraint

    Examples
    --------
    >>> AffineTransform(1.0, 2.0)(3.0)
    np.float64(7.0)
    """

    _parameters = ("loc", "scale", "domain")

    def __init__(self, loc, scale, domain=constraints.real):
        self.loc = as_array(loc)
        self.scale = as_array(scale)
        self.domain = domain

    @property
    def _increasing(self):
        return is_traced(self.scale) or bool(np.all(self.scale >= 0))

    @property
    def sign(self):
        return 1 if self._increasing else -1

    @property
    def codomain(self):
        domain = self.domain
        if isinstance(domain, constraints.GreaterThan):
            return _half_line(domain, self(domain.lower_bound), above=self._increasing)
        if isinstance(domain, constraints.LessThan):
            return _half_line(domain, self(domain.upper_bound), above=not self._increasing)
        if isinstance(domain, constraints.Interval):
            ends = self(domain.lower_bound), self(domain.upper_bound)
            kind = constraints.OpenInterval if _is_open(domain) else constraints.Interval
            return kind(*ends) if self._increasing else kind(*reversed(ends))
        return constraints.real

    def __call__(self, x):
        return self.loc + self.scale * x

    def _inverse(self, y):
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.broadcast_to(np.log(np.abs(self.scale)), self.forward_shape(np.shape(x)))

    def forward_shape(self, shape):
        return np.broadcast_shapes(shape, np.shape(self.loc), np.shape(self.scale))

    inverse_shape = forward_shape


def _half_line(domain, bound, above):
    closed = isinstance(domain, (constraints.GreaterThanEq, constraints.LessThanEq))
    if above:
        return (constraints.GreaterThanEq if closed else constraints.GreaterThan)(bound)
    return (constraints.LessThanEq if closed else constraints.LessThan)(bound)


def _is_open(domain):
    return isinstance(domain, constraints.OpenInterval)


class ExpTransform(Transform):
    """``y = exp(x)``.

    Parameters
    ----------
    domain : Constraint
        `real`, or a half-line or interval.
    """

    _parameters = ("domain",)

    def __init__(self, domain=constraints.real):
        self.domain = domain

    @property
    def codomain(self):
        domain = self.domain
        if isinstance(domain, constraints.GreaterThan):
            return _half_line(domain, np.exp(domain.lower_bound), above=True)
        if isinstance(domain, constraints.LessThan):
            return constraints.open_interval(0.0, np.exp(domain.upper_bound))
        if isinstance(domain, constraints.Interval):
            kind = constraints.OpenInterval if _is_open(domain) else constraints.Interval
            return kind(np.exp(domain.lower_bound), np.exp(domain.upper_bound))
        return constraints.positive

    def __call__(self, x):
        return np.exp(x)

    def _inverse(self, y):
        return np.log(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return x


class PowerTransform(Transform):
    """``y = x ** exponent`` on the positive numbers.

    Parameters
    ----------
    exponent : array_like
        Not zero.
    """

    domain = constraints.positive
    codomain = constraints.positive
    _parameters = ("exponent",)

    def __init__(self, exponent):
        self.exponent = as_array(exponent)

    @property
    def sign(self):
        return 1 if is_traced(self.exponent) or np.all(self.exponent > 0) else -1

    def __call__(self, x):
        return np.power(x, self.exponent)

    def _inverse(self, y):
        return np.power(y, 1.0 / self.exponent)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return np.log(np.abs(self.exponent)) + (self.exponent - 1.0) * np.log(x)

    def forward_shape(self, shape):
        return np.broadcast_shapes(shape, np.shape(self.exponent))

    inverse_shape = forward_shape


class SigmoidTransform(Transform):
    """``y = 1 / (1 + exp(-x))``, kept inside the open unit interval where it rounds to its ends."""

    codomain = constraints.unit_interval

    def __call__(self, x):
        return np.clip(expit(x), _SMALLEST, _LARGEST_BELOW_ONE)

    def _inverse(self, y):
        return logit(y)

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return log_expit(x) + log_expit(-x)


class SoftplusTransform(Transform):
    """``y = log(1 + exp(x))``."""

    codomain = constraints.softplus_positive

    def __call__(self, x):
        return softplus(x)

    def _inverse(self, y):
        return y + np.log(-np.expm1(-y))

    def log_abs_det_jacobian(self, x, y, intermediates=None):
        return log_expit(x)
