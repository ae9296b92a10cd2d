"""Diagnostics written directly from the papers, one chain and one lag at a time.

Slow on purpose: no transform, no vectorisation, ranks by counting.
The twin of `lightppl.diagnostics`.

References: Vehtari et al. (2021), Bayesian Analysis 16(2); Geyer (1992), Statistical Science 7(4).
"""

import math
from statistics import NormalDist

import numpy as np


def autocovariance_by_sums(chain):
    """Biased autocovariance of one chain at every lag."""
    mean = sum(chain) / len(chain)
    return [
        sum((chain[n] - mean) * (chain[n + t] - mean) for n in range(len(chain) - t)) / len(chain)
        for t in range(len(chain))
    ]


def split(chains):
    """Halves of a list of chains, without the middle draw of an odd length."""
    halves = []
    for chain in chains:
        half = len(chain) // 2
        halves += [list(chain[:half]), list(chain[len(chain) - half:])]
    return halves


def z_scores(chains):
    """Normal quantiles of average ranks, ranks found by counting."""
    pooled = [value for chain in chains for value in chain]
    size = len(pooled)

    def score(value):
        below = sum(other < value for other in pooled)
        equal = sum(other == value for other in pooled)
        rank = below + (equal + 1) / 2
        return NormalDist().inv_cdf((rank - 3 / 8) / (size + 1 / 4))

    return [[score(value) for value in chain] for chain in chains]


def variances(chains):
    """Variance within chains, and the pooled estimate with the variance between."""
    draws = len(chains[0])
    within = sum(np.var(chain, ddof=1) for chain in chains) / len(chains)
    between = np.var([np.mean(chain) for chain in chains], ddof=1) if len(chains) > 1 else 0.0
    return within, within * (draws - 1) / draws + between


def plain_rhat(chains):
    """Scale reduction of chains as they are."""
    within, pooled = variances(chains)
    return math.sqrt(pooled / within)


def rank_rhat(chains):
    """The larger of bulk and folded R-hat of split chains."""
    halves = split(chains)
    median = np.median(halves)
    folded = [[abs(value - median) for value in chain] for chain in halves]
    return max(plain_rhat(z_scores(halves)), plain_rhat(z_scores(folded)))


def stan_ess(chains):
    """Effective sample size with Geyer's sequences in the form of the Stan reference manual."""
    draws = len(chains[0])
    size = draws * len(chains)
    covariances = [autocovariance_by_sums(chain) for chain in chains]
    within, pooled = variances(chains)

    def rho(t):
        if t == 0:
            return 1.0
        return 1 - (within - sum(c[t] for c in covariances) / len(chains)) / pooled

    tau, smallest, t = -1.0, math.inf, 0
    while t < draws - 4 and rho(t) + rho(t + 1) > 0:
        smallest = min(smallest, rho(t) + rho(t + 1))
        tau += 2 * smallest
        t += 2
    # Stan's last even lag: kept as it is where only the draws end, positive where the pair is not
    tau += rho(t) if rho(t) + rho(t + 1) >= 0 else max(rho(t), 0)
    return size / max(tau, 1 / math.log10(size))


def tail_ess(chains):
    """Smaller ESS of the indicators of the two tail quantiles, which are those of all draws."""
    found = []
    for prob in (0.05, 0.95):
        quantile = np.quantile(chains, prob)
        below = [[float(value <= quantile) for value in chain] for chain in chains]
        found.append(stan_ess(split(below)))
    return min(found)


def shortest_interval(draws, prob):
    """Narrowest interval that leaves int(prob S) steps between its ends, by trying all."""
    ordered = sorted(draws)
    span = int(prob * len(ordered))
    pairs = [(ordered[i + span] - ordered[i], i) for i in range(len(ordered) - span)]
    start = min(pairs)[1]
    return ordered[start], ordered[start + span]


def ar1_chains(rng, rho, num_chains, num_draws):
    """Stationary first-order autoregressive chains with unit variance."""
    x = np.empty((num_chains, num_draws))
    x[:, 0] = rng.standard_normal(num_chains)
    for n in range(1, num_draws):
        x[:, n] = rho * x[:, n - 1] + math.sqrt(1 - rho**2) * rng.standard_normal(num_chains)
    return x
