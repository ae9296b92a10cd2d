"""From numbers to plain advice: what is wrong, what it means, what to do.

Thresholds are those of the cited papers, kept together at the end of the file.

References
----------
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 4 and 7.
Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", sec. 6.
"""

import numpy as np

from lightppl.records import record


@record
class Finding:
    """One thing that is wrong with a fit.

    Attributes
    ----------
    topic : str
        One word, such as ``"divergences"`` or ``"r_hat"``.
    what : str
        What was found, and what it means.
    remedy : str
        What to do.
    sites : tuple of str
        Labels of the scalars it is about, the worst first; all of them, where the text names a few.
    chains : tuple of int
        Numbers of the chains it is about.
    """

    topic: str
    what: str
    remedy: str
    sites: tuple = ()
    chains: tuple = ()

    def __str__(self):
        return f"{self.what} {self.remedy}"


def advise(names, **numbers):
    """Return one sentence or two for each thing that is wrong; nothing if all is well.

    Parameters
    ----------
    names : sequence of str, length R
    **numbers
        See `find_troubles`.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> advise(["mu"], r_hat=[1.0], ess_bulk=[3000.0], ess_tail=[2500.0],
    ...        num_chains=4, num_draws=1000)
    ()
    """
    return tuple(str(finding) for finding in find_troubles(names, **numbers))


def find_troubles(
    names,
    *,
    r_hat,
    ess_bulk,
    ess_tail,
    num_chains,
    num_draws,
    num_divergent=None,
    num_tree_depth_hits=None,
    max_tree_depth=None,
    energy_bfmi=None,
    is_finite=None,
):
    """Return what is wrong according to the numbers of a summary.

    Parameters
    ----------
    names : sequence of str, length R
    r_hat, ess_bulk, ess_tail : (R,) arrays
        NaN (a constant) is no trouble.
    num_chains, num_draws : int
        Chains, and draws of each.
    num_divergent, num_tree_depth_hits : int, optional
        Of all chains together.
    max_tree_depth : int, optional
    energy_bfmi : (C,) array, optional
    is_finite : (R,) bool array, optional
        Whether all draws of a scalar are.

    Returns
    -------
    tuple of Finding

    Examples
    --------
    >>> found = find_troubles(["mu"], r_hat=[1.2], ess_bulk=[3000.0], ess_tail=[2500.0],
    ...                       num_chains=4, num_draws=1000)
    >>> found[0].topic, found[0].sites
    ('r_hat', ('mu',))
    """
    total = num_chains * num_draws
    found = [
        _judge_size(num_chains, num_draws),
        _judge_finiteness(names, is_finite),
        _judge_divergences(num_divergent, total),
        _judge_rhat(names, r_hat),
        _judge_ess(names, ess_bulk, ess_tail, num_chains),
        _judge_tree_depth(num_tree_depth_hits, total, max_tree_depth),
        _judge_energy(energy_bfmi),
    ]
    return tuple(finding for finding in found if finding)


def listed(labels, most=4):
    """Return the first labels and how many more there are.

    Parameters
    ----------
    labels : sequence of str
    most : int

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(labels[:most]) + more


def _judge_size(num_chains, num_draws):
    if num_draws < FEW_DRAWS:
        return Finding(
            "size",
            f"{num_draws} draws in a chain are too few to judge convergence.",
            "Use num_samples=1000 or more.",
        )
    if num_chains == 1:
        return Finding(
            "size", "A single chain cannot show what it has missed.", "Use num_chains=4."
        )
    return None


def _judge_finiteness(names, is_finite):
    if is_finite is None or np.all(is_finite):
        return None
    sites = tuple(names[i] for i in np.flatnonzero(~np.asarray(is_finite)))
    return Finding(
        "finite",
        f"Draws of {listed(sites)} are NaN or infinite.",
        "Look where the model overflows or divides by zero, and work with logarithms there.",
        sites,
    )


def _judge_divergences(num_divergent, total):
    if not num_divergent:
        return None
    return Finding(
        "divergences",
        f"{num_divergent} of {total} draws diverged: the sampler could not follow the posterior "
        "there, and estimates may be biased.",
        "Raise target_accept_prob (0.95 or 0.99), or write the model with smoother geometry (for "
        "hierarchical scales: the non-centred form).",
    )


def _judge_rhat(names, r_hat):
    worst = _worst_first(r_hat, np.asarray(r_hat) > HIGHEST_RHAT, worst_is_high=True)
    if worst.size == 0:
        return None
    return Finding(
        "r_hat",
        f"R-hat is above {HIGHEST_RHAT} for {_with_values(names, r_hat, worst, '{:.3f}')}: the "
        "chains do not agree, and estimates cannot be trusted.",
        "Use more num_warmup and num_samples; if that does not help, look for several modes or for "
        "parameters that the data cannot tell apart.",
        tuple(names[i] for i in worst),
    )


def _judge_ess(names, ess_bulk, ess_tail, num_chains):
    lowest, ess = LOWEST_ESS_PER_CHAIN * num_chains, np.fmin(ess_bulk, ess_tail)
    worst = _worst_first(ess, ess < lowest)
    if worst.size == 0:
        return None
    is_bulk_good = np.all(np.asarray(ess_bulk)[worst] >= lowest)
    size, what = "effective sample size", "intervals and the diagnostics themselves are unreliable"
    if is_bulk_good:
        size, what = "effective sample size of the tails", "ends of intervals are unreliable"
    return Finding(
        "ess_tail" if is_bulk_good else "ess",
        f"The {size} is below {lowest} for {_with_values(names, ess, worst, '{:.0f}')}: {what}.",
        "Use more num_samples, or parameters that depend less on each other.",
        tuple(names[i] for i in worst),
    )


def _judge_tree_depth(num_hits, total, max_tree_depth):
    if not num_hits or num_hits < HIGHEST_HIT_SHARE * total:
        return None
    limit = "" if max_tree_depth is None else f" ({max_tree_depth})"
    return Finding(
        "tree_depth",
        f"{num_hits} of {total} trajectories reached max_tree_depth{limit}: draws are valid but "
        "slow and correlated.",
        "Standardise predictors, try dense_mass=True, or raise max_tree_depth.",
    )


def _judge_energy(energy_bfmi):
    if energy_bfmi is None:
        return None
    bad = np.flatnonzero(np.asarray(energy_bfmi) < LOWEST_BFMI)
    if bad.size == 0:
        return None
    chains = ", ".join(f"{i} ({energy_bfmi[i]:.2f})" for i in bad)
    return Finding(
        "energy",
        f"E-BFMI is below {LOWEST_BFMI} in chain {chains}: the sampler explores the tails slowly.",
        "Heavy tails or a scale near zero are the usual causes; reparametrise, or use more "
        "num_samples.",
        chains=tuple(bad.tolist()),
    )


def _worst_first(values, is_bad, worst_is_high=False):
    """Return the indices of what is bad, the worst first."""
    values, index = np.asarray(values), np.flatnonzero(is_bad)
    return index[np.argsort(-values[index] if worst_is_high else values[index], kind="stable")]


def _with_values(names, values, index, form):
    return listed([f"{names[i]} ({form.format(values[i])})" for i in index])


HIGHEST_RHAT = 1.01
LOWEST_ESS_PER_CHAIN = 100
LOWEST_BFMI = 0.3
HIGHEST_HIT_SHARE = 0.01
FEW_DRAWS = 100
