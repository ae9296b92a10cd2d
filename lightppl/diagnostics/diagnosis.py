"""What is wrong with a fit, at which sites and chains, and what to do about it.

`summarize` puts numbers beside every scalar and advice below; `diagnose` goes from symptoms to
causes: where divergences gather, which chain is stuck or in another mode, which sites make a
funnel, and whether warmup did its part.

References
----------
Gelman, Vehtari, Simpson et al. (2020), "Bayesian workflow", sec. 5.
"""

import numpy as np

from lightppl.diagnostics.advice import Finding, listed
from lightppl.diagnostics.chains import label_rows
from lightppl.diagnostics.fits import draws_by_site, statistics_of
from lightppl.diagnostics.geometry import find_correlated, find_funnel, locate_divergences
from lightppl.diagnostics.stray_chains import find_modes, find_stuck_chains
from lightppl.diagnostics.summary import format_counts, summarize
from lightppl.records import record


@record
class Diagnosis:
    """What `diagnose` found; printing it gives a numbered list with remedies.

    Attributes
    ----------
    findings : tuple of Finding
        Causes before symptoms; empty if nothing is wrong.
    summary : Summary
        The numbers behind it.
    step_size : (C,) array or None
    """

    findings: tuple
    summary: object
    step_size: object = None

    @property
    def is_good(self):
        """Whether nothing is wrong."""
        return not self.findings

    def about(self, topic):
        """Return the finding on a topic, or None.

        Parameters
        ----------
        topic : str
            ``size finite stuck modes divergences funnel where r_hat ess ess_tail correlation
            tree_depth energy acceptance step_size metric``.
        """
        return next((finding for finding in self.findings if finding.topic == topic), None)

    def __str__(self):
        lines = [format_counts(self.summary)]
        if self.step_size is not None:
            sizes = ", ".join(f"{x:.3g}" for x in np.ravel(self.step_size)[:MOST_STEP_SIZES])
            more = ", ..." if np.size(self.step_size) > MOST_STEP_SIZES else ""
            lines.append(f"Step size by chain: {sizes}{more}.")
        if self.is_good:
            return "\n".join([*lines, _all_is_well(self.summary.columns)])
        for number, finding in enumerate(self.findings, 1):
            lines += ["", f"{number}. {finding.what}", f"   -> {finding.remedy}"]
        return "\n".join(lines)


def diagnose(
    samples_by_chain,
    *,
    statistics=None,
    max_tree_depth=None,
    target_accept_prob=None,
    adapt_step_size=True,
    step_size=None,
    metric_misfit=None,
):
    """Return what is wrong with a fit, at which sites and chains, and what to do.

    Parameters
    ----------
    samples_by_chain : MCMC, or dict of str to (C, N, *shape) array
    statistics : dict of str to (C, N) array, optional
        What the sampler reports: ``diverging energy accept_prob num_steps tree_depth``; an `MCMC`
        knows by itself.
    max_tree_depth : int or (int, int), optional
    target_accept_prob : float, optional
    adapt_step_size : bool
        Whether warmup looked for the step size; if not, remedies are about the one that was given.
    step_size : (C,) array, optional
    metric_misfit : (C,) array, optional
        How far the best linear metric that warmup could find is from one that makes the posterior
        isotropic: the Fisher divergence per coordinate, 0 for a normal posterior.

    Returns
    -------
    Diagnosis

    Examples
    --------
    >>> draws = np.random.default_rng(0).standard_normal((4, 1000))
    >>> print(diagnose({"mu": draws}))
    4 chains x 1000 draws.
    Nothing is wrong: R-hat at most 1.00..., at least ... effective draws.
    >>> draws[2] += 10.0
    >>> print(diagnose({"mu": draws}).about("modes").chains)
    (2,)
    """
    if statistics is None:
        statistics = statistics_of(samples_by_chain)
    samples = draws_by_site(samples_by_chain)
    table = summarize(samples, extra=statistics, max_tree_depth=max_tree_depth)
    names, rows = label_rows(samples)
    symptoms = {finding.topic: finding for finding in table.findings}
    if _has_nothing_to_move(rows, statistics):
        return Diagnosis((), table, step_size)
    causes = _find_causes(names, rows, table.columns.r_hat, statistics, symptoms)
    warmup = [
        _judge_acceptance(statistics.get("accept_prob"), target_accept_prob, adapt_step_size),
        _judge_step_size(step_size),
        _judge_metric(metric_misfit),
    ]
    ordered = [*causes, *symptoms.values(), *(finding for finding in warmup if finding)]
    return Diagnosis(tuple(ordered), table, step_size)


def _has_nothing_to_move(rows, statistics):
    """Return whether all was accepted and yet nothing moved, as in a model without unknowns."""
    accept_prob = statistics.get("accept_prob")
    return (
        accept_prob is not None
        and bool(np.all(accept_prob == 1.0))
        and not np.any(rows[:, :, 1:] != rows[:, :, :-1])
    )


def _find_causes(names, rows, r_hat, statistics, symptoms):
    diverging = statistics.get("diverging")
    stuck = find_stuck_chains(rows, diverging)
    left_out = () if stuck is None else stuck.chains
    modes = find_modes(names, rows, r_hat, statistics.get("energy"), left_out)
    where = correlated = None
    if diverging is not None:
        where = locate_divergences(names, rows, diverging)
    slow = symptoms.get("ess") or symptoms.get("ess_tail")
    if where is None and slow is not None and ("energy" in symptoms or "divergences" in symptoms):
        where = find_funnel(names, rows, slow.sites)  # too few divergences to have a place
    if slow is not None and modes is None:
        correlated = find_correlated(names, rows, slow.sites)
    return [cause for cause in (stuck, modes, where, correlated) if cause]


def _judge_acceptance(accept_prob, target, adapt_step_size):
    if accept_prob is None or target is None:
        return None
    found = np.mean(accept_prob, axis=1)
    low = np.flatnonzero(found < target - FAR_BELOW)
    high = np.flatnonzero(found > 1 - (1 - target) * FAR_ABOVE)
    if low.size:
        return Finding(
            "acceptance",
            f"Acceptance is {_by_chain(found, low)}, far below target_accept_prob={target:g}: "
            "steps are too large where the chain is now.",
            "Use more num_warmup, so that the step size has seen the whole posterior."
            if adapt_step_size
            else "Give a smaller step_size, or let it adapt.",
            chains=tuple(low.tolist()),
        )
    if high.size:
        return Finding(
            "acceptance",
            f"Acceptance is {_by_chain(found, high)}, far above target_accept_prob={target:g}: "
            "steps are smaller than needed, and draws cost more.",
            "Use more num_warmup; a narrow place that warmup met may be why."
            if adapt_step_size
            else "Give a larger step_size, or let it adapt.",
            chains=tuple(high.tolist()),
        )
    return None


def _judge_step_size(step_size):
    if step_size is None or np.size(step_size) < 3:
        return None
    step_size = np.ravel(step_size)
    small = np.flatnonzero(step_size * UNLIKE < np.median(step_size))
    if small.size == 0:
        return None
    return Finding(
        "step_size",
        f"The step size is {_by_chain(step_size, small)}, against {np.median(step_size):.3g} in "
        "the middle of all chains: warmup ended elsewhere there.",
        "Use more num_warmup, and look where these chains were.",
        chains=tuple(small.tolist()),
    )


def _judge_metric(misfit):
    if misfit is None:
        return None
    misfit = np.ravel(misfit)
    bad = np.flatnonzero(misfit > LARGEST_MISFIT)
    if 2 * bad.size <= misfit.size:
        return None
    return Finding(
        "metric",
        "No linear metric makes this posterior even (Fisher divergence "
        f"{np.median(misfit):.2g} a coordinate after the best one): its scales change from place "
        "to place.",
        "Reparameterise: the non-centred form of hierarchies, logarithms of positive quantities.",
        chains=tuple(bad.tolist()),
    )


def _by_chain(values, chains):
    return listed([f"{values[c]:.3g} in chain {c}" for c in chains])


def _all_is_well(columns):
    if np.all(np.isnan(columns.r_hat)):
        return "Nothing is wrong."
    least = np.nanmin(np.fmin(columns.ess_bulk, columns.ess_tail))
    return (
        f"Nothing is wrong: R-hat at most {np.nanmax(columns.r_hat):.3f}, at least {least:.0f} "
        "effective draws."
    )


FAR_BELOW = 0.1
FAR_ABOVE = 0.25
"""Of the target's distance to 1: 0.95 is far above 0.8."""
UNLIKE = 5.0
LARGEST_MISFIT = 2.0
MOST_STEP_SIZES = 8
