"""Running chains: blocks, threads, errors and Ctrl-C, with chains that only count."""

import threading
import time

import pytest

from lightppl.infer.mcmc import chains as chains_module
from lightppl.infer.mcmc.chains import ChainsProgress, in_threads, run_chains
from lightppl.infer.mcmc.progress import ProgressDisplay
from lightppl.settings import is_validation_enabled, validation_enabled

QUIET = ProgressDisplay(False, 0)


def run(chains, num_iterations, *, num_threads, **options):
    """Run chains and return their `ChainsProgress`."""
    progress = ChainsProgress(chains, num_iterations)
    run_chains(progress, run_leg=in_threads(num_threads), display=QUIET, **options)
    return progress


class CountingChain:
    """Remembers its blocks; may fail or be slow."""

    def __init__(self, fail_at=None, seconds=0.0):
        self.fail_at, self.seconds = fail_at, seconds
        self.blocks, self.threads, self.num_done = [], set(), 0

    def advance(self, start, stop):
        self.blocks.append((start, stop))
        self.threads.add(threading.current_thread())
        time.sleep(self.seconds * (stop - start))
        if self.fail_at is not None and start <= self.fail_at < stop:
            raise self.error()
        self.num_done = stop

    error = ValueError

    def describe(self):
        return "counting"


class InterruptedChain(CountingChain):
    error = KeyboardInterrupt


@pytest.mark.parametrize("num_threads", [0, 1, 2, 5])
def test_blocks_tile_the_iterations_in_order(num_threads):
    chains = [CountingChain() for _ in range(3)]
    progress = run(chains, 1000, num_threads=num_threads)
    assert progress.num_done == [1000] * 3 and not progress.was_interrupted
    for chain in chains:
        ends = [stop for _, stop in chain.blocks]
        assert [start for start, _ in chain.blocks] == [0, *ends[:-1]] and ends[-1] == 1000


def test_blocks_get_short_for_slow_chains_and_long_for_fast_ones():
    slow, fast = CountingChain(seconds=0.03), CountingChain()
    run([slow], 12, num_threads=1)
    run([fast], 100_000, num_threads=1)
    assert max(stop - start for start, stop in slow.blocks) <= 4
    assert len(fast.blocks) < 12


def test_threads_are_no_more_than_asked_for():
    chains = [CountingChain(seconds=1e-3) for _ in range(6)]
    run(chains, 10, num_threads=2)
    assert len(set().union(*(chain.threads for chain in chains))) == 2
    run(chains[:1], 20, num_threads=0)
    assert threading.current_thread() in chains[0].threads


@pytest.mark.parametrize("num_threads", [0, 2])
def test_an_error_in_a_chain_stops_the_others_between_blocks(num_threads):
    chains = [CountingChain(seconds=1e-3), CountingChain(fail_at=5), CountingChain(seconds=1e-3)]
    num_iterations = 10_000 if num_threads else 20
    progress = run(chains, num_iterations, num_threads=num_threads)
    assert set(progress.errors) == {1} and isinstance(progress.errors[1], ValueError)
    assert progress.num_done[1] <= 5 and not progress.was_interrupted
    assert sum(progress.num_done) < 3 * num_iterations
    for chain, num_done in zip(chains[::2], progress.num_done[::2]):
        assert num_done == (chain.blocks[-1][1] if chain.blocks else 0)


def test_an_interrupt_in_the_calling_thread_tells_what_was_done():
    chains = [CountingChain(), InterruptedChain(fail_at=500)]
    progress = run(chains, 1000, num_threads=0)
    assert progress.was_interrupted and not progress.errors
    assert progress.num_done[0] == 1000 and progress.num_done[1] <= 500


class BusyChain(CountingChain):
    """Knows whether it is in the middle of a block, and takes its time."""

    is_busy = False

    def advance(self, start, stop):
        self.is_busy = True
        super().advance(start, stop)
        time.sleep(0.15)
        self.is_busy = False


def run_with_interrupts(monkeypatch, interrupt):
    """Run two busy chains while Ctrl-C comes where the fault says."""
    chains = [BusyChain(), BusyChain()]
    interrupt()
    progress = run(chains, 10_000, num_threads=2)
    monkeypatch.undo()
    assert progress.was_interrupted
    assert not any(chain.is_busy for chain in chains), "a chain still runs"
    blocks = [len(chain.blocks) for chain in chains]
    time.sleep(0.2)
    assert [len(chain.blocks) for chain in chains] == blocks, "a chain went on"
    for chain, num_done in zip(chains, progress.num_done):
        assert num_done == (chain.blocks[-1][1] if chain.blocks else 0)
    return progress


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("which", [0, 1])
def test_ctrl_c_while_threads_start_keeps_what_was_done(monkeypatch, when, which):
    start, calls = threading.Thread.start, []

    def interrupted_start(thread):
        calls.append(thread)
        if len(calls) - 1 == which and when == "before":
            raise KeyboardInterrupt
        start(thread)
        if len(calls) - 1 == which:
            time.sleep(0.05)
            raise KeyboardInterrupt

    run_with_interrupts(
        monkeypatch, lambda: monkeypatch.setattr(threading.Thread, "start", interrupted_start)
    )


@pytest.mark.parametrize("num_interrupts", [1, 2, 4])
def test_ctrl_c_returns_when_no_chain_is_in_a_block(monkeypatch, num_interrupts):
    wait, calls = chains_module._wait_for_news, []

    def interrupted_wait(news):
        calls.append(news)
        if 2 <= len(calls) < 2 + num_interrupts:
            raise KeyboardInterrupt
        wait(news)

    run_with_interrupts(
        monkeypatch, lambda: monkeypatch.setattr(chains_module, "_wait_for_news", interrupted_wait)
    )
    assert len(calls) >= 2 + num_interrupts


def test_ctrl_c_gives_up_when_blocks_take_too_long(monkeypatch):
    monkeypatch.setattr(chains_module, "PATIENCE_SECONDS", 0.05)

    def interrupted_wait(news):
        time.sleep(0.02)
        raise KeyboardInterrupt

    monkeypatch.setattr(chains_module, "_wait_for_news", interrupted_wait)
    chain = CountingChain(seconds=0.2)
    with pytest.raises(KeyboardInterrupt):
        run([chain], 2, num_threads=1)


@pytest.mark.parametrize("num_startable", [0, 1, 2])
def test_threads_that_cannot_start_leave_their_work_to_the_others(monkeypatch, num_startable):
    start, calls = threading.Thread.start, []

    def limited_start(thread):
        calls.append(thread)
        if len(calls) > num_startable:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited_start)
    chains = [CountingChain() for _ in range(5)]
    progress = run(chains, 100, num_threads=3)
    assert progress.num_done == [100] * 5 and not progress.errors
    (remark,) = progress.remarks
    assert f"Only {num_startable} of 3 threads could be started" in remark


def test_threads_see_the_context_of_the_caller():
    seen = []

    class Looking(CountingChain):
        def advance(self, start, stop):
            seen.append(is_validation_enabled())

    with validation_enabled(False):
        run([Looking(), Looking()], 1, num_threads=2)
    assert seen == [False, False]


def test_no_iterations_is_no_work():
    progress = run([CountingChain()], 0, num_threads=1)
    assert progress.num_done == [0] and not progress.was_interrupted


@pytest.mark.parametrize("num_threads", [0, 2])
def test_chains_meet_at_each_goal(num_threads):
    chains, seen = [CountingChain(seconds=k * 1e-4) for k in range(3)], []

    def look(goal):
        seen.append((goal, [chain.num_done for chain in chains]))
        return False

    progress = run(chains, 100, num_threads=num_threads, goals=[10, 35], is_enough=look)
    assert seen == [(10, [10] * 3), (35, [35] * 3)]
    assert progress.num_done == [100] * 3 and progress.goal == 100 and not progress.is_enough


def test_enough_at_a_goal_ends_the_run_there():
    chains = [CountingChain() for _ in range(3)]
    progress = run(chains, 100, num_threads=2, goals=[10, 35, 70], is_enough=lambda x: x == 35)
    assert progress.num_done == [35] * 3 and progress.goal == 35 and progress.is_enough
    assert not progress.ended_early


def test_ctrl_c_between_goals_ends_the_run_there():
    def interrupt(goal):
        raise KeyboardInterrupt

    chains = [CountingChain(), CountingChain()]
    progress = run(chains, 100, num_threads=2, goals=[10], is_enough=interrupt)
    assert progress.was_interrupted and progress.num_done == [10, 10]


@pytest.mark.parametrize("num_threads", [0, 2])
def test_a_request_from_another_thread_stops_all_chains_between_blocks(num_threads):
    chains = [CountingChain(seconds=1e-3) for _ in range(3)]
    progress = ChainsProgress(chains, 10_000)
    timer = threading.Timer(0.2, progress.request_stop)
    timer.start()
    run_chains(progress, run_leg=in_threads(num_threads), display=QUIET)
    timer.join()
    assert progress.was_stopped and progress.ended_early and not progress.was_interrupted
    assert 0 < progress.num_done[0] < 10_000
    assert progress.num_done == [chain.num_done for chain in chains]


def test_restored_chains_go_on_where_they_are():
    chains = [CountingChain(), CountingChain(), CountingChain()]
    chains[0].num_done, chains[1].num_done = 60, 100
    progress = run(chains, 100, num_threads=2, goals=[50], is_enough=lambda goal: False)
    assert progress.num_done == [100] * 3
    assert chains[0].blocks[0][0] == 60 and chains[1].blocks == []


def test_after_each_block_somebody_is_told():
    told = []
    chains = [CountingChain(), CountingChain()]
    progress = ChainsProgress(chains, 50)
    progress.after_block = lambda index: told.append((index, chains[index].num_done))
    run_chains(progress, run_leg=in_threads(1), display=QUIET)
    assert told == [(c, stop) for c in range(2) for _, stop in chains[c].blocks]
