"""Metrics of least Fisher divergence by plain linear algebra: the slow twin of `fisher.py`.

Dense matrices everywhere, no basis of a span: the geometric mean is taken by matrix square roots,
C_q # C_g^-1 = C_g^-1/2 (C_g^1/2 C_q C_g^1/2)^1/2 C_g^-1/2.

Reference: Bhatia (2007), "Positive definite matrices", eq. (4.10).
"""

import numpy as np
import scipy.linalg


def covariances(q, grad):
    """Return C_q and C_g, divided by the number of draws."""
    return np.cov(q.T, bias=True), np.cov(grad.T, bias=True)


def divergence(S, q, grad):
    """Return (tr(S C_g) + tr(S^-1 C_q)) / D - 2."""
    C_q, C_g = covariances(q, grad)
    return (np.trace(S @ C_g) + np.trace(np.linalg.inv(S) @ C_q)) / len(S) - 2.0


def geometric_mean(A, B):
    """Return the mean of A and B^-1."""
    root = scipy.linalg.sqrtm(B).real
    inverse_root = np.linalg.inv(root)
    return inverse_root @ scipy.linalg.sqrtm(root @ A @ root).real @ inverse_root


def ridged_metric(q, grad, gamma):
    """Return the metric in full, with both covariances ridged in rescaled coordinates."""
    scale = (np.var(q, axis=0) / np.var(grad, axis=0)) ** 0.25
    C_q, C_g = covariances(q / scale, grad * scale)
    eye = np.eye(len(scale))
    mean = geometric_mean(C_q + gamma * eye, C_g + gamma * eye)
    return scale[:, None] * mean * scale
