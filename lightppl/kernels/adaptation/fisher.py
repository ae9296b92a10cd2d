"""Metrics from draws and gradients: those that are nearest to the density in Fisher divergence.

A normal density with covariance S has gradients ``-S^-1 (q - mean)`` of its logarithm.  How far
the gradients ``g`` of another density are from these, measured where its draws ``q`` are and in the
norm that S gives, is

    E |g + S^-1 (q - mean)|^2_S = tr(S C_g) + tr(S^-1 C_q) - 2 D,

with the covariances C of gradients and draws, because E[g (q - mean)^T] = -I for every density
(integrate by parts).  It is least where its derivative by S vanishes, S C_g S = C_q: S is the
geometric mean of C_q and C_g^-1.  Among diagonal matrices it is sqrt(Var q / Var g).  For a normal
density the equation holds for the covariances of any sample, so D + 1 draws find S without error;
draws alone would need many times as many.

Fewer draws than dimensions say something in their span only.  Both covariances are therefore
ridged, C + gamma I, after every coordinate has been rescaled so that its draws and its gradients
have equal variance: where nothing is known the two ridges are each other's inverse, and S stays the
identity, the diagonal metric.

Legend: ``D`` dimension; ``n`` draws; ``m`` dimension of the span, at most D; ``Y`` rescaled,
centred draws; ``G`` rescaled, centred gradients; ``gamma`` ridge.

References
----------
Seyboldt, Carlson, Carpenter (2026), "Preconditioning Hamiltonian Monte Carlo by minimizing Fisher
divergence".
Bhatia (2007), "Positive definite matrices", sec. 4.1, for geometric means.
"""

from typing import NamedTuple

import numpy as np

ROUNDING = 1e-10
"""Part of the mean variance that is added to the ridge, where variances are much larger than it."""

LARGEST_FACTOR = 1e8
"""Of a direction; beyond it rounding would spoil the kinetic energy."""


class Directions(NamedTuple):
    """A metric in a basis: ``M^-1 = diag(s) (I + B (X - I) B^T) diag(s)`` with X = F F^T.

    Parameters
    ----------
    diagonal : (D,) float64
        Squares of s.
    basis : (D, m) float64
        B, orthonormal columns.
    factor : (m, m) float64
        F.
    inverse_factor : (m, m) float64
        Of F.
    """

    diagonal: np.ndarray
    basis: np.ndarray
    factor: np.ndarray
    inverse_factor: np.ndarray


def fit_diagonal(q, grad):
    """Return sqrt(Var q / Var grad), (D,), of draws and gradients, both (n, D)."""
    return np.sqrt(np.var(q, axis=0) / np.var(grad, axis=0))


def fit_mean(q, grad, gamma):
    """Return the ridged geometric mean of C_q and C_g^-1.

    Parameters
    ----------
    q, grad : (n, D) float64
        No coordinate is constant.
    gamma : float
        Ridge, positive, in units of the rescaled variances.

    Returns
    -------
    Directions
    """
    diagonal = fit_diagonal(q, grad)
    Y, G = rescaled(q, grad, diagonal)
    n, D = Y.shape
    if 2 * n < D:
        basis, _ = np.linalg.qr(np.concatenate([Y, G]).T)
        Y, G = Y @ basis, G @ basis
    else:
        basis = np.eye(D)
    factor, inverse_factor = geometric_mean(_ridged(Y, gamma), _ridged(G, gamma))
    return Directions(diagonal, basis, factor, inverse_factor)


def rescaled(q, grad, diagonal):
    """Return centred draws over s and centred gradients times s, both (n, D)."""
    s = np.sqrt(diagonal)
    return (q - q.mean(0)) / s, (grad - grad.mean(0)) * s


def _ridged(Y, gamma):
    C = Y.T @ Y / len(Y)
    return C + (gamma + ROUNDING * np.mean(np.diagonal(C))) * np.eye(len(C))


def geometric_mean(A, B):
    """Return F and its inverse, where X = F F^T solves X B X = A: the mean of A and B^-1.

    Parameters
    ----------
    A, B : (m, m) float64
        Symmetric, positive definite.

    Notes
    -----
    With B = L L^T and L^T A L = U diag(w) U^T, X = L^-T U diag(sqrt(w)) U^T L^-1.

    Raises
    ------
    numpy.linalg.LinAlgError
        If B is not positive definite.
    """
    L = np.linalg.cholesky(B)
    w, U = np.linalg.eigh(L.T @ A @ L)
    root = np.maximum(w, ROUNDING**2 * w[-1]) ** 0.25
    return np.linalg.solve(L.T, U) * root, (L @ U / root).T


def strongest_directions(metric, max_rank, least_factor):
    """Return a metric in a basis as a diagonal and its strongest directions.

    Parameters
    ----------
    metric : Directions
    max_rank : int
        Directions to keep at most: those whose factors are farthest from 1.
    least_factor : float
        Directions whose factors are between this and its inverse are dropped; at least 1.

    Notes
    -----
    The median of all factors goes into the diagonal: where a few coordinates move together with all
    others, it is the few that are to be directions, and not all others.

    Returns
    -------
    diagonal : (D,) float64
    directions : (k, D) float64
        Orthonormal rows.
    factors : (k,) float64
    """
    factors, U = np.linalg.eigh(metric.factor @ metric.factor.T)
    factors = np.clip(factors, 1.0 / LARGEST_FACTOR, LARGEST_FACTOR)
    is_complete = 0 < len(factors) == len(metric.diagonal)
    middle = np.exp(np.median(np.log(factors))) if is_complete else 1.0
    factors = factors / middle
    strength = np.abs(np.log(factors))
    order = np.argsort(-strength, kind="stable")[:max_rank]
    kept = order[strength[order] > np.log(least_factor)]
    directions = np.ascontiguousarray((metric.basis @ U[:, kept]).T)
    return middle * metric.diagonal, directions, factors[kept]


def divergence(metric, q, grad):
    """Return the Fisher divergence of a sample from a metric, a dimension.

    Parameters
    ----------
    metric : Directions
    q, grad : (n, D) float64
        Other ones than those that the metric was made of.

    Returns
    -------
    float
        ``(tr(S C_g) + tr(S^-1 C_q)) / D - 2``: about 0 where the density is normal with this
        covariance; what noise there is may make it a little less.
    """
    Y, G = rescaled(q, grad, metric.diagonal)
    inside = np.sum((G @ metric.basis @ metric.factor) ** 2)
    inside += np.sum((Y @ metric.basis @ metric.inverse_factor.T) ** 2)
    if metric.basis.shape[1] == Y.shape[1]:
        return inside / Y.size - 2.0
    outside = sum(np.sum(X**2) - np.sum((X @ metric.basis) ** 2) for X in (Y, G))
    return (inside + outside) / Y.size - 2.0
