"""One transition of random-walk Metropolis and of two Langevin samplers, in plain NumPy.

Slow twins of `lightppl.kernels.random_walk`, `langevin` and `volatility`: the acceptance ratio is
written out with the normal densities of both proposals.
"""

import numpy as np


def decided(q, proposal, log_ratio, uniform):
    """Return (q, accept_prob) for a given uniform variate."""
    accept_prob = min(1.0, np.exp(log_ratio))
    return (proposal if uniform < accept_prob else q), accept_prob


def random_walk_transition(q, energy, step, uniform):
    """Return (q, accept_prob) for a given step (Metropolis et al., 1953)."""
    return decided(q, q + step, energy(q) - energy(q + step), uniform)


def langevin_transition(q, energy, gradient, covariance, h, noise, uniform):
    """Return (q, accept_prob) for noise from N(0, covariance) (Roberts and Tweedie, 1996)."""

    def mean_from(x):
        return x - 0.5 * h * covariance @ gradient(x)

    def log_density(y, x):
        error = y - mean_from(x)
        return -0.5 * error @ np.linalg.solve(h * covariance, error)

    proposal = mean_from(q) + np.sqrt(h) * noise
    ratio = energy(q) - energy(proposal) + log_density(q, proposal) - log_density(proposal, q)
    return decided(q, proposal, ratio, uniform)


def volatility_transition(q, energy, gradient, volatility, h, normals, uniform):
    """Return (q, accept_prob) for a volatility by place (Roberts and Stramer, 2002).

    The derivative of each square by its own coordinate is taken by differences.
    """

    def mean_and_sd(x):
        square = lambda y: np.broadcast_to(volatility(y), x.shape) ** 2  # noqa: E731
        slope = np.array(
            [
                (square(x + e)[i] - square(x - e)[i]) / 2e-6
                for i, e in enumerate(1e-6 * np.eye(len(x)))
            ]
        )
        mean = x + 0.5 * h * (slope - square(x) * gradient(x))
        return mean, np.sqrt(h * square(x))

    def log_density(y, x):
        mean, sd = mean_and_sd(x)
        return -np.sum(0.5 * ((y - mean) / sd) ** 2 + np.log(sd))

    mean, sd = mean_and_sd(q)
    proposal = mean + sd * normals
    ratio = energy(q) - energy(proposal) + log_density(q, proposal) - log_density(proposal, q)
    return decided(q, proposal, ratio, uniform)
