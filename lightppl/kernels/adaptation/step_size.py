"""A step size whose acceptance probability is the one that was asked for.

Dual averaging is quick but noisy: even after a hundred updates its steps vary by a factor, and
since acceptance is concave where it matters, the step size of their mean is accepted too often: 87
times in 100 for a target of 80, which costs a third of all gradients.  So dual averaging has the
first updates only; then the step size moves by ever smaller amounts, as Robbins and Monro do, and
what sampling keeps is an average in which late updates weigh more.  Where no metric fits, the
target itself is raised (`careful_target`).

Legend: ``delta`` target acceptance; ``x`` log step size; ``x_bar`` its weighted average; ``t``
number of updates.

References: Robbins and Monro (1951), "A stochastic approximation method", eq. (8); Polyak and
Juditsky (1992), "Acceleration of stochastic approximation by averaging"; Shamir and Zhang (2013),
"Stochastic gradient descent for non-smooth optimization", eq. (6), for the average.
"""

from lightppl.jit import kernel
from lightppl.kernels.adaptation.dual_averaging import DualAveragingState, update_dual_averaging

NUM_QUICK_UPDATES = 25
GAIN, DECAY, DELAY = 2.0, 0.75, 5.0
"""Update t moves by ``GAIN (t + DELAY)^-DECAY`` times the error."""

AVERAGING = 1.0
"""Update t weighs in the average as t to this power."""

LARGEST_MISFIT = 1.0
"""Fisher divergence a dimension beyond which no metric fits everywhere."""


@kernel
def careful_target(delta, misfit):
    """Return the target acceptance probability, half as far from 1 where no metric fits.

    There the step size that is right on average is too large in narrow parts of the density:
    trajectories diverge, and draws miss those parts.

    Parameters
    ----------
    delta : float
        What the user asked for, in (0, 1).
    misfit : float
        Of the metric in force, see `selection`; NaN if nothing is known of it yet.
    """
    return 0.5 * (1.0 + delta) if misfit > LARGEST_MISFIT else delta  # NaN compares false


@kernel
def update_step_size(state, accept_prob, delta):
    """Return the state after one observation of the acceptance probability.

    Parameters
    ----------
    state : DualAveragingState
        As `start_dual_averaging` makes it; `H_bar` and `mu` are not read after the quick updates.
    accept_prob : float
        In [0, 1]; NaN counts as 0.
    delta : float
        Target acceptance probability, in (0, 1).

    Returns
    -------
    DualAveragingState
        ``exp(x)`` is the next step size, ``exp(x_bar)`` the one to keep when warmup ends.
    """
    if state.t < NUM_QUICK_UPDATES:
        return update_dual_averaging(state, accept_prob, delta)
    t = state.t + 1 - NUM_QUICK_UPDATES
    alpha = accept_prob if accept_prob >= 0.0 else 0.0
    before = state.x_bar if t == 1 else state.x
    x = before + GAIN * (t + DELAY) ** -DECAY * (alpha - delta)
    weight = (AVERAGING + 1.0) / (t + AVERAGING)
    x_bar = (1.0 - weight) * state.x_bar + weight * x
    return DualAveragingState(state.mu, state.H_bar, x, x_bar, state.t + 1)
