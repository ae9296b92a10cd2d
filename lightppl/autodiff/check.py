"""Gradients against finite differences in random directions.

A central difference of sixth order in the direction v must equal the gradient's product with v.  A
derivative that is wrong by 0.05 % in one place is seen, unless that place hardly matters.

Reference: Abramowitz & Stegun (1964), 25.3.21 and its extension to six points.
"""

import numpy as np

from lightppl.autodiff.gradient import differentiate, tracing
from lightppl.errors import LightPPLError

_STEP = 2e-3
_OFFSETS = (1, 2, 3)
_WEIGHTS = (0.75, -0.15, 1.0 / 60.0)


class GradientError(LightPPLError, ArithmeticError):
    """A derivative does not agree with differences of the function."""


def check_gradient(fun, x, *, gradient=None, num_directions=4, tolerance=1e-7, step=_STEP, seed=0):
    """Raise unless the gradient of a function agrees with its finite differences.

    Parameters
    ----------
    fun : callable
        NumPy function of one array; an array result is reduced to a number by random weights.
    x : array_like
        Where to check: a point with a smooth neighbourhood of relative size `step`.
    gradient : callable, optional
        ``gradient(x)`` for a scalar `fun`; by default autograd's.
    num_directions : int
    tolerance : float
        Allowed difference, relative to the sum of the magnitudes of the gradient's contributions.
    step : float
        Length of a difference, relative to the magnitude of each coordinate or 0.1, if that is
        larger.
    seed : int
        For directions and weights.

    Raises
    ------
    GradientError
        Names both numbers and the coordinate that contributes most.

    Examples
    --------
    >>> check_gradient(lambda x: np.sum(np.exp(x) * x), [0.5, 1.0])
    >>> check_gradient(np.sin, 0.5, gradient=lambda x: 1.001 * np.cos(x))
    Traceback (most recent call last):
    ...
    lightppl.autodiff.check.GradientError: The derivative in direction 0 is ...
    """
    x = np.asarray(x, dtype=np.float64)
    rng = np.random.default_rng(seed)
    scalar = _weighted(fun, np.shape(fun(x)), rng)
    found = _gradient_of(scalar, x) if gradient is None else np.asarray(gradient(x), np.float64)
    if np.shape(found) != np.shape(x):
        raise GradientError(f"The gradient has shape {np.shape(found)}, the point {np.shape(x)}.")
    for k in range(num_directions):
        direction = rng.uniform(0.5, 1.5, x.shape) * rng.choice((-1.0, 1.0), x.shape)
        direction = direction * np.maximum(np.abs(x), 0.1)
        expected = _directional_difference(scalar, x, direction, step)
        parts = found * direction
        error = abs(np.sum(parts) - expected)
        scale = np.sum(np.abs(parts)) + abs(expected) + 1e-4 * abs(scalar(x))
        if not error <= tolerance * max(scale, 1e-6):
            largest = np.unravel_index(np.argmax(np.abs(parts)), x.shape) if x.size else ()
            raise GradientError(
                f"The derivative in direction {k} is {np.sum(parts):.10g}, but differences of the "
                f"function give {expected:.10g}. Coordinate {tuple(map(int, largest))} contributes "
                "most. Check the derivatives of the operations it goes through.",
                gradient=found, direction=direction,
            )


def value_and_gradient(fun, x):
    """Return value and gradient of a scalar NumPy function by autograd.

    Parameters
    ----------
    fun : callable
    x : array_like

    Returns
    -------
    value : float
    gradient : float64 array of the shape of `x`

    Examples
    --------
    >>> value_and_gradient(lambda x: np.sum(x**2), [1.0, 2.0])
    (5.0, array([2., 4.]))
    """
    x = np.array(x, dtype=np.float64)
    with tracing():
        value, gradient = differentiate(fun, x)
    gradient = np.array(np.broadcast_to(np.asarray(gradient, dtype=np.float64), x.shape))
    return float(value), gradient


def _gradient_of(scalar, x):
    return value_and_gradient(scalar, x)[1]


def _weighted(fun, shape, rng):
    if shape == ():
        return fun
    weights = rng.uniform(0.5, 1.5, shape) * rng.choice((-1.0, 1.0), shape)
    return lambda x: np.sum(weights * fun(x))


def _directional_difference(scalar, x, direction, step):
    total = 0.0
    for offset, weight in zip(_OFFSETS, _WEIGHTS):
        move = offset * step * direction
        total += weight * (float(scalar(x + move)) - float(scalar(x - move)))
    return total / step
