"""Keys and generators whose draws are formulas in standard noise.

They look like a key of `lightppl.random` and a `numpy.random.Generator`.  NumPy draws from gamma
and beta distributions by rejection, which takes nobody knows how many numbers; here they are
inverses of distribution functions, one number each.

References: Devroye (1986), "Non-uniform random variate generation", ch. 2 (inversion).
"""

import numpy as np

from lightppl.errors import UnsupportedOperationError
from lightppl.keys import Key, Step
from lightppl.records import record
from lightppl.scipy_functions import SciPyFunction

KINDS = ("standard_normal", "standard_exponential", "random")
"""Standard noise, by the methods of a generator that draw it."""

_SMALLEST_UNIFORM = 2.0**-54
_gammaincinv, _betaincinv = SciPyFunction("gammaincinv"), SciPyFunction("betaincinv")


@record
class NoiseKey(Key):
    """A key of which nothing is known but its path.

    Parameters
    ----------
    noise : object
        ``noise.take(where, kind, shape)`` returns an array of standard noise.
    """

    noise: object = None

    def words(self):
        """Refuse: there is no seed."""
        raise UnsupportedOperationError(
            "A function that is compiled has no seed; draw with lightppl.random, or by the "
            "`sample` of a distribution."
        )

    def generator(self):
        """Return the generator of this key."""
        return NoiseGenerator(self)

    def derived(self, step, number):
        """Return the key that one more step of the path leads to."""
        return NoiseKey(0, (*self.path, (step, number)), self.noise)

    def with_short_path(self):
        """Return the key itself: a path of any length is found."""
        return self


class NoiseGenerator:
    """Draws of the methods of `numpy.random.Generator` that are formulas in standard noise.

    Parameters
    ----------
    key : NoiseKey
    """

    def __init__(self, key):
        self._key, self._count = key, 0

    def __getattr__(self, method):
        if method.startswith("_") or not hasattr(np.random.Generator, method):
            raise AttributeError(method)
        raise UnsupportedOperationError(
            f"Draws by Generator.{method} are no formula in a fixed number of standard draws."
        )

    def next_key(self):
        """Return another key each time."""
        self._count += 1
        return self._key.derived(Step.SPAWN, self._count)

    def _take(self, kind, size):
        self._count += 1
        size = () if size is None else size
        shape = (int(size),) if np.ndim(size) == 0 else tuple(map(int, size))
        return self._key.noise.take((self._key.path, self._count), kind, shape)

    # ---- standard noise --------------------------------------------------------------------------

    def standard_normal(self, size=None):
        """Return normal draws of mean 0 and standard deviation 1."""
        return self._take("standard_normal", size)

    def standard_exponential(self, size=None):
        """Return exponential draws of mean 1."""
        return self._take("standard_exponential", size)

    def random(self, size=None):
        """Return uniform draws from 0 up to, and without, 1."""
        return self._take("random", size)

    # ---- formulas in it --------------------------------------------------------------------------

    def _inside(self, size):
        return np.maximum(self.random(size), _SMALLEST_UNIFORM)

    def normal(self, loc=0.0, scale=1.0, size=None):
        """Return normal draws."""
        return loc + scale * self.standard_normal(_size(size, loc, scale))

    def lognormal(self, mean=0.0, sigma=1.0, size=None):
        """Return exponentials of normal draws."""
        return np.exp(self.normal(mean, sigma, size))

    def uniform(self, low=0.0, high=1.0, size=None):
        """Return uniform draws."""
        return low + (high - low) * self.random(_size(size, low, high))

    def integers(self, low, high=None, size=None):
        """Return integers from `low` up to, and without, `high`; below `low` if it is alone."""
        low, high = (0, low) if high is None else (low, high)
        steps = np.floor((high - low) * self.random(_size(size, low, high)))
        return low + steps.astype(np.int64)

    def exponential(self, scale=1.0, size=None):
        """Return exponential draws."""
        return scale * self.standard_exponential(_size(size, scale))

    def laplace(self, loc=0.0, scale=1.0, size=None):
        """Return Laplace draws."""
        size = _size(size, loc, scale)
        sign = np.where(np.less(self.random(size), 0.5), -1.0, 1.0)
        return loc + scale * sign * self.standard_exponential(size)

    def logistic(self, loc=0.0, scale=1.0, size=None):
        """Return logistic draws."""
        u = self._inside(_size(size, loc, scale))
        return loc + scale * (np.log(u) - np.log1p(-u))

    def gumbel(self, loc=0.0, scale=1.0, size=None):
        """Return Gumbel draws."""
        return loc - scale * np.log(self.standard_exponential(_size(size, loc, scale)))

    def rayleigh(self, scale=1.0, size=None):
        """Return Rayleigh draws."""
        return scale * np.sqrt(2.0 * self.standard_exponential(_size(size, scale)))

    def weibull(self, a, size=None):
        """Return Weibull draws of scale 1."""
        return self.standard_exponential(_size(size, a)) ** (1.0 / np.multiply(a, 1.0))

    def pareto(self, a, size=None):
        """Return Pareto draws less 1."""
        return np.expm1(self.standard_exponential(_size(size, a)) / a)

    def power(self, a, size=None):
        """Return draws of density ``a * x**(a - 1)`` between 0 and 1."""
        return self._inside(_size(size, a)) ** (1.0 / np.multiply(a, 1.0))

    def standard_cauchy(self, size=None):
        """Return Cauchy draws of median 0 and scale 1."""
        return np.tan(np.pi * (self._inside(size) - 0.5))

    def standard_gamma(self, shape, size=None):
        """Return gamma draws of scale 1."""
        return _gammaincinv(shape, self._inside(_size(size, shape)))

    def gamma(self, shape, scale=1.0, size=None):
        """Return gamma draws."""
        return scale * self.standard_gamma(shape, _size(size, shape, scale))

    def chisquare(self, df, size=None):
        """Return chi-square draws."""
        return 2.0 * self.standard_gamma(np.multiply(df, 0.5), size)

    def f(self, dfnum, dfden, size=None):
        """Return draws of Fisher's F."""
        size = _size(size, dfnum, dfden)
        return (self.chisquare(dfnum, size) / dfnum) / (self.chisquare(dfden, size) / dfden)

    def standard_t(self, df, size=None):
        """Return draws of Student's t."""
        size = _size(size, df)
        return self.standard_normal(size) / np.sqrt(self.chisquare(df, size) / df)

    def beta(self, a, b, size=None):
        """Return beta draws."""
        return _betaincinv(a, b, self._inside(_size(size, a, b)))

    def geometric(self, p, size=None):
        """Return the number of trials up to, and with, the first success."""
        waiting = self.standard_exponential(_size(size, p)) / -np.log1p(np.negative(p))
        return 1 + np.floor(waiting).astype(np.int64)


def _size(size, *parameters):
    return np.broadcast_shapes(*map(np.shape, parameters)) if size is None else size
