"""Dual averaging: minimises a convex function from noisy subgradients; here it finds a step size.

Legend (letters of the paper): ``x`` the iterate, ``x_bar`` its weighted average, ``H_bar`` the
average of the statistics ``g``; ``mu`` the point that iterates shrink towards.

References
----------
Nesterov (2009), "Primal-dual subgradient methods for convex problems".
Hoffman and Gelman (2014), "The no-U-turn sampler", sec. 3.2, eq. (5) and (6).
"""

import numpy as np


def dual_averaging(t0=10, kappa=0.75, gamma=0.05):
    """Return functions that start dual averaging and that add one observation.

    Parameters
    ----------
    t0 : float
        Slows down the first updates.
    kappa : float
        In (0.5, 1]; smaller values forget early iterates sooner.
    gamma : float
        Smaller values move faster.

    Returns
    -------
    init_fn : callable
        ``(prox_center=0.0)`` to the state ``(x, x_bar, H_bar, t, prox_center)``.
    update_fn : callable
        ``(g, state)`` to the next state; for a step size, x is its logarithm and g the target
        acceptance probability minus the one observed.

    References
    ----------
    Hoffman and Gelman (2014), eq. (6).

    Examples
    --------
    >>> init_fn, update_fn = dual_averaging()
    >>> state = init_fn(prox_center=np.log(10.0))
    >>> for _ in range(2000):  # acceptance falls with the step size, and is 0.8 at 0.5
    ...     state = update_fn(0.8 - np.exp(-0.446 * np.exp(state[0])), state)
    >>> round(float(np.exp(state[1])), 1)
    0.5
    """

    def init_fn(prox_center=0.0):
        """Return the state before any observation."""
        return 0.0, 0.0, 0.0, 0, prox_center

    def update_fn(g, state):
        """Return the state after one observation."""
        _, x_bar, H_bar, t, mu = state
        t = t + 1
        eta = 1.0 / (t + t0)
        H_bar = (1.0 - eta) * H_bar + eta * g
        x = mu - np.sqrt(t) / gamma * H_bar
        weight = t**-kappa
        return x, (1.0 - weight) * x_bar + weight * x, H_bar, t, mu

    return init_fn, update_fn
