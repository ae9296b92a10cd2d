"""Draws from a key, in the words of `jax.random`; for data and checks around a model.

In a model, draw with `lightppl.sample`.  Every function takes first a ``key``: None, an int, a
`SeedSequence`, a `Generator` (which advances) or a key made here.  ``shape`` is the shape of the
result, by default that of the parameters; numbers are float64 and int64.

Keys themselves stand in `lightppl.keys`.
"""

import numpy as np

from lightppl.errors import ShapeError
from lightppl.keys import (
    Key, PRNGKey, as_generator, as_key, default_generator, fold_in, set_rng_seed, split,
)
from lightppl.scipy_functions import SciPyFunction

__all__ = [
    "Key", "PRNGKey", "as_generator", "as_key", "bernoulli", "beta", "binomial", "categorical",
    "cauchy", "chisquare", "choice", "default_generator", "dirichlet", "exponential", "fold_in",
    "gamma", "geometric", "gumbel", "key", "laplace", "logistic", "lognormal",
    "multivariate_normal", "normal", "pareto", "permutation", "poisson", "rademacher", "randint",
    "set_rng_seed", "split", "t", "truncated_normal", "uniform", "weibull_min",
]  # fmt: skip

key = PRNGKey
_ndtr, _ndtri = SciPyFunction("ndtr"), SciPyFunction("ndtri")


# ---- the real line -------------------------------------------------------------------------------


def normal(key, shape=(), dtype=np.float64):
    """Return standard normal draws.

    Examples
    --------
    >>> normal(PRNGKey(0), (2, 3)).shape
    (2, 3)
    """
    return _as(as_generator(key).standard_normal(size=shape), dtype)


def uniform(key, shape=(), dtype=np.float64, minval=0.0, maxval=1.0):
    """Return draws between `minval` and `maxval`, which broadcast to `shape`.

    Examples
    --------
    >>> bool(np.all(uniform(0, (100,), minval=2.0, maxval=3.0) >= 2.0))
    True
    """
    width = np.subtract(maxval, minval)
    return _as(minval + width * as_generator(key).random(size=shape), dtype)


def truncated_normal(key, lower, upper, shape=None, dtype=np.float64):
    """Return standard normal draws that lie between `lower` and `upper`."""
    low, high = np.asarray(lower, float), np.asarray(upper, float)
    # where both ends lie above zero, the probabilities of the mirrored ones keep their digits
    is_high = low > 0
    first, last = _ndtr(np.where(is_high, -high, low)), _ndtr(np.where(is_high, -low, high))
    share = as_generator(key).random(size=_shape(shape, low, high))
    draws = _ndtri(first + (last - first) * share)
    return _as(np.clip(np.where(is_high, -draws, draws), low, high), dtype)


def cauchy(key, shape=(), dtype=np.float64):
    """Return standard Cauchy draws."""
    return _as(as_generator(key).standard_cauchy(size=shape), dtype)


def laplace(key, shape=(), dtype=np.float64):
    """Return Laplace draws of scale 1."""
    return _as(as_generator(key).laplace(size=shape), dtype)


def logistic(key, shape=(), dtype=np.float64):
    """Return logistic draws of scale 1."""
    return _as(as_generator(key).logistic(size=shape), dtype)


def gumbel(key, shape=(), dtype=np.float64):
    """Return Gumbel draws of scale 1."""
    return _as(as_generator(key).gumbel(size=shape), dtype)


def t(key, df, shape=None, dtype=np.float64):
    """Return draws of Student's t with `df` degrees of freedom."""
    return _as(as_generator(key).standard_t(df, size=_shape(shape, df)), dtype)


# ---- positive numbers and the unit interval ------------------------------------------------------


def exponential(key, shape=(), dtype=np.float64):
    """Return exponential draws of mean 1."""
    return _as(as_generator(key).standard_exponential(size=shape), dtype)


def gamma(key, a, shape=None, dtype=np.float64):
    """Return gamma draws of concentration `a` and rate 1."""
    return _as(as_generator(key).standard_gamma(a, size=_shape(shape, a)), dtype)


def chisquare(key, df, shape=None, dtype=np.float64):
    """Return chi-square draws with `df` degrees of freedom."""
    return _as(as_generator(key).chisquare(df, size=_shape(shape, df)), dtype)


def lognormal(key, sigma=1.0, shape=None, dtype=np.float64):
    """Return the exponentials of normal draws of mean 0 and standard deviation `sigma`."""
    return _as(as_generator(key).lognormal(0.0, sigma, size=_shape(shape, sigma)), dtype)


def pareto(key, b, shape=None, dtype=np.float64):
    """Return Pareto draws of shape parameter `b`, at least 1."""
    return _as(1.0 + as_generator(key).pareto(b, size=_shape(shape, b)), dtype)


def weibull_min(key, scale, concentration, shape=None, dtype=np.float64):
    """Return Weibull draws."""
    size = _shape(shape, scale, concentration)
    return _as(scale * as_generator(key).weibull(concentration, size=size), dtype)


def beta(key, a, b, shape=None, dtype=np.float64):
    """Return beta draws."""
    return _as(as_generator(key).beta(a, b, size=_shape(shape, a, b)), dtype)


# ---- counts and choices --------------------------------------------------------------------------


def bernoulli(key, p=0.5, shape=None):
    """Return True with probability `p`.

    Examples
    --------
    >>> bernoulli(0, np.array([0.0, 1.0]))
    array([False,  True])
    """
    return as_generator(key).random(size=_shape(shape, p)) < p


def rademacher(key, shape=(), dtype=np.int64):
    """Return -1 or 1, each with probability one half."""
    return _as(2 * as_generator(key).integers(0, 2, size=shape) - 1, dtype)


def randint(key, shape, minval, maxval, dtype=np.int64):
    """Return integers from `minval` up to, and without, `maxval`.

    Examples
    --------
    >>> sorted(set(randint(0, (100,), 2, 5).tolist()))
    [2, 3, 4]
    """
    return _as(as_generator(key).integers(minval, maxval, size=shape), dtype)


def binomial(key, n, p, shape=None, dtype=np.float64):
    """Return the number of successes of `n` trials of probability `p`."""
    return _as(as_generator(key).binomial(n, p, size=_shape(shape, n, p)), dtype)


def poisson(key, lam, shape=None, dtype=np.int64):
    """Return Poisson draws of mean `lam`."""
    return _as(as_generator(key).poisson(lam, size=_shape(shape, lam)), dtype)


def geometric(key, p, shape=None, dtype=np.int64):
    """Return the number of trials up to, and with, the first success."""
    return _as(as_generator(key).geometric(p, size=_shape(shape, p)), dtype)


def categorical(key, logits, axis=-1, shape=None):
    """Return indices along `axis`, drawn with probabilities proportional to ``exp(logits)``.

    Parameters
    ----------
    key : key
    logits : array
    axis : int
        Along which the alternatives lie.
    shape : tuple of int, optional
        Ends with the shape of `logits` without that axis, which is the default.

    Examples
    --------
    >>> categorical(0, np.array([-np.inf, 0.0]), shape=(3,))
    array([1, 1, 1])
    """
    logits = np.moveaxis(np.multiply(logits, 1.0), axis, -1)
    shape = _shape(shape, logits[..., 0])
    # the largest of logits with Gumbel noise is a draw: Gumbel (1954)
    noise = as_generator(key).gumbel(size=shape + logits.shape[-1:])
    return np.argmax(logits + noise, axis=-1)


def choice(key, a, shape=(), replace=True, p=None, axis=0):
    """Return elements of `a`, or integers below it, drawn with or without replacement.

    Parameters
    ----------
    key : key
    a : array or int
    shape : tuple of int
        Of the draws; the other axes of `a` follow.
    replace : bool
    p : array, optional
        Probabilities of the elements along `axis`.
    axis : int

    Examples
    --------
    >>> sorted(choice(0, 4, (4,), replace=False).tolist())
    [0, 1, 2, 3]
    """
    return as_generator(key).choice(a, size=shape or None, replace=replace, p=p, axis=axis)


def permutation(key, x, axis=0, independent=False):
    """Return the elements of `x`, or the integers below it, in random order.

    Parameters
    ----------
    key : key
    x : array or int
    axis : int
    independent : bool
        Whether every row along `axis` gets an order of its own.

    Examples
    --------
    >>> sorted(permutation(0, 3).tolist())
    [0, 1, 2]
    """
    rng = as_generator(key)
    return rng.permuted(x, axis=axis) if independent else rng.permutation(x, axis=axis)


# ---- vectors -------------------------------------------------------------------------------------


def dirichlet(key, alpha, shape=None, dtype=np.float64):
    """Return draws on the simplex; `shape` is without the axis of the elements.

    References
    ----------
    Marsaglia and Tsang (2000), sec. 6: a gamma draw of concentration a is one of a + 1 times
    ``u ** (1 / a)``, whose logarithm does not underflow where `alpha` is small.
    """
    alpha, rng = np.multiply(alpha, 1.0), as_generator(key)
    size = _shape(shape, alpha[..., 0]) + alpha.shape[-1:]
    logs = np.log(rng.standard_gamma(alpha + 1.0, size=size)) + np.log(rng.random(size)) / alpha
    shares = np.exp(logs - np.max(logs, axis=-1, keepdims=True))
    return _as(shares / np.sum(shares, axis=-1, keepdims=True), dtype)


def multivariate_normal(key, mean, cov, shape=None, dtype=np.float64):
    """Return normal vectors.

    Parameters
    ----------
    key : key
    mean : (..., D) array
    cov : (..., D, D) array
        Positive definite.
    shape : tuple of int, optional
        Of the result without its last axis; by default that of the parameters.

    Examples
    --------
    >>> multivariate_normal(0, np.zeros(2), np.eye(2), (5,)).shape
    (5, 2)
    """
    mean, factor = np.multiply(mean, 1.0), np.linalg.cholesky(cov)
    size = _shape(shape, mean[..., 0], factor[..., 0, 0]) + factor.shape[-1:]
    noise = as_generator(key).standard_normal(size=size)
    return _as(mean + np.einsum("...ij,...j->...i", factor, noise), dtype)


def _shape(shape, *parameters):
    """Return `shape` as a tuple, or the shape that parameters have together."""
    together = np.broadcast_shapes(*(np.shape(x) for x in parameters))
    if shape is None:
        return together
    shape = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    if len(shape) < len(together) or any(
        n not in (1, m) for n, m in zip(together[::-1], shape[::-1])
    ):
        raise ShapeError(
            f"Draws of shape {shape} were asked for, but the parameters have shape {together}. The "
            "shape must end with that of the parameters."
        )
    return shape


def _as(draws, dtype):
    if getattr(draws, "dtype", None) == dtype:
        return draws
    if isinstance(draws, (np.ndarray, np.generic, float, int)):
        return np.asarray(draws, dtype)[()]
    return draws.astype(dtype)  # traced
