"""A generator of random numbers whose draws are quantiles of given uniform numbers.

What a distribution does with a generator is its standard construction from uniform numbers:
a `MultivariateNormal` multiplies normal quantiles by its Cholesky factor, a `Wishart` squares a
triangle of them.  So the map from the unit cube to a draw is the sampler itself, given this
generator in place of one of NumPy.
"""

import math

import numpy as np

from lightppl.autodiff.special import ndtri
from lightppl.errors import UnsupportedOperationError
from lightppl.scipy_functions import SciPyFunction

betaincinv, gammaincinv = SciPyFunction("betaincinv"), SciPyFunction("gammaincinv")
bdtrik, pdtrik = SciPyFunction("bdtrik"), SciPyFunction("pdtrik")
bdtr, pdtr = SciPyFunction("bdtr"), SciPyFunction("pdtr")
stdtrit = SciPyFunction("stdtrit")


class CubeGenerator:
    """Looks like a `numpy.random.Generator`, and reads its draws off a vector of uniform numbers.

    Parameters
    ----------
    coordinates : (n,) array, optional
        In the open unit interval; may be traced.  Without it, any uniform numbers are taken, to
        see how many are needed.

    Attributes
    ----------
    num_used : int
        Coordinates that were read.

    Raises
    ------
    UnsupportedOperationError
        If a method is asked for that has no quantiles here, such as ``vonmises``, or one whose
        number of draws depends on chance.

    Examples
    --------
    >>> import lightppl.distributions as dist
    >>> generator = CubeGenerator(np.array([0.5, 0.975]))
    >>> draw = dist.MultivariateNormal(np.ones(2), np.eye(2)).sample(generator)
    >>> draw.round(2), generator.num_used
    (array([1.  , 2.96]), 2)
    """

    def __init__(self, coordinates=None):
        self._coordinates, self.num_used = coordinates, 0
        self._any = np.random.default_rng(0) if coordinates is None else None

    def __getattr__(self, method):
        raise UnsupportedOperationError(f"A quantile for Generator.{method}.")

    def random(self, size=None):
        """Return the next coordinates."""
        shape = () if size is None else tuple(np.atleast_1d(size).tolist())
        first, self.num_used = self.num_used, self.num_used + math.prod(shape)
        if self._coordinates is None:
            return self._any.uniform(0.1, 0.9, shape)
        if self.num_used > len(self._coordinates):
            raise UnsupportedOperationError("A sampler that draws again until a draw is right.")
        return np.reshape(self._coordinates[first : self.num_used], shape)

    def uniform(self, low=0.0, high=1.0, size=None):
        """Return quantiles of the uniform distribution."""
        return low + (high - low) * self.random(_spanned(size, low, high))

    def standard_normal(self, size=None):
        """Return standard normal quantiles."""
        return ndtri(self.random(size))

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Return normal quantiles."""
        return loc + scale * self.standard_normal(_spanned(size, loc, scale))

    def standard_exponential(self, size=None):
        """Return exponential quantiles of rate 1."""
        return -np.log1p(-self.random(size))

    def exponential(self, scale=1.0, size=None):
        """Return exponential quantiles."""
        return scale * self.standard_exponential(_spanned(size, scale))

    def standard_gamma(self, shape, size=None):
        """Return gamma quantiles of rate 1."""
        return gammaincinv(shape, self.random(_spanned(size, shape)))

    def gamma(self, shape, scale=1.0, size=None):
        """Return gamma quantiles."""
        return scale * gammaincinv(shape, self.random(_spanned(size, shape, scale)))

    def chisquare(self, df, size=None):
        """Return chi-square quantiles."""
        return 2.0 * gammaincinv(np.multiply(0.5, df), self.random(_spanned(size, df)))

    def beta(self, a, b, size=None):
        """Return beta quantiles."""
        return betaincinv(a, b, self.random(_spanned(size, a, b)))

    def standard_t(self, df, size=None):
        """Return quantiles of Student's t."""
        return stdtrit(df, self.random(_spanned(size, df)))

    def standard_cauchy(self, size=None):
        """Return Cauchy quantiles."""
        return np.tan(np.pi * (self.random(size) - 0.5))

    def poisson(self, lam=1.0, size=None):
        """Return Poisson quantiles."""
        u = self.random(_spanned(size, lam))
        return _count(pdtrik(u, lam), u, lambda k: pdtr(k, lam), np.inf)

    def binomial(self, n, p, size=None):
        """Return binomial quantiles."""
        u = self.random(_spanned(size, n, p))
        return _count(bdtrik(u, n, p), u, lambda k: bdtr(k, n, p), n)


def _spanned(size, *parameters):
    return np.broadcast_shapes(*map(np.shape, parameters)) if size is None else size


def _count(real, u, cdf, most):
    """Return the least count whose distribution function reaches `u`, from a real solution."""
    # the solver leaves below the smallest count, and errs in its last digits
    near = np.clip(np.ceil(np.where(np.isnan(real), 0.0, real)), 0.0, most)
    lower = np.maximum(near - 1.0, 0.0)
    count = np.where(np.greater_equal(cdf(lower), u), lower, near)
    count = np.where(np.less(cdf(count), u), np.minimum(count + 1.0, most), count)
    return count.astype(np.int64)
