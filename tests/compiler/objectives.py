"""Rows of the catalogue joined into one objective whose gradient shows each row's value and
gradient.

The objective is the sum of ``w_k * total_k(x_k)`` over rows k, with its own slice ``(w_k, x_k)`` of
the flat vector for each: the derivative with respect to ``w_k`` is the row's value.
"""

import numpy as np


def joined_objective(rows):
    """Return a function of a flat vector, and the vector of the rows' points."""
    starts = np.cumsum([0] + [1 + row.size for row in rows])
    weights = [_weights(row) for row in rows]

    def objective(q):
        total = 0.0
        for row, start, weight in zip(rows, starts, weights):
            value = row.at(q[int(start) + 1 : int(start) + 1 + row.size])
            total = total + q[int(start)] * np.sum(weight * value)
        return total

    points = [np.concatenate([[1.0 + 0.1 * k], row.point]) for k, row in enumerate(rows)]
    return objective, np.concatenate(points)


def split_by_row(rows, flat):
    """Return the part of a flat vector that belongs to each row."""
    return np.split(flat, np.cumsum([1 + row.size for row in rows])[:-1])


def _weights(row):
    shape = np.shape(row.at(row.point))
    return np.random.default_rng(5).uniform(0.5, 1.5, shape)
