"""Long chains of samplers that know nothing of trajectories, and a test of what they drew.

Legend: ``N`` draws that are kept.
"""

import types
import warnings

import numpy as np
from scipy.stats import chi2

from lightppl.jit import kernel
from lightppl.kernels.adaptation.hamiltonian import WarmupOptions, first_state
from lightppl.kernels.block import block_of
from lightppl.kernels.hmc import make_work
from lightppl.kernels.metric import make_metric
from lightppl.kernels.record import make_record
from lightppl.kernels.target import make_target

FIXED = WarmupOptions(0.5, False, False, True)
"""No adaptation."""

NUM_BINS = 25


def draws_of(algorithm, options, potential, step_size, key, *, num_draws, thinning, target=None):
    """Return draws of a chain that starts at 0, (N, D)."""
    size = potential.size
    work = make_work(np.zeros(size), make_metric(size), num_points=3)
    record = make_record(num_draws, size, len(algorithm.Info._fields), thinning=thinning)
    block_of(algorithm)(
        make_target(potential) if target is None else target, work, options,
        first_state(step_size, must_prepare=False), record, np.random.default_rng(key),
        np.zeros(0, np.int64), 0, num_draws * thinning,
    )  # fmt: skip
    return record.q


def step(algorithm, target, work, options, step_size, rng):
    """Run one transition, in place, and return its `Info`."""
    record = make_record(1, len(work.metric.diagonal), len(algorithm.Info._fields))
    block_of(algorithm)(
        target, work, options, first_state(step_size, must_prepare=False), record, rng,
        np.zeros(0, np.int64), 0, 1,
    )  # fmt: skip
    return algorithm.Info(*record.info[0])


def p_value(draws, cdf):
    """Return the p value of a multinomial test of draws (N,) in bins of equal probability."""
    counts = np.histogram(cdf(draws), NUM_BINS, (0.0, 1.0))[0]
    expected = len(draws) / NUM_BINS
    return float(chi2.sf(np.sum((counts - expected) ** 2) / expected, NUM_BINS - 1))


def assert_distributed(draw, cdf):
    """Draws, from a key, have a distribution; below a strict threshold another key has a say."""
    p = p_value(draw(1), cdf)
    if p < 1e-3:
        warnings.warn(f"a chain of draws looks odd, p = {p:.2g}", stacklevel=2)
        p = p_value(draw(2), cdf)
    assert p > 1e-3, f"draws do not have the distribution, p = {p:.2g}"


def with_fault(a_kernel, **faults):
    """Return a kernel that sees other functions under some names."""
    function = a_kernel.py_func
    code = function.__code__.replace(co_filename=__file__)
    faulty = types.FunctionType(code, {**function.__globals__, **faults}, function.__name__)
    return kernel(faulty)
