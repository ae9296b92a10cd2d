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

from lightppl.kernels.adaptation.fisher import Directions, divergence, fit_diagonal, fit_mean

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
    first, second = (q[:half], grad[:half]), (q[half:], grad[half:])
    fits = []
    if may_be_diagonal:
        fits.append(_fit_without_directions)
    if may_have_directions:
        fits += [_fit_with_small_ridge, _fit_with_large_ridge]
    misfits = [0.5 * (_misfit(fit, first, second) + _misfit(fit, second, first)) for fit in fits]
    best = int(np.argmin(misfits))
    found = _try(fits[best], q, grad) if np.isfinite(misfits[best]) else None
    if found is None:
        return _fit_without_directions(q, grad), np.inf
    return found, misfits[best]


def _fit_without_directions(q, grad):
    D, empty = q.shape[1], np.zeros((0, 0))
    return Directions(fit_diagonal(q, grad), np.zeros((D, 0)), empty, empty)


def _fit_with_small_ridge(q, grad):
    return fit_mean(q, grad, SMALL_RIDGE)


def _fit_with_large_ridge(q, grad):
    return fit_mean(q, grad, LARGE_RIDGE / len(q))


def _try(fit, q, grad):
    """Return a fit, or None if its numbers are not usable."""
    with np.errstate(all="ignore"):
        try:
            found = fit(q, grad)
        except np.linalg.LinAlgError:
            return None
    is_usable = all(np.all(np.isfinite(x)) for x in found) and np.all(found.diagonal > 0.0)
    return found if is_usable else None


def _misfit(fit, used, kept):
    found = _try(fit, *used)
    if found is None:
        return np.inf
    with np.errstate(all="ignore"):
        misfit = divergence(found, *kept)
    return misfit if np.isfinite(misfit) else np.inf
