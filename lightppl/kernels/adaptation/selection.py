"""Which metric a window of warmup supports: judged on draws that it was not made of.

Each candidate is made of one half of the window and judged by its Fisher divergence from the other,
and the other way round; the best is made again of the whole window.  Two ridges are tried: a small
one is best wherever the density is nearly normal, whatever the number of draws; with about as many
draws as dimensions, and with heavy tails, a large one is safer.  The diagonal stays unless a
candidate with directions is better.

Legend: as in `fisher.py`.

Reference: Seyboldt, Carlson, Carpenter (2026), "Preconditioning Hamiltonian Monte Carlo by
minimizing Fisher divergence", for the divergence; that it is estimated on other draws is ours.
"""

import numpy as np

from lightppl.kernels.adaptation.fisher import (
    Directions, Frame, centred, divergence, fit_diagonal, fit_frame, fit_mean, geometric_mean,
    ridged, spread_in,
)

SMALL_RIDGE = 1e-5
LARGE_RIDGE = 5.0
"""The second is divided by the number of draws."""

FEWEST_DRAWS = 4
"""Different draws without which nothing is learnt."""


def select_metric(q, grad, *, may_be_diagonal=True, may_have_directions=True):
    """Return the best of the candidates, and how well it fits.

    Parameters
    ----------
    q, grad : (n, D) float64
        Finite; no coordinate is constant.
    may_be_diagonal, may_have_directions : bool
        Which candidates there are; at least one kind.

    Returns
    -------
    metric : Directions
    misfit : float
        Its Fisher divergence a dimension, from draws that it was not made of; inf if there is none
        that could be judged, and then the metric is diagonal.
    """
    half = len(q) // 2
    first, second = centred(q[:half], grad[:half]), centred(q[half:], grad[half:])
    with np.errstate(all="ignore"):
        misfits = 0.5 * (
            _misfits(first, second, may_have_directions)
            + _misfits(second, first, may_have_directions)
        )
        if not may_be_diagonal:
            misfits[0] = np.inf
        best = int(np.argmin(misfits))
        whole = centred(q, grad)
        if np.isfinite(misfits[best]):
            metric = _fit(whole, (None, SMALL_RIDGE, LARGE_RIDGE / len(q))[best])
            if metric is not None:
                return metric, misfits[best]
        return _fit_without_directions(whole), np.inf


def _misfits(used, kept, have_directions):
    """Return Fisher divergences of one half: of a diagonal, and of a metric for each ridge."""
    n, D = used.q.shape
    frame = fit_frame(used) if have_directions else Frame(fit_diagonal(used), np.zeros((D, 0)))
    other = spread_in(frame, kept)
    sums = [np.trace(other.C_q) + np.trace(other.C_g) + other.outside]
    if have_directions:
        ridges = (SMALL_RIDGE, LARGE_RIDGE / n)
        sums.extend(_with_directions(spread_in(frame, used), other, ridges))
    misfits = np.array(sums) / D - 2.0
    return np.where(np.isfinite(misfits), misfits, np.inf)


def _with_directions(spread, other, ridges):
    try:
        A, B = ridged(spread.C_q, ridges), ridged(spread.C_g, ridges)
        return divergence(other, *geometric_mean(A, B))
    except np.linalg.LinAlgError:
        if len(ridges) == 1:
            return [np.inf]
        return np.concatenate([_with_directions(spread, other, [x]) for x in ridges])


def _fit(sample, ridge):
    """Return a fit, diagonal if there is no ridge, or None if its numbers are not usable."""
    try:
        found = _fit_without_directions(sample) if ridge is None else fit_mean(sample, ridge)
    except np.linalg.LinAlgError:
        return None
    is_usable = all(np.isfinite(x).all() for x in found) and (found.diagonal > 0.0).all()
    return found if is_usable else None


def _fit_without_directions(sample):
    D, empty = sample.q.shape[1], np.zeros((0, 0))
    return Directions(fit_diagonal(sample), np.zeros((D, 0)), empty, empty)
