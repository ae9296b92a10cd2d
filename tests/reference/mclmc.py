"""Isokinetic steps and microcanonical samplers in plain NumPy: slow twins of the kernels."""

import numpy as np

LAMBDA = 0.1931833275037836


def turn(u, g, time):
    """Return the direction after a time in a fixed gradient, and the change of kinetic energy."""
    norm = np.linalg.norm(g)
    e, delta, n = -g / norm, time * norm / (len(u) - 1), len(u) - 1
    spread = np.cosh(delta) + e @ u * np.sinh(delta)
    new = (u + e * (np.sinh(delta) + e @ u * (np.cosh(delta) - 1.0))) / spread
    return new, n * np.log(spread)


def step(q, u, gradient, scale, step_size, integrator):
    """Return position, direction and change of kinetic energy after one step."""
    shares = (
        (0.5, 1.0, 0.5) if integrator == "leapfrog"
        else (LAMBDA, 0.5, 1.0 - 2.0 * LAMBDA, 0.5, LAMBDA)
    )  # fmt: skip
    total = 0.0
    for k, share in enumerate(shares):
        if k % 2 == 0:
            u, change = turn(u, scale * gradient(q), share * step_size)
            total += change
        else:
            q = q + share * step_size * scale * u
    return q, u, total


def mclmc_transition(q, u, potential, scale, step_size, L, integrator, normals):
    """Return (q, u, energy error) after one step and its noise (Robnik and Seljak, 2024)."""
    new, v, delta_K = step(q, u, potential.gradient, scale, step_size, integrator)
    nu = np.sqrt((np.exp(2.0 * step_size / L) - 1.0) / len(q))
    v = v + nu * normals
    return new, v / np.linalg.norm(v), potential.energy(new) - potential.energy(q) + delta_K


def adjusted_transition(q, potential, scale, step_size, L, integrator, normals, uniforms):
    """Return (q, accept_prob, num_steps), given D normals and two uniforms."""
    u = normals / np.linalg.norm(normals)
    num_steps = int(2.0 * L * uniforms[0] / step_size) + 1
    new, total = q, 0.0
    for _ in range(num_steps):
        new, u, delta_K = step(new, u, potential.gradient, scale, step_size, integrator)
        total += delta_K
    accept_prob = min(1.0, np.exp(potential.energy(q) - potential.energy(new) - total))
    return (new if uniforms[1] < accept_prob else q), accept_prob, num_steps
