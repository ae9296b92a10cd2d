"""Samplers whose kernels have a planted fault; compiled when they are used."""

from dataclasses import replace

import numpy as np

from lightppl.infer import HMC, NUTS
from lightppl.jit import kernel
from lightppl.kernels import hmc, nuts, trajectory
from lightppl.kernels.adaptation.hamiltonian import moved
from lightppl.kernels.adaptation.windows import FAST
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.target import evaluate_potential


@kernel
def accept_too_much(target, work, options, state, rng, phase):
    """Return what HMC does when it moves to each end that has a fair chance, without a coin."""
    state, info = hmc.transition(target, work, options, state, rng, phase)
    if info.accept_prob > 1e-3:
        copy_into(work.points[hmc.SAMPLE], work.points[hmc.PROPOSAL])
    z = point_at(work.points, hmc.SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    return moved(state, U), info


@kernel
def take_the_end(target, work, options, state, rng, phase):
    """Return what NUTS does when it moves to where its trajectory ended."""
    state, info = nuts.transition(target, work, options, state, rng, phase)
    if info.diverging == 0.0:
        copy_into(work.points[trajectory.SAMPLE], work.points[trajectory.RIGHT])
    z = point_at(work.points, trajectory.SAMPLE)
    U = evaluate_potential(target, z.q, z.grad)
    return moved(state, U), info


class AcceptingTooMuch(HMC):
    """HMC without a Metropolis correction that deserves the name."""

    algorithm = replace(hmc.ALGORITHM, name="hmc_accepting", transition=accept_too_much)


class EndTaking(NUTS):
    """NUTS that takes the end of each trajectory, which may be where it turned."""

    algorithm = replace(nuts.ALGORITHM, name="nuts_end_taking", transition=take_the_end)


class AlwaysAdapting(NUTS):
    """NUTS that goes on to adapt its step size after warmup."""

    def phases(self, num_warmup):
        """Return phases of which the last is never reached."""
        return np.full(1_000_000, FAST)
