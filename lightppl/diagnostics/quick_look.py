"""The look at a fit that every run can afford: is anything clearly wrong?

It costs a few passes over the draws and no sorting, so it takes the classic R-hat of halves, and a
threshold that chance does not cross, where a summary takes ranks and 1.01.

References
----------
Gelman et al. (2013), "Bayesian Data Analysis", 3rd ed., sec. 11.4, for R-hat; the Stan Development
Team's ``diagnose`` warns on the same occasions.
"""

import numpy as np

from lightppl.diagnostics.advice import FEW_DRAWS, HIGHEST_HIT_SHARE, LOWEST_BFMI, listed
from lightppl.diagnostics.chains import BLOCK_SIZE
from lightppl.diagnostics.divergences import count_divergences, count_tree_depth_hits
from lightppl.diagnostics.energy import bfmi
from lightppl.threads import map_in_threads


def quick_look(samples_by_chain, statistics, max_tree_depth=None, num_threads=1):
    """Return short phrases on what is clearly wrong with a fit.

    Parameters
    ----------
    samples_by_chain : dict of str to (C, N, *shape) array
    statistics : dict of str to (C, N) array
        ``diverging energy num_steps tree_depth``, as far as the sampler has them.
    max_tree_depth : int or (int, int), optional
    num_threads : int
        Among which the draws are shared; phrases do not depend on it.

    Returns
    -------
    list of str
        Empty also for chains of fewer than 100 draws, which are trials.

    Examples
    --------
    >>> draws = np.random.default_rng(0).standard_normal((4, 1000))
    >>> quick_look({"mu": draws}, {})
    []
    >>> quick_look({"mu": draws + np.arange(4)[:, None]}, {})
    ['the chains do not agree (R-hat 1.58 for mu)']
    """
    shapes = [np.shape(x) for x in samples_by_chain.values()]
    if not shapes or shapes[0][1] < FEW_DRAWS:
        return []
    num_draws = shapes[0][0] * shapes[0][1]
    phrases = []
    if "diverging" in statistics:
        count = int(count_divergences(statistics["diverging"]).sum())
        if count > FEW_DIVERGENT * num_draws:
            phrases.append(f"{count} of {num_draws} draws diverged")
    phrases += _judge_agreement(samples_by_chain, num_threads)
    depth = {key: statistics[key] for key in ("tree_depth", "num_steps") if key in statistics}
    if depth and max_tree_depth is not None:
        count = int(count_tree_depth_hits(max_tree_depth, **depth).sum())
        if count >= HIGHEST_HIT_SHARE * num_draws:
            phrases.append(f"{count} of {num_draws} trajectories reached max_tree_depth")
    if "energy" in statistics:
        low = np.flatnonzero(bfmi(statistics["energy"]) < LOWEST_BFMI)
        if low.size:
            phrases.append(f"E-BFMI is low in chain {listed([str(c) for c in low])}")
    return phrases


def classic_rhat(x, num_threads=1):
    """Return the classic R-hat of chains cut into halves, without copying all draws.

    Parameters
    ----------
    x : (C, N, *shape) array
    num_threads : int
        Among which blocks of scalars are shared.

    Returns
    -------
    array of ``shape``
        NaN for a constant, inf for chains that are constant at different values.
    """
    x = np.asarray(x)
    num_chains, num_draws = x.shape[:2]
    flat, half = x.reshape(num_chains, num_draws, -1), num_draws // 2
    found = np.empty(flat.shape[2])
    width = max(1, BLOCK_SIZE // (num_chains * num_draws))

    def judge(start):
        block = flat[:, :, start : start + width]
        halves = np.concatenate([block[:, :half], block[:, -half:]]).astype(np.float64, copy=False)
        with np.errstate(all="ignore"):
            within = halves.var(axis=1, ddof=1).mean(axis=0)
            between = halves.mean(axis=1).var(axis=0, ddof=1)
            found[start : start + width] = np.sqrt((half - 1) / half + between / within)

    map_in_threads(judge, range(0, found.size, width), num_threads)
    return found.reshape(x.shape[2:])


def _judge_agreement(samples_by_chain, num_threads):
    worst = {}
    # threads for whole sites, and again for the blocks of a site if there are few sites
    threads_of_site = -(-num_threads // max(len(samples_by_chain), 1))
    found = map_in_threads(
        lambda x: classic_rhat(x, threads_of_site), samples_by_chain.values(), num_threads
    )
    for name, r_hat in zip(samples_by_chain, found):
        if r_hat.size and not np.all(np.isnan(r_hat)):
            index = np.unravel_index(np.nanargmax(r_hat), r_hat.shape)
            label = f"{name}[{','.join(map(str, index))}]" if index else name
            worst[label] = r_hat[index]
    label = max(worst, key=worst.get, default=None)
    if label is None or not worst[label] > CLEAR_RHAT:
        return []
    num_chains = len(next(iter(samples_by_chain.values())))
    who = "the chains" if num_chains > 1 else "the halves of the chain"
    return [f"{who} do not agree (R-hat {worst[label]:.3g} for {label})"]


CLEAR_RHAT = 1.1
FEW_DIVERGENT = 0.0025
"""A share of draws that is left to the summary.

At an acceptance of .8 a few draws in thousands diverge in mild funnels, such as a non-centred
hierarchy, whose draws are not biased by it.
"""
