"""Runs that end early, by Ctrl-C, an error or a broken terminal: what was drawn is kept."""

import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress

import numpy as np
import pytest

import lightppl as lp
from lightppl.errors import LightPPLError, LightPPLWarning
from lightppl.infer import MCMC, NUTS
from lightppl.infer.mcmc import progress as progress_module
from lightppl.infer.mcmc.chains import ChainsProgress
from lightppl.infer.mcmc.compiled import CompiledChain, CompiledRun
from lightppl.infer.mcmc.kept_draws import undisturbed
from tests.infer.mcmc import models
from tests.infer.mcmc.test_mcmc import draws, fit
from tests.infer.mcmc.test_python_run import RandomWalk


@pytest.fixture
def interrupts_reach_python():
    """Processes started in the background ignore Ctrl-C; here it must arrive."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interruption(seconds):
    """Return a thread that interrupts this process some time after its start."""
    return threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))


def interrupt_after(seconds):
    timer = interruption(seconds)
    timer.start()
    return timer


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_interrupt_keeps_the_draws_of_every_chain(interrupts_reach_python):
    lp.set_num_threads(2)
    fit(num_chains=2)
    timer = interrupt_after(0.5)
    with pytest.warns(LightPPLWarning, match="Interrupted: .* draws of 2 of 2 chains"):
        mcmc = fit(num_warmup=10, num_samples=4_000_000, num_chains=2)
    timer.join()
    lp.set_num_threads(None)
    kept = draws(mcmc)
    assert kept.shape[0] == 2 and 100 < kept.shape[1] < 4_000_000
    assert np.all(kept != 0.0), "no row that was never written"
    assert mcmc.get_extra_fields()["diverging"].shape == (kept.size,)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("is_second", [False, True])
def test_ctrl_c_while_draws_are_stored_waits_for_them(
    interrupts_reach_python, monkeypatch, is_second
):
    samples = CompiledRun.samples

    def interrupted_samples(run, num_rows):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return samples(run, num_rows)

    monkeypatch.setattr(CompiledRun, "samples", interrupted_samples)
    mcmc = MCMC(NUTS(models.normal_mean), num_warmup=20, num_samples=30, progress_bar=False)
    if is_second:
        always = property(lambda _: True, lambda *_: None)
        monkeypatch.setattr(ChainsProgress, "was_interrupted", always)
        with pytest.warns(LightPPLWarning, match="Interrupted"):
            mcmc.run(0, models.Y)
    else:
        with pytest.raises(KeyboardInterrupt):
            mcmc.run(0, models.Y)
    assert mcmc.get_samples()["mu"].shape == (30,)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_twice_while_draws_are_stored_is_obeyed(interrupts_reach_python):
    with pytest.raises(KeyboardInterrupt), undisturbed():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        pytest.fail("it went on")


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_interrupt_during_warmup_is_an_interrupt(interrupts_reach_python):
    fit()
    timer = interrupt_after(0.5)
    with pytest.raises(KeyboardInterrupt):
        fit(num_warmup=10_000_000, num_samples=10)
    timer.join()


class Failing(RandomWalk):
    """Fails in one chain, at one iteration."""

    def __init__(self, fail_at, chain, error=ZeroDivisionError):
        super().__init__()
        self.fail_at, self.chain, self.error = fail_at, chain, error
        self.num_started = self.num_done = 0

    def init(self, *args):
        self.num_started, self.num_done = self.num_started + 1, 0
        return super().init(*args)

    def sample(self, *args):
        self.num_done += 1
        if (self.num_started, self.num_done) == (self.chain, self.fail_at):
            raise self.error("planted")
        return super().sample(*args)


def failing(fail_at, chain, error=ZeroDivisionError, **options):
    return MCMC(
        Failing(fail_at, chain, error), num_warmup=0, num_samples=50, num_chains=3,
        progress_bar=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_in_one_chain_keeps_the_draws_of_the_others(error):
    mcmc, whole = failing(2, 3, error), failing(0, 0)
    whole.run(1)
    cause = "Chain 2 failed" if error is ZeroDivisionError else "Interrupted"
    with pytest.warns(LightPPLWarning, match=f"{cause}: 50 of 50 draws of 2 of 3 chains"):
        if error is ZeroDivisionError:
            with pytest.raises(error, match="planted"):
                mcmc.run(1)
        else:
            mcmc.run(1)
    found = mcmc.get_samples(group_by_chain=True)
    np.testing.assert_array_equal(found, whole.get_samples(group_by_chain=True)[:2])


@pytest.mark.filterwarnings("error")
def test_draws_are_stored_before_warnings_that_are_errors():
    mcmc = failing(2, 3, KeyboardInterrupt)
    with pytest.raises(LightPPLWarning, match="Interrupted"):
        mcmc.run(1)
    assert mcmc.get_samples(group_by_chain=True).shape == (2, 50)


def test_an_error_before_there_are_draws_is_just_that_error():
    mcmc = failing(1, 1)
    with pytest.raises(ZeroDivisionError, match="planted"):
        mcmc.run(1)
    with pytest.raises(LightPPLError, match="call run first"):
        mcmc.get_samples()


def test_an_error_in_one_thread_keeps_the_draws_of_the_others(monkeypatch):
    advance = CompiledChain.advance

    def failing_advance(chain, start, stop):
        advance(chain, start, stop)
        if chain.index == 1 and stop == 1000:
            time.sleep(0.2)  # the others are done
            raise ZeroDivisionError("planted")

    monkeypatch.setattr(CompiledChain, "advance", failing_advance)
    mcmc = MCMC(NUTS(models.normal_mean), num_warmup=500, num_samples=500, num_chains=3,
                progress_bar=False)  # fmt: skip
    lp.set_num_threads(3)
    with (
        pytest.warns(LightPPLWarning, match="Chain 1 failed: 500 of 500 draws of 2 of 3 chains"),
        pytest.raises(ZeroDivisionError, match="planted"),
    ):
        mcmc.run(0, models.Y)
    lp.set_num_threads(None)
    monkeypatch.undo()
    whole = draws(fit(num_warmup=500, num_samples=500, num_chains=3))
    np.testing.assert_array_equal(draws(mcmc), whole[[0, 2]])


@pytest.mark.parametrize(
    "options",
    [
        {"extra_fields": 5}, {"extra_fields": ("nonsense",)}, {"init_params": {"nu": 1.0}},
        {"rng_key": -1}, {"y": np.array([1.0, np.nan])},
    ],
)
def test_after_a_run_that_failed_there_are_no_draws_of_the_run_before(options):
    mcmc = fit()
    arguments = {"rng_key": 0, "y": models.Y, **options}
    with pytest.raises(LightPPLError):
        mcmc.run(**arguments)
    assert mcmc.last_state is None
    for use in (mcmc.get_samples, mcmc.get_extra_fields, mcmc.print_summary, mcmc.diagnostics):
        with pytest.raises(LightPPLError, match="call run first"):
            use()


def test_warmup_that_was_interrupted_is_nothing_to_go_on_from():
    mcmc = MCMC(Failing(20, 1, KeyboardInterrupt), num_warmup=50, num_samples=10,
                progress_bar=False)  # fmt: skip
    with pytest.warns(LightPPLWarning, match="Interrupted"):
        mcmc.warmup(0, collect_warmup=True)
    assert mcmc.post_warmup_state is None and 0 < len(mcmc.get_samples()) < 50


def test_unknown_fields_are_found_before_the_run(monkeypatch):
    monkeypatch.setattr(CompiledChain, "advance", None)
    with pytest.raises(LightPPLError, match="'z.nu'"):
        fit(run_options={"extra_fields": ("z.nu",)})


@pytest.mark.parametrize("stream", ["closed", "none"])
def test_a_run_needs_no_standard_error(monkeypatch, stream):
    closed = open(os.devnull, "w")
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed if stream == "closed" else None)
    mcmc = failing(2, 3)
    mcmc.progress_bar = True
    with warnings.catch_warnings(), pytest.raises(ZeroDivisionError):
        warnings.simplefilter("always")
        warnings.showwarning = lambda *args, **kwargs: print("shown", file=sys.stderr)
        mcmc.run(1)
    assert mcmc.get_samples(group_by_chain=True).shape == (2, 50)


def test_a_display_that_fails_is_told_after_the_run(monkeypatch):
    class Confused(RandomWalk):
        def get_diagnostics_str(self, state):
            raise KeyError("no words")

    monkeypatch.setattr(progress_module, "find_view", lambda: progress_module.View.BARS)
    monkeypatch.setattr(progress_module, "DELAY_SECONDS", 0.0)
    mcmc = MCMC(Confused(), num_warmup=0, num_samples=50)
    with pytest.warns(LightPPLWarning, match="Progress could not be drawn: KeyError: 'no words'"):
        mcmc.run(0)
    assert mcmc.get_samples().shape == (50,)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("seconds", [0.001, 0.02, 0.1, 0.3])
def test_after_ctrl_c_at_any_moment_the_next_run_is_as_good_as_new(
    interrupts_reach_python, monkeypatch, seconds
):
    """A longer version, compilation included, is in bench/interruptions.py.

    Python drops an interrupt that it gets in the callback of a weak reference, as those of threads.
    """
    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", lambda event: dropped.append(event.exc_type))
    mcmc = MCMC(NUTS(models.normal_mean), num_warmup=100, num_samples=3_000_000, num_chains=2,
                progress_bar=False)  # fmt: skip
    timer = interruption(seconds)
    with warnings.catch_warnings(), suppress(KeyboardInterrupt):
        warnings.simplefilter("ignore")
        timer.start()
        mcmc.run(0, models.Y)
        assert 0 < draws(mcmc).shape[1] < 3_000_000 or KeyboardInterrupt in dropped
    timer.join()
    mcmc.num_samples = 50
    mcmc.run(0, models.Y)
    np.testing.assert_array_equal(draws(mcmc), draws(fit(num_chains=2)))
