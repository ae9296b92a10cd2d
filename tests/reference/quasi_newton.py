"""BFGS with full matrices: the inverse Hessian that the compact form must equal."""

import numpy as np


def inverse_hessian(alpha, pairs):
    """Return H after updating diag(alpha) with pairs (s, z), one after the other.

    Nocedal, Wright (2006), "Numerical optimization", eq. (6.17).
    """
    H, unit = np.diag(alpha), np.eye(len(alpha))
    for s, z in pairs:
        rho = 1.0 / np.dot(z, s)
        left = unit - rho * np.outer(s, z)
        H = left @ H @ left.T + rho * np.outer(s, s)
    return H


def diagonal(alpha, s, z):
    """Return the diagonal of the BFGS update of diag(alpha)'s inverse, inverted.

    The Hessian B = diag(1 / alpha) is updated, and the inverse of its diagonal kept, after B has
    been scaled so that z^T B^-1 z = s^T z.
    """
    a, b = np.dot(z * alpha, z), np.dot(z, s)
    B = np.diag(a / (b * alpha))
    B = B + np.outer(z, z) / b - B @ np.outer(s, s) @ B / (s @ B @ s)
    return 1.0 / np.diagonal(B)
