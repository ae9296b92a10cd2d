"""The normal distribution of an ensemble of points, and those of all its points but one, at once.

The ensemble is written as ``x_n = mean + L y_n`` with a lower triangular L and unit scatter, the
sum of all y y^T.  Adding a new point and leaving out another changes scatters by terms of rank one,
so that their determinants and inverses are numbers: N + 1 densities cost no more than the fit.

Legend: ``D`` dimension; ``N`` points of the ensemble; ``x`` a point, ``y`` its whitened
coordinates; ``w`` those of the new point; ``q_n`` the normal distribution of all N + 1 points but
the n-th; ``h`` leverage of a point among N + 1: its squared distance from their mean, in the norm
in which their scatter is one; ``r`` the factor by which the determinant of their scatter falls when
it is left out.

References: Zhu (2019), "Sample adaptive MCMC", for what they are for; Sherman and Morrison (1950),
"Adjustment of an inverse matrix corresponding to a change in one element of a given matrix".
"""

from typing import NamedTuple

import numpy as np

from lightppl.jit import kernel
from lightppl.kernels.phase_point import add_multiple, dot

SMALLEST_FACTOR = 1e-16
"""What rounding leaves of r; a point that is so far from all others is never left out for it."""

MOST_FACTORS = 16
"""Of a product of such numbers, which is no smaller than the smallest float."""


class NormalFit(NamedTuple):
    """The normal distribution of an ensemble; all of it is overwritten by `fit_normal`.

    Parameters
    ----------
    mean : (D,) float64
    factor : (D, D) float64
        L.
    whitened : (D, N) float64
        y, a row for each coordinate.
    log_q : (N + 1,) float64
        What `leave_one_out` finds.
    products : (N + 1,) float64
        Scratch.
    """

    mean: np.ndarray
    factor: np.ndarray
    whitened: np.ndarray
    log_q: np.ndarray
    products: np.ndarray


def make_fit(N, D):
    """Return room for the fit of N points of dimension D."""
    return NormalFit(
        np.zeros(D), np.zeros((D, D)), np.zeros((D, N)), np.zeros(N + 1), np.zeros(N + 1)
    )


@kernel
def fit_normal(fit, ensemble, is_dense):
    """Overwrite mean, L and y, so that ``x_n = mean + L y_n`` and the y have unit scatter.

    Modified Gram-Schmidt, whose errors are those of the condition of L and not of its square.

    Parameters
    ----------
    fit : NormalFit
        Overwritten.
    ensemble : (N, D) float64
        x.
    is_dense : bool
        Without, L is diagonal, and it is each coordinate whose scatter is one.
    """
    (N, D), mean = ensemble.shape, fit.mean
    for i in range(D):
        mean[i] = 0.0
    for n in range(N):
        add_multiple(mean, 1.0 / N, ensemble[n])
    for n in range(N):
        for i in range(D):
            fit.whitened[i, n] = ensemble[n, i] - mean[i]
    for j in range(D):
        y = fit.whitened[j]
        fit.factor[j, j] = np.sqrt(dot(y, y))
        for n in range(N):
            y[n] /= fit.factor[j, j]
        if is_dense:
            for i in range(j + 1, D):
                fit.factor[i, j] = dot(fit.whitened[i], y)
                add_multiple(fit.whitened[i], -fit.factor[i, j], y)


@kernel
def draw_normal(fit, rng, heat, x, w):
    """Overwrite `x` by a draw of the fit, and `w` by its whitened coordinates, both (D,).

    Covariances are scatters divided by N, times the square of `heat`.
    """
    D, N = fit.whitened.shape
    for i in range(D):
        w[i] = heat * rng.standard_normal() / np.sqrt(N)
        x[i] = fit.mean[i]
        for j in range(i + 1):
            x[i] += fit.factor[i, j] * w[j]


@kernel
def leave_one_out(fit, w, heat, is_dense):
    """Overwrite ``log_q`` by log q_n(x_n) of the N + 1 points, but for a common term.

    The last is the new point, the q of which is the fit itself.

    With d the whitened distance of a point from the mean of all N + 1, whose scatter is
    I + N / (N + 1) w w^T, and with c = (N + 1) / N,

        h = d^T (I + w w^T / c)^-1 d,   r = 1 - c h,   log q = -log(r) / 2 - N c^2 h / (2 r heat^2).

    Parameters
    ----------
    fit : NormalFit
        Its `log_q` are overwritten.
    w : (D,) float64
        Whitened coordinates of the new point.
    heat : float
        Factor by which the standard deviations of all q_n are larger.
    is_dense : bool
        Without, log q is a sum of such terms over coordinates.
    """
    D, N = fit.whitened.shape
    c, log_q, products = (N + 1.0) / N, fit.log_q, fit.products
    precision = N / (heat * heat)
    for n in range(N + 1):
        log_q[n], products[n] = 0.0, 1.0
    length = dot(w, w)
    if is_dense:
        _set_leverages(fit, w, length)
        for n in range(N + 1):
            r = max(1.0 - c * log_q[n], SMALLEST_FACTOR)
            log_q[n], products[n] = -0.5 * precision * c * c * log_q[n] / r, r
        _add_log_products(log_q, products)
        return
    for i in range(D):
        y, shift, along = fit.whitened[i], w[i] / (N + 1.0), 1.0 + w[i] * w[i] / c
        for n in range(N):
            h = (y[n] - shift) * (y[n] - shift) / along
            r = max(1.0 - c * h, SMALLEST_FACTOR)
            log_q[n] -= 0.5 * precision * c * c * h / r
            products[n] *= r
        log_q[N] -= 0.5 * precision * w[i] * w[i]
        products[N] /= along
        if i % MOST_FACTORS == MOST_FACTORS - 1 or i == D - 1:
            _add_log_products(log_q, products)


@kernel
def _set_leverages(fit, w, length):
    """Overwrite ``log_q`` by h of the N + 1 points, of a dense covariance."""
    D, N = fit.whitened.shape
    c, leverages, products = (N + 1.0) / N, fit.log_q, fit.products
    for n in range(N):
        leverages[n], products[n] = 0.0, 0.0
    for i in range(D):
        y, shift = fit.whitened[i], w[i] / (N + 1.0)
        for n in range(N):
            leverages[n] += (y[n] - shift) * (y[n] - shift)
            products[n] += (y[n] - shift) * w[i]
    for n in range(N):
        leverages[n] -= products[n] * products[n] / (c + length)
    leverages[N] = length / (c * (c + length))


@kernel
def _add_log_products(log_q, products):
    """Subtract half of the logarithms of products from ``log_q``, and begin new products."""
    for n in range(products.size):
        log_q[n] -= 0.5 * np.log(products[n])
        products[n] = 1.0
