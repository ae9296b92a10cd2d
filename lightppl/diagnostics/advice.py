"""From numbers to plain advice: what is wrong, what it means, what to do.

Thresholds are those of the cited papers, kept together at the end of the file.

References
----------
Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021), Bayesian Analysis 16(2), sec. 4 and 7.
Betancourt (2017), "A conceptual introduction to Hamiltonian Monte Carlo", sec. 6.
"""

import numpy as np


def advise(
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
):
    """Return one sentence or two for each thing that is wrong; nothing if all is well.

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

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> advise(["mu"], r_hat=[1.0], ess_bulk=[3000.0], ess_tail=[2500.0],
    ...        num_chains=4, num_draws=1000)
    ()
    """
    total = num_chains * num_draws
    sentences = [
        _advise_size(num_chains, num_draws),
        _advise_divergences(num_divergent, total),
        _advise_rhat(names, r_hat),
        _advise_ess(names, np.fmin(ess_bulk, ess_tail), num_chains),
        _advise_tree_depth(num_tree_depth_hits, total, max_tree_depth),
        _advise_energy(energy_bfmi),
    ]
    return tuple(sentence for sentence in sentences if sentence)


def _advise_size(num_chains, num_draws):
    if num_draws < FEW_DRAWS:
        return (
            f"{num_draws} draws in a chain are too few to judge convergence. "
            "Use num_samples=1000 or more."
        )
    if num_chains == 1:
        return "A single chain cannot show what it has missed. Use num_chains=4."
    return None


def _advise_divergences(num_divergent, total):
    if not num_divergent:
        return None
    return (
        f"{num_divergent} of {total} draws diverged: the sampler could not follow the posterior "
        "there, and estimates may be biased. Raise target_accept_prob (0.95 or 0.99), or write the "
        "model with smoother geometry (for hierarchical scales: the non-centred form)."
    )


def _advise_rhat(names, r_hat):
    bad = np.asarray(r_hat) > HIGHEST_RHAT
    if not np.any(bad):
        return None
    listed = _listed(names, r_hat, bad, "{:.3f}", worst_is_high=True)
    return (
        f"R-hat is above {HIGHEST_RHAT} for {listed}: the chains do not agree, and estimates "
        "cannot be trusted. Use more num_warmup and num_samples; if that does not help, look for "
        "several modes or for parameters that the data cannot tell apart."
    )


def _advise_ess(names, ess, num_chains):
    lowest = LOWEST_ESS_PER_CHAIN * num_chains
    bad = np.asarray(ess) < lowest
    if not np.any(bad):
        return None
    return (
        f"The effective sample size is below {lowest} for {_listed(names, ess, bad, '{:.0f}')}: "
        "intervals and the diagnostics themselves are unreliable. Use more num_samples, or "
        "parameters that depend less on each other."
    )


def _advise_tree_depth(num_hits, total, max_tree_depth):
    if not num_hits or num_hits < HIGHEST_HIT_SHARE * total:
        return None
    limit = "" if max_tree_depth is None else f" ({max_tree_depth})"
    return (
        f"{num_hits} of {total} trajectories reached max_tree_depth{limit}: draws are valid but "
        "slow and correlated. Standardise predictors, try dense_mass=True, or raise max_tree_depth."
    )


def _advise_energy(energy_bfmi):
    if energy_bfmi is None:
        return None
    bad = np.flatnonzero(np.asarray(energy_bfmi) < LOWEST_BFMI)
    if bad.size == 0:
        return None
    chains = ", ".join(f"{i} ({energy_bfmi[i]:.2f})" for i in bad)
    return (
        f"E-BFMI is below {LOWEST_BFMI} in chain {chains}: the sampler explores the tails slowly. "
        "Heavy tails or a scale near zero are the usual causes; reparametrise, or use more "
        "num_samples."
    )


def _listed(names, values, bad, form, worst_is_high=False):
    """Return the worst offenders with their values, and how many more there are."""
    values = np.asarray(values)
    index = np.flatnonzero(bad)
    index = index[np.argsort(-values[index] if worst_is_high else values[index], kind="stable")]
    shown = [f"{names[i]} ({form.format(values[i])})" for i in index[:MOST_NAMES]]
    more = f" and {len(index) - MOST_NAMES} more" if len(index) > MOST_NAMES else ""
    return ", ".join(shown) + more


HIGHEST_RHAT = 1.01
LOWEST_ESS_PER_CHAIN = 100
LOWEST_BFMI = 0.3
HIGHEST_HIT_SHARE = 0.01
FEW_DRAWS = 100
MOST_NAMES = 4
