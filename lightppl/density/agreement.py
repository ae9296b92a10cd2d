"""One look at whether compiled code and model agree, before anything is built on it.

A model that draws random numbers of its own, or changes between calls, has no log density: it
gives two values at one point.  A compiled density that differs from a model that does agree with
itself must not be used.
"""


import numpy as np

from lightppl.autodiff.gradient import tracing
from lightppl.density.eager import EagerPotential
from lightppl.errors import FallbackWarning, ModelError
from lightppl.user_line import warn

TOLERANCE = 1e-8


def require_agreement(potential, objective, q, describe_unsteady):
    """Return a potential that agrees with the plain function at one point.

    Parameters
    ----------
    potential : Potential
    objective : callable
        ``(D,) -> float``, plain NumPy.
    q : (D,) float64
    describe_unsteady : callable
        Returns a clause for the message: where the model differs from run to run.

    Returns
    -------
    Potential, or EagerPotential after a warning

    Raises
    ------
    ModelError
        If the function gives different values at the same point.
    """
    found = potential(q)[0]
    # while tracing, a loop runs as a list of calls, which is faster than its body in Python
    with np.errstate(all="ignore"), tracing("values"):
        expected = float(objective(q))
        if _agree(found, expected):
            return potential
        again = float(objective(q))
    if not _agree(expected, again):
        raise ModelError(
            f"The model gave two log densities at one point, {-expected} and {-again}"
            f"{describe_unsteady()}. It draws random numbers outside of sample statements or "
            "for the rows of a plate with subsample_size, keeps state between calls, or changes "
            "its data in place. Draw with sample, or outside of the model, and pass the result as "
            "an argument; leave subsample_size away; change copies of data."
        )
    warn(
        f"The compiled log density {-found} differs from the model's {-expected}. The model "
        "runs eagerly "
        "through autograd instead, which is slower. Please report the model.",
        FallbackWarning,
    )
    return EagerPotential(objective, len(q))


def _agree(a, b):
    if not (np.isfinite(a) and np.isfinite(b)):
        return True
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b))
