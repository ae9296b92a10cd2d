"""Student's t distribution.

Legend: ``z`` is the standardised value.
"""

import math

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.incomplete import log_betainc
from lightppl.autodiff.special import betainc, betaln, digamma, log_ndtr
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import log_standard_gamma
from lightppl.distributions.far_quantiles import newton, with_far_quantiles
from lightppl.distributions.real_line import Symmetric, magnitude
from lightppl.scipy_functions import SciPyFunction

stdtr = SciPyFunction("stdtr")
stdtrit = SciPyFunction("stdtrit")

_LOG_FARTHEST = 100.0
"""Logarithm of a size beyond which the leading term is the tail to all digits."""


class StudentT(Symmetric, Distribution):
    """Student's t distribution.

    Parameters
    ----------
    df : array_like
        Degrees of freedom, positive.
    loc : array_like
        Median.
    scale : array_like
        Positive; not the standard deviation.

    Examples
    --------
    >>> round(float(StudentT(1.0, 0.0, 1.0).log_prob(0.0)), 6)
    -1.14473
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    reparametrized_params = ["df", "loc", "scale"]

    def __init__(self, df, loc=0.0, scale=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(df=df, loc=loc, scale=scale)
        super().__init__(batch_shape, validate_args=validate_args)

    def _standardize(self, value):
        return (as_array(value) - self.loc) / self.scale

    def _draw(self, rng, shape):
        # z / sqrt(chi2 / df), on the log scale where small df would underflow
        half_df = 0.5 * self.df
        log_chi2_ratio = log_standard_gamma(rng, half_df, shape) - np.log(half_df)
        z = rng.standard_normal(size=shape) * np.exp(-0.5 * log_chi2_ratio)
        return self.loc + self.scale * z

    def _log_density(self, value):
        z = self._standardize(value)
        log_normalizer = betaln(0.5, 0.5 * self.df) + 0.5 * np.log(self.df) + np.log(self.scale)
        return -0.5 * (self.df + 1.0) * np.log1p(z * z / self.df) - log_normalizer

    @property
    def mean(self):
        return self._batched(np.where(np.greater(self.df, 1.0), self.loc, np.nan))

    @property
    def variance(self):
        safe_df = np.where(np.greater(self.df, 2.0), self.df, 3.0)
        finite = self.scale * self.scale * (safe_df / (safe_df - 2.0))
        heavy = np.where(np.greater(self.df, 1.0), np.inf, np.nan)
        return self._batched(np.where(np.greater(self.df, 2.0), finite, heavy))

    @property
    def mode(self):
        return self._batched(self.loc)

    def entropy(self):
        half, more = 0.5 * self.df, 0.5 * (self.df + 1.0)
        spread = more * (digamma(more) - digamma(half)) + 0.5 * np.log(self.df)
        return self._batched(spread + betaln(half, 0.5) + np.log(self.scale))

    def cdf(self, value):
        z = self._standardize(value)
        if is_traced(z) or is_traced(self.df):
            return np.exp(self._log_lower(z))
        return stdtr(self.df, z)

    def _log_lower(self, z):
        log_tail = _log_student_tail(self.df, magnitude(z))
        return np.where(np.less(z, 0.0), log_tail, np.log1p(-np.exp(log_tail)))

    def icdf(self, q):
        return self.loc + self.scale * stdtrit(self.df, as_array(q))

    def _standard_quantile_from_log(self, log_q):
        if is_traced(log_q) or is_traced(self.df):
            return stdtrit(self.df, np.exp(log_q))
        return with_far_quantiles(log_q, lambda q, df: stdtrit(df, q), _far_quantile, self.df)


def _far_quantile(log_q, df):
    """Return the standardised value below which the probability is ``exp(log_q)``."""

    def tail(t):
        size = np.exp(t)
        value = _log_student_tail(df, size)
        log_constant = betaln(0.5, 0.5 * df) + 0.5 * np.log(df)
        log_density = -0.5 * (df + 1.0) * np.log1p(size * size / df) - log_constant
        return value, -np.exp(log_density + t - value)

    # the leading term alone, from where Newton's method falls towards the solution
    log_start = (_log_leading_tail(df, 0.0) - log_q) / df
    moderate = np.minimum(log_start, _LOG_FARTHEST)
    is_leading = log_start > _LOG_FARTHEST
    inside = np.exp(newton(tail, np.where(is_leading, tail(moderate)[0], log_q), moderate))
    return -np.where(is_leading, np.exp(np.minimum(log_start, 709.0)), inside)


def _log_student_tail(df, size):
    """Return the log probability above ``size >= 0``."""
    near = np.less(size, 1.0)
    nearly_normal = np.logical_and(np.greater(df, 1e5), np.less(size * size, 1e-3 * df))
    far = np.greater(size, 1e15 * np.sqrt(1.0 + df))
    regular = np.logical_not(np.logical_or(np.logical_or(near, nearly_normal), far))
    square = np.where(regular, size, 1.0) ** 2
    total = df + square
    beyond = log_betainc(0.5 * df, 0.5, df / total, square / total) - math.log(2.0)
    result = np.where(near, _log_central_tail(df, np.where(near, size, 0.0)), beyond)
    normal = _log_nearly_normal_tail(
        np.where(nearly_normal, df, 1e6), np.where(nearly_normal, size, 1.0)
    )
    result = np.where(nearly_normal, normal, result)
    outside = _log_leading_tail(df, np.log(np.where(far, size, 1.0)))
    return np.where(far, outside, result)


def _log_central_tail(df, size):
    """Return the log probability above a size less than one: less than half lies between."""
    tiny = np.less(size, 1e-10)
    square = np.where(tiny, 1.0, size) ** 2
    within = 0.5 * betainc(0.5, 0.5 * df, square / (df + square))
    # the square root at 0 is split off: there the density is flat
    density = np.exp(-betaln(0.5, 0.5 * df)) / np.sqrt(df)
    return np.log(0.5 - np.where(tiny, np.where(tiny, size, 0.0) * density, within))


def _log_nearly_normal_tail(df, size):
    """Return the log probability above `size` for many degrees of freedom.

    References
    ----------
    Hill (1970), "Algorithm 395: Student's t-distribution": a normal variable of nearly the same
    tail; its error falls with the sixth power of `df`.
    """
    a = df - 0.5
    b = 48.0 * a * a
    square = a * np.log1p(size * size / df)
    inner = ((-0.4 * square - 3.3) * square - 24.0) * square - 85.5
    z = ((inner / (0.8 * square * square + 100.0 + b) + square + 3.0) / b + 1.0) * np.sqrt(square)
    return log_ndtr(-z)


def _log_leading_tail(df, log_size):
    """Return the logarithm of the leading term of the tail: ``c size ** -df``."""
    log_constant = 0.5 * df * np.log(df) - np.log(df) - betaln(0.5 * df, 0.5)
    return log_constant - df * log_size
