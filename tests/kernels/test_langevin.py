"""Langevin samplers: equal to their twins, exact, and without refusals as biased as theory says."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import loggamma, norm

from lightppl.jit import kernel
from lightppl.kernels import hmc, langevin, volatility
from lightppl.kernels.metric import as_dense, make_metric, set_dense
from lightppl.kernels.metropolis import decide
from lightppl.kernels.target import make_kinetic, make_target
from tests.kernels import calls, potentials
from tests.kernels.one_point import FIXED, assert_distributed, draws_of, p_value, step, with_fault
from tests.reference.metropolis import langevin_transition, volatility_transition

METRIC = make_metric(3, [[0, 2]])
set_dense(METRIC, np.array([[1.0, 0.0, 0.3], [0.0, 0.6, 0.0], [0.3, 0.0, 0.8]]))
CALIBRATED, BARE = langevin.Options(True, FIXED), langevin.Options(False, FIXED)
SKEW = potentials.log_gamma([0.7])


def wavy(q):
    """A volatility that depends on its own coordinate and on another."""
    return 0.7 + 0.3 * np.sin(q) * np.cos(np.roll(q, 1))


def with_volatility(potential):
    """The target of a potential and of `wavy`, compiled as users' functions are."""
    from lightppl.infer.mcmc.langevin import compile_volatility  # a page of the floor above

    compiled = compile_volatility(wavy, np.zeros(potential.size), jit=True)
    return make_target(potential, make_kinetic(compiled, potential.size)), compiled


def draws(key, options=CALIBRATED, algorithm=langevin.ALGORITHM, h=1.5, potential=SKEW):
    """A million transitions."""
    found = draws_of(algorithm, options, potential, h, key, num_draws=25_000, thinning=40)
    return found[:, 0]


def assert_equal_steps(algorithm, target, potential, metric, twin, h):
    accepted = set()
    for seed in range(40):
        q = np.random.default_rng(seed).normal(size=3)
        work, rng = hmc.make_work(q, metric), np.random.default_rng(seed)
        info = step(algorithm, target, work, CALIBRATED, h, rng)
        new_q, accept_prob = twin(q, np.random.default_rng(seed))
        np.testing.assert_allclose(work.points[hmc.SAMPLE, :3], new_q, rtol=1e-7)
        assert info.accept_prob == pytest.approx(accept_prob, rel=1e-6, abs=1e-300)
        assert info.potential_energy == pytest.approx(potential.energy(new_q), rel=1e-7)
        assert info.accepted == np.any(work.points[hmc.SAMPLE, :3] != q) and info.step_size == h
        accepted.add(info.accepted)
    assert accepted == {0.0, 1.0}


@pytest.mark.parametrize("h", [0.5, 1.0, 2.0])
def test_transition_equals_its_naive_twin(h):
    potential = potentials.log_gamma([0.7, 2.0, 5.0])

    def twin(q, rng):
        noise = np.zeros(3)
        calls.momentum(METRIC, rng, np.zeros(3), noise)
        return langevin_transition(
            q, potential.energy, potential.gradient, as_dense(METRIC), h, noise, rng.random()
        )

    target = make_target(potential)
    assert_equal_steps(langevin.ALGORITHM, target, potential, METRIC, twin, h)


@pytest.mark.parametrize("h", [0.5, 1.0, 2.0])
def test_transition_with_a_volatility_equals_its_naive_twin(h):
    potential = potentials.log_gamma([0.7, 2.0, 5.0])
    target, _alive = with_volatility(potential)

    def twin(q, rng):
        normals = rng.standard_normal(3)
        return volatility_transition(
            q, potential.energy, potential.gradient, wavy, h, normals, rng.random()
        )

    assert_equal_steps(volatility.ALGORITHM, target, potential, make_metric(3), twin, h)


def test_a_million_transitions_have_the_distribution():
    assert_distributed(draws, loggamma(0.7).cdf)


def test_a_million_transitions_with_a_volatility_have_the_distribution():
    def draw(key):
        target, _alive = with_volatility(SKEW)
        return draws_of(
            volatility.ALGORITHM, CALIBRATED, SKEW, 1.5, key, num_draws=25_000, thinning=40,
            target=target,
        )[:, 0]  # fmt: skip

    assert_distributed(draw, loggamma(0.7).cdf)


def test_without_refusals_a_normal_density_is_too_wide_as_theory_says():
    """q' = (1 - h/2) q + sqrt(h) xi has the variance 1 / (1 - h/4)."""
    h, normal = 1.0, potentials.gaussian(np.eye(1))
    found = draws(1, BARE, h=h, potential=normal)
    assert p_value(found, norm(0.0, (1.0 - h / 4.0) ** -0.5).cdf) > 1e-3
    assert p_value(found, norm.cdf) < 1e-9
    assert p_value(draws(1, h=h, potential=normal), norm.cdf) > 1e-3


@kernel
def decide_a_little_wrong(rng, delta_H, U_proposal, is_calibrated):
    return decide(rng, 0.7 * delta_H, U_proposal, is_calibrated)


@kernel
def as_if_symmetric(z, other, h):
    return 0.0


@pytest.mark.parametrize(
    "algorithm, faults",
    [
        (langevin.ALGORITHM, {"decide": decide_a_little_wrong}),
        (volatility.ALGORITHM, {"minus_log_density": as_if_symmetric}),
    ],
)
def test_planted_faults_are_seen(algorithm, faults):
    transition = with_fault(algorithm.transition, **faults)
    wrong = replace(algorithm, name=f"{algorithm.name}_wrong", transition=transition)
    target, _alive = with_volatility(SKEW)
    found = draws_of(
        wrong, CALIBRATED, SKEW, 1.5, 1, num_draws=25_000, thinning=40,
        target=target if algorithm is volatility.ALGORITHM else None,
    )  # fmt: skip
    assert p_value(found[:, 0], loggamma(0.7).cdf) < 1e-6
