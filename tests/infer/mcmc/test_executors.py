"""Chains in the workers of executors: the draws of threads, lost workers, errors, Ctrl-C."""

import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.errors import ArgumentError, InitializationError, LightPPLError, LightPPLWarning
from lightppl.infer import HMC, MCMC, NUTS, SA, BarkerMH
from lightppl.infer.mcmc import executors as executors_module
from lightppl.infer.mcmc import shipping
from lightppl.infer.mcmc.executors import check_executor
from lightppl.infer.mcmc.plan import RunPlan
from lightppl.infer.mcmc.shipping import Answer, packed, run_task
from lightppl.infer.until import ESS
from lightppl.keys import Step
from tests.infer.mcmc import models
from tests.infer.mcmc.test_checkpoint import assert_same
from tests.infer.mcmc.test_python_run import RandomWalk


@pytest.fixture(scope="module")
def processes():
    """Two processes that begin from nothing, as on other machines."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


class HereAndNow(Executor):
    """Does what it is asked to at once, as another process would: what travels is pickled.

    May lose workers: the first tasks whose numbers are in `lost` fail with `error`.
    """

    def __init__(self, lost=(), error=BrokenProcessPool):
        self.tasks, self.lost, self.error = [], set(lost), error

    def submit(self, fn, /, *args, **kwargs):
        future, number = Future(), len(self.tasks)
        self.tasks.append(args[0])
        if number in self.lost:
            future.set_exception(self.error("planted"))
            return future
        try:
            fn, args = pickle.loads(pickle.dumps((fn, args)))
            future.set_result(pickle.loads(pickle.dumps(fn(*args, **kwargs))))
        except BaseException as error:
            future.set_exception(error)
        return future


class KilledWorker(Exception):
    """By its name the exception of dask."""


@pytest.fixture
def short_segments(monkeypatch):
    monkeypatch.setattr(executors_module, "SEGMENT_SECONDS", 0.0)


def make(kernel=None, num_samples=100, num_chains=3, **options):
    return MCMC(
        NUTS(models.normal_mean) if kernel is None else kernel, num_warmup=100,
        num_samples=num_samples, num_chains=num_chains, progress_bar=False, **options,
    )  # fmt: skip


def run(mcmc, *args, key=3, **options):
    mcmc.run(key, *(args or (models.Y,)), **options)
    return mcmc


@pytest.mark.parametrize("kernel", [NUTS, HMC, BarkerMH, SA])
def test_other_processes_give_the_draws_of_threads(processes, kernel):
    fields = {"extra_fields": ("r", "adapt_state", "i") if kernel in (NUTS, HMC) else ("i",)}
    found = run(make(kernel(models.normal_mean), executor=processes), **fields)
    expected = run(make(kernel(models.normal_mean)), **fields)
    assert_same(found, expected)
    np.testing.assert_array_equal(found.last_state.z["mu"], expected.last_state.z["mu"])
    for one in (found, expected):
        one.post_warmup_state = one.last_state
        run(one, key=4)
    assert_same(found, expected)


@pytest.mark.parametrize("make_executor", [HereAndNow, lambda: ThreadPoolExecutor(2)])
def test_chains_may_travel_as_often_as_they_like(short_segments, make_executor):
    with make_executor() as executor:
        found = run(make(executor=executor, thinning=3), extra_fields=("z_grad",))
    assert_same(found, run(make(thinning=3), extra_fields=("z_grad",)))
    if isinstance(executor, HereAndNow):
        assert len(executor.tasks) > 10
        assert sum(task.content is not None for task in executor.tasks) == 3, "once a chain"
        assert all(len(task.snapshot.rows["q"]) == 0 for task in executor.tasks)


def test_samplers_in_python_travel_to_the_end():
    executor = HereAndNow()
    found = make(RandomWalk(), executor=executor)
    found.run(3)
    expected = make(RandomWalk())
    expected.run(3)
    assert_same(found, expected)
    assert len(executor.tasks) == 3


def test_samplers_in_python_stop_when_there_are_enough_draws():
    found, expected = (
        make(RandomWalk(), num_samples=2000, executor=executor) for executor in (HereAndNow(), None)
    )
    for one in (found, expected):
        one.run(3, until=ESS(60))
    assert_same(found, expected)
    assert found.get_samples(True).shape[1] < 2000


def test_start_checkpoint_and_until_work_with_executors(processes, tmp_path, short_segments):
    options = {"until": ESS(100), "checkpoint": tmp_path / "draws"}
    found, expected = make(executor=processes, num_samples=3000), make(num_samples=3000)
    handle = found.start(3, models.Y, **options)
    handle.wait()
    run(expected, until=ESS(100))
    assert_same(found, expected)
    again = run(make(executor=HereAndNow(), num_samples=3000), **options)
    assert_same(again, expected)


def test_a_run_in_other_processes_can_be_stopped(processes, short_segments):
    mcmc, whole = make(executor=processes, num_samples=2_000_000, num_chains=2), make(num_chains=2)
    handle = mcmc.start(3, models.Y)
    while handle.progress.num_draws < 200:
        assert not handle.wait(timeout=0.05)
    early = handle.samples(group_by_chain=True)["mu"]
    with pytest.warns(LightPPLWarning, match="Stopped"):
        handle.stop()
    expected = run(whole).get_samples(True)["mu"]
    for found in (early, mcmc.get_samples(True)["mu"]):
        np.testing.assert_array_equal(found[:, :100], expected[: len(found)])


@pytest.mark.parametrize("error", [KilledWorker, BrokenProcessPool])
@pytest.mark.parametrize("lost", [{0}, {0, 1, 2}, {4}, {2, 5, 6}])
def test_chains_that_lose_their_worker_are_sent_again(monkeypatch, short_segments, lost, error):
    pools = []

    def new_pool(**options):
        pools.append(HereAndNow())
        return pools[-1]

    monkeypatch.setattr(executors_module, "_is_pool", lambda executor: True)
    monkeypatch.setattr(executors_module, "ProcessPoolExecutor", new_pool)
    executor = HereAndNow(lost, error)
    with pytest.warns(LightPPLWarning, match=rf"lost its worker \({error.__name__}\) and was sent"):
        found = run(make(executor=executor))
    assert_same(found, run(make()))
    assert len(pools) == (error is BrokenProcessPool)


def test_a_chain_that_loses_every_worker_is_an_error_in_the_end():
    executor = HereAndNow(range(3, 100), KilledWorker)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mcmc = make(executor=executor, num_chains=4)
        with pytest.raises(LightPPLError, match="Chain 3 lost its worker 4 times in a row"):
            run(mcmc)
    assert_same_first(mcmc, run(make(num_chains=4)), 3)


def assert_same_first(found, expected, num_chains):
    ours, theirs = (x.get_samples(True)["mu"] for x in (found, expected))
    np.testing.assert_array_equal(ours, theirs[:num_chains])


def kill_this_process(path):
    """Kill a worker, the first time that it is asked to."""
    if multiprocessing.parent_process() is not None and not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)


class Deadly(RandomWalk):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def sample(self, state, *args):
        kill_this_process(self.path)
        return super().sample(state, *args)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_pool_whose_process_is_killed_is_replaced(tmp_path):
    expected = make(RandomWalk())
    expected.run(3)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        mcmc = make(Deadly(str(tmp_path / "died")), executor=pool)
        with pytest.warns(LightPPLWarning, match=r"lost its worker \(BrokenProcessPool\)"):
            mcmc.run(3)
    assert (tmp_path / "died").exists()
    assert_same(mcmc, expected)


class Failing(RandomWalk):
    def sample(self, state, *args):
        if state.rng_key.path[0] == (Step.SPLIT, 1):
            raise ZeroDivisionError("planted")
        return super().sample(state, *args)


class StaysHere(Exception):
    """Cannot be pickled, not even by libraries that teach pickle about exceptions."""

    def __init__(self, words):
        super().__init__(words)
        self.lock = threading.Lock()


class FailingOddly(RandomWalk):
    def sample(self, state, *args):
        raise StaysHere("1 and 2")


def test_errors_of_chains_come_back_with_type_and_words():
    with pytest.raises(ZeroDivisionError, match="planted"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(Failing(), executor=HereAndNow()).run(3)
    with pytest.raises(LightPPLError, match="failed in its worker: StaysHere: 1 and 2"):
        make(FailingOddly(), executor=HereAndNow()).run(3)


def nowhere(y):
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    lp.factor("f", np.where(x > 100.0, 0.0, -np.inf))


def test_errors_of_models_come_before_anything_travels():
    executor = HereAndNow()
    with pytest.raises(InitializationError):
        run(make(NUTS(nowhere), executor=executor))
    assert executor.tasks == []


def test_what_cannot_be_pickled_is_named(monkeypatch):
    monkeypatch.setattr(shipping, "pickler", pickle)
    plan = RunPlan([], None, 1, 1, model_args=(1.0, threading.Lock()))
    with pytest.raises(ArgumentError, match="Argument 1 of the model cannot be sent"):
        packed(NUTS(models.normal_mean), plan)
    with pytest.raises(ArgumentError, match="The sampler, or its model, .*Install cloudpickle"):
        run(make(NUTS(lambda y: models.normal_mean(y)), executor=HereAndNow()))


def test_models_of_a_notebook_travel_with_cloudpickle():
    pytest.importorskip("cloudpickle", reason="cloudpickle is not installed")
    scale = 2.0

    def model(y):
        mu = lp.sample("mu", dist.Normal(1.0, 3.0))
        lp.sample("y", dist.Normal(mu, scale), obs=y)

    assert_same(run(make(NUTS(model), executor=HereAndNow())), run(make(NUTS(model))))


def test_handlers_around_a_run_do_not_travel():
    mcmc = make(executor=HereAndNow())
    with handlers.block(hide=["none"]):
        with pytest.raises(ArgumentError, match="inside of block, which the workers"):
            run(mcmc)


@pytest.mark.parametrize("wrong", [3, "threads", ThreadPoolExecutor])
def test_something_else_than_an_executor_is_refused(wrong):
    with pytest.raises(ArgumentError, match="executor must be a concurrent.futures.Executor"):
        make(executor=wrong)
    assert check_executor(None) is None


def test_a_worker_without_the_run_says_so():
    executor = HereAndNow()
    run(make(executor=executor))
    task = executor.tasks[-1]
    unknown = type(task)("unknown", 0, task.snapshot, 10, 1.0)
    assert run_task(unknown) == Answer(has_run=False)


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("distributed", reason="dask[distributed] is not installed")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        yield client


def test_a_dask_cluster_gives_the_draws_of_threads(dask_client):
    found = run(make(executor=dask_client.get_executor(), num_chains=4))
    assert_same(found, run(make(num_chains=4)))
    with pytest.raises(ArgumentError, match=r"pass client.get_executor\(\)"):
        make(executor=dask_client)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_dask_worker_that_is_killed_is_done_without(dask_client):
    expected = run(make(num_samples=600_000, num_chains=4))
    pids = dask_client.run(os.getpid)
    mcmc = make(num_samples=600_000, num_chains=4, executor=dask_client.get_executor())
    handle = mcmc.start(3, models.Y)
    time.sleep(0.3)
    assert handle.is_running
    os.kill(next(iter(pids.values())), signal.SIGKILL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        handle.wait()
    assert_same(mcmc, expected)
    assert set(dask_client.run(os.getpid).values()) != set(pids.values())
