"""Whether compiled code and model agree, in value and gradient, before anything is built on it.

A model that draws random numbers of its own, or changes between calls, has no log density: it
gives two values at one point. A compiled density that differs from a model that does agree with
itself must not be used, nor one whose gradient differs from autograd's.

Every density is compared with its model at the point where it was recorded, and its gradient with
the slope of its own values at another point; that costs one run of the model. New code, and code
whose slope does not fit, is compared with autograd at both points, and is kept on disk only then.
"""

from functools import partial

import numpy as np

from lightppl.compiler.build import confirm_function
from lightppl.density.eager import EagerPotential, value_or_nan
from lightppl.errors import FallbackWarning, ModelError
from lightppl.user_line import warn

VALUE_TOLERANCE = 1e-8
GRADIENT_TOLERANCE = 1e-6
SLOPE_TOLERANCE = 1e-5
MAX_ROUNDING = 1e-3
"""Largest part of a value, or of a gradient, that may be put down to rounding."""

STEP = 1e-4
"""Length of a difference, relative to the magnitude of each coordinate or 1, if that is larger."""

MAX_POINTS = 10
"""How many points are tried to find one at which the density is finite."""


def require_agreement(potential, objective, q, describe_unsteady=lambda: "", held=()):
    """Return a potential that agrees with the plain function.

    Parameters
    ----------
    potential : Potential
    objective : callable
        ``(D,) -> float``, plain NumPy.
    q : (D,) float64
        Where it was recorded.
    describe_unsteady : callable
        Returns a clause for the message: where the model differs from run to run.
    held : sequence of (H,) float64
        Held values, if there are any, at all of which they are compared; ``objective(q, held)``.

    Returns
    -------
    Potential, or EagerPotential after a warning

    Raises
    ------
    ModelError
        If the function gives different values at the same point, or another value when it is
        traced than with plain numbers: then autograd has no right answer either.
    """
    if not len(held):
        difference = _difference(potential, objective, q, describe_unsteady)
    else:
        for values in held:
            at_values = partial(potential, held=values), partial(objective, held=values)
            at_values[0].function = potential.function
            difference = _difference(*at_values, q, describe_unsteady)
            if difference is not None:
                break
    if difference is not None:
        return _run_eagerly(objective, q, difference, *held[:1])
    confirm_function(potential.function)
    return potential


def _difference(potential, objective, q, describe_unsteady):
    """Return words for where compiled density and function differ, or None."""
    expected = value_or_nan(objective, q)
    difference = _difference_of_values(potential, q, expected)
    if difference is not None:
        _require_steadiness(objective, q, expected, describe_unsteady)
        _require_same_meaning(objective, q, expected)
        return difference
    other = _another_point(potential, q)
    if potential.function.has_agreed and _slope_fits(potential, other):
        return None
    for point in (q, other):
        difference = _difference_from_autograd(potential, objective, point)
        if difference is not None:
            return difference
    return None


def values_agree(a, b, rounding=0.0):
    """Return whether two potential energies are the same up to rounding.

    Two that a sampler rejects, NaN or plus infinity, are the same.

    Parameters
    ----------
    a, b : float
    rounding : float
        What rounding adds, in an ill-conditioned computation.

    Returns
    -------
    bool

    Examples
    --------
    >>> values_agree(1.0, 1.0 + 1e-12), values_agree(np.nan, 1.0), values_agree(np.nan, np.inf)
    (True, False, True)
    """
    if np.isfinite(a) and np.isfinite(b):
        return bool(abs(a - b) <= VALUE_TOLERANCE * max(1.0, abs(a), abs(b)) + rounding)
    return bool(_is_rejected(a) and _is_rejected(b) or a == b)


def gradients_agree(a, b, rounding=0.0):
    """Return whether two gradients are the same up to rounding, not finite in the same places.

    Parameters
    ----------
    a, b : (D,) float64
    rounding : float
        What rounding adds, in an ill-conditioned computation.

    Returns
    -------
    bool

    Examples
    --------
    >>> gradients_agree(np.array([1.0, np.nan]), np.array([1.0, np.inf]))
    True
    """
    finite = np.isfinite(a)
    if not np.array_equal(finite, np.isfinite(b)):
        return False
    allowed = GRADIENT_TOLERANCE * max(1.0, _largest(b[finite])) + rounding
    return bool(np.all(np.abs(a[finite] - b[finite]) <= allowed))


def _is_rejected(U):
    return np.isnan(U) or U == np.inf


def _require_steadiness(objective, q, expected, describe_unsteady):
    again = value_or_nan(objective, q)
    if values_agree(expected, again):
        return
    raise ModelError(
        f"The model gave two log densities at one point, {-expected} and {-again}"
        f"{describe_unsteady()}. It draws random numbers outside of sample statements or "
        "for the rows of a plate with subsample_size, keeps state between calls, or changes "
        "its data in place. Draw with sample, or outside of the model, and pass the result as "
        "an argument; leave subsample_size away; change copies of data."
    )


def _require_same_meaning(objective, q, expected):
    found = EagerPotential(objective, len(q))(q)[0]
    if not (np.isfinite(found) and np.isfinite(expected)):
        return
    if values_agree(found, expected, MAX_ROUNDING * abs(expected)):
        return
    raise ModelError(
        f"The model gives the log density {-found} when its latent values are traced, and "
        f"{-expected} with plain numbers at the same point. Some function in it means another "
        "thing on traced values, which is a fault of lightppl: please report the model. Until "
        "then write that part with other NumPy functions."
    )


def _another_point(potential, q):
    """Return a point where the density is finite, if one of a few is; opposite to `q` if it can be.
    """
    rng = np.random.default_rng(0)
    point = -np.copysign(rng.uniform(0.0, 2.0, size=len(q)), q)
    for _ in range(MAX_POINTS):
        if np.isfinite(potential(point)[0]):
            break
        point = rng.uniform(-2.0, 2.0, size=len(q))
    return point


def _slope_fits(potential, q):
    """Return whether the gradient fits central differences of the values in one direction."""
    direction = np.random.default_rng(1).uniform(0.5, 1.0, size=len(q))
    step = STEP * np.maximum(1.0, np.abs(q)) * direction
    U, gradient = potential(q)
    with np.errstate(all="ignore"):
        slope = 0.5 * (potential(q + step)[0] - potential(q - step)[0])
        contributions = gradient * step
        rounding = 1e-13 * abs(U)
        allowed = SLOPE_TOLERANCE * np.sum(np.abs(contributions)) + rounding
        return bool(abs(slope - np.sum(contributions)) <= allowed)


def _difference_from_autograd(potential, objective, q):
    """Return words for where compiled and eager density differ at a point, or None."""
    # what was recorded makes no Python numbers, so no derivative gets lost here
    expected, expected_gradient = EagerPotential(objective, len(q))(q)
    difference = _difference_of_values(potential, q, expected)
    found, gradient = potential(q)
    if difference is not None or not np.isfinite(found):
        return difference
    if gradients_agree(gradient, expected_gradient):
        return None
    if gradients_agree(gradient, expected_gradient, _rounding(potential, q)[1]):
        return None
    with np.errstate(all="ignore"):
        distance = np.abs(gradient - expected_gradient)
    k = int(np.argmax(np.where(np.isnan(distance), np.inf, distance)))
    return (
        f"gradient {-gradient[k]}, with respect to unconstrained value {k}, differs from the "
        f"model's {-expected_gradient[k]}"
    )


def _difference_of_values(potential, q, expected):
    found = potential(q)[0]
    if values_agree(found, expected) or values_agree(found, expected, _rounding(potential, q)[0]):
        return None
    return f"log density {-found} differs from the model's {-expected}"


def _rounding(potential, q):
    """Return how much value and gradient change when `q` does in its last bits."""
    rng = np.random.default_rng(2)
    found, gradient = potential(q)
    changes = [(0.0, 0.0)]
    with np.errstate(all="ignore"):
        for _ in range(8):
            last_bits = rng.integers(-2, 3, size=len(q)) * np.finfo(np.float64).eps
            U, other = potential(q + last_bits * np.maximum(1.0, np.abs(q)))
            changes.append((abs(U - found), _largest(other - gradient)))
        most = np.nan_to_num(10.0 * np.max(changes, axis=0), nan=np.inf)
        return np.minimum(most, MAX_ROUNDING * np.array([abs(found), _largest(gradient)]))


def _largest(x):
    return np.max(np.abs(x), initial=0.0)


def _run_eagerly(objective, q, difference, held=()):
    warn(
        f"The compiled {difference}. The model runs eagerly through autograd instead, which is "
        "slower. Please report the model.",
        FallbackWarning,
    )
    return EagerPotential(objective, len(q), held)
