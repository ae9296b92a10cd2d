"""The iterative WALNUTS orbit against its recursive twin, and macro steps at the edges."""

import numpy as np
import pytest
from scipy.special import digamma, polygamma

from lightppl.kernels.macro_step import Stepping
from lightppl.kernels.metric import as_dense, make_metric
from lightppl.kernels.target import make_target
from lightppl.kernels.trajectory import SAMPLE
from lightppl.kernels.walnuts import make_orbit
from tests.kernels import calls, potentials
from tests.kernels.random_metric import KINDS, random_metric
from tests.kernels.runs import run_chain
from tests.reference import walnuts as reference
from tests.reference.nuts import Hamiltonian

MAX_DEPTH = 5


def random_case(seed):
    """A potential, a metric, a start, stepping and directions, all from one seed."""
    rng = np.random.default_rng(seed)
    kind = seed % 3
    if kind == 0:
        factor = rng.normal(size=(3, 3))
        potential = potentials.gaussian(factor @ factor.T + 0.3 * np.eye(3))
    elif kind == 1:
        potential = potentials.log_gamma(rng.uniform(0.5, 5.0, size=3))
    else:
        potential = potentials.quartic(rng.uniform(0.0, 2.0))
    size = potential.size
    metric = random_metric(rng, size, KINDS[seed // 3 % len(KINDS)])
    step_size, max_error = np.exp(rng.uniform(np.log([0.02, 0.01]), np.log([1.5, 3.0])))
    q, p = 1.5 * rng.normal(size=(2, size))
    stepping = Stepping(float(step_size), float(max_error), int(rng.integers(1, 6)))
    return potential, metric, q, p, stepping, int(rng.integers(2**MAX_DEPTH))


def run_both(seed):
    potential, metric, q, p, stepping, directions = random_case(seed)
    orbit = make_orbit(q, MAX_DEPTH)
    size = potential.size
    orbit.points[SAMPLE, size : 2 * size] = p
    rng = np.random.default_rng(seed + 1000)
    info = calls.grow_orbit(
        orbit, make_target(potential), metric, rng, stepping, MAX_DEPTH, directions
    )
    hamiltonian = Hamiltonian(potential.energy, potential.gradient, as_dense(metric))
    uniforms = iter(np.random.default_rng(seed + 1000).random, None)
    bits = [bool(directions >> k & 1) for k in range(MAX_DEPTH)]
    outcome = reference.walnuts_orbit(
        hamiltonian, hamiltonian.point(q, p), *stepping, bits, uniforms
    )
    return info, orbit.points[SAMPLE, :size], outcome


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid")
def test_iterative_and_recursive_walnuts_agree_on_random_cases():
    depths, halvings, divergences, num_irreversible = set(), set(), 0, 0
    for seed in range(200):
        info, q, outcome = run_both(seed)
        assert info.num_macro_steps == outcome.num_macro_steps, seed
        assert info.num_steps == outcome.num_steps, seed
        assert info.num_doublings == outcome.depth, seed
        assert info.diverging == outcome.diverging, seed
        assert info.most_halvings == outcome.most_halvings, seed
        assert info.accept_prob == pytest.approx(outcome.accept_prob, rel=1e-9, abs=1e-12), seed
        np.testing.assert_allclose(q, outcome.point.q, rtol=1e-8, atol=1e-9, err_msg=str(seed))
        assert info.U == pytest.approx(outcome.point.potential, rel=1e-9, abs=1e-9)
        assert info.H == pytest.approx(outcome.point.total, rel=1e-9, abs=1e-9)
        depths.add(info.num_doublings)
        halvings.add(info.most_halvings)
        divergences += info.diverging
        num_irreversible += outcome.num_irreversible
    assert depths >= {0, 1, 2, 3, 4, 5}, "the cases must cover many depths"
    assert halvings >= {0, 1, 2, 3, 4} and divergences > 3, "many halvings, and divergences"
    assert num_irreversible > 10, "and irreversible macro steps"


def test_the_orbit_keeps_no_more_spans_than_its_depth():
    """The stack is written only inside its array: a guard row after it stays as it was."""
    orbit = make_orbit(np.array([0.1, 0.2, 0.3]), 5)
    orbit.points[SAMPLE, 3:6] = [1e-3, 2e-3, 0.0]
    guarded = np.full((orbit.spans.shape[0] + 1, 5, 3), 7.0)
    orbit = orbit._replace(spans=guarded[:-1])
    target = make_target(potentials.gaussian(np.eye(3) * 1e-6))
    rng = np.random.default_rng(0)
    info = calls.grow_orbit(orbit, target, make_metric(3), rng, Stepping(0.1, 1.0, 5), 5, 0b10110)
    assert info.num_doublings == 5 and info.num_steps == info.num_macro_steps == 31
    assert np.all(guarded[-1] == 7.0)


def grow_gaussian(stepping, momentum=1.0, max_depth=3):
    orbit = make_orbit(np.array([0.0, 0.0]), max_depth)
    orbit.points[SAMPLE, 2:4] = [momentum, 0.0]
    target = make_target(potentials.gaussian(np.eye(2)))
    rng = np.random.default_rng(0)
    return calls.grow_orbit(orbit, target, make_metric(2), rng, stepping, max_depth, 0b101)


def test_a_macro_step_that_no_number_of_micro_steps_mends_diverges():
    stuck = grow_gaussian(Stepping(40.0, 1e-3, 2))
    assert stuck.diverging and stuck.num_doublings == 0 and stuck.most_halvings == 2
    assert stuck.num_steps == 3, "each attempt ends at the first micro step beyond the tolerance"
    mended = grow_gaussian(Stepping(40.0, 1e-3, 20))
    assert not mended.diverging and mended.most_halvings > 8


def test_without_errors_a_macro_step_is_one_leapfrog_step():
    info = grow_gaussian(Stepping(0.01, 1.0, 10))
    assert info.num_steps == info.num_macro_steps == 7
    assert info.most_halvings == 0 and info.accept_prob == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("step_size, max_error", [(1.5, 0.3), (2.5, 1.0)])
def test_moments_are_right_where_most_macro_steps_are_refined(step_size, max_error):
    log_gamma = potentials.log_gamma([0.5, 1.0, 3.0, 20.0])
    shape = log_gamma.float_data
    runs = [
        run_chain(
            log_gamma, seed, 0, 2200, sampler="walnuts", adapt=False, find_step_size=False,
            step_size=step_size, max_error=max_error, start=digamma(shape),
        )
        for seed in range(25)
    ]  # fmt: skip
    q = np.stack([run.record.q[200:] for run in runs])
    info = runs[0].info
    assert info.num_steps.sum() > 8 * info.num_macro_steps.sum()
    deviation = q - digamma(shape)
    for found, truth in ((deviation, 0.0), (deviation**2, polygamma(1, shape)), (np.exp(q), shape)):
        means = found.mean(axis=1)
        z = (means.mean(axis=0) - truth) / (means.std(axis=0, ddof=1) / np.sqrt(len(means)))
        assert np.max(np.abs(z)) < 4.5, z
