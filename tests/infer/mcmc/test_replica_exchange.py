"""Replica exchange samples the target at inverse temperature 1; its states and fields."""

import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy.stats import chi2, norm

import lightppl as lp
import lightppl.distributions as dist
from lightppl.diagnostics import ess_bulk
from lightppl.errors import ArgumentError, LightPPLError, SamplingWarning
from lightppl.infer import HMCECS, MCMC, NUTS, ReplicaExchangeMC
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.random import PRNGKey, split
from tests.correctness.calibration import joined, ranks_of, worst
from tests.correctness.calibration_models import hierarchy
from tests.infer.mcmc.models import eight_schools

LADDER = 0.3 ** np.arange(3)
WEIGHTS, LOCATIONS, SCALES = np.array([0.3, 0.7]), np.array([-7.0, 7.0]), np.array([0.8, 1.2])


def two_modes(x):
    """Far apart, of different weights and widths."""
    parts = np.log(WEIGHTS) - 0.5 * ((x - LOCATIONS) / SCALES) ** 2 - np.log(SCALES)
    return -np.logaddexp(parts[0], parts[1])


def two_modes_model():
    x = lp.sample("x", dist.Normal(0.0, 8.0))
    lp.factor("modes", -two_modes(x))
    lp.deterministic("twice", 2.0 * x)


def run(kernel, key=0, **options):
    start = options.pop("init_params", None)
    options = {"num_warmup": 300, "num_samples": 2000, **options}
    mcmc = MCMC(kernel, progress_bar=False, **options)
    mcmc.run(key, init_params=start, extra_fields=("potential_energy", "num_steps"))
    return mcmc


# ---- what is sampled -----------------------------------------------------------------------------


def p_value(key):
    kernel = ReplicaExchangeMC(NUTS(potential_fn=two_modes), LADDER)
    mcmc = run(
        kernel, key, num_samples=100_000, thinning=100, num_chains=2, init_params=np.zeros(())
    )
    x = mcmc.get_samples()
    assert ess_bulk(x.reshape(2, -1)) > 0.8 * len(x)
    grid = np.linspace(-20.0, 20.0, 8001)
    cdf = sum(w * norm.cdf(grid, m, s) for w, m, s in zip(WEIGHTS, LOCATIONS, SCALES))
    counts = np.bincount(np.searchsorted(np.interp(np.arange(1, 10) / 10, cdf, grid), x))
    return chi2.sf(np.sum((counts - len(x) / 10) ** 2 / (len(x) / 10)), 9)


def test_modes_that_no_chain_leaves_come_out_with_their_weights():
    found = p_value(0)
    if found < 0.01:
        found = p_value(1)
    assert found > 1e-3


def test_a_chain_alone_stays_in_its_mode():
    alone = MCMC(NUTS(potential_fn=two_modes), num_warmup=300, num_samples=1000, num_chains=2,
                 progress_bar=False)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SamplingWarning)
        alone.run(0, init_params=LOCATIONS.copy())
    means = alone.get_samples(group_by_chain=True).mean(axis=1)
    np.testing.assert_allclose(means, LOCATIONS, atol=0.3)


def test_rungs_sample_powers_of_the_density_and_learn_step_sizes_of_their_own():
    model = lambda: lp.sample("x", dist.Normal(1.0, 2.0))  # noqa: E731
    kernel = ReplicaExchangeMC(NUTS(model), [1.0, 0.5, 0.25])
    plan = RunPlan([PRNGKey(0)], PRNGKey(0), 500, 8000)
    (chain,) = kernel.start_run(plan).chains
    chain.advance(0, 500)
    x = []
    for i in range(500, 3500):
        chain.advance(i, i + 1)
        x.append([rung.points[0, 0] for rung in chain.work.rungs])
    np.testing.assert_allclose(np.mean(x, axis=0), 1.0, atol=0.4)
    np.testing.assert_allclose(np.std(x, axis=0), [2.0, 8.0**0.5, 4.0], rtol=0.12)
    assert len({rung.step_size for rung in chain.state.rungs}) == 3
    inverse_mass = [rung.metric.diagonal[0] for rung in chain.work.rungs]
    assert inverse_mass[2] > 2.0 * inverse_mass[0]


def test_rates_are_those_of_theory_for_a_normal_density():
    """Of two normal densities in D dimensions U is Gamma(D/2, beta) distributed."""
    D, betas = 4, np.array([1.0, 0.4, 0.2])
    kernel = ReplicaExchangeMC(NUTS(potential_fn=lambda x: 0.5 * x @ x), betas)
    mcmc = run(kernel, num_samples=6000, init_params=np.zeros(D))
    rng = np.random.default_rng(0)
    energies = rng.gamma(D / 2, 1.0 / betas[:, None], (3, 200_000))
    log_ratios = np.diff(betas)[:, None] * np.diff(energies, axis=0)
    expected = np.mean(np.exp(np.minimum(log_ratios, 0.0)), axis=1)
    np.testing.assert_allclose(kernel.swap_rates(mcmc), expected, atol=0.02)


# ---- runs, states and fields ---------------------------------------------------------------------


@pytest.fixture
def threads():
    yield lp.set_num_threads
    lp.set_num_threads(None)


def schools():
    sigma = np.array([15.0, 10.0, 16.0, 11.0])
    return eight_schools(sigma, np.array([28.0, 8.0, -3.0, 7.0]))


def short(key=1, **options):
    options = {"num_warmup": 60, "num_samples": 40, "num_chains": 2, **options}
    return run(ReplicaExchangeMC(NUTS(schools), [1.0, 0.5, 0.2]), key, **options)


def assert_same(one, other):
    for read in ("get_samples", "get_extra_fields"):
        found, expected = (getattr(x, read)(group_by_chain=True) for x in (one, other))
        assert found.keys() == expected.keys()
        for name in found:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_draws_do_not_depend_on_threads_and_thinning_keeps_the_last_of_each_group(threads):
    threads(1)
    expected = short()
    threads(2)
    assert_same(short(), expected)
    thinned, full = (x.get_extra_fields(group_by_chain=True) for x in (short(thinning=4), expected))
    for name in ("potential_energy", "swap_accept_prob", "diverging"):
        np.testing.assert_array_equal(thinned[name], full[name][:, 3::4])


def made():
    return MCMC(
        ReplicaExchangeMC(NUTS(schools), [1.0, 0.5, 0.2]), num_warmup=60, num_samples=40,
        progress_bar=False,
    )  # fmt: skip


def test_a_chain_goes_on_from_a_snapshot_to_the_same_draws(tmp_path):
    plan = RunPlan([PRNGKey(1)], PRNGKey(1), 60, 40)
    chain, other = (made().sampler.start_run(plan).chains[0] for _ in range(2))
    chain.advance(0, 73)
    other.restore(pickle.loads(pickle.dumps(chain.snapshot())))
    for x in (chain, other):
        x.advance(73, 100)
    np.testing.assert_array_equal(chain.record.q, other.record.q)
    np.testing.assert_array_equal(chain.record.info, other.record.info)
    expected, found, again = made(), made(), made()
    expected.run(1)
    found.run(1, checkpoint=tmp_path / "draws")
    again.run(1, checkpoint=tmp_path / "draws")
    assert_same(again, expected)


def test_a_run_is_gone_on_from_a_copy_of_its_state():
    warmed, going_on = made(), made()
    warmed.warmup(1)
    going_on.post_warmup_state = pickle.loads(pickle.dumps(warmed.post_warmup_state))
    for x in (going_on, warmed):
        x.run(2)
    assert_same(going_on, warmed)


def test_kernels_run_as_plain_python():
    program = (
        "import sys, pickle\n"
        "from tests.infer.mcmc import test_replica_exchange as here\n"
        "x = here.short(num_warmup=8, num_samples=6).get_samples()['mu']\n"
        "sys.stdout.buffer.write(pickle.dumps(x))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=dict(os.environ, NUMBA_DISABLE_JIT="1"),
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    expected = short(num_warmup=8, num_samples=6).get_samples()["mu"]
    np.testing.assert_allclose(pickle.loads(done.stdout), expected, rtol=1e-6)


def test_a_loop_of_ones_own_draws_what_mcmc_draws():
    kernel = ReplicaExchangeMC(NUTS(two_modes_model), [1.0, 0.3, 0.1])
    expected = run(kernel, 4, num_warmup=30, num_samples=20)
    kernel = ReplicaExchangeMC(NUTS(two_modes_model), [1.0, 0.3, 0.1])
    state, x = kernel.init(split(PRNGKey(4), 1)[0], 30), []
    for i in range(50):
        state = kernel.sample(state)
        x.append(state.z["x"])
        if i == 11:
            state = pickle.loads(pickle.dumps(state))
    np.testing.assert_array_equal(x[30:], expected.get_samples()["x"])
    assert state.i == 50 and set(state.replicas) == {"0", "1", "2"}
    assert set(state.z) == {"x"} and state.replicas["2"].z["inverse_temperature"] == 0.1
    moved = state._replace(z={"x": 3.0})
    assert kernel.sample(moved).i == 51
    assert "swaps" in kernel.get_diagnostics_str(state)


def test_fields_are_those_of_the_first_rung_and_of_swaps():
    kernel = ReplicaExchangeMC(NUTS(two_modes_model), [1.0, 0.3, 0.1])
    mcmc = run(kernel, 4, num_warmup=100, num_samples=50, num_chains=2)
    samples, fields = mcmc.get_samples(), mcmc.get_extra_fields()
    assert set(samples) == {"x", "twice"}
    assert fields["swap_accept_prob"].shape == (100, 2)
    U = -norm.logpdf(samples["x"], 0.0, 8.0) + [two_modes(x) for x in samples["x"]]
    np.testing.assert_allclose(fields["potential_energy"], U)
    assert fields["num_steps"].dtype == np.int64 and "diverging" in fields
    state = mcmc.last_state
    np.testing.assert_array_equal(state.swap_accept_prob[1], fields["swap_accept_prob"][-1])
    assert state.potential_energy[1] == pytest.approx(fields["potential_energy"][-1])
    with pytest.raises(LightPPLError, match="'nonsense'.*It has.*swap_accept_prob"):
        mcmc.run(0, extra_fields=("nonsense",))


def test_arguments_that_are_wrong_are_refused_by_name():
    inner = NUTS(schools)
    wrong_ladders = [1.0], 0.9 ** np.arange(17), [0.9, 0.5], [1.0, 0.5, 0.5], [1.0, 0.0]
    for ladder in (*wrong_ladders, [[1.0, 0.5]], [1.0, np.nan]):
        with pytest.raises(LightPPLError, match="inverse_temperatures"):
            ReplicaExchangeMC(inner, ladder)
    for wrong in (schools, HMCECS(inner), ReplicaExchangeMC(inner, [1.0, 0.5])):
        with pytest.raises(ArgumentError, match="inner_kernel must be a sampler of one point"):
            ReplicaExchangeMC(wrong, [1.0, 0.5])


def test_an_iteration_swaps_what_a_few_lines_of_python_swap():
    """With steps that move nothing, step by step."""
    inner = NUTS(
        potential_fn=lambda x: 0.5 * x @ x, step_size=1e-9, max_tree_depth=1,
        adapt_step_size=False, adapt_mass_matrix=False,
    )  # fmt: skip
    kernel = ReplicaExchangeMC(inner, LADDER)
    chain = kernel.open_chain(0, 0, np.zeros(2))
    rungs = np.random.default_rng(0).normal(size=(len(LADDER), 2)) / np.sqrt(LADDER)[:, None]
    for rung, x in zip(chain.work.rungs, rungs):
        rung.points[0, :2] = x
    chain.work.points[0, :2] = rungs[0]
    chain.forget_density()
    num_swaps = 0
    for i in range(60):
        rng = np.random.Generator(type(chain.rng.bit_generator)())
        rng.bit_generator.state = chain.rng.bit_generator.state
        energies = 0.5 * np.sum(rungs**2, axis=1)
        for k in range(i % 2, len(LADDER) - 1, 2):
            log_ratio = (LADDER[k] - LADDER[k + 1]) * (energies[k] - energies[k + 1])
            if rng.random() < np.exp(min(log_ratio, 0.0)):
                rungs[[k, k + 1]] = rungs[[k + 1, k]]
                num_swaps += 1
        chain.advance(i, i + 1)
        found = [rung.points[0, :2] for rung in chain.work.rungs]
        np.testing.assert_allclose(found, rungs, atol=1e-6)
        np.testing.assert_array_equal(chain.point, [*found[0], 1.0])
    assert num_swaps > 20


def test_ranks_of_the_truth_are_uniform():
    make = lambda model: ReplicaExchangeMC(NUTS(model), [1.0, 0.6, 0.4])  # noqa: E731
    runs = [ranks_of(hierarchy, make, 700 * k, groups=10) for k in range(6)]
    assert worst(joined(runs), 99)[0] > 1e-4
