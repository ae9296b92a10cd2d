"""Slice sampling: equal to its twin, exact where doubling needs its test, and wrong without."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from lightppl.jit import kernel
from lightppl.kernels import hmc
from lightppl.kernels import slice as slice_sampling
from lightppl.kernels.metric import as_dense, make_metric, set_dense
from lightppl.kernels.target import make_target
from tests.kernels import calls, potentials
from tests.kernels.one_point import FIXED, assert_distributed, draws_of, p_value, step, with_fault
from tests.reference.slice import slice_transition

METRIC = make_metric(3, [[0, 2]])
set_dense(METRIC, np.array([[1.0, 0.0, 0.3], [0.0, 0.6, 0.0], [0.3, 0.0, 0.8]]))
PEAKS = potentials.two_peaks(0.3, 6.0, 0.5)
WAYS = {
    "doubling": slice_sampling.Options(4, 0, FIXED),
    "stepping out": slice_sampling.Options(0, 9, FIXED),
}


def peaks_cdf(x):
    return 0.7 * norm.cdf(x) + 0.3 * norm.cdf((x - 6.0) / 0.5)


def draws(key, options=WAYS["doubling"], algorithm=slice_sampling.ALGORITHM):
    """A million transitions."""
    return draws_of(algorithm, options, PEAKS, 1.0, key, num_draws=20_000, thinning=50)[:, 0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("potential", [potentials.log_gamma([0.7, 2.0, 5.0]), PEAKS])
@pytest.mark.parametrize("w", [0.1, 0.6, 5.0])
def test_transition_equals_its_naive_twin(way, potential, w):
    D, target, options = potential.size, make_target(potential), WAYS[way]
    metric = METRIC if D == 3 else make_metric(1)
    limits = (
        {"max_doublings": options.max_doublings} if way == "doubling"
        else {"max_steps": options.max_steps_out}
    )  # fmt: skip
    num_refused = 0
    for seed in range(60):
        q = np.random.default_rng(seed).normal(size=D)
        work, rng = hmc.make_work(q, metric, num_points=3), np.random.default_rng(seed)
        info = step(slice_sampling.ALGORITHM, target, work, options, w, rng)
        rng, direction = np.random.default_rng(seed), np.zeros(D)
        calls.momentum(metric, rng, np.zeros(D), direction)
        direction /= np.sqrt(direction @ np.linalg.solve(as_dense(metric), direction))
        g = lambda x: -potential.energy(q + x * direction)  # noqa: B023, E731
        x, (L, R) = slice_transition(g, w, rng.random, **limits)
        np.testing.assert_allclose(work.points[hmc.SAMPLE, :D], q + x * direction, rtol=1e-9)
        assert info.potential_energy == pytest.approx(-g(x), rel=1e-10)
        width = w * (2**info.num_expansions if way == "doubling" else 1 + info.num_expansions)
        assert R - L == pytest.approx(width)
        new_q = work.points[hmc.SAMPLE, :D]
        np.testing.assert_allclose(
            work.points[hmc.SAMPLE, 3 * D :], potential.gradient(new_q), rtol=1e-9
        )
        num_refused += info.num_contractions
    assert num_refused > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_million_transitions_have_the_distribution(way):
    assert_distributed(lambda key: draws(key, WAYS[way]), peaks_cdf)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("w", [1.0, 1e300, 1e308])
def test_a_density_without_an_end_ends_no_run(way, w):
    flat = potentials.gaussian(np.zeros((2, 2)))
    found = draws_of(
        slice_sampling.ALGORITHM, WAYS[way], flat, w, 1, num_draws=50, thinning=1
    )
    assert np.all(np.isfinite(found))


@kernel
def always_could(target, work, interval, level, w, x):
    return True, 0


def test_doubling_without_its_test_is_seen():
    algorithm = replace(
        slice_sampling.ALGORITHM, name="slice_without_test",
        transition=with_fault(slice_sampling.transition, could_come_back=always_could),
    )  # fmt: skip
    assert p_value(draws(1, algorithm=algorithm), peaks_cdf) < 1e-6
