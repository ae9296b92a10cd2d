"""The inverse Hessian that a quasi-Newton path knows: a diagonal and a few directions.

H = diag(alpha) + beta gamma beta^T is never formed: draws, products and the determinant cost
O(D J^2).  Positions move by ``s`` and gradients of the potential energy by ``z``; on a quadratic
H z = s for each pair that is kept.

Legend: ``D`` dimension; ``J`` pairs kept; ``k = min(D, 2 J)``; ``M`` draws; ``q`` position;
``grad`` gradient of the potential energy U; ``alpha, beta, gamma, s, z, S, Z`` as in the paper.

References: Zhang, Carpenter, Gelman, Vehtari (2022), "Pathfinder: parallel quasi-Newton variational
inference", JMLR 23(306); Byrd, Nocedal, Schnabel (1994), "Representations of quasi-Newton
matrices", for the compact form; Gilbert, Lemarechal (1989), "Some numerical experiments with
variable-storage quasi-Newton algorithms", for the diagonal.
"""

import numpy as np

from lightppl.records import record

SMALLEST_CURVATURE = 1e-12
"""Pairs with s^T z <= this times z^T z say nothing reliable about curvature and are left out."""


@record
class NormalApproximation:
    """The normal distribution N(mean, H) of one point of a path.

    Attributes
    ----------
    mean : (D,) float64
        The point after one Newton step, q - H grad.
    scale : (D,) float64
        The square root of `alpha`.
    basis : (D, k) float64
        Orthonormal columns Q.
    factor : (k, k) float64
        Lower triangular L, with H = diag(scale) (I + Q (L L^T - I) Q^T) diag(scale).
    log_determinant : float
        Of H.
    """

    mean: np.ndarray
    scale: np.ndarray
    basis: np.ndarray
    factor: np.ndarray
    log_determinant: float

    def draw(self, normals):
        """Return draws, made of standard normal variates.

        Parameters
        ----------
        normals : (M, D) float64

        Returns
        -------
        points : (M, D) float64
        log_density : (M,) float64
            Of the normal distribution at the draws.

        References
        ----------
        Zhang et al. (2022), algorithm 4.
        """
        inside = normals @ self.basis
        white = normals + (inside @ (self.factor - np.eye(len(self.factor))).T) @ self.basis.T
        size = len(self.mean)
        log_density = -0.5 * (
            self.log_determinant + np.sum(normals**2, axis=1) + size * np.log(2.0 * np.pi)
        )
        return self.mean + self.scale * white, log_density

    def covariance(self):
        """Return H as a full (D, D) matrix, for tests and for people."""
        change = self.factor @ self.factor.T - np.eye(len(self.factor))
        inner = np.eye(len(self.mean)) + self.basis @ change @ self.basis.T
        return self.scale[:, None] * inner * self.scale


def has_curvature(s, z):
    """Return whether a pair of steps tells that the potential energy is convex along it.

    Parameters
    ----------
    s, z : (D,) float64
        Steps of the position and of the gradient.

    References
    ----------
    Zhang et al. (2022), algorithm 3.
    """
    return np.dot(s, z) > SMALLEST_CURVATURE * np.dot(z, z)  # NaN compares false


def updated_diagonal(alpha, s, z):
    """Return the diagonal after one more pair that `has_curvature`.

    Parameters
    ----------
    alpha, s, z : (D,) float64

    Returns
    -------
    (D,) float64

    References
    ----------
    Gilbert, Lemarechal (1989), eq. (4.9); Zhang et al. (2022), algorithm 3.
    """
    a, b, c = np.dot(z * alpha, z), np.dot(z, s), np.dot(s / alpha, s)
    return 1.0 / (a / (b * alpha) + z**2 / b - a * s**2 / (b * c * alpha**2))


def normal_approximation(q, grad, alpha, steps, grad_steps):
    """Return the normal distribution that a point and the pairs before it suggest.

    Parameters
    ----------
    q, grad, alpha : (D,) float64
    steps, grad_steps : list of (D,) float64
        The last pairs s and z, oldest first; may be empty.

    Returns
    -------
    NormalApproximation, or None
        None where H is not positive definite in floating point.

    References
    ----------
    Byrd, Nocedal, Schnabel (1994), theorem 2.2; Zhang et al. (2022), algorithms 3 and 4.
    """
    scale = np.sqrt(alpha)
    try:
        basis, factor = _inner_factors(scale, steps, grad_steps)
    except np.linalg.LinAlgError:
        return None
    log_determinant = np.sum(np.log(alpha)) + 2.0 * np.sum(np.log(np.diagonal(factor)))
    inside = basis.T @ (scale * grad)
    change = factor @ (factor.T @ inside) - inside
    newton = scale * (scale * grad + basis @ change)
    found = NormalApproximation(q - newton, scale, basis, factor, float(log_determinant))
    is_finite = np.isfinite(log_determinant) and np.all(np.isfinite(found.mean))
    return found if is_finite else None


def _inner_factors(scale, steps, grad_steps):
    """Return Q and L of H = diag(scale) (I + Q (L L^T - I) Q^T) diag(scale)."""
    if not steps:
        return np.zeros((len(scale), 0)), np.zeros((0, 0))
    S, Z = np.stack(steps, axis=1) / scale[:, None], np.stack(grad_steps, axis=1) * scale[:, None]
    products = S.T @ Z
    R_inverse = np.linalg.inv(np.triu(products))
    corner = np.diag(np.diagonal(products)) + Z.T @ Z
    num_pairs = len(steps)
    gamma = np.zeros((2 * num_pairs, 2 * num_pairs))
    gamma[:num_pairs, num_pairs:] = -R_inverse
    gamma[num_pairs:, :num_pairs] = -R_inverse.T
    gamma[num_pairs:, num_pairs:] = R_inverse.T @ corner @ R_inverse
    basis, rest = np.linalg.qr(np.concatenate([Z, S], axis=1))
    inner = np.eye(len(rest)) + rest @ gamma @ rest.T
    return basis, np.linalg.cholesky(0.5 * (inner + inner.T))
