"""Which sites make a posterior hard: where divergences gather, funnels, and correlations.

A trajectory that diverges is recorded as the draw that was kept of it, which is near the place of
the trouble.  If the divergent draws lie in one tail of a scalar more often than chance allows, the
trouble is there; if that scalar is a scale and another site narrows with it, it is a funnel.

Legend: ``R`` scalars, ``C`` chains, ``N`` draws of a chain, ``S = C N``.

References
----------
Betancourt and Girolami (2015), "Hamiltonian Monte Carlo for hierarchical models", sec. 2 and 3.
Gabry, Simpson, Vehtari, Betancourt, Gelman (2019), "Visualization in Bayesian workflow", sec. 4.
"""

import numpy as np

from lightppl.diagnostics.advice import Finding, listed
from lightppl.diagnostics.ranks import sort_rows


def locate_divergences(names, rows, diverging):
    """Return a finding on where divergent draws gather, with the funnel they tell of, or None.

    Parameters
    ----------
    names : sequence of str, length R
        Elements of a site have its name and an index in brackets.
    rows : (R, C, N) float64 array
    diverging : (C, N) bool array

    Returns
    -------
    Finding or None
    """
    is_divergent = np.asarray(diverging, bool).reshape(-1)
    num_divergent = np.count_nonzero(is_divergent)
    if num_divergent < FEWEST_DIVERGENT or num_divergent == is_divergent.size:
        return None
    places = shares_below(rows)[:, is_divergent]
    # Without a relation places are uniform, so their mean has this standard error.
    error = 1 / np.sqrt(12 * num_divergent)
    shift = places.mean(axis=1) - 0.5
    in_tails = np.mean(np.abs(2 * places - 1), axis=1) - 0.5
    strength = np.maximum(np.abs(shift), in_tails)
    is_clear = (strength > CLEAR_SHIFT) & (strength > CLEAR_ERRORS * error)
    worst = [i for i in np.argsort(-strength, kind="stable") if is_clear[i]]
    if not worst:
        return None
    described = [_place_of(names[i], places[i], shift[i], in_tails[i]) for i in worst]
    sites = tuple(names[i] for i in worst)
    what = f"Divergences gather {listed(described, most=2)}."
    low = [names[i] for i in worst if shift[i] < 0]
    return find_funnel(names, rows, low, what) or Finding(
        "where",
        what,
        "Look at the model there: a scale near zero, a boundary or a steep part of the density are "
        "the usual causes.",
        sites,
    )


def find_funnel(names, rows, suspects, what=""):
    """Return a finding on the first scalar that is the scale of other sites, or None.

    Parameters
    ----------
    names : sequence of str, length R
    rows : (R, C, N) float64 array
    suspects : sequence of str
        Where trouble was seen, such as scalars of low effective sample size.
    what : str
        What was seen, a sentence.

    Returns
    -------
    Finding or None
    """
    for name in suspects[:MOST_SUSPECTS]:
        scale = names.index(name)
        narrowing = sites_that_narrow(names, rows, scale) if np.all(rows[scale] > 0) else []
        if narrowing:
            config = ", ".join(f'"{site}": LocScaleReparam(0)' for site in narrowing[:4])
            verb = f"narrow{'s' * (len(narrowing) == 1)}"
            return Finding(
                "funnel",
                f"{what} {listed(narrowing)} {verb} as {name} falls: a funnel.".strip(),
                f"Use the non-centred form: lightppl.handlers.reparam(model, config={{{config}}}); "
                "or sample with lightppl.infer.WALNUTS, whose steps adapt to the neck.",
                (name, *narrowing),
            )
    return None


def sites_that_narrow(names, rows, scale):
    """Return the sites whose spread grows with a positive scalar, the clearest first.

    Parameters
    ----------
    names : sequence of str, length R
    rows : (R, C, N) float64 array
    scale : int
        Which of the scalars; positive.

    Returns
    -------
    list of str
    """
    log_scale = np.log(rows[scale]).reshape(-1)
    sites = {}
    for i, name in enumerate(names):
        if i != scale:
            sites.setdefault(name.split("[")[0], []).append(i)
    found = {}
    for name, index in sites.items():
        x = rows[index].reshape(len(index), -1)
        # around the mean of the site's elements, if there are several: their centre may move
        centre = np.mean(x, axis=0) if len(index) > 2 else np.median(x, axis=1, keepdims=True)
        distance = np.abs(x - centre)
        logs = np.log(np.maximum(distance, np.finfo(float).tiny))
        found[name] = np.mean([correlation(log_scale, y) for y in logs])
    clear = [name for name, value in found.items() if value > CLEAR_CORRELATION]
    return sorted(clear, key=lambda name: -found[name])


def find_correlated(names, rows, suspects):
    """Return a finding on scalars that are nearly a linear function of another, or None.

    Parameters
    ----------
    names : sequence of str, length R
    rows : (R, C, N) float64 array
    suspects : sequence of str
        Those to look at, such as scalars of low effective sample size.

    Returns
    -------
    Finding or None
    """
    draws = rows.reshape(len(rows), -1)
    centred = draws - draws.mean(axis=1, keepdims=True)
    norms = np.sqrt(np.sum(centred**2, axis=1))
    pairs = {}
    for i in [names.index(name) for name in suspects[:MOST_SUSPECTS]]:
        with np.errstate(invalid="ignore", divide="ignore"):
            found = centred @ centred[i] / (norms * norms[i])
        found[i] = 0.0
        found[~np.isfinite(found)] = 0.0
        j = int(np.argmax(np.abs(found)))
        if abs(found[j]) > HIGH_CORRELATION:
            pairs.setdefault(tuple(sorted((i, j))), found[j])
    if not pairs:
        return None
    described = [f"{names[i]} and {names[j]} ({r:.3f})" for (i, j), r in pairs.items()]
    sites = tuple(dict.fromkeys(names[i] for pair in pairs for i in pair))
    together = tuple(dict.fromkeys(name.split("[")[0] for name in sites))
    return Finding(
        "correlation",
        f"Scalars depend on each other nearly linearly: {listed(described)}.",
        f"Centre and scale predictors, or use dense_mass=[{together!r}].",
        sites,
    )


def shares_below(rows):
    """Return for each draw the share of the scalar's draws that lie below it, (R, S)."""
    ordered = sort_rows(rows)
    num_draws = ordered.values.shape[1]
    shares = np.empty(ordered.values.shape)
    positions = np.broadcast_to((np.arange(num_draws) + 0.5) / num_draws, shares.shape)
    np.put_along_axis(shares, ordered.order, positions, axis=1)
    return shares


def correlation(x, y):
    """Return the correlation of two vectors, 0 where one of them is constant."""
    x, y = x - x.mean(), y - y.mean()
    norm = np.sqrt(np.sum(x**2) * np.sum(y**2))
    return float(np.sum(x * y) / norm) if norm > 0 else 0.0


def _place_of(name, places, shift, in_tails):
    if in_tails > abs(shift):
        return f"in both tails of {name}"
    if shift < 0:
        return f"at low {name} (half of them in its lowest {100 * np.median(places):.0f} %)"
    return f"at high {name} (half of them in its highest {100 * (1 - np.median(places)):.0f} %)"


FEWEST_DIVERGENT = 5
CLEAR_SHIFT = 0.2
CLEAR_ERRORS = 4.0
CLEAR_CORRELATION = 0.25
HIGH_CORRELATION = 0.9
MOST_SUSPECTS = 20
