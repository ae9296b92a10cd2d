"""Whether long chains with fixed options are of their target: bins of equal probability, counted.

Two thresholds, as everywhere: a p value that should be rare is looked at again with another key.
"""

import numpy as np
from scipy.stats import chi2

from lightppl.kernels.block import block_of
from lightppl.kernels.record import make_record
from lightppl.kernels.target import make_target

NUM_DRAWS, NUM_BINS = 1_000_000, 40
RARE, IMPOSSIBLE = 1e-2, 1e-6


def run_fixed(algorithm, potential, work, options, state, seed, num_draws=NUM_DRAWS):
    """Return the draws of one chain without warmup, (N, D)."""
    D = work.points.shape[1] if work.points.shape[0] == 1 else potential.size
    record = make_record(num_draws, D, len(algorithm.Info._fields))
    rng = np.random.Generator(np.random.SFC64(seed))
    phases = np.zeros(0, np.int64)
    block_of(algorithm)(
        make_target(potential), work, options, state, record, rng, phases, 0, num_draws
    )
    return record.q


def p_value_of(distribution, draws):
    """Return the p value of the chi-squared test that independent draws are of a distribution."""
    edges = distribution.ppf(np.arange(1, NUM_BINS) / NUM_BINS)
    counts = np.bincount(np.searchsorted(edges, draws), minlength=NUM_BINS)
    expected = len(draws) / NUM_BINS
    return float(chi2.sf(np.sum((counts - expected) ** 2) / expected, NUM_BINS - 1))


def assert_true_to(distribution, draw, thinning):
    """Raise unless every so many-th draw of a long chain is as good as an independent one.

    Parameters
    ----------
    distribution : scipy.stats distribution
        Of the first coordinate.
    draw : callable
        From a seed to draws, (N, D).
    thinning : int
    """
    p = p_value_of(distribution, draw(1)[::thinning, 0])
    if IMPOSSIBLE < p < RARE:
        p = p_value_of(distribution, draw(2)[::thinning, 0])
    assert p > RARE, f"the draws are not of the target, p = {p:.2g}"
