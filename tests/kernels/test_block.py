"""The loop over iterations with NUTS, WALNUTS and HMC: blocks, records, warmup, correct answers."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy.special import digamma, polygamma

from lightppl.jit import Status
from lightppl.kernels import hmc, nuts, walnuts
from lightppl.kernels.block import block_of
from lightppl.kernels.metric import as_dense
from lightppl.settings import is_numba_disabled
from tests.kernels import potentials
from tests.kernels.runs import run_chain

SAMPLERS = ["nuts", "walnuts", "hmc"]
ALGORITHMS = {"nuts": nuts.ALGORITHM, "walnuts": walnuts.ALGORITHM, "hmc": hmc.ALGORITHM}
COVARIANCE = np.array([[4.0, 1.2, 0.0], [1.2, 1.0, 0.1], [0.0, 0.1, 0.04]])
GAUSSIAN = potentials.gaussian(np.linalg.inv(COVARIANCE))
LOG_GAMMA = potentials.log_gamma([0.5, 1.0, 3.0, 20.0])


def assert_equal_runs(one, two):
    for x, y in zip(one.record, two.record):
        np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(as_dense(one.metric), as_dense(two.metric))
    assert one.state == two.state


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("blocks", [(1, 2, 3), (75, 100, 101), (199, 200, 201), range(1, 300)])
def test_draws_do_not_depend_on_where_blocks_begin(sampler, blocks):
    whole = run_chain(LOG_GAMMA, 3, 200, 100, sampler=sampler)
    assert_equal_runs(whole, run_chain(LOG_GAMMA, 3, 200, 100, sampler=sampler, blocks=blocks))


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_same_key_same_draws_and_other_key_other_draws(sampler):
    one, two = (run_chain(GAUSSIAN, 1, 100, 50, sampler=sampler) for _ in range(2))
    assert_equal_runs(one, two)
    other = run_chain(GAUSSIAN, 2, 100, 50, sampler=sampler)
    assert not np.any(other.record.q == one.record.q)


def test_a_second_model_compiles_nothing():
    for sampler, algorithm in ALGORITHMS.items():
        for potential in (GAUSSIAN, LOG_GAMMA, potentials.quartic(0.5)):
            for dense in (False, True):
                run_chain(potential, 0, 30, 10, sampler=sampler, dense=dense)
        assert block_of(algorithm).num_entries == (0 if is_numba_disabled() else 1)


def z_scores(draws, truth):
    """Standardised errors of chain means; draws (C, N, ...) of independent chains."""
    means = draws.mean(axis=1)
    error = means.std(axis=0, ddof=1) / np.sqrt(len(means))
    return (means.mean(axis=0) - truth) / error


def assert_unbiased(z, what):
    """Two thresholds: beyond 3.5 standard errors a warning, beyond 5 a failure."""
    worst = np.max(np.abs(z))
    assert worst < 5.0, f"{what}: {worst:.1f} standard errors"
    if worst > 3.5:
        warnings.warn(f"{what} is {worst:.1f} standard errors off", stacklevel=2)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_correlated_gaussian_has_its_moments(sampler, dense):
    runs = [
        run_chain(GAUSSIAN, seed, 400, 1000, sampler=sampler, dense=dense) for seed in range(40)
    ]
    q = np.stack([run.record.q for run in runs])
    assert_unbiased(z_scores(q, np.zeros(3)), "mean")
    products = q[..., :, None] * q[..., None, :]
    upper = np.triu_indices(3)
    assert_unbiased(z_scores(products, COVARIANCE)[upper], "covariance")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_log_gamma_has_its_moments(sampler):
    shape = LOG_GAMMA.float_data
    runs = [run_chain(LOG_GAMMA, seed, 400, 1000, sampler=sampler) for seed in range(40)]
    q = np.stack([run.record.q for run in runs])
    assert_unbiased(z_scores(q, digamma(shape)), "mean")
    assert_unbiased(z_scores((q - digamma(shape)) ** 2, polygamma(1, shape)), "variance")
    assert_unbiased(z_scores(np.exp(q), shape), "mean of exp")


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_warmup_reaches_the_target_acceptance_and_learns_the_scales(sampler):
    runs = [run_chain(GAUSSIAN, seed, 1000, 1000, sampler=sampler, dense=True) for seed in range(4)]
    accept = np.mean([run.info.accept_prob.mean() for run in runs])
    # 50 last iterations leave dual averaging cautious; the test below gives it time.
    assert 0.72 < accept < 0.95
    for run in runs:
        ratio = np.linalg.eigvals(np.linalg.solve(COVARIANCE, as_dense(run.metric)))
        assert 0.4 < ratio.real.min() and ratio.real.max() < 2.5
        assert np.all(run.info.step_size == run.state.step_size)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_long_step_size_adaptation_reaches_the_target_acceptance(sampler):
    run = run_chain(GAUSSIAN, 0, 4000, 4000, sampler=sampler, adapt_metric=False)
    assert run.info.accept_prob.mean() == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_record_is_consistent(sampler):
    run = run_chain(LOG_GAMMA, 5, 200, 200, sampler=sampler)
    q, info = run.record.q, run.info
    energy = [LOG_GAMMA.energy(x) for x in q]
    np.testing.assert_allclose(info.potential_energy, energy, rtol=1e-12)
    np.testing.assert_allclose(run.grad, LOG_GAMMA.gradient(q), rtol=1e-12, atol=1e-12)
    assert np.all(info.energy >= info.potential_energy)
    assert np.all((info.accept_prob >= 0) & (info.accept_prob <= 1))
    np.testing.assert_array_equal(run.record.last_info, run.record.info[-1])
    if sampler == "nuts":
        assert np.all(info.num_steps < 2 ** (info.tree_depth + 1))
        assert np.all(info.num_steps >= 2**info.tree_depth - 1)


@pytest.mark.parametrize("thinning", [2, 7])
def test_thinning_keeps_the_last_draw_of_each_group(thinning):
    full = run_chain(GAUSSIAN, 0, 50, 70).record.q
    thinned = run_chain(GAUSSIAN, 0, 50, 70, thinning=thinning).record.q
    np.testing.assert_array_equal(thinned, full[thinning - 1 :: thinning])


def test_tree_depth_limits_hold_separately_for_warmup_and_sampling():
    info = run_chain(
        GAUSSIAN, 0, 100, 100, depths=(2, 4), adapt=False, find_step_size=False, step_size=0.001,
        record_all=True,
    ).info  # fmt: skip
    assert np.all(info.tree_depth[:100] == 2) and np.all(info.tree_depth[100:] == 4)
    assert np.all(info.step_size == 0.001)


def test_hmc_length_is_steps_or_time():
    fixed = run_chain(GAUSSIAN, 0, 50, 20, sampler="hmc", num_steps=13)
    assert np.all(fixed.info.num_steps == 13)
    timed = run_chain(GAUSSIAN, 0, 50, 20, sampler="hmc", time=1.5)
    expected = max(1, int(1.5 / timed.state.step_size))
    assert np.all(timed.info.num_steps == expected)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_non_finite_start_is_a_status(sampler):
    run = run_chain(GAUSSIAN, 0, 10, 10, sampler=sampler, start=[np.nan, 0.0, 0.0])
    assert run.state.status == Status.NON_FINITE_START
    assert np.all(run.record.q == 0.0)


def test_flat_target_is_a_status_and_sampling_goes_on():
    run = run_chain(potentials.gaussian(np.zeros((1, 1))), 0, 0, 5, depths=(3, 3))
    assert run.state.status == Status.STEP_SIZE_NOT_FOUND
    assert np.all(np.isfinite(run.record.q))


@pytest.mark.parametrize("num_warmup", [0, 1, 5, 25])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_short_warmups_run(sampler, num_warmup):
    run = run_chain(GAUSSIAN, 0, num_warmup, 20, sampler=sampler)
    assert np.all(np.isfinite(run.record.q)) and run.state.step_size > 0


def test_compiled_and_plain_python_draws_agree():
    """Sums are reordered by the compiler, so the draws do not agree to the last bit."""
    program = (
        "from tests.kernels import potentials\n"
        "from tests.kernels.runs import run_chain\n"
        "known = potentials.log_gamma([0.5, 3.0])\n"
        "for sampler in ('nuts', 'hmc'):\n"
        "    for dense in (False, True):\n"
        "        run = run_chain(known, 1, 30, 5, sampler=sampler, dense=dense)\n"
        "        print(*run.record.q[:2].ravel(), *run.info.num_steps)\n"
    )
    outputs = []
    for disable in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=dict(os.environ, NUMBA_DISABLE_JIT=disable),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        outputs.append(np.array(done.stdout.split(), float))
    np.testing.assert_allclose(*outputs, rtol=1e-6)
