"""Simulation-based calibration: does a sampler return draws of the posterior?

Parameters are drawn from the prior, data given them, and draws of the posterior given the data: the
rank of the true value among the draws is then uniform, for each parameter and for any other
quantity of parameters and data, such as the log likelihood, which sees faults that parameters
alone do not.

A model here consists of independent *groups*, each with parameters and data of its own: one run
gives as many ranks as there are groups.  Ranks of one group would need independent draws to be
exactly uniform, hence thinning; groups are independent of each other.

Legend: ``G`` groups; ``N`` draws; ``R`` ranks of a quantity, over groups and runs.

References: Talts, Betancourt, Simpson, Vehtari and Gelman (2018), "Validating Bayesian inference
algorithms with simulation-based calibration"; Modrak, Moon, Kim, Burkner, Huurre, Faltejskova,
Gelman and Vehtari (2023), "Simulation-based calibration checking for Bayesian computation: the
choice of test quantities shapes sensitivity".
"""

import math

import numpy as np
from scipy.stats import chi2

from lightppl.handlers import seed, substitute, trace
from lightppl.infer import MCMC
from lightppl.random import as_generator, fold_in

NUM_BINS = 10


def ranks_of(model, make_sampler, key, *, groups=25, draws=99, thinning=4, warmup=400, chains=1):
    """Return ranks of one simulation.

    Parameters
    ----------
    model : callable
        ``model(groups, y=None)``; every site has a leading axis of groups, the data are ``y``.
    make_sampler : callable
        From a model to a sampler.
    key : int or Key
    groups : int
        G.
    draws : int
        N.
    thinning, warmup : int
    chains : int
        Walkers, of a sampler of ensembles; draws are those of all of them, as many as asked for.

    Returns
    -------
    dict of str to array
        Per quantity (G,) numbers of draws below the true value, from 0 to N.
    """
    truth = trace(seed(model, fold_in(key, 0))).get_trace(groups)
    y = truth["y"]["value"]
    mcmc = MCMC(
        make_sampler(model), num_warmup=warmup, num_samples=-(-draws // chains) * thinning,
        thinning=thinning, num_chains=chains, progress_bar=False,
    )  # fmt: skip
    mcmc.run(fold_in(key, 1), groups, y)
    found = {name: x[:draws] for name, x in mcmc.get_samples().items()}
    names = [name for name, site in truth.latent.items() if site.type == "sample" and name != "y"]
    true_values = {name: np.asarray(truth[name]["value"])[None] for name in names}
    values = {name: np.asarray(found[name]) for name in names}
    compared = {}
    for name in names:
        one, many = (x[name].reshape(len(x[name]), groups, -1) for x in (true_values, values))
        for j in range(one.shape[-1]):
            compared[f"{name}[{j}]"] = one[..., j], many[..., j]
    compared["log likelihood"] = tuple(
        group_log_likelihood(model, x, groups, y) for x in (true_values, values)
    )
    rng = as_generator(fold_in(key, 2))
    return {name: _rank(one, many, rng) for name, (one, many) in compared.items()}


def _rank(one, many, rng):
    """Return the number of draws below the truth; those that equal it are below or not at random.
    """
    return np.sum(many < one, axis=0) + rng.integers(0, np.sum(many == one, axis=0) + 1)


def group_log_likelihood(model, values, groups, y):
    """Return log densities of the data of each group, (N, G), for values with N draws."""
    rows = []
    for k in range(len(next(iter(values.values())))):
        with trace() as found, substitute(data={name: x[k] for name, x in values.items()}):
            model(groups, y)
        rows.append(np.reshape(found["y"].log_prob(), (groups, -1)).sum(axis=-1))
    return np.array(rows)


def p_values(ranks, num_draws):
    """Return p values of three tests that ranks are uniform on 0, ..., num_draws.

    Parameters
    ----------
    ranks : (R,) int
    num_draws : int
        With one more a multiple of the number of bins.

    Returns
    -------
    dict of str to float
        ``bins``, a chi-squared test; ``mean``, which sees bias; ``spread``, which sees draws that
        are too wide or too narrow.

    Examples
    --------
    >>> uniform = p_values(np.arange(100), 99)
    >>> min(uniform.values()) > 0.9
    True
    >>> p_values(np.arange(100) // 2, 99)["mean"] < 1e-6
    True
    """
    num_ranks = len(ranks)
    counts = np.bincount(ranks * NUM_BINS // (num_draws + 1), minlength=NUM_BINS)
    expected = num_ranks / NUM_BINS
    u = (np.arange(num_draws + 1) - num_draws / 2) / num_draws
    centred = (np.asarray(ranks) - num_draws / 2) / num_draws
    return {
        "bins": float(chi2.sf(np.sum((counts - expected) ** 2) / expected, NUM_BINS - 1)),
        "mean": _two_sided(centred, u),
        "spread": _two_sided(centred**2, u**2),
    }


def _two_sided(found, support):
    """Return the normal p value of a mean, under the uniform distribution on `support`."""
    z = (found.mean() - support.mean()) / (support.std() / math.sqrt(len(found)))
    return math.erfc(abs(z) / math.sqrt(2))


def worst(ranks, num_draws):
    """Return the smallest p value of all tests and quantities, corrected for their number.

    Parameters
    ----------
    ranks : dict of str to (R,) int
    num_draws : int

    Returns
    -------
    p_value : float
    where : str
        Quantity and test.
    """
    found = {
        f"{name}, {test}": p
        for name, values in ranks.items()
        for test, p in p_values(values, num_draws).items()
    }
    where = min(found, key=found.get)
    return min(1.0, len(found) * found[where]), where


def joined(many_ranks):
    """Return the ranks of several simulations as one."""
    return {name: np.concatenate([ranks[name] for ranks in many_ranks]) for name in many_ranks[0]}
