"""Power laws restricted to an interval, and the truncated Polya-gamma distribution."""

import math

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.special import log1mexp
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.log_probability import (
    from_smaller,
    log_complement,
    log_ratio,
    safe_log,
    safe_log1p,
)

_FLAT = 1e-3
"""Growth of the density over the interval below which quantiles are taken by a series."""


class LowerTruncatedPowerLaw(Distribution):
    """Density proportional to ``x ** alpha`` above `low`.

    Parameters
    ----------
    alpha : array_like
        Exponent, less than -1.
    low : array_like
        Positive.

    Examples
    --------
    >>> float(LowerTruncatedPowerLaw(-2.0, 1.0).log_prob(1.0))
    0.0
    """

    arg_constraints = {"alpha": constraints.less_than(-1.0), "low": constraints.positive}
    reparametrized_params = ["alpha", "low"]

    def __init__(self, alpha, low, *, validate_args=None):
        batch_shape = self.set_parameters(alpha=alpha, low=low)
        super().__init__(batch_shape, validate_args=validate_args)

    @property
    def support(self):
        return constraints.greater_than_eq(self.low)

    @property
    def _decay(self):
        return -(1.0 + self.alpha)

    def _draw(self, rng, shape):
        return self.low * np.exp(rng.standard_exponential(size=shape) / self._decay)

    def _log_density(self, value):
        ratio = np.log(value) - np.log(self.low)
        return np.log(self._decay) - np.log(self.low) + self.alpha * ratio

    def _moment(self, k):
        exists = np.greater(self._decay, k)
        safe = np.where(exists, self._decay, k + 1.0)
        return np.where(exists, np.power(self.low, k) * safe / (safe - k), np.inf)

    @property
    def mean(self):
        return self._batched(self._moment(1.0))

    @property
    def variance(self):
        exists = np.greater(self._decay, 2.0)
        first = np.where(exists, self._moment(1.0), 0.0)
        return self._batched(self._moment(2.0) - first * first)

    def cdf(self, value):
        return -np.expm1(self.log_survival(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return -self._decay * log_ratio(np.maximum(as_array(value), self.low), self.low)

    def icdf(self, q):
        return self._upper_quantile_from_log(np.log1p(-as_array(q)))

    def _upper_quantile_from_log(self, log_q):
        return self.low * np.exp(-log_q / self._decay)

    @classmethod
    def infer_shapes(cls, alpha=(), low=()):
        return np.broadcast_shapes(alpha, low), ()


class DoublyTruncatedPowerLaw(Distribution):
    """Density proportional to ``x ** alpha`` between `low` and `high`.

    Parameters
    ----------
    alpha : array_like
        Exponent; any number, -1 included.
    low, high : array_like
        With ``0 <= low < high``; `low` must be positive if ``alpha <= -1``.

    Notes
    -----
    With ``s = 1 + alpha`` and ``L = log(high / low)`` the normaliser is
    ``high ** s L (1 - exp(-s L)) / (s L)``, whose last factor is smooth at ``s = 0``.

    Examples
    --------
    >>> bool(np.isclose(DoublyTruncatedPowerLaw(-1.0, 1.0, np.e).log_prob(1.0), 0.0))
    True
    """

    arg_constraints = {
        "alpha": constraints.real,
        "low": constraints.nonnegative,
        "high": constraints.positive,
    }
    reparametrized_params = ["alpha", "low", "high"]

    def __init__(self, alpha, low, high, *, validate_args=None):
        batch_shape = self.set_parameters(alpha=alpha, low=low, high=high)
        super().__init__(batch_shape, validate_args=validate_args)

    def _parameter_constraints(self):
        return {
            "alpha": constraints.real,
            "low": constraints.nonnegative,
            "high": constraints.greater_than(self.low),
        }

    @property
    def support(self):
        return constraints.interval(self.low, self.high)

    def _log_density(self, value):
        return self.alpha * np.log(value) - self._log_mass(self.low, self.high)

    @property
    def mean(self):
        return self._batched(np.exp(self._log_moment(1.0)))

    @property
    def variance(self):
        return self._batched(np.exp(self._log_moment(2.0)) - self.mean * self.mean)

    def _log_moment(self, power):
        mass = self._log_mass(self.low, self.high)
        return self._log_mass(self.low, self.high, power) - mass

    def _log_mass(self, start, end, power=0.0):
        """Return the log of the integral of ``x ** (alpha + power)`` from `start` to `end`."""
        s = 1.0 + self.alpha + power
        from_zero = np.equal(start, 0.0)
        length = log_ratio(end, np.where(from_zero, end, start))
        positive = np.greater(length, 0.0)
        safe_length = np.where(positive, length, 1.0)
        between = s * np.log(end) + np.log(safe_length) + _log_decay_mean(s * safe_length)
        safe_s = np.where(np.greater(s, 0.0), s, 1.0)
        whole = safe_s * np.log(end) - np.log(safe_s)
        return np.where(from_zero, whole, np.where(positive, between, -np.inf))

    def cdf(self, value):
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        below, above, positive = self._log_shares(value)
        return np.where(positive, from_smaller(below, above), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        below, above, positive = self._log_shares(value)
        return np.where(positive, from_smaller(above, below), 0.0)

    def _log_shares(self, value):
        """Return the log of the mass on either side of `value`, and where that is positive."""
        value = np.clip(as_array(value), self.low, self.high)
        positive = np.greater(value, 0.0)
        safe = np.where(positive, value, self.high)
        whole = self._log_mass(self.low, self.high)
        below = np.minimum(self._log_mass(self.low, safe) - whole, 0.0)
        above = np.minimum(self._log_mass(safe, self.high) - whole, 0.0)
        return below, above, positive

    def icdf(self, q):
        q = as_array(q)
        s = 1.0 + self.alpha
        from_zero = np.equal(self.low, 0.0)
        log_high = np.log(self.high)
        length = log_ratio(self.high, np.where(from_zero, self.high, self.low))
        growth = s * length
        flat = np.less(np.abs(growth), _FLAT)
        level = length * _mean_log_growth(q, np.where(flat, growth, 0.0))
        # counted from the end with more mass
        safe_s = np.where(flat, 1.0, s)
        from_high = log_high + safe_log1p((1.0 - q) * np.expm1(-np.abs(growth))) / safe_s
        from_low = log_high - length + safe_log1p(q * np.expm1(-np.abs(growth))) / safe_s
        curved = np.where(np.greater(s, 0.0), from_high, from_low)
        log_x = np.where(flat, log_high - length + level, curved)
        log_from_zero = log_high + safe_log(q) / np.where(np.greater(s, 0.0), s, 1.0)
        return np.clip(np.exp(np.where(from_zero, log_from_zero, log_x)), self.low, self.high)

    def _draw(self, rng, shape):
        return self.icdf(rng.random(size=shape))

    @classmethod
    def infer_shapes(cls, alpha=(), low=(), high=()):
        return np.broadcast_shapes(alpha, low, high), ()


def _mean_log_growth(q, t):
    """Return ``log(1 - q + q exp(t)) / t`` for small t, by the cumulants of a coin toss."""
    second = q * (1.0 - q)
    third = second * (1.0 - 2.0 * q)
    fourth = second * (1.0 - 6.0 * second)
    fifth = third * (1.0 - 12.0 * second)
    return q + t * (second / 2 + t * (third / 6 + t * (fourth / 24 + t * fifth / 120)))


def _log_decay_mean(t):
    """Return ``log((1 - exp(-t)) / t)``, smooth at 0 and without overflow.

    It is ``-t / 2 + log(sinh(u) / u)`` with ``u = t / 2``; near 0 by the series of the latter.
    """
    u = 0.5 * np.abs(t)
    near = np.less(u, 0.05)
    far_u = np.where(near, 1.0, u)
    far = far_u + log1mexp(2.0 * far_u) - np.log(2.0 * far_u)
    square = np.where(near, u * u, 0.0)
    series = square * (1 / 6 - square * (1 / 180 - square * (1 / 2835 - square / 37800)))
    return np.where(near, series, far) - 0.5 * t


class TruncatedPolyaGamma(Distribution):
    """Polya-gamma distribution PG(1, 0) restricted to the interval from 0 to 2.5.

    Parameters
    ----------
    batch_shape : tuple of int

    References
    ----------
    Polson, Scott, Windle (2013), "Bayesian inference for logistic models using Polya-Gamma latent
    variables", eq. (1) and sec. 4: two alternating series, one for each end.

    Notes
    -----
    NumPyro leaves out the mass above 2.5 (6e-6); here the density integrates to one.

    Examples
    --------
    >>> TruncatedPolyaGamma().sample(0, (2,)).shape
    (2,)
    """

    truncation_point = 2.5
    num_log_prob_terms = 7
    num_gamma_variates = 64
    arg_constraints = {}
    support = constraints.interval(0.0, truncation_point)

    def __init__(self, batch_shape=(), *, validate_args=None):
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        # eq. (1), its remainder replaced by a gamma variable of the same mean and variance
        k = np.arange(1.0, self.num_gamma_variates + 1.0)
        weights = 1.0 / (2.0 * math.pi**2 * (k - 0.5) ** 2)
        terms = rng.standard_exponential(size=tuple(shape) + k.shape)
        mean = 0.25 - np.sum(weights)
        variance = 1.0 / 24.0 - np.sum(weights * weights)
        remainder = rng.standard_gamma(mean**2 / variance, size=shape) * (variance / mean)
        return np.minimum(np.sum(weights * terms, axis=-1) + remainder, self.truncation_point)

    def _log_density(self, value):
        n = np.arange(1.0, self.num_log_prob_terms)
        signs = np.where(n % 2 == 1, -1.0, 1.0) * (2.0 * n + 1.0)
        small = np.less(value, 0.25)
        left = np.expand_dims(np.where(small, value, 0.25), -1)
        right = np.expand_dims(np.where(small, 0.25, value), -1)
        left_series = np.sum(signs * np.exp(-n * (n + 1.0) / (2.0 * left)), axis=-1)
        left = left[..., 0]
        lower = -0.125 / left - 0.5 * np.log(2.0 * math.pi * left**3) + np.log1p(left_series)
        decay = np.exp(-2.0 * math.pi**2 * n * (n + 1.0) * right)
        right_series = np.sum(signs * decay, axis=-1)
        upper = math.log(2.0 * math.pi) - 0.5 * math.pi**2 * right[..., 0] + np.log1p(right_series)
        return np.where(small, lower, upper) - _LOG_POLYA_GAMMA_MASS

    @property
    def mean(self):
        return self._batched(_POLYA_GAMMA_MOMENTS[0])

    @property
    def variance(self):
        return self._batched(_POLYA_GAMMA_MOMENTS[1])


def _truncated_polya_gamma_constants():
    """Return log mass below 2.5, mean and variance, by integrating the series beyond 2.5."""
    n = np.arange(6)
    end = TruncatedPolyaGamma.truncation_point
    rate = 2.0 * math.pi**2 * (n + 0.5) ** 2
    weight = 4.0 * math.pi * (-1.0) ** n * (n + 0.5) * np.exp(-rate * end)
    tails = [
        np.sum(weight / rate),
        np.sum(weight * (end / rate + 1.0 / rate**2)),
        np.sum(weight * (end**2 / rate + 2.0 * end / rate**2 + 2.0 / rate**3)),
    ]
    mass = 1.0 - tails[0]
    mean = (0.25 - tails[1]) / mass
    second = (0.25**2 + 1.0 / 24.0 - tails[2]) / mass
    return math.log1p(-tails[0]), (mean, second - mean**2)


_LOG_POLYA_GAMMA_MASS, _POLYA_GAMMA_MOMENTS = _truncated_polya_gamma_constants()
