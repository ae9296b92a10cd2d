"""Runs that go on behind their user: progress, draws made so far, stop, wait, errors, Ctrl-C."""

import os
import threading
import time
import warnings

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl.errors import ArgumentError, LightPPLError, LightPPLWarning, SiteNameError
from lightppl.infer import MCMC, NUTS
from lightppl.infer.mcmc import execution as execution_module
from lightppl.infer.mcmc.execution import Execution
from lightppl.random import as_generator
from tests.infer.mcmc import models
from tests.infer.mcmc.test_kept_draws import Failing, interrupt_after, interrupts_reach_python
from tests.infer.mcmc.test_python_run import RandomWalk

__all__ = ["interrupts_reach_python"]


def make(kernel=None, num_samples=200, num_chains=2, **options):
    return MCMC(
        NUTS(models.normal_mean) if kernel is None else kernel, num_warmup=100,
        num_samples=num_samples, num_chains=num_chains, progress_bar=False, **options,
    )  # fmt: skip


def wait_for_draws(handle, num_draws=1, seconds=20.0):
    began = time.monotonic()
    while handle.progress.num_draws < num_draws:
        assert time.monotonic() - began < seconds, "there are no draws"
        assert not handle.wait(timeout=0.02), "it has ended"


@pytest.mark.parametrize("kernel", [None, RandomWalk()])
def test_a_started_run_gives_the_draws_of_run(kernel):
    args = (models.Y,) if kernel is None else ()
    started, ran = make(kernel), make(kernel)
    handle = started.start(3, *args)
    assert handle.wait() and handle.wait(timeout=0.0)
    ran.run(3, *args)
    for samples in (started.get_samples(), handle.samples()):
        np.testing.assert_array_equal(
            samples if kernel else samples["mu"],
            ran.get_samples() if kernel else ran.get_samples()["mu"],
        )
    assert started.get_statistics().keys() == ran.get_statistics().keys()
    progress = handle.progress
    assert progress.stage == "ended" and progress.num_done == (300, 300)
    assert progress.num_draws == 200 and not handle.is_running
    time.sleep(0.02)
    assert handle.progress.seconds == progress.seconds, "its clock has stopped"


def test_a_run_that_was_broken_off_before_it_noted_its_end_hinders_no_other(monkeypatch):
    def broken_off(_):
        raise KeyboardInterrupt

    mcmc = make()
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Execution, "_end", broken_off)
        mcmc.run(3, models.Y)
    mcmc.run(3, models.Y)
    assert len(mcmc.get_samples()["mu"]) == 400


def test_a_run_whose_thread_the_system_refuses_hinders_no_other(monkeypatch):
    def refused(_):
        raise RuntimeError("can't start new thread")

    mcmc = make()
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="new thread"):
        patch.setattr(threading.Thread, "start", refused)
        mcmc.start(3, models.Y)
    assert mcmc.start(3, models.Y).wait()


@pytest.mark.parametrize("kernel", [None, RandomWalk()])
def test_draws_made_so_far_are_the_first_of_the_run_and_stop_keeps_them(kernel):
    args = (models.Y,) if kernel is None else ()
    mcmc, whole = make(kernel, num_samples=3_000_000), make(kernel, num_samples=300)
    handle = mcmc.start(5, *args)
    wait_for_draws(handle, 1)
    early = handle.samples(group_by_chain=True)
    with pytest.raises(LightPPLError, match="has not ended.*samples.*wait"):
        mcmc.get_samples()
    with pytest.raises(LightPPLError, match="started and has not ended"):
        mcmc.run(5, *args)
    assert handle.progress.stage == "sampling"
    with pytest.warns(LightPPLWarning, match="Stopped: .* draws of . of 2 chains are kept"):
        handle.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert handle.wait(), "said once"
    whole.run(5, *args)
    known, kept = whole.get_samples(group_by_chain=True), mcmc.get_samples(group_by_chain=True)
    if kernel is None:
        early, known, kept = early["mu"], known["mu"], kept["mu"]
    for found in (early, kept):
        num = min(found.shape[1], 300)
        np.testing.assert_array_equal(found[:, :num], known[: len(found), :num])
    assert early.shape[1] <= kept.shape[1] < 3_000_000


def test_start_returns_at_once_and_the_caller_goes_on():
    release = threading.Event()

    class Slow(RandomWalk):
        def init(self, *args):
            release.wait(20)
            return super().init(*args)

    handle = make(Slow(), num_chains=1).start(0)
    assert handle.is_running and handle.samples() == {} and not handle.wait(timeout=0.01)
    assert handle.progress.num_draws == 0 and handle.progress.stage in ("preparing", "warmup")
    release.set()
    assert handle.wait() and len(handle.samples()) == 200


def test_a_run_that_is_stopped_before_it_has_draws_keeps_none():
    mcmc = make(num_samples=10)
    mcmc.num_warmup = 3_000_000
    handle = mcmc.start(0, models.Y)
    with pytest.warns(LightPPLWarning, match="Stopped: 0 of 10 draws"):
        handle.stop()
    assert handle.samples() == {} and handle.progress.stage == "ended"
    with pytest.raises(LightPPLError, match="call run first"):
        mcmc.get_samples()
    mcmc.num_warmup = 100
    mcmc.run(0, models.Y)
    assert mcmc.get_samples()["mu"].shape == (20,)


def test_errors_appear_where_somebody_waits_and_draws_are_kept():
    mcmc = MCMC(
        Failing(2, 3), num_warmup=0, num_samples=50, num_chains=3, progress_bar=False
    )  # fmt: skip
    handle = mcmc.start(1)
    for _ in range(2):
        with warnings.catch_warnings(), pytest.raises(ZeroDivisionError, match="planted"):
            warnings.simplefilter("ignore")
            handle.wait()
    assert mcmc.get_samples(group_by_chain=True).shape == (2, 50)


def test_errors_of_the_model_appear_where_somebody_waits():
    mcmc = make()
    handle = mcmc.start(0, np.array([np.nan]))
    with pytest.raises(LightPPLError, match="y"):
        handle.wait()
    assert handle.progress.stage == "ended" and handle.samples() == {}
    with pytest.raises(ArgumentError):
        mcmc.start(-1, models.Y)
    mcmc.run(0, models.Y)
    assert mcmc.get_samples()["mu"].shape == (400,)


def test_warnings_of_a_started_run_point_at_the_line_of_start():
    def undrawn():
        x = lp.sample("x", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(0.0 if float(x.item()) > 0 else 1.0, 1.0), obs=0.3)

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        make(NUTS(undrawn), num_samples=5).start(0).wait()
    assert found and {warning.filename for warning in found} == {__file__}


def test_a_generator_advances_before_start_returns():
    rng, other = as_generator(4), as_generator(4)
    mcmc, expected = make(), make()
    handle = mcmc.start(rng, models.Y)
    expected.run(other, models.Y)
    assert rng.bit_generator.state["state"]["state"].tolist() == (
        other.bit_generator.state["state"]["state"].tolist()
    )
    handle.wait()
    np.testing.assert_array_equal(mcmc.get_samples()["mu"], expected.get_samples()["mu"])


def test_settings_of_the_caller_hold_in_a_started_run():
    seen = []

    class Looking(RandomWalk):
        def sample(self, *args):
            seen.append(lp.settings.is_validation_enabled())
            return super().sample(*args)

    with lp.settings.validation_enabled(False):
        handle = make(Looking(), num_chains=1).start(0)
    handle.wait()
    assert seen and not any(seen)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_ends_a_wait_and_not_the_run(interrupts_reach_python):
    mcmc = make(num_samples=3_000_000)
    handle = mcmc.start(0, models.Y)
    timer = interrupt_after(0.3)
    with pytest.raises(KeyboardInterrupt):
        handle.wait()
    timer.join()
    before = handle.progress.num_done
    wait_for_draws(handle)
    assert handle.is_running and handle.progress.num_done >= before
    with pytest.warns(LightPPLWarning, match="Stopped"):
        handle.stop()


def test_many_may_wait_for_one_run():
    handle = make(num_samples=2000).start(0, models.Y)
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(handle.wait())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ended == [True] * 5


def test_only_the_sites_that_are_asked_for_are_kept():
    everything, some = make(), make(save_sites=["twice"])
    everything.run(0, models.Y)
    some.run(0, models.Y)
    assert set(some.get_samples()) == {"twice"}
    np.testing.assert_array_equal(some.get_samples()["twice"], everything.get_samples()["twice"])
    assert some.last_state.z.keys() == {"mu"}


def test_sites_to_keep_must_exist_and_leave_no_doubt():
    with pytest.raises(SiteNameError, match="save_sites names 'nu', but the draws are of 'mu'"):
        make(save_sites=("mu", "nu")).run(0, models.Y)
    with pytest.raises(ArgumentError, match="save_sites must be"):
        make(save_sites=3)
    with pytest.raises(ArgumentError, match="save_sites or postprocess_fn"):
        make(save_sites=("mu",), postprocess_fn=lambda z: z)


def test_the_first_waiter_wakes_the_next(monkeypatch):
    monkeypatch.setattr(execution_module, "LOOK_SECONDS", 30.0)
    handle = make().start(0, models.Y)
    began = time.monotonic()
    thread = threading.Thread(target=handle.wait)
    thread.start()
    handle.wait()
    thread.join(20)
    assert time.monotonic() - began < 20


OTHER_Y = np.array([8.0, 9.5, 7.0, 9.1, 8.8, 10.2, 9.3])


def test_a_run_after_warmup_may_have_other_data():
    mcmc = make(num_samples=4000, num_chains=4)
    mcmc.warmup(1, models.Y)
    step_size = mcmc.post_warmup_state.adapt_state.step_size
    start = mcmc.post_warmup_state.z["mu"]
    mcmc.run(2, OTHER_Y, extra_fields=("adapt_state.step_size", "i"))
    found = mcmc.get_samples(group_by_chain=True)["mu"]
    mean, sd = models.normal_mean_posterior(OTHER_Y)
    error = sd / np.sqrt(4000)
    assert abs(found[:, 50:].mean() - mean) < 6 * error
    assert abs(found[:, 50:].std() - sd) < 6 * error
    fields = mcmc.get_extra_fields(group_by_chain=True)
    np.testing.assert_array_equal(fields["adapt_state.step_size"][:, 0], step_size)
    assert np.all(fields["i"][:, 0] == 101) and start.shape == (4,)
    # the energy of each draw is that of the density of the new data
    mcmc.run(2, OTHER_Y, extra_fields=("potential_energy",))
    mu = mcmc.get_samples()["mu"]
    U = -dist.Normal(1.0, 3.0).log_prob(mu)
    U = U - dist.Normal(mu[:, None], 2.0).log_prob(OTHER_Y).sum(axis=1)
    np.testing.assert_allclose(mcmc.get_extra_fields()["potential_energy"], U, rtol=1e-10)


def by_group(y):
    with lp.plate("groups", len(y)):
        mu = lp.sample("mu", dist.Normal(0.0, 1.0))
        lp.sample("y", dist.Normal(mu, 1.0), obs=y)


def test_a_run_after_warmup_must_have_as_many_unknowns():
    mcmc = make(NUTS(by_group))
    mcmc.warmup(1, models.Y)
    with pytest.raises(LightPPLError, match="'mu' has unconstrained shape .7,., but was given 5"):
        mcmc.run(2, OTHER_Y)


@pytest.mark.parametrize("num_chains", [1, 3])
def test_runs_one_after_the_other_go_on_from_the_last_state(num_chains):
    mcmc = make(num_samples=50, num_chains=num_chains)
    mcmc.run(1, models.Y)
    before = mcmc.last_state
    pieces = []
    for _ in range(2):
        mcmc.post_warmup_state = mcmc.last_state
        mcmc.run(mcmc.post_warmup_state.rng_key, models.Y, extra_fields=("i",))
        pieces.append(mcmc.get_samples(group_by_chain=True)["mu"])
        np.testing.assert_array_equal(np.atleast_1d(mcmc.last_state.z["mu"]), pieces[-1][:, -1])
    np.testing.assert_array_equal(
        mcmc.last_state.adapt_state.step_size, before.adapt_state.step_size
    )
    assert np.all(mcmc.get_extra_fields(True)["i"][:, 0] == 201)
    assert not np.array_equal(*pieces)
