"""Families on the positive numbers with light tails, and the log-normal.

Heavier ones stand in `heavy_tails`, halves of symmetric ones in `half`.
"""

import numpy as np

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.incomplete import log_gammainc, log_gammaincc
from lightppl.autodiff.special import digamma, gammainc, gammaincc, gammaln
from lightppl.distributions import constraints
from lightppl.distributions.distribution import Distribution
from lightppl.distributions.draws import standard_gamma
from lightppl.distributions.far_quantiles import gamma_lower, gamma_upper, with_far_quantiles
from lightppl.distributions.log_probability import log_complement
from lightppl.distributions.real_line import LOG_SQRT_2_PI, Normal
from lightppl.distributions.transformed import TransformedDistribution
from lightppl.distributions.transforms import ExpTransform
from lightppl.scipy_functions import SciPyFunction

gammainccinv = SciPyFunction("gammainccinv")
gammaincinv = SciPyFunction("gammaincinv")



def positive_or_one(value):
    """Return `value` with one in place of what is not positive, and where it is positive.

    Parameters
    ----------
    value : array_like
    """
    value = as_array(value)
    positive = np.greater(value, 0.0)
    return np.where(positive, value, 1.0), positive


def _gamma_quantile(log_q, concentration):
    if is_traced(log_q) or is_traced(concentration):
        return gammaincinv(concentration, np.exp(log_q))
    return with_far_quantiles(log_q, lambda q, a: gammaincinv(a, q), gamma_lower, concentration)


def _gamma_upper_quantile(log_q, concentration):
    if is_traced(log_q) or is_traced(concentration):
        return gammainccinv(concentration, np.exp(log_q))
    return with_far_quantiles(log_q, lambda q, a: gammainccinv(a, q), gamma_upper, concentration)


class Exponential(Distribution):
    """Exponential distribution.

    Parameters
    ----------
    rate : array_like
        Inverse of the mean, positive.

    Examples
    --------
    >>> Exponential(1.0).log_prob([-1.0, 0.0, 2.0])
    array([-inf,   0.,  -2.])
    """

    arg_constraints = {"rate": constraints.positive}
    support = constraints.nonnegative
    reparametrized_params = ["rate"]

    def __init__(self, rate=1.0, *, validate_args=None):
        super().__init__(self.set_parameters(rate=rate), validate_args=validate_args)

    def _draw(self, rng, shape):
        return rng.standard_exponential(size=shape) / self.rate

    def _log_density(self, value):
        return np.log(self.rate) - self.rate * value

    @property
    def mean(self):
        return self._batched(1.0 / self.rate)

    @property
    def variance(self):
        return self._batched(1.0 / (self.rate * self.rate))

    def entropy(self):
        return self._batched(1.0 - np.log(self.rate))

    def cdf(self, value):
        return -np.expm1(-self.rate * np.maximum(as_array(value), 0.0))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        return log_complement(self.log_survival(value))

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        return -self.rate * np.maximum(as_array(value), 0.0)

    def icdf(self, q):
        return -np.log1p(-as_array(q)) / self.rate

    def _upper_quantile_from_log(self, log_q):
        return -log_q / self.rate


class Gamma(Distribution):
    """Gamma distribution.

    Parameters
    ----------
    concentration : array_like
        Shape, positive.
    rate : array_like
        Inverse scale, positive.

    Examples
    --------
    >>> float(Gamma(1.0, 1.0).log_prob(2.0))
    -2.0
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    reparametrized_params = ["concentration", "rate"]

    def __init__(self, concentration, rate=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration, rate=rate)
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        return standard_gamma(rng, self.concentration, shape) / self.rate

    def _log_density(self, value):
        log_normalizer = gammaln(self.concentration) - self.concentration * np.log(self.rate)
        return (self.concentration - 1.0) * np.log(value) - self.rate * value - log_normalizer

    @property
    def mean(self):
        return self._batched(self.concentration / self.rate)

    @property
    def variance(self):
        return self._batched(self.concentration / (self.rate * self.rate))

    @property
    def mode(self):
        return self._batched(np.maximum(self.concentration - 1.0, 0.0) / self.rate)

    def entropy(self):
        a = self.concentration
        return self._batched(a - np.log(self.rate) + gammaln(a) + (1.0 - a) * digamma(a))

    def cdf(self, value):
        return gammainc(self.concentration, self.rate * np.maximum(as_array(value), 0.0))

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value, positive = positive_or_one(value)
        return np.where(positive, log_gammainc(self.concentration, self.rate * value), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value, positive = positive_or_one(value)
        return np.where(positive, log_gammaincc(self.concentration, self.rate * value), 0.0)

    def icdf(self, q):
        return gammaincinv(self.concentration, as_array(q)) / self.rate

    def _quantile_from_log(self, log_q):
        return _gamma_quantile(log_q, self.concentration) / self.rate

    def _upper_quantile_from_log(self, log_q):
        return _gamma_upper_quantile(log_q, self.concentration) / self.rate


class Chi2(Gamma):
    """Distribution of a sum of squares of standard normal variables.

    Parameters
    ----------
    df : array_like
        Degrees of freedom, positive.

    Examples
    --------
    >>> bool(np.isclose(Chi2(2.0).log_prob(1.0), -0.5 - np.log(2.0)))
    True
    """

    arg_constraints = {"df": constraints.positive}
    reparametrized_params = ["df"]

    def __init__(self, df, *, validate_args=None):
        batch_shape = self.set_parameters(df=df)
        self.concentration = 0.5 * self.df
        self.rate = as_array(0.5)
        Distribution.__init__(self, batch_shape, validate_args=validate_args)


class InverseGamma(Distribution):
    """Distribution of the inverse of a gamma variable.

    Parameters
    ----------
    concentration : array_like
        Shape, positive.
    rate : array_like
        Scale of the inverse gamma variable, rate of the gamma variable; positive.

    Examples
    --------
    >>> float(InverseGamma(1.0, 1.0).log_prob(1.0))
    -1.0
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    reparametrized_params = ["concentration", "rate"]

    def __init__(self, concentration, rate=1.0, *, validate_args=None):
        batch_shape = self.set_parameters(concentration=concentration, rate=rate)
        super().__init__(batch_shape, validate_args=validate_args)

    def _draw(self, rng, shape):
        standard = standard_gamma(rng, self.concentration, shape)
        return self.rate / np.maximum(standard, np.finfo(np.float64).tiny)

    def _log_density(self, value):
        log_normalizer = gammaln(self.concentration) - self.concentration * np.log(self.rate)
        return -(self.concentration + 1.0) * np.log(value) - self.rate / value - log_normalizer

    @property
    def mean(self):
        above = np.greater(self.concentration, 1.0)
        safe = np.where(above, self.concentration, 2.0)
        return self._batched(np.where(above, self.rate / (safe - 1.0), np.inf))

    @property
    def variance(self):
        above = np.greater(self.concentration, 2.0)
        safe = np.where(above, self.concentration, 3.0)
        ratio = self.rate / (safe - 1.0)
        return self._batched(np.where(above, ratio * ratio / (safe - 2.0), np.inf))

    @property
    def mode(self):
        return self._batched(self.rate / (self.concentration + 1.0))

    def entropy(self):
        a = self.concentration
        return self._batched(a + np.log(self.rate) + gammaln(a) - (1.0 + a) * digamma(a))

    def cdf(self, value):
        value, positive = positive_or_one(value)
        return np.where(positive, gammaincc(self.concentration, self.rate / value), 0.0)

    def log_cdf(self, value):
        """Return the logarithm of `cdf`, accurate in both tails."""
        value, positive = positive_or_one(value)
        return np.where(positive, log_gammaincc(self.concentration, self.rate / value), -np.inf)

    def log_survival(self, value):
        """Return ``log(1 - cdf(value))``, accurate in both tails."""
        value, positive = positive_or_one(value)
        return np.where(positive, log_gammainc(self.concentration, self.rate / value), 0.0)

    def icdf(self, q):
        return self.rate / gammainccinv(self.concentration, as_array(q))

    def _quantile_from_log(self, log_q):
        return self.rate / _gamma_upper_quantile(log_q, self.concentration)

    def _upper_quantile_from_log(self, log_q):
        return self.rate / _gamma_quantile(log_q, self.concentration)


class LogNormal(TransformedDistribution):
    """Distribution of the exponential of a normal variable.

    Parameters
    ----------
    loc, scale : array_like
        Mean and standard deviation of the logarithm; `scale` is positive.

    Examples
    --------
    >>> round(float(LogNormal(0.0, 1.0).log_prob(1.0)), 6)
    -0.918939
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    reparametrized_params = ["loc", "scale"]

    def __init__(self, loc=0.0, scale=1.0, *, validate_args=None):
        self.set_parameters(loc=loc, scale=scale)
        super().__init__(
            Normal(loc, scale, validate_args=False), ExpTransform(), validate_args=validate_args
        )

    @property
    def mean(self):
        return self._batched(np.exp(self.loc + 0.5 * self.scale * self.scale))

    @property
    def variance(self):
        square = self.scale * self.scale
        return self._batched(np.expm1(square) * np.exp(2.0 * self.loc + square))

    @property
    def mode(self):
        return self._batched(np.exp(self.loc - self.scale * self.scale))

    def entropy(self):
        return self._batched(0.5 + LOG_SQRT_2_PI + np.log(self.scale) + self.loc)
