"""Standard draws that several families share.

They call the generator only through methods with an explicit ``size=`` and otherwise use array
arithmetic, so that they can be recorded and replayed with traced parameters.
"""

import numpy as np

from lightppl.autodiff.operation import Operation, is_traced, plain_value
from lightppl.autodiff.shape_derivatives import gammainc_da
from lightppl.autodiff.special import gammaln, xlogy
from lightppl.autodiff.structural import sum_to_shape

_HALF_ULP = 2.0**-54
_LARGEST_MEAN = 1e18
"""NumPy refuses to draw counts with a mean beyond the largest int64."""


def open_uniform(rng, shape):
    """Return uniform draws that are neither 0 nor 1.

    Parameters
    ----------
    rng : Generator
    shape : tuple of int
    """
    return np.maximum(rng.random(size=shape), _HALF_ULP)


def standard_gamma(rng, concentration, shape):
    """Return gamma draws of rate 1, differentiable in `concentration`.

    Parameters
    ----------
    rng : Generator
    concentration : array
        Positive; broadcasts to `shape`.
    shape : tuple of int

    References
    ----------
    Figurnov, Mohamed, Mnih (2018), "Implicit reparameterization gradients", eq. (5).
    """
    if is_traced(concentration) and isinstance(rng, np.random.Generator):
        draws = rng.standard_gamma(plain_value(concentration), size=shape)
        return _gamma_draw(draws, concentration)
    return rng.standard_gamma(concentration, size=shape)


def _gamma_draw_slope(draws, concentration):
    """How a draw moves with its concentration where its probability stays: -(dP/da) / (dP/dx)."""
    log_density = xlogy(concentration - 1.0, draws) - draws - gammaln(concentration)
    return -gammainc_da(concentration, draws) * np.exp(-log_density)


_gamma_draw = Operation(
    "gamma_draw",
    lambda draws, concentration: draws,
    (
        None,
        lambda ans, draws, concentration: lambda g: sum_to_shape(
            g * _gamma_draw_slope(draws, concentration), np.shape(concentration)
        ),
    ),
)


def log_standard_gamma(rng, concentration, shape):
    """Return logarithms of gamma draws of rate 1; they do not underflow for tiny concentrations.

    Parameters
    ----------
    rng : Generator
    concentration : array
        Positive; broadcasts to `shape`.
    shape : tuple of int

    References
    ----------
    Marsaglia, Tsang (2000), "A simple method for generating gamma variables", sec. 6: a draw of
    concentration a is one of concentration a + 1 times ``U ** (1 / a)``.
    """
    boosted = np.log(standard_gamma(rng, concentration + 1.0, shape))
    return boosted - rng.standard_exponential(size=shape) / concentration


def category(rng, probs, shape):
    """Return category indices drawn by inversion.

    Parameters
    ----------
    rng : Generator
    probs : (..., K) array
        Its leading axes broadcast to `shape`.
    shape : tuple of int
    """
    cumulative = np.cumsum(probs, axis=-1)
    threshold = np.expand_dims(rng.random(size=shape), -1) * cumulative[..., -1:]
    return np.sum(np.less_equal(cumulative[..., :-1], threshold), axis=-1)


def point_on_sphere(rng, shape):
    """Return vectors of length one in uniform directions; the last axis of `shape` holds them.

    Parameters
    ----------
    rng : Generator
    shape : tuple of int
    """
    normal = rng.standard_normal(size=shape)
    return normal / np.sqrt(np.sum(normal * normal, axis=-1, keepdims=True))


def draw_poisson(rng, mean, shape):
    """Return Poisson draws; means beyond 1e18, which wide priors reach, count as 1e18.

    Parameters
    ----------
    rng : Generator
    mean : array
        Not negative; broadcasts to `shape`.
    shape : tuple of int
    """
    return rng.poisson(np.minimum(mean, _LARGEST_MEAN), size=shape)


def spread_draws(distribution, rng, shape):
    """Draw through ``sample`` for a batch shape that broadcasts to `shape`, all draws distinct.

    Parameters
    ----------
    distribution : Distribution
        Of a subclass that defines ``sample`` itself.
    rng : Generator
    shape : tuple of int
    """
    batch = distribution.batch_shape
    lead = shape[: len(shape) - len(batch)]
    target = shape[len(lead) :]
    stretched = [i for i, (old, new) in enumerate(zip(batch, target)) if old != new]
    extra = tuple(target[i] for i in stretched)
    draws = distribution.sample(rng, lead + extra)
    # each extra axis changes places with the axis of length one that it stretches
    first = len(lead) + len(extra)
    order = list(range(np.ndim(draws)))
    for position, i in enumerate(stretched):
        order[len(lead) + position], order[first + i] = first + i, len(lead) + position
    draws = np.transpose(draws, order)
    return np.reshape(draws, shape + distribution.event_shape)
