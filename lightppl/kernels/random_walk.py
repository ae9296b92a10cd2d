"""Random-walk Metropolis: a symmetric step, accepted with probability min(1, exp(U(q) - U(q'))).

Legend: ``D`` dimension; ``U`` potential energy; ``M^-1`` the metric.

References: Metropolis, Rosenbluth, Rosenbluth, Teller and Teller (1953), "Equation of state
calculations by fast computing machines"; Roberts, Gelman and Gilks (1997), "Weak convergence and
optimal scaling of random walk Metropolis algorithms": steps of 2.38 / sqrt(D) standard deviations,
an acceptance of 0.234.
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.adaptation.hamiltonian import (
    HamiltonianState, WarmupOptions, adapt, finish, learn, moved, prepare, start,
)  # fmt: skip
from lightppl.kernels.algorithm import Algorithm
from lightppl.kernels.hmc import PROPOSAL, SAMPLE, Work
from lightppl.kernels.metric import draw_momentum
from lightppl.kernels.metropolis import decide
from lightppl.kernels.phase_point import copy_into, drift, point_at
from lightppl.kernels.target import call_address, evaluate_potential


class Options(NamedTuple):
    """What the user chose.

    Parameters
    ----------
    is_uniform : bool
        Whether steps are uniform in a box, instead of normal.
    new_state : int
        Address of a C function that makes proposals, or 0.
    is_calibrated : bool
        Whether proposals can be refused.
    warmup : WarmupOptions
    """

    is_uniform: bool
    new_state: int
    is_calibrated: bool
    warmup: WarmupOptions


class Info(NamedTuple):
    """What a transition reports.

    Parameters
    ----------
    potential_energy : float
        U of the new state.
    accept_prob : float
        In [0, 1].
    accepted : float
        1.0 or 0.0.
    step_size : float
    """

    potential_energy: float
    accept_prob: float
    accepted: float
    step_size: float


@kernel
def transition(target, work, options, state, rng, phase):
    """Propose a point and accept or refuse it, in place.

    Parameters
    ----------
    target : Target
    work : Work
        Its points are overwritten.
    options : Options
    state : HamiltonianState
    rng : numpy.random.Generator
        Gives D variates and one uniform.
    phase : int
        Not used.

    Returns
    -------
    state : HamiltonianState
    info : Info
    """
    z, proposal = point_at(work.points, SAMPLE), point_at(work.points, PROPOSAL)
    propose(z, proposal, work.metric, options, state.step_size, rng)
    U = evaluate_potential(target, proposal.q, proposal.grad)
    accept_prob, accepted = decide(rng, U - state.U, U, options.is_calibrated)
    if accepted:
        copy_into(work.points[SAMPLE], work.points[PROPOSAL])
    else:
        U = state.U
    return moved(state, U), Info(U, accept_prob, 1.0 if accepted else 0.0, state.step_size)


@kernel
def propose(z, proposal, metric, options, step_size, rng):
    """Overwrite the position of `proposal`: q' = q + step_size v with v from N(0, M^-1).

    Or v uniform in [-1, 1]^D diag(M^-1)^(1/2); or what a C function makes of q, and of a number
    from [0, 1) that is the seed of its own randomness.
    """
    q, v = proposal.q, proposal.v
    copy_into(q, z.q)
    if options.new_state != 0 and q.size > 0:
        proposal.p[0] = rng.random()
        call_address(options.new_state, z.q, q, proposal.p, metric.block_index, proposal.p)
        return
    if options.is_uniform:
        for i in range(v.size):
            v[i] = np.sqrt(metric.diagonal[i]) * (2.0 * rng.random() - 1.0)
    else:
        draw_momentum(metric, rng, proposal.p, v)
    drift(q, v, step_size)


ALGORITHM = Algorithm(
    "random_walk", "the random-walk Metropolis sampler", Options, HamiltonianState, Work, Info,
    start, prepare, transition, adapt, finish, learn,
)  # fmt: skip
