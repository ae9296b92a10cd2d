"""Kernels made callable from Python for tests: inner kernels are compiled without a wrapper."""

import numba
import numpy as np

from lightppl.kernels import (
    adjusted_mclmc, barker, hmc, integrators, isokinetic, kinetic, leave_one_out, mclmc, metric,
    nuts, phase_point, preconditioning, sample_adaptive, target, trajectory, uturn, walnuts,
)  # fmt: skip
from lightppl.kernels.adaptation import (
    dual_averaging, energy_error, hamiltonian, heating, initial_step_size, maximum_eigenvalue,
    step_size, trajectory_length, welford, window,
)  # fmt: skip

callable_from_python = numba.njit(_nrt=False)
"""Without reference counts, as the kernels: they return views that own nothing."""


def make_point(potential, the_metric, q, p):
    """Return a consistent PhasePoint."""
    z = phase_point.PhasePoint(*(np.zeros(len(q)) for _ in range(4)))
    z.q[:], z.p[:] = q, p
    the_target = target.make_target(potential)
    evaluate(the_target, z.q, z.grad)
    velocity(the_metric, z.p, z.v)
    return z, the_target


@callable_from_python
def evaluate(the_target, q, grad):
    return target.evaluate_potential(the_target, q, grad)


@callable_from_python
def velocity(the_metric, p, v):
    metric.set_velocity(the_metric, p, v)


@callable_from_python
def momentum(the_metric, rng, p, v):
    metric.draw_momentum(the_metric, rng, p, v)


@callable_from_python
def refresh(the_target, the_metric, rng, p, v):
    return kinetic.refresh_momentum(the_target, the_metric, rng, p, v)


@callable_from_python
def energy(p, v):
    return metric.kinetic_energy(p, v)


@callable_from_python
def factorize(the_metric):
    return metric.factorize(the_metric)


@callable_from_python
def leapfrog_steps(z, the_target, the_metric, step_size, num_steps):
    U, a = 0.0, the_metric.accelerations[0]
    metric.set_acceleration(the_metric, z.grad, a)
    for _ in range(num_steps):
        U, _ = integrators.leapfrog(z, a, the_target, the_metric, step_size)
    return U


@callable_from_python
def grow(tree, the_target, the_metric, rng, step_size, max_depth, directions):
    sample = phase_point.point_at(tree.points, trajectory.SAMPLE)
    U = target.evaluate_potential(the_target, sample.q, sample.grad)
    metric.set_velocity(the_metric, sample.p, sample.v)
    return trajectory.sample_trajectory(
        tree, the_target, the_metric, rng, step_size, max_depth, directions, U
    )


@callable_from_python
def directions_of(rng, max_depth):
    return nuts.draw_directions(rng, max_depth)


@callable_from_python
def turning_at_leaf(spans, leaf, z):
    return uturn.is_turning_at_leaf(spans, 0, leaf, z)


@callable_from_python
def turning(one, two):
    return uturn.join_spans(one, two)


@callable_from_python
def hmc_step(the_target, work, options, state, rng):
    state = hamiltonian.start(the_target, work, options, state, rng)
    return hmc.transition(the_target, work, options, state, rng, 0)


@callable_from_python
def find_step_size(points, the_target, the_metric, rng, begin):
    z = phase_point.point_at(points, 0)
    U = target.evaluate_potential(the_target, z.q, z.grad)
    return initial_step_size.find_initial_step_size(
        points, the_target, the_metric, rng, begin, U
    )


@callable_from_python
def update_step_size(state, accept_prob, delta):
    return step_size.update_step_size(state, accept_prob, delta)


@callable_from_python
def careful_target(delta, misfit):
    return step_size.careful_target(delta, misfit)


@callable_from_python
def heat_momentum(the_target, z, phase):
    return heating.heat_momentum(the_target, z, phase)


@callable_from_python
def keep_draw(the_window, z, k):
    window.keep_draw(the_window, z, k)


@callable_from_python
def update_dual_averaging(state, accept_prob, delta):
    return dual_averaging.update_dual_averaging(state, accept_prob, delta)


@callable_from_python
def add_draws(moments, the_metric, draws):
    for i in range(draws.shape[0]):
        welford.update_moments(moments, the_metric, draws[i], i + 1)


@callable_from_python
def metric_from_moments(the_metric, moments, count, regularize):
    welford.set_metric_from_moments(the_metric, moments, count, regularize)


@callable_from_python
def is_divergent(delta_H):
    return trajectory.is_divergent(delta_H)


@callable_from_python
def metropolis_prob(delta_H):
    return trajectory.metropolis_prob(delta_H)


@callable_from_python
def weight_of(delta_H):
    return trajectory.weight_of(delta_H)


@callable_from_python
def grow_orbit(orbit, the_target, the_metric, rng, stepping, max_depth, directions):
    sample = phase_point.point_at(orbit.points, trajectory.SAMPLE)
    U = target.evaluate_potential(the_target, sample.q, sample.grad)
    metric.set_velocity(the_metric, sample.p, sample.v)
    return walnuts.sample_orbit(
        orbit, the_target, the_metric, rng, stepping, max_depth, directions, U
    )


@callable_from_python
def barker_step(the_target, work, options, state, rng):
    state = hamiltonian.start(the_target, work, options, state, rng)
    return barker.transition(the_target, work, options, state, rng, 0)


@callable_from_python
def log_proposal_ratio(w, before, after):
    return barker.log_proposal_ratio(w, before, after)


@callable_from_python
def leave_coordinates(the_metric, x, y):
    preconditioning.leave_coordinates(the_metric, x, y)


@callable_from_python
def enter_coordinates(the_metric, grad, c):
    preconditioning.enter_coordinates(the_metric, grad, c)


@callable_from_python
def sample_adaptive_start(the_target, work, options, state, rng):
    return sample_adaptive.start(the_target, work, options, state, rng)


@callable_from_python
def sample_adaptive_step(the_target, work, options, state, rng, phase):
    return sample_adaptive.transition(the_target, work, options, state, rng, phase)


@callable_from_python
def leave_one_out_of(fit, ensemble, w, heat, is_dense):
    leave_one_out.fit_normal(fit, ensemble, is_dense)
    leave_one_out.leave_one_out(fit, w, heat, is_dense)


@callable_from_python
def fit_normal(fit, ensemble, is_dense):
    leave_one_out.fit_normal(fit, ensemble, is_dense)


@callable_from_python
def isokinetic_steps(z, scale, the_target, step_size, integrator, num_steps):
    U, delta_K = 0.0, 0.0
    for _ in range(num_steps):
        U, change = isokinetic.isokinetic_step(z, scale, the_target, step_size, integrator)
        delta_K += change
    return U, delta_K


@callable_from_python
def turn(u, grad, scale, time):
    return isokinetic.turn(u, grad, scale, time)


@callable_from_python
def refresh_direction(u, share, rng):
    isokinetic.refresh_direction(u, share, rng)


@callable_from_python
def share_of_noise(step_size, L, size):
    return isokinetic.share_of_noise(step_size, L, size)


@callable_from_python
def mclmc_step(the_target, work, options, state, rng):
    state = mclmc.start(the_target, work, options, state, rng)
    return mclmc.transition(the_target, work, options, state, rng, 0)


@callable_from_python
def adjusted_mclmc_step(the_target, work, options, state, rng):
    state = hamiltonian.start(the_target, work, options, state, rng)
    return adjusted_mclmc.transition(the_target, work, options, state, rng, 0)


@callable_from_python
def update_energy_error(state, step_size, delta_E, failed, size, variance):
    return energy_error.update_energy_error(state, step_size, delta_E, failed, size, variance)


@callable_from_python
def halton(index):
    return trajectory_length.halton(index)


@callable_from_python
def update_length(state, slope, learning_rate, shortest, longest):
    return trajectory_length.update_length(state, slope, learning_rate, shortest, longest)


@callable_from_python
def largest_eigenvalue(rows):
    return maximum_eigenvalue.largest_eigenvalue(rows)
