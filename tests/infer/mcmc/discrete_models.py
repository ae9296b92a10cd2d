"""Models with discrete sites whose posteriors are known, cell by cell."""

import itertools

import numpy as np
from scipy.stats import chi2, norm

import lightppl as lp
import lightppl.distributions as dist

PROBS, LOCS = np.array([0.15, 0.3, 0.3, 0.25]), np.array([-2.0, 0.0, 2.0, 4.0])
FIELD = np.array([0.3, -0.5, 0.2])
HEIGHTS = np.array([-1.0, 0.0, 1.5])


def mixture(probs=PROBS, locs=LOCS):
    """NumPyro's example: mean 1.3, variance 4.36."""
    c = lp.sample("c", dist.Categorical(probs))
    lp.sample("x", dist.Normal(locs[c], 0.5))


def spins():
    """Three spins that see each other, and a level that sees them: 24 states."""
    with lp.plate("N", 3):
        z = lp.sample("z", dist.Bernoulli(0.5))
    s = 2.0 * z - 1.0
    lp.factor("energy", 0.6 * np.sum(s[1:] * s[:-1]) + np.sum(FIELD * s))
    level = lp.sample("level", dist.Categorical(np.array([0.5, 0.3, 0.2])))
    lp.sample("y", dist.Normal(HEIGHTS[level] + 0.4 * np.sum(s), 1.0), obs=0.7)


def probabilities_of_spins():
    """Return values of (z, level) and their posterior probabilities."""
    states = np.array(list(itertools.product((0, 1), (0, 1), (0, 1), (0, 1, 2))))
    s, level = 2.0 * states[:, :3] - 1.0, states[:, 3]
    log_p = 0.6 * np.sum(s[:, 1:] * s[:, :-1], axis=1) + s @ FIELD
    log_p += np.log(np.array([0.5, 0.3, 0.2]))[level]
    log_p += norm.logpdf(0.7, HEIGHTS[level] + 0.4 * s.sum(axis=1), 1.0)
    p = np.exp(log_p - log_p.max())
    return states, p / p.sum()


def scales():
    """A normal whose mean and scale are discrete, and which nothing else sees."""
    level = lp.sample("level", dist.Categorical(np.array([0.5, 0.3, 0.2])))
    wide = lp.sample("wide", dist.Bernoulli(0.3 + 0.2 * (level == 1)))
    lp.sample("x", dist.Normal(HEIGHTS[level], 0.5 + 0.7 * wide))


def cells_of_scales(draws):
    """Return the cells of draws, (level, wide) and quartile of x given these, and their
    probabilities.
    """
    level, wide, x = (np.asarray(draws[name]) for name in ("level", "wide", "x"))
    quantile = norm.cdf(x, HEIGHTS[level], 0.5 + 0.7 * wide)
    quarter = np.minimum((4 * quantile).astype(int), 3)
    p_wide = 0.3 + 0.2 * (np.arange(3) == 1)
    p = np.array([0.5, 0.3, 0.2])[:, None] * np.stack([1 - p_wide, p_wide], axis=1)
    return (2 * level + wide) * 4 + quarter, np.repeat(p.ravel() / 4, 4)


def p_value_of_cells(cells, probabilities):
    """Return the p value of a multinomial (chi-squared) test of independent draws."""
    counts = np.bincount(cells, minlength=len(probabilities))
    expected = len(cells) * probabilities
    assert expected.min() > 5
    return chi2.sf(np.sum((counts - expected) ** 2 / expected), len(counts) - 1)
