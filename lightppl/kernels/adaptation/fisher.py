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


class Sample(NamedTuple):
    """Draws and gradients less their means.

    Parameters
    ----------
    q, grad : (n, D) float64
        No coordinate is constant.
    """

    q: np.ndarray
    grad: np.ndarray


class Frame(NamedTuple):
    """Coordinates in which draws and gradients vary alike: ``q = diag(s) B y`` within a span.

    Parameters
    ----------
    diagonal : (D,) float64
        Squares of s.
    basis : (D, m) float64
        B, orthonormal columns: of the span of a sample, or all axes.
    """

    diagonal: np.ndarray
    basis: np.ndarray


class Spread(NamedTuple):
    """Covariances of a sample in a frame.

    Parameters
    ----------
    C_q, C_g : (m, m) float64
        Of rescaled draws and gradients within the span.
    outside : float
        Sum of all their variances outside the span.
    """

    C_q: np.ndarray
    C_g: np.ndarray
    outside: float


def centred(q, grad):
    """Return draws and gradients, both (n, D), less their means."""
    return Sample(q - np.add.reduce(q) / len(q), grad - np.add.reduce(grad) / len(grad))


def fit_diagonal(sample):
    """Return sqrt(Var q / Var grad), (D,)."""
    return np.sqrt(_sums_of_squares(sample.q) / _sums_of_squares(sample.grad))


def fit_frame(sample):
    """Return the frame of a sample."""
    diagonal = fit_diagonal(sample)
    n, D = sample.q.shape
    if 2 * n >= D:
        return Frame(diagonal, np.eye(D))
    basis, _ = np.linalg.qr(np.concatenate(_rescaled(sample, diagonal)).T)
    return Frame(diagonal, basis)


def spread_in(frame, sample):
    """Return the covariances of a sample, not always the one that the frame was made of."""
    n = len(sample.q)
    Y, G = _rescaled(sample, frame.diagonal)
    if frame.basis.shape[1] == Y.shape[1]:
        return Spread(Y.T @ Y / n, G.T @ G / n, 0.0)
    inside = Y @ frame.basis, G @ frame.basis
    outside = sum(np.vdot(X, X) - np.vdot(Z, Z) for X, Z in zip((Y, G), inside, strict=True))
    Y, G = inside
    return Spread(Y.T @ Y / n, G.T @ G / n, outside / n)


def _sums_of_squares(x):
    return np.einsum("ij,ij->j", x, x)


def _rescaled(sample, diagonal):
    s = np.sqrt(diagonal)
    return sample.q / s, sample.grad * s


def fit_mean(sample, gamma):
    """Return the ridged geometric mean of C_q and C_g^-1.

    Parameters
    ----------
    sample : Sample
    gamma : float
        Ridge, positive, in units of the rescaled variances.

    Returns
    -------
    Directions
    """
    frame = fit_frame(sample)
    spread = spread_in(frame, sample)
    return Directions(*frame, *geometric_mean(ridged(spread.C_q, gamma), ridged(spread.C_g, gamma)))


def ridged(C, gamma):
    """Return matrices (..., m, m) for ridges (...)."""
    m = len(C)
    gamma = np.asarray(gamma)[..., None, None]
    return C + (gamma + ROUNDING * np.trace(C) / max(m, 1)) * np.eye(m)


def geometric_mean(A, B):
    """Return F and its inverse, where X = F F^T solves X B X = A: the mean of A and B^-1.

    Parameters
    ----------
    A, B : (..., m, m) float64
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
    transposed = L.swapaxes(-1, -2)
    w, U = np.linalg.eigh(transposed @ A @ L)
    root = np.maximum(w, ROUNDING**2 * w[..., -1:])[..., None, :] ** 0.25
    return np.linalg.solve(transposed, U) * root, (L @ U / root).swapaxes(-1, -2)


def divergence(spread, factor, inverse_factor):
    """Return the Fisher divergences of a sample from metrics in a frame.

    Parameters
    ----------
    spread : Spread
        Of another sample than the one that the metrics were made of.
    factor, inverse_factor : (..., m, m) float64
        F and its inverse.

    Returns
    -------
    (...) float64
        ``tr(S C_g) + tr(S^-1 C_q)``, less 2 D if the sample is of a normal density with this
        covariance.
    """
    across = inverse_factor.swapaxes(-1, -2)
    inside = np.sum(factor * (spread.C_g @ factor), axis=(-2, -1))
    return inside + np.sum(across * (spread.C_q @ across), axis=(-2, -1)) + spread.outside


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
