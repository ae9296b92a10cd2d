"""Gibbs updates that are compiled, between the transitions of a Hamiltonian sampler.

The update is a function of noise that the user wrote (`lightppl.kernels.noise`): it returns what is
to be held next.

References: Geman and Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
restoration of images"; Tierney (1994), "Markov chains for exploring posterior distributions", sec.
2.4.
"""

from lightppl.jit import kernel
from lightppl.kernels import hmc, nuts, walnuts
from lightppl.kernels.interleaved import interleaved
from lightppl.kernels.noise import call_with_noise
from lightppl.kernels.phase_point import copy_into


@kernel
def update(target, work, options, rng):
    """Call the function of the user, and hold what it returns.

    Parameters
    ----------
    target : Target
        The head of its workspace is overwritten.
    work : Work
        With ``update``, a `NoisyCall`.
    options : Options
        Not used.
    rng : numpy.random.Generator
    """
    call = work.update
    call_with_noise(call, work.points[0], target.workspace, rng)
    copy_into(target.workspace[: call.result.size], call.result)


ALGORITHMS = {
    inner: interleaved(
        inner, update, name="gibbs", title="Gibbs updates", module=__name__,
        work=("update",), scratch=("update",),
    )
    for inner in (hmc.ALGORITHM, nuts.ALGORITHM, walnuts.ALGORITHM)
}
"""By the algorithm that moves the other sites."""
