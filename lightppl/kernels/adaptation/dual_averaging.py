"""Step size adaptation by dual averaging.

Legend (letters of the paper): ``delta`` target acceptance; ``gamma, t0, kappa`` constants; ``mu``
the point that log step sizes shrink towards; ``H_bar`` averaged error; ``x`` log step size;
``x_bar`` its weighted average.

References: Hoffman and Gelman (2014), "The no-U-turn sampler", sec. 3.2, eq. (5) and (6);
Nesterov (2009), "Primal-dual subgradient methods for convex problems".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel

GAMMA = 0.05
T0 = 10.0
KAPPA = 0.75
FIRST_FACTOR = 10.0
"""How many times the first step size log step sizes shrink towards."""


class DualAveragingState(NamedTuple):
    """State of dual averaging.

    Parameters
    ----------
    mu, H_bar, x, x_bar : float
        As in the file's legend.
    t : int
        Number of updates.
    """

    mu: float
    H_bar: float
    x: float
    x_bar: float
    t: int


@kernel
def start_dual_averaging(step_size):
    """Return the state that begins at `step_size` and shrinks towards ten times as much.

    References
    ----------
    Hoffman and Gelman (2014), sec. 3.2.1: mu = log(10 eps_1).
    """
    x = np.log(step_size)
    return DualAveragingState(x + np.log(FIRST_FACTOR), 0.0, x, 0.0, 0)


@kernel
def update_dual_averaging(state, accept_prob, delta):
    """Return the state after one observation of the acceptance probability.

    Parameters
    ----------
    state : DualAveragingState
    accept_prob : float
        In [0, 1]; NaN counts as 0.
    delta : float
        Target acceptance probability, in (0, 1).

    Returns
    -------
    DualAveragingState
        ``exp(x)`` is the next step size, ``exp(x_bar)`` the one to keep when warmup ends.

    References
    ----------
    Hoffman and Gelman (2014), eq. (6).
    """
    t = state.t + 1
    alpha = accept_prob if accept_prob >= 0.0 else 0.0
    eta = 1.0 / (t + T0)
    H_bar = (1.0 - eta) * state.H_bar + rounded_product(eta, delta - alpha)
    x = state.mu - np.sqrt(t) / GAMMA * H_bar
    weight = t**-KAPPA
    x_bar = (1.0 - weight) * state.x_bar + rounded_product(weight, x)
    return DualAveragingState(state.mu, H_bar, x, x_bar, t)


@kernel(fastmath=frozenset())
def rounded_product(x, y):
    """Return x y, rounded before anything is added to it.

    Of two products that are added only one can be fused with the addition.  The compiler chooses
    which, as the code around suggests; here it has no choice, so that step sizes, to the last bit,
    depend on no sampler.
    """
    return x * y
