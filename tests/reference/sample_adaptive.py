"""One transition of sample adaptive MCMC in plain NumPy, one density after the other.

The slow twin of `lightppl.kernels.sample_adaptive`.  Reference: Zhu (2019), algorithm 1.
"""

import numpy as np


def log_normal_of(others, x, heat, is_dense):
    """Return the log density at x of the normal distribution with the moments of some points."""
    covariance = np.cov(others, rowvar=False, bias=True).reshape(len(x), len(x))
    covariance = covariance if is_dense else np.diag(np.diagonal(covariance))
    covariance = heat**2 * covariance
    d = x - others.mean(axis=0)
    log_determinant = np.linalg.slogdet(2.0 * np.pi * covariance)[1]
    return -0.5 * (log_determinant + d @ np.linalg.solve(covariance, d))


def log_weights(points, energy, heat, is_dense):
    """Return log q_n(x_n) / p(x_n) of N + 1 points."""
    return np.array([
        log_normal_of(np.delete(points, n, axis=0), x, heat, is_dense) + energy(x)
        for n, x in enumerate(points)
    ])  # fmt: skip


def sample_adaptive_transition(ensemble, energy, heat, is_dense, normals, uniform):
    """Return the new ensemble, and the probability that the new point stays.

    All normal distributions are wider by the factor `heat`, which is 1 in the paper.
    """
    covariance = np.cov(ensemble, rowvar=False, bias=True).reshape((ensemble.shape[1],) * 2)
    covariance = covariance if is_dense else np.diag(np.diagonal(covariance))
    x = ensemble.mean(axis=0) + heat * np.linalg.cholesky(covariance) @ normals
    weights = log_weights(np.vstack([ensemble, x]), energy, heat, is_dense)
    shares = np.exp(weights - np.logaddexp.reduce(weights))
    left_out = int(np.searchsorted(np.cumsum(shares), uniform, side="right"))
    ensemble = ensemble.copy()
    if left_out < len(ensemble):
        ensemble[left_out] = x
    return ensemble, 1.0 - shares[-1]
