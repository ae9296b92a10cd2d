"""ChEES-HMC and MEADS in plain NumPy: slow twins of single iterations of the kernels."""

import numpy as np

from tests.reference.leapfrog import leapfrog


def halton(index):
    """Return the binary digits of `index`, mirrored at the point."""
    return sum(int(digit) / 2 ** (k + 1) for k, digit in enumerate(reversed(f"{index:b}")))


def chees_transition(q, potential, inverse_mass, step_size, T, index, normals, uniforms):
    """Return positions, acceptance probabilities, number of steps and slope, for all walkers."""
    h = halton(index)
    num_steps = max(1, int(np.ceil(h * T / step_size)))
    ends, momenta, alphas = [], [], []
    for position, xi in zip(q, normals):
        p = xi / np.sqrt(inverse_mass)
        new, r = position, p
        for _ in range(num_steps):
            new, r = leapfrog(new, r, potential.gradient, np.diag(inverse_mass), step_size)
        before = potential.energy(position) + 0.5 * p @ (inverse_mass * p)
        after = potential.energy(new) + 0.5 * r @ (inverse_mass * r)
        ends.append(new)
        momenta.append(r)
        alphas.append(min(1.0, np.exp(before - after)))
    ends, alphas = np.array(ends), np.array(alphas)
    m, m_end = q.mean(axis=0), alphas @ ends / alphas.sum()
    gain = np.sum(((ends - m_end) ** 2 - (q - m) ** 2) / inverse_mass, axis=1)
    along = np.sum((ends - m_end) * np.array(momenta), axis=1)
    slope = h * T * np.sum(alphas * gain * along) / alphas.sum()
    return np.where((uniforms < alphas)[:, None], ends, q), alphas, num_steps, slope


def largest_eigenvalue(rows):
    """Return the ratio of unbiased estimates of tr(S^2) and tr(S), S = E[x x^T]."""
    gram = rows @ rows.T
    n = len(rows)
    squares = (np.sum(gram**2) - np.sum(np.diag(gram) ** 2)) / (n * (n - 1))
    return squares / (np.trace(gram) / n)


def tuning(q, grad, t, multiplier=0.5, slowdown=1.0):
    """Return scales, step size and damping that a fold suggests."""
    scale = q.std(axis=0)
    eps = min(1.0, multiplier / np.sqrt(largest_eigenvalue(grad * scale)))
    spread = largest_eigenvalue((q - q.mean(axis=0)) / scale)
    return scale, eps, max(1.0 / np.sqrt(spread), slowdown / ((t + 1) * eps))


def meads_step(q, p, u, potential, scale, eps, gamma, xi):
    """Return position, momentum and uniform of a walker after one step of generalized HMC."""
    alpha = 1.0 - np.exp(-2.0 * eps * gamma)
    p = np.sqrt(1.0 - alpha) * p + np.sqrt(alpha) * xi
    u = (u + 1.0 + alpha / 2.0) % 2.0 - 1.0
    new, r = leapfrog(
        q / scale, p, lambda x: scale * potential.gradient(scale * x), np.eye(len(q)), eps
    )
    new = new * scale
    ratio = np.exp(potential.energy(q) + 0.5 * p @ p - potential.energy(new) - 0.5 * r @ r)
    return (new, r, u / ratio) if abs(u) < ratio else (q, -p, u)
