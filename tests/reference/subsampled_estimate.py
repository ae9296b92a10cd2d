"""Estimates of a log likelihood by the difference estimator, row by row, with tables of all rows.

Gradients and Hessians of single rows are autograd's of a function of two arguments, written without
a model.
"""

import itertools

import numpy as np
from autograd import grad, hessian


class RowByRow:
    """The estimate of one plate.

    Parameters
    ----------
    log_likelihood : callable
        ``(theta, i) -> float``, in autograd's NumPy, of row i.
    num_rows : int
    reference : (D,) float64
    degree : {0, 1, 2}
        Of the polynomials; 0 for none of them, and no correction either.
    """

    def __init__(self, log_likelihood, num_rows, reference, degree):
        self.log_likelihood, self.num_rows = log_likelihood, num_rows
        self.reference, self.degree = np.asarray(reference, float), degree
        rows = range(num_rows if degree else 0)
        at = self.reference
        self.values = [log_likelihood(at, i) for i in rows]
        self.slopes = [grad(log_likelihood)(at, i) for i in rows]
        self.curvatures = [hessian(log_likelihood)(at, i) for i in rows]

    def polynomial(self, theta, i):
        """Return the Taylor polynomial of row i, (...), at (D, ...)."""
        delta = (theta.T - self.reference).T
        first = self.values[i] + np.tensordot(self.slopes[i], delta, 1)
        if self.degree == 1:
            return first
        return first + 0.5 * np.einsum("i...,ij,j...->...", delta, self.curvatures[i], delta)

    def __call__(self, theta, indices):
        """Return what stands for the log likelihood of all rows, (...), at (D, ...)."""
        n, m = self.num_rows, len(indices)
        theta = np.asarray(theta, float)
        if self.degree == 0:
            return n / m * sum(self.log_likelihood(theta, i) for i in indices)
        differences = [
            self.log_likelihood(theta, i) - self.polynomial(theta, i) for i in indices
        ]
        total = sum(self.polynomial(theta, i) for i in range(n))
        mean, variance = np.mean(differences, axis=0), np.var(differences, axis=0)
        return total + n * mean - n**2 / (2.0 * m) * variance


def marginals(log_joint, grid, num_rows, num_indices):
    """Return the distribution of a number and of ordered indices, by enumeration.

    Parameters
    ----------
    log_joint : callable
        ``(x, indices) -> (G,)`` for x of shape (G,).
    grid : (G,) float64
        Equally spaced, and wide enough.
    num_rows, num_indices : int

    Returns
    -------
    of_x : (G,) float64
        Distribution function at the grid.
    of_indices : dict of tuple to float
        Probability of each.
    """
    tuples = list(itertools.product(range(num_rows), repeat=num_indices))
    found = np.array([log_joint(grid, u) for u in tuples])
    weights = np.exp(found - found.max())
    weights /= weights.sum()
    density = weights.sum(axis=0)
    of_x = np.cumsum(density) - 0.5 * density
    return of_x, dict(zip(tuples, weights.sum(axis=1)))
