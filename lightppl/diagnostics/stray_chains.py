"""Chains that are not where the others are: stuck ones, and those in another mode.

Legend: ``R`` scalars, ``C`` chains, ``N`` draws of a chain.

References
----------
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 4.
Yao, Vehtari, Gelman (2022), "Stacking for non-mixing Bayesian computations", JMLR 23(79): what
several modes mean, and what they do not.
"""

import numpy as np

from lightppl.diagnostics.advice import Finding, listed
from lightppl.diagnostics.rhat import scale_reduction


def find_stuck_chains(rows, diverging=None):
    """Return a finding on chains that hardly move or hardly ever finish a trajectory, or None.

    Parameters
    ----------
    rows : (R, C, N) float64 array
    diverging : (C, N) bool array, optional

    Returns
    -------
    Finding or None

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((2, 4, 100))
    >>> rows[:, 1] = 0.5
    >>> find_stuck_chains(rows).chains
    (1,)
    """
    moved = np.mean(np.any(rows[:, :, 1:] != rows[:, :, :-1], axis=0), axis=1)
    words = {}
    for chain, share in enumerate(moved):
        if share < SMALLEST_MOVED_SHARE:
            words[chain] = f"moved in {100 * share:.2g} % of its iterations"
    if diverging is not None:
        for chain, share in enumerate(np.mean(diverging, axis=1)):
            if share > LARGEST_DIVERGENT_SHARE and chain not in words:
                words[chain] = f"diverged in {100 * share:.0f} % of its iterations"
    if not words:
        return None
    stuck = tuple(sorted(words))
    cause = listed([f"chain {chain} {words[chain]}" for chain in stuck])
    return Finding(
        "stuck",
        f"{_capital(cause)}: {'it is' if len(stuck) == 1 else 'they are'} stuck, and "
        f"{'its' if len(stuck) == 1 else 'their'} draws stand for nothing.",
        "Run longer warmup (num_warmup), raise target_accept_prob, or start elsewhere "
        "(init_strategy, init_params); do not simply leave out such a chain, for it shows a place "
        "that the sampler cannot leave.",
        chains=stuck,
    )


def find_modes(names, rows, r_hat, energy=None, left_out=()):
    """Return a finding on groups of chains that stay in different places, or None.

    Parameters
    ----------
    names : sequence of str, length R
    rows : (R, C, N) float64 array
    r_hat : (R,) array
    energy : (C, N) array, optional
        Total energy: its mean tells which mode has the higher density.
    left_out : sequence of int
        Chains that say nothing, being stuck.

    Returns
    -------
    Finding or None

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((1, 4, 100))
    >>> rows[:, 3] += 20.0
    >>> find_modes(["mu"], rows, np.array([9.0])).chains
    (3,)
    """
    kept = np.setdiff1d(np.arange(rows.shape[1]), left_out)
    candidates = np.flatnonzero(np.asarray(r_hat) > CLEAR_RHAT)
    if len(kept) < 2 or candidates.size == 0:
        return None
    candidates = candidates[np.argsort(-np.asarray(r_hat)[candidates], kind="stable")]
    for row in candidates:
        groups = _groups_of(rows[row][kept])
        if len(groups) > 1:
            break
    else:
        return None
    groups = [kept[group] for group in groups]
    if any(scale_reduction(rows[row][None, group])[0] > CLEAR_RHAT
           for group in groups if len(group) > 1):
        return None  # they wander, each on its own: that is slow mixing, not modes
    groups.sort(key=lambda group: -len(group))  # stable: of equal ones the lower values come first
    places = [_place(group, rows[row], energy) for group in groups]
    also = [names[i] for i in candidates if i != row]
    return Finding(
        "modes",
        f"Chains stay in {len(groups)} different places, as {names[row]} shows: "
        f"{'; '.join(places)}"
        + (f" (also {listed(also)})." if also else "."),
        "The posterior may have several modes, whose weights these chains do not tell. Order or "
        "constrain parameters that can be exchanged, or start chains nearer to each other "
        "(init_strategy) if one place is of no interest.",
        (names[row], *also),
        tuple(sorted(int(c) for group in groups[1:] for c in group)),
    )


def _groups_of(chains):
    """Return groups of indices of (C, N) chains between whose means lies a wide gap, in order."""
    means = chains.mean(axis=1)
    spread = np.median(chains.std(axis=1))
    order = np.argsort(means, kind="stable")
    gaps = np.flatnonzero(np.diff(means[order]) > WIDE_GAP * spread)
    return np.split(order, gaps + 1)


def _place(group, chains, energy):
    label = "chain" if len(group) == 1 else "chains"
    text = f"{label} {listed([str(c) for c in sorted(group)], most=8)} near "
    text += f"{chains[group].mean():.3g}"
    if energy is not None:
        text += f" (mean energy {np.mean(np.asarray(energy)[group]):.4g})"
    return text


def _capital(text):
    return text[:1].upper() + text[1:]


SMALLEST_MOVED_SHARE = 0.05
LARGEST_DIVERGENT_SHARE = 0.5
CLEAR_RHAT = 1.1
WIDE_GAP = 3.0
"""Between the means of two groups, in standard deviations within a chain."""
