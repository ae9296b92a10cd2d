"""The metric that a window of draws and gradients supports, written over the one in force.

A window that says nothing of a coordinate, because it did not move or its numbers are not finite,
leaves the scale of that coordinate as it was; a window of a stuck chain leaves the whole metric.

Legend: ``D`` dimension; ``n`` draws of the window; ``k`` directions.

Reference: Seyboldt, Carlson, Carpenter (2026), "Preconditioning Hamiltonian Monte Carlo by
minimizing Fisher divergence", whose low-rank metric this is but for what `selection.py` adds.
"""

import numpy as np

from lightppl.kernels.adaptation.fisher import centred, fit_diagonal, strongest_directions
from lightppl.kernels.adaptation.selection import FEWEST_DRAWS, select_metric
from lightppl.kernels.adaptation.window import kept_rows
from lightppl.kernels.metric import factorize, set_low_rank

WELFORD, AUTO, FISHER, LOW_RANK, DENSE = range(5)
"""Ways to learn a metric."""

ADAPTATIONS = {
    "auto": AUTO, "welford": WELFORD, "fisher": FISHER, "low_rank": LOW_RANK, "dense": DENSE,
}  # fmt: skip
"""Their names."""

LEAST_FACTOR = 1.2
"""Directions with factors between this and its inverse cost more than they gain."""


def learn_metric(method, metric, window, num_draws):
    """Overwrite M^-1 by what a window has shown.

    Parameters
    ----------
    method : int
        ``AUTO``, ``FISHER``, ``LOW_RANK`` or ``DENSE``.
    metric : Metric
        Overwritten; blocks stay blocks.
    window : Window
        Its misfit is overwritten: a mean over coordinates.
    num_draws : int
        Draws of the window.
    """
    q, grad = usable_rows(*kept_rows(window, num_draws))
    if np.count_nonzero((q[1:] != q[:-1]).any(axis=1)) < FEWEST_DRAWS - 1:
        return
    with np.errstate(all="ignore"):
        known = fit_diagonal(centred(q, grad))
        known = (known > 0.0) & (known < np.inf)
    misfits = np.zeros(len(known))
    in_blocks = np.zeros(len(known), bool)
    for start, index in _blocks(metric):
        in_blocks[index] = True
        used = index[known[index]]
        if len(used):
            misfits[used] = _learn_block(metric, start, index, used, q, grad)
    used = np.flatnonzero(known & ~in_blocks)
    if len(used):
        misfits[used] = _learn_rest(method, metric, used, q, grad)
    if np.any(known):
        window.misfit[0] = np.mean(misfits[known])


def usable_rows(q, grad):
    """Return the rows whose numbers are all finite."""
    if np.isfinite(q).all() and np.isfinite(grad).all():
        return q, grad
    is_finite = np.isfinite(q).all(axis=1) & np.isfinite(grad).all(axis=1)
    return q[is_finite], grad[is_finite]


def _learn_rest(method, metric, used, q, grad):
    """Set diagonal and directions of coordinates outside blocks; return their misfit."""
    D, max_rank = q.shape[1], len(metric.factors)
    found, misfit = select_metric(
        q[:, used],
        grad[:, used],
        may_be_diagonal=method != LOW_RANK or max_rank == 0,
        may_have_directions=method != FISHER and max_rank > 0,
    )
    diagonal, directions, factors = strongest_directions(found, max_rank, LEAST_FACTOR)
    all_scales, everywhere = metric.diagonal.copy(), np.zeros((len(factors), D))
    all_scales[used] = diagonal
    everywhere[:, used] = directions
    set_low_rank(metric, all_scales, everywhere, factors)
    return misfit


def _learn_block(metric, start, index, used, q, grad):
    """Set one dense block; return the misfit of its coordinates."""
    found, misfit = select_metric(q[:, used], grad[:, used])
    diagonal, directions, factors = strongest_directions(found, len(used), 1.0)
    scale = np.sqrt(diagonal)
    inner = np.eye(len(used)) + (directions.T * (factors - 1.0)) @ directions
    n = len(index)
    block = metric.block_matrix[start : start + n * n]
    before = block.copy()
    full = np.diag(np.diagonal(before.reshape(n, n)))
    at = np.flatnonzero(np.isin(index, used))
    full[np.ix_(at, at)] = scale[:, None] * inner * scale
    block[:] = (0.5 * (full + full.T)).ravel()
    if not factorize(metric):
        block[:] = before
        factorize(metric)
        return np.inf
    metric.diagonal[index] = np.diagonal(full)
    return misfit


def _blocks(metric):
    """Yield where each block begins in ``block_matrix``, and its coordinates."""
    first = 0
    for b in range(len(metric.block_start) - 1):
        index = metric.block_index[metric.block_start[b] : metric.block_start[b + 1]]
        yield first, index
        first += len(index) ** 2
