"""A step size whose energy error has a given variance, for samplers that do not accept or reject.

The energy error of one step of a second-order integrator has a variance in proportion to the sixth
power of the step size, so each step that is taken says which step size would have been right:

    step_size^-6 = E[delta_E_t^2 / (D v step_size_t^6)],

with v the variance a dimension that is asked for.  In equilibrium the mean of the error is zero but
for higher orders, because the chain conserves an energy that differs a little.  The mean here runs
over the last hundred steps or so, and counts those more whose step size was nearly right, because
the law is one of small steps.

Legend: ``D`` dimension; ``v`` variance a dimension; ``xi`` ratio of variances; ``delta_E`` energy
error of a step.

References
----------
Robnik, De Luca, Silverstein, Seljak (2023), "Microcanonical Hamiltonian Monte Carlo", Journal of
Machine Learning Research 24, sec. 5; Bou-Rabee and Sanz-Serna (2018), "Geometric integrators and
the Hamiltonian Monte Carlo method", sec. 6, for the sixth power.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel

NUM_REMEMBERED = 150.0
TRUST = 1.5
"""Standard deviation of the logarithm of a step size from which a step still says much."""

ORDER = 6.0
SMALLEST_RATIO = 1e-8
AFTER_FAILURE = 0.8
"""Share of a step size that failed which is the largest that is tried again."""


class EnergyErrorState(NamedTuple):
    """What the last steps say about the step size.

    Parameters
    ----------
    weight, total : float
        Sums of weights, and of weights times ``xi / step_size^6``.
    largest : float
        Bound for step sizes, from steps that failed.
    """

    weight: float
    total: float
    largest: float


@kernel
def start_energy_error():
    """Return the state that knows nothing."""
    return EnergyErrorState(0.0, 0.0, np.inf)


@kernel
def update_energy_error(state, step_size, delta_E, failed, size, variance):
    """Return the state after one step.

    Parameters
    ----------
    state : EnergyErrorState
    step_size : float
        Of the step.
    delta_E : float
        Its energy error; not read if it failed.
    failed : bool
        Whether the step left the density behind.
    size : int
        D.
    variance : float
        v.

    Returns
    -------
    state : EnergyErrorState
    step_size : float
        For the next step.

    References
    ----------
    Robnik et al. (2023), sec. 5.
    """
    if failed:
        largest = min(state.largest, AFTER_FAILURE * step_size)
        return EnergyErrorState(state.weight, state.total, largest), largest
    xi = delta_E * delta_E / (size * variance) + SMALLEST_RATIO
    distance = np.log(xi) / (ORDER * TRUST)
    weight = np.exp(-0.5 * distance * distance)
    decay = (NUM_REMEMBERED - 1.0) / (NUM_REMEMBERED + 1.0)
    total = decay * state.total + weight * xi / step_size**ORDER
    weight += decay * state.weight
    return EnergyErrorState(weight, total, state.largest), min(
        (weight / total) ** (1.0 / ORDER), state.largest
    )
