"""Random-walk Metropolis: equal to its naive twin, exact, and wrong where the sign is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import loggamma

from lightppl.jit import kernel
from lightppl.kernels import hmc, random_walk
from lightppl.kernels.metric import make_metric, set_dense
from lightppl.kernels.metropolis import decide
from lightppl.kernels.target import make_target
from tests.kernels import calls, potentials
from tests.kernels.one_point import FIXED, assert_distributed, draws_of, p_value, step, with_fault
from tests.reference.metropolis import random_walk_transition

METRIC = make_metric(3, [[0, 2]])
set_dense(METRIC, np.array([[1.0, 0.0, 0.3], [0.0, 0.6, 0.0], [0.3, 0.0, 0.8]]))
NORMAL, UNIFORM, BARE = (
    random_walk.Options(is_uniform, 0, is_calibrated, FIXED)
    for is_uniform, is_calibrated in ((False, True), (True, True), (False, False))
)
SKEW = potentials.log_gamma([0.7])


def draws(key, options=NORMAL, algorithm=random_walk.ALGORITHM):
    """A million transitions."""
    found = draws_of(algorithm, options, SKEW, 3.0, key, num_draws=25_000, thinning=40)
    return found[:, 0]


@pytest.mark.parametrize("step_size", [0.1, 1.0, 4.0])
def test_transition_equals_its_naive_twin(step_size):
    potential, seen = potentials.log_gamma([0.7, 2.0, 5.0]), set()
    target = make_target(potential)
    for seed in range(40):
        q = np.random.default_rng(seed).normal(size=3)
        work, rng = hmc.make_work(q, METRIC), np.random.default_rng(seed)
        info = step(random_walk.ALGORITHM, target, work, NORMAL, step_size, rng)
        rng, v = np.random.default_rng(seed), np.zeros(3)
        calls.momentum(METRIC, rng, np.zeros(3), v)
        new_q, accept_prob = random_walk_transition(
            q, potential.energy, step_size * v, rng.random()
        )
        np.testing.assert_allclose(work.points[hmc.SAMPLE, :3], new_q, rtol=1e-10)
        assert info.accept_prob == pytest.approx(accept_prob, rel=1e-9, abs=1e-300)
        assert info.potential_energy == pytest.approx(potential.energy(new_q), rel=1e-12)
        assert info.accepted == np.any(new_q != q) and info.step_size == step_size
        np.testing.assert_allclose(work.points[hmc.SAMPLE, 9:], potential.gradient(new_q))
        seen.add(info.accepted)
    assert 1.0 in seen


@pytest.mark.parametrize("options", [NORMAL, UNIFORM], ids=["normal", "uniform"])
def test_a_million_transitions_have_the_distribution(options):
    assert_distributed(lambda key: draws(key, options), loggamma(0.7).cdf)


def test_uniform_steps_stay_in_their_box():
    flat = potentials.gaussian(np.zeros((1, 1)))
    steps = np.diff(
        draws_of(
            random_walk.ALGORITHM, UNIFORM, flat, 2.0, 1, num_draws=50_000, thinning=1
        )[:, 0]
    )
    assert np.abs(steps).max() < 2.0 and p_value(steps, lambda x: (x + 2.0) / 4.0) > 1e-3


def test_without_refusals_positions_are_sums_of_steps():
    """The bias that theory gives: variances grow with the number of steps, whatever the target."""
    gaussian = potentials.gaussian(np.eye(400))
    ends = draws_of(
        random_walk.ALGORITHM, BARE, gaussian, 0.5, 1, num_draws=1, thinning=100
    )  # fmt: skip
    assert ends.var() == pytest.approx(100 * 0.25, rel=5 * np.sqrt(2 / 400))


def test_no_proposal_is_taken_to_where_the_density_is_no_number():
    target = make_target(potentials.log_gamma([1.0, 1.0, 1.0]))
    for seed in range(20):
        work = hmc.make_work(np.zeros(3), METRIC)
        rng = np.random.default_rng(seed)
        info = step(random_walk.ALGORITHM, target, work, BARE, 1e4, rng)
        is_finite = np.isfinite(info.potential_energy) and np.all(np.isfinite(work.points[0]))
        assert is_finite


@kernel
def decide_the_wrong_way(rng, delta_H, U_proposal, is_calibrated):
    return decide(rng, -delta_H, U_proposal, is_calibrated)


@kernel
def decide_a_little_wrong(rng, delta_H, U_proposal, is_calibrated):
    return decide(rng, 0.95 * delta_H, U_proposal, is_calibrated)


@pytest.mark.parametrize("fault", [decide_the_wrong_way, decide_a_little_wrong])
def test_planted_faults_are_seen(fault):
    algorithm = replace(
        random_walk.ALGORITHM, name=f"random_walk_{fault.__name__}",
        transition=with_fault(random_walk.transition, decide=fault),
    )  # fmt: skip
    assert p_value(draws(1, algorithm=algorithm), loggamma(0.7).cdf) < 1e-6
