"""Samplers whose kernels have a planted fault; compiled when they are used."""

from dataclasses import replace

import numpy as np

from lightppl.infer import HMC, NUTS
from lightppl.jit import kernel
from lightppl.kernels import barker, hmc, nuts, sample_adaptive, trajectory
from lightppl.kernels.adaptation.hamiltonian import moved
from lightppl.kernels.adaptation.windows import FAST
from lightppl.kernels.leave_one_out import draw_normal, fit_normal
from lightppl.kernels.phase_point import copy_into, point_at
from lightppl.kernels.preconditioning import enter_coordinates, leave_coordinates
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


@kernel
def accept_by_density(target, work, options, state, rng, phase):
    """Return what Barker steps do when nobody asks how probable the way back is."""
    x, y = point_at(work.points, barker.SAMPLE), point_at(work.points, barker.PROPOSAL)
    enter_coordinates(work.metric, x.grad, x.v)
    barker.draw_step(rng, state.step_size, x.v, y.p)
    leave_coordinates(work.metric, y.p, y.q)
    for i in range(x.q.size):
        y.q[i] += x.q[i]
    U = evaluate_potential(target, y.q, y.grad)
    accept_prob = min(1.0, np.exp(state.U - U))
    if rng.random() < accept_prob:
        copy_into(work.points[barker.SAMPLE], work.points[barker.PROPOSAL])
    else:
        U = state.U
    return moved(state, U), barker.Info(U, accept_prob, state.step_size)


@kernel
def weigh_by_density(target, work, options, state, rng, phase):
    """Return what `SA` does when it leaves out points by their density alone."""
    ensemble, energies, x = work.ensemble, work.energies, work.vectors[0]
    fit_normal(work.fit, ensemble, options.is_dense)
    draw_normal(work.fit, rng, 1.0, x, work.vectors[1])
    U, N = evaluate_potential(target, x, work.vectors[2]), energies.size
    copy_into(work.fit.log_q[:N], energies)
    work.fit.log_q[N] = U
    accept_prob = 1.0 - sample_adaptive.set_cumulative(work.fit.log_q)
    left_out = sample_adaptive.first_above(work.fit.log_q, rng.random() * work.fit.log_q[N])
    if left_out < N:
        copy_into(ensemble[left_out], x)
        energies[left_out] = U
    chosen = int(N * rng.random())
    copy_into(work.points[0], ensemble[chosen])
    U = energies[chosen]
    return sample_adaptive.State(U, True, True, False, 0), sample_adaptive.Info(U, accept_prob, 0.0)


trust_the_gradient = replace(
    barker.ALGORITHM, name="barker_by_density", transition=accept_by_density
)
leave_out_the_worst = replace(
    sample_adaptive.ALGORITHM, name="sample_adaptive_by_density", transition=weigh_by_density
)
