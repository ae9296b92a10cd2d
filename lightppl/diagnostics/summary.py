"""The table of a fit: one line for each scalar, then the counts of the sampler, then advice.

`summarize` makes the record; `print_summary` and `summary` are the two forms NumPyro's users know.
"""

from dataclasses import fields

import numpy as np

from lightppl.arguments import check_by_name, check_number
from lightppl.diagnostics.advice import find_troubles
from lightppl.diagnostics.chains import is_constant, label_rows, row_blocks, split_chains
from lightppl.diagnostics.divergences import count_divergences, count_tree_depth_hits
from lightppl.diagnostics.energy import bfmi
from lightppl.diagnostics.ess import (
    effective_draws,
    effective_draws_for_mean,
    effective_draws_of_tail,
    effective_sample_size,
)
from lightppl.diagnostics.fits import draws_by_site, statistics_of
from lightppl.diagnostics.intervals import hpdi, narrowest_interval
from lightppl.diagnostics.mcse import error_of_sd
from lightppl.diagnostics.ranks import median_of_sorted, normal_scores, sort_rows
from lightppl.diagnostics.rhat import rank_normalized_rhat, split_gelman_rubin
from lightppl.records import record


@record
class Columns:
    """Numbers of R scalars, each an (R,) float64 array.

    Attributes
    ----------
    mean, sd, median : (R,) arrays
    hdi_lo, hdi_hi : (R,) arrays
        Ends of the narrowest interval that holds the chosen share of the draws.
    mcse_mean, mcse_sd : (R,) arrays
        Monte Carlo standard errors.
    ess_bulk, ess_tail, r_hat : (R,) arrays
        NaN for a constant.
    """

    mean: np.ndarray
    sd: np.ndarray
    median: np.ndarray
    hdi_lo: np.ndarray
    hdi_hi: np.ndarray
    mcse_mean: np.ndarray
    mcse_sd: np.ndarray
    ess_bulk: np.ndarray
    ess_tail: np.ndarray
    r_hat: np.ndarray


@record
class Summary:
    """A summary of draws; printing it gives the table and the advice.

    Attributes
    ----------
    names : tuple of str
        Labels of scalars, such as ``mu`` and ``theta[3]``.
    columns : Columns
    prob : float
        Share of draws in the interval.
    num_chains, num_draws : int
        Chains, and draws of each.
    num_divergent, num_tree_depth_hits : int or None
        Of all chains; None if the sampler reports none.
    bfmi : (C,) array or None
    findings : tuple of Finding
        What is wrong; empty if nothing is.
    """

    names: tuple
    columns: Columns
    prob: float
    num_chains: int
    num_draws: int
    num_divergent: object = None
    num_tree_depth_hits: object = None
    bfmi: object = None
    findings: tuple = ()

    @property
    def advice(self):
        """One sentence or two for each thing that is wrong, a tuple of str."""
        return tuple(str(finding) for finding in self.findings)

    def __getitem__(self, name):
        """Return the numbers of one scalar as a dict, by its label."""
        index = self.names.index(name)
        return {f.name: float(getattr(self.columns, f.name)[index]) for f in fields(Columns)}

    def __str__(self):
        return _format_summary(self)


def summarize(samples_by_chain, *, prob=0.9, extra=None, max_tree_depth=None):
    """Summarise draws of one fit.

    Parameters
    ----------
    samples_by_chain : MCMC, or dict of str to (C, N, *shape) array
    prob : float
        Share of draws in the interval of highest density.
    extra : dict, optional
        What the sampler reports, each (C, N): ``diverging``, ``tree_depth`` or ``num_steps``,
        ``energy``; an `MCMC` knows by itself.
    max_tree_depth : int or (int, int), optional

    Returns
    -------
    Summary

    Examples
    --------
    >>> draws = np.random.default_rng(0).standard_normal((4, 1000, 2))
    >>> table = summarize({"theta": draws})
    >>> table.names, bool(table["theta[0]"]["r_hat"] < 1.01), table.advice
    (('theta[0]', 'theta[1]'), True, ())
    """
    prob = check_number(prob, "prob", above=0, most=1)
    if not hasattr(samples_by_chain, "get_samples"):
        samples_by_chain = check_by_name(samples_by_chain, "samples")
    names, rows = label_rows(draws_by_site(samples_by_chain))
    num_chains, num_draws = rows.shape[1:]
    columns = _describe_rows(rows, prob)
    extra = statistics_of(samples_by_chain) if extra is None else extra
    reported = _read_extra(extra, max_tree_depth)
    findings = find_troubles(
        names,
        r_hat=columns.r_hat,
        ess_bulk=columns.ess_bulk,
        ess_tail=columns.ess_tail,
        num_chains=num_chains,
        num_draws=num_draws,
        num_divergent=reported["num_divergent"],
        num_tree_depth_hits=reported["num_tree_depth_hits"],
        max_tree_depth=max_tree_depth[-1] if np.ndim(max_tree_depth) else max_tree_depth,
        energy_bfmi=reported["bfmi"],
        is_finite=np.isfinite(columns.mean),
    )
    return Summary(names, columns, prob, num_chains, num_draws, findings=findings, **reported)


def print_summary(samples, prob=0.9, group_by_chain=True):
    """Print the table of draws, with advice if something is wrong.

    Parameters
    ----------
    samples : MCMC, dict of str to array, or array
        Shapes (C, N, *shape), or (N, *shape) without `group_by_chain`.
    prob : float
    group_by_chain : bool

    Examples
    --------
    >>> print_summary({"mu": np.random.default_rng(0).standard_normal((4, 1000))})
    <BLANKLINE>
    ...
    """
    draws = draws_by_site(samples, group_by_chain)
    print(f"\n{summarize(draws, prob=prob, extra=statistics_of(samples))}\n")


def summary(samples, prob=0.9, group_by_chain=True):
    """Return the classic numbers of draws as nested dicts, as `numpyro.diagnostics.summary`.

    Parameters
    ----------
    samples : MCMC, dict of str to array, or array
        Shapes (C, N, *shape), or (N, *shape) without `group_by_chain`.
    prob : float
    group_by_chain : bool

    Returns
    -------
    dict of str to dict
        For each site ``mean std median 5.0% 95.0% n_eff r_hat`` (percentages follow `prob`), each
        of the shape of the site.  ``n_eff`` and ``r_hat`` are the forms without ranks.

    Examples
    --------
    >>> table = summary({"mu": np.random.default_rng(0).standard_normal((4, 1000))})
    >>> list(table["mu"])
    ['mean', 'std', 'median', '5.0%', '95.0%', 'n_eff', 'r_hat']
    """
    prob = check_number(prob, "prob", above=0, most=1)
    low, high = f"{50 * (1 - prob):.1f}%", f"{50 * (1 + prob):.1f}%"
    table = {}
    for name, x in draws_by_site(samples, group_by_chain).items():
        flat = np.asarray(x).reshape((-1,) + np.shape(x)[2:])
        interval = hpdi(flat, prob)
        table[name] = {
            "mean": flat.mean(axis=0),
            "std": flat.std(axis=0, ddof=1),
            "median": np.median(flat, axis=0),
            low: interval[0],
            high: interval[1],
            "n_eff": effective_sample_size(x),
            "r_hat": split_gelman_rubin(x),
        }
    return table


def _read_extra(extra, max_tree_depth):
    """Return what the sampler reported, counted over chains."""
    found = {"num_divergent": None, "num_tree_depth_hits": None, "bfmi": None}
    if "diverging" in extra:
        found["num_divergent"] = int(count_divergences(extra["diverging"]).sum())
    depth = {key: extra[key] for key in ("tree_depth", "num_steps") if key in extra}
    if depth and max_tree_depth is not None:
        found["num_tree_depth_hits"] = int(count_tree_depth_hits(max_tree_depth, **depth).sum())
    if "energy" in extra:
        found["bfmi"] = bfmi(extra["energy"])
    return found


def _describe_rows(rows, prob):
    blocks = []
    with np.errstate(all="ignore"):  # constants and non-finite draws give NaN, which is the answer
        for block in row_blocks(rows):
            blocks.append(_describe_block(rows[block], prob))
    return Columns(*(np.concatenate(parts) for parts in zip(*blocks)))


def _describe_block(rows, prob):
    """Return the columns of (R, C, N) rows in the order of `Columns`; sorts once."""
    halves = split_chains(rows)
    ordered = sort_rows(halves)
    scores = normal_scores(ordered)
    values = ordered.values
    if rows.shape[2] % 2:  # splitting left out the middle draw
        values = np.sort(rows.reshape(len(rows), -1), axis=1)
    sd = rows.std(axis=(1, 2), ddof=1)
    return (
        rows.mean(axis=(1, 2)),
        sd,
        median_of_sorted(values),
        *narrowest_interval(values, prob),
        sd / np.sqrt(effective_draws_for_mean(rows)),
        error_of_sd(rows),
        np.where(is_constant(rows), np.nan, effective_draws(scores)),
        effective_draws_of_tail(rows, values),
        rank_normalized_rhat(rows, ordered, scores),
    )


def _format_summary(summary):
    low, high = 50 * (1 - summary.prob), 50 * (1 + summary.prob)
    header = ["", "mean", "sd", "median", f"hdi_{low:g}%", f"hdi_{high:g}%"]
    header += ["mcse_mean", "mcse_sd", "ess_bulk", "ess_tail", "r_hat"]
    table = [header]
    table += [_format_row(name, summary.columns, i) for i, name in enumerate(summary.names)]
    label_width, *widths = (max(map(len, cells)) for cells in zip(*table))
    lines = [
        "  ".join([label.ljust(label_width), *(cell.rjust(w) for cell, w in zip(cells, widths))])
        for label, *cells in table
    ]
    lines += ["", format_counts(summary)]
    lines += [f"* {sentence}" for sentence in summary.advice]
    return "\n".join(lines)


def _format_row(name, columns, i):
    decimals = _decimals(columns.sd[i])
    values = (columns.mean, columns.sd, columns.median, columns.hdi_lo, columns.hdi_hi)
    numbers = [_format_number(column[i], decimals) for column in values]
    errors = [_format_error(column[i]) for column in (columns.mcse_mean, columns.mcse_sd)]
    sizes = [_format_number(column[i], 0) for column in (columns.ess_bulk, columns.ess_tail)]
    return [name, *numbers, *errors, *sizes, _format_number(columns.r_hat[i], 3)]


def _decimals(sd):
    """Return how many decimals show three digits of the standard deviation, at least two."""
    if not (np.isfinite(sd) and sd > 0):
        return 2
    return int(np.clip(2 - np.floor(np.log10(sd)), 2, 8))


def _format_error(value):
    """Return a Monte Carlo standard error with the two digits that it deserves."""
    return _format_number(value, max(0, _decimals(value) - 1))


def _format_number(value, decimals):
    if np.isfinite(value) and abs(value) >= 1e8:
        return f"{value:.4g}"
    return f"{value:.{decimals}f}"


def format_counts(summary):
    """Return one line on the size of a fit and what its sampler counted.

    Parameters
    ----------
    summary : Summary
    """
    parts = [f"{summary.num_chains} chains x {summary.num_draws} draws"]
    if summary.num_chains == 1:
        parts = [f"1 chain x {summary.num_draws} draws"]
    if summary.num_divergent is not None:
        parts.append(f"{summary.num_divergent} divergences")
    if summary.num_tree_depth_hits is not None:
        parts.append(f"{summary.num_tree_depth_hits} at the limit of tree depth")
    if summary.bfmi is not None:
        parts.append(f"lowest E-BFMI {np.min(summary.bfmi):.2f}")
    return ", ".join(parts) + "."
