"""Whether a proposal is accepted.

Legend: ``U`` potential energy; ``delta_H`` minus the logarithm of the Metropolis-Hastings ratio:
for symmetric proposals the change of U, for steps of a Hamiltonian flow that of the total energy.

References: Metropolis, Rosenbluth, Rosenbluth, Teller and Teller (1953), "Equation of state
calculations by fast computing machines"; Hastings (1970), "Monte Carlo sampling methods using
Markov chains and their applications".
"""

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.trajectory import metropolis_prob


@kernel(inline="always")
def decide(rng, delta_H, U_proposal, is_calibrated):
    """Return the acceptance probability of a proposal, and whether it becomes the state.

    Parameters
    ----------
    rng : numpy.random.Generator
        Gives one uniform.
    delta_H : float
        NaN is refused.
    U_proposal : float
        A proposal where the density is zero, infinite or NaN is refused always.
    is_calibrated : bool
        If False, all other proposals are accepted, and the chain does not leave the target
        invariant.

    Returns
    -------
    accept_prob : float
        Of the Metropolis-Hastings rule, whether it decides or not.
    accepted : bool
    """
    is_possible = np.isfinite(U_proposal)
    accept_prob = metropolis_prob(delta_H) if is_possible else 0.0
    accepted = rng.random() < accept_prob
    return accept_prob, accepted if is_calibrated else is_possible
