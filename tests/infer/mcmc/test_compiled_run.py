"""Snapshots of chains: a chain that was restored draws what an unbroken one draws, bit by bit."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.infer import (
    HMC, MCLMC, NUTS, SA, WALNUTS, AdjustedMCLMC, BarkerMH, HamiltonianMonteCarlo,
    MetropolisAdjustedLangevinAlgorithm, RandomWalkMetropolis, SliceSampler,
)  # fmt: skip
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.tfp import TFPKernel
from lightppl.kernels import nuts
from lightppl.random import PRNGKey, fold_in, split
from tests.infer.mcmc import models
from tests.infer.mcmc.random_walk import RandomWalk
from tests.infer.mcmc.test_python_run import RandomWalk as PythonWalk

NUM_WARMUP, NUM_SAMPLES = 160, 60


def start_run(
    kernel, *, num_warmup=NUM_WARMUP, thinning=1, collect_warmup=False,
    extra_fields=("z_grad", "r"),
):  # fmt: skip
    plan = RunPlan(
        split(PRNGKey(5), 2), fold_in(PRNGKey(5), 3), num_warmup, NUM_SAMPLES, thinning,
        collect_warmup, extra_fields=extra_fields,
    )  # fmt: skip
    return kernel.start_run(plan)


SAMPLERS = {
    "nuts": lambda: NUTS(models.positive_and_vector, find_heuristic_step_size=True),
    "dense": lambda: NUTS(models.positive_and_vector, dense_mass=[("pair",)]),
    "walnuts": lambda: WALNUTS(models.positive_and_vector),
    "hmc": lambda: HMC(models.positive_and_vector),
    "barker": lambda: BarkerMH(models.positive_and_vector),
    "sample adaptive": lambda: SA(models.positive_and_vector),
    "mclmc": lambda: MCLMC(models.positive_and_vector),
    "adjusted mclmc": lambda: AdjustedMCLMC(models.positive_and_vector),
    "random walk": lambda: RandomWalk(models.positive_and_vector),
    "random-walk metropolis": lambda: RandomWalkMetropolis(models.positive_and_vector),
    "langevin": lambda: MetropolisAdjustedLangevinAlgorithm(models.positive_and_vector),
    "volatility": lambda: MetropolisAdjustedLangevinAlgorithm(
        models.positive_and_vector, volatility_fn=lambda q: 1.0 / (1.0 + q**2)
    ),
    "slice": lambda: SliceSampler(models.positive_and_vector),
    "fixed hmc": lambda: HamiltonianMonteCarlo(models.positive_and_vector, num_leapfrog_steps=3),
}


def fields_of(kernel):
    if isinstance(kernel, TFPKernel):
        return ("z_grad", "kernel_results", "adapt_state")
    known = {column.name.split(".")[0] for column in kernel.columns}
    return tuple(name for name in ("z_grad", "r", "direction", "adapt_state") if name in known)


def assert_equal_runs(one, two):
    num_rows = one.plan.num_rows
    names = (*one.plan.collected_fields, *one.default_field_names())
    for found, expected in (
        (one.samples(num_rows), two.samples(num_rows)),
        (one.fields(names, num_rows), two.fields(names, num_rows)),
        (one.statistics(num_rows), two.statistics(num_rows)),
    ):
        np.testing.assert_equal(found, expected)
    assert one.last_state().potential_energy.tolist() == two.last_state().potential_energy.tolist()


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("when", [0, 1, 37, 101, 160, 161, 207])
@pytest.mark.parametrize("thinning", [1, 4])
def test_a_restored_chain_goes_on_as_if_nothing_had_happened(name, when, thinning):
    """In the middle of warmup and of sampling, at their border, and within a row of a record."""
    options = {"thinning": thinning, "collect_warmup": True}
    kernel = SAMPLERS[name]()
    options["extra_fields"] = fields_of(kernel)
    whole, broken = start_run(kernel, **options), start_run(kernel, **options)
    for chain in whole.chains:
        chain.advance(0, NUM_WARMUP + NUM_SAMPLES)
    snapshots = []
    for chain in broken.chains:
        chain.advance(0, when)
        snapshots.append(pickle.dumps(chain.snapshot()))
        chain.advance(when, NUM_WARMUP + NUM_SAMPLES)  # what comes later does not change it
    fresh = start_run(SAMPLERS[name](), **options)
    for chain, snapshot in zip(fresh.chains, snapshots):
        chain.restore(pickle.loads(snapshot))
        assert chain.num_done == when
        chain.advance(chain.num_done, NUM_WARMUP + NUM_SAMPLES)
    assert_equal_runs(fresh, whole)
    assert_equal_runs(broken, whole)


@pytest.mark.parametrize("name", ["nuts", "random walk"])
def test_rows_are_restored_piece_by_piece(name):
    fields = fields_of(SAMPLERS[name]())
    whole, broken = (start_run(SAMPLERS[name](), extra_fields=fields) for _ in range(2))
    pieces = []
    for chain, other in zip(whole.chains, broken.chains):
        chain.advance(0, NUM_WARMUP + NUM_SAMPLES)
        first_row, pieces_of_chain = 0, []
        for start, stop in ((0, 90), (90, 175), (175, 200), (200, 203)):
            other.advance(start, stop)
            pieces_of_chain.append(other.snapshot(first_row))
            first_row = pieces_of_chain[-1].num_rows
        assert [piece.num_rows for piece in pieces_of_chain] == [0, 15, 40, 43]
        assert len(pieces_of_chain[-1].rows["q"]) == 3, "only what is new"
        pieces.append(pieces_of_chain)
    fresh = start_run(SAMPLERS[name](), extra_fields=fields)
    for chain, pieces_of_chain in zip(fresh.chains, pieces):
        for piece in pieces_of_chain:
            chain.restore(piece)
        chain.advance(chain.num_done, NUM_WARMUP + NUM_SAMPLES)
    assert_equal_runs(fresh, whole)


def test_a_snapshot_shares_nothing_with_its_chain():
    run = start_run(SAMPLERS["dense"]())
    chain = run.chains[0]
    chain.advance(0, 100)
    snapshot = chain.snapshot()
    before = pickle.dumps(snapshot)
    chain.advance(100, 200)
    assert pickle.dumps(snapshot) == before
    chain.restore(snapshot)
    chain.advance(100, 200)
    assert pickle.dumps(snapshot) == before


def test_scratch_is_not_in_a_snapshot():
    run = start_run(SAMPLERS["nuts"]())
    assert run.chains[0].snapshot().state.work.spans is None


def test_a_snapshot_that_was_changed_a_little_is_noticed_by_the_draws():
    """The checks above can fail: a position that is a little off gives other draws."""
    whole, other = (start_run(SAMPLERS["nuts"]()) for _ in range(2))
    for run in (whole, other):
        run.chains[0].advance(0, 150)
    snapshot = other.chains[0].snapshot()
    q = snapshot.state.work.points[0]
    q[0] += 1e-9
    other.chains[0].restore(snapshot)
    for run in (whole, other):
        run.chains[0].advance(150, NUM_WARMUP + NUM_SAMPLES)
    assert np.any(whole.chains[0].record.q != other.chains[0].record.q)


@pytest.mark.parametrize("when", [0, 7, 40])
def test_chains_in_python_are_restored_too(when):
    def start():
        plan = RunPlan(split(PRNGKey(5), 1), PRNGKey(6), 20, 40, 2, extra_fields=("energy",))
        return PythonWalk().start_run(plan)

    whole, broken, fresh = start(), start(), start()
    whole.chains[0].advance(0, 60)
    broken.chains[0].advance(0, when)
    snapshot = pickle.loads(pickle.dumps(broken.chains[0].snapshot()))
    assert snapshot.num_done == when
    fresh.chains[0].restore(snapshot)
    fresh.chains[0].advance(when, 60)
    np.testing.assert_equal(fresh.samples(20), whole.samples(20))
    assert fresh.chains[0].num_done == 60


@pytest.mark.parametrize("stops", [[220], [1, 99, 100, 101, 130, 220], range(1, 221)])
def test_an_algorithm_learns_once_when_a_window_has_ended(stops):
    """Wherever blocks begin, and after all of the window."""
    calls = []

    def watched(options, work, state, phases, num_done):
        calls.append((num_done, state.num_collected))
        return nuts.ALGORITHM.learn(options, work, state, phases, num_done)

    class Watched(NUTS):
        algorithm = replace(nuts.ALGORITHM, learn=watched)

    def model():
        lp.sample("x", dist.Normal(0.0, np.array([1.0, 100.0])).to_event(1))

    run = start_run(Watched(model, adaptation="welford"), num_warmup=200, extra_fields=())
    chain = run.chains[0]
    for start, stop in zip([0, *stops], stops):
        chain.advance(start, stop)
    assert calls == [(100, 25), (150, 50)]
    np.testing.assert_allclose(chain.work.metric.diagonal, [1.0, 1e4], rtol=0.7)
