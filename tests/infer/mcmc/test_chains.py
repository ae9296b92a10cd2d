"""Running chains: blocks, threads, errors and Ctrl-C, with chains that only count."""

import threading
import time

import pytest

from lightppl.infer.mcmc.chains import run_chains
from lightppl.infer.mcmc.progress import ProgressDisplay
from lightppl.settings import is_validation_enabled, validation_enabled

QUIET = ProgressDisplay(False, 0)


class CountingChain:
    """Remembers its blocks; may fail or be slow."""

    def __init__(self, fail_at=None, seconds=0.0):
        self.fail_at, self.seconds = fail_at, seconds
        self.blocks, self.threads = [], set()

    def advance(self, start, stop):
        self.blocks.append((start, stop))
        self.threads.add(threading.current_thread())
        time.sleep(self.seconds * (stop - start))
        if self.fail_at is not None and start <= self.fail_at < stop:
            raise self.error()

    error = ValueError

    def describe(self):
        return "counting"


class InterruptedChain(CountingChain):
    error = KeyboardInterrupt


@pytest.mark.parametrize("num_threads", [0, 1, 2, 5])
def test_blocks_tile_the_iterations_in_order(num_threads):
    chains = [CountingChain() for _ in range(3)]
    num_done, was_interrupted = run_chains(chains, 1000, num_threads=num_threads, display=QUIET)
    assert num_done == [1000] * 3 and not was_interrupted
    for chain in chains:
        ends = [stop for _, stop in chain.blocks]
        assert [start for start, _ in chain.blocks] == [0, *ends[:-1]] and ends[-1] == 1000


def test_blocks_get_short_for_slow_chains_and_long_for_fast_ones():
    slow, fast = CountingChain(seconds=0.03), CountingChain()
    run_chains([slow], 12, num_threads=1, display=QUIET)
    run_chains([fast], 100_000, num_threads=1, display=QUIET)
    assert max(stop - start for start, stop in slow.blocks) <= 4
    assert len(fast.blocks) < 12


def test_threads_are_no_more_than_asked_for():
    chains = [CountingChain(seconds=1e-3) for _ in range(6)]
    run_chains(chains, 10, num_threads=2, display=QUIET)
    assert len(set().union(*(chain.threads for chain in chains))) == 2
    run_chains(chains[:1], 10, num_threads=0, display=QUIET)
    assert threading.current_thread() in chains[0].threads


@pytest.mark.parametrize("num_threads", [0, 2])
def test_error_in_a_chain_is_raised_and_stops_the_others(num_threads):
    good = CountingChain(seconds=1e-3)
    with pytest.raises(ValueError):
        run_chains([CountingChain(fail_at=5), good], 10_000, num_threads=num_threads, display=QUIET)
    assert not good.blocks or good.blocks[-1][1] < 10_000


def test_interrupt_in_the_calling_thread_tells_what_was_done():
    chains = [CountingChain(), InterruptedChain(fail_at=500)]
    num_done, was_interrupted = run_chains(chains, 1000, num_threads=0, display=QUIET)
    assert was_interrupted and num_done[0] == 1000 and num_done[1] <= 500


def test_threads_see_the_context_of_the_caller():
    seen = []

    class Looking(CountingChain):
        def advance(self, start, stop):
            seen.append(is_validation_enabled())

    with validation_enabled(False):
        run_chains([Looking(), Looking()], 1, num_threads=2, display=QUIET)
    assert seen == [False, False]


def test_no_iterations_is_no_work():
    assert run_chains([CountingChain()], 0, num_threads=1, display=QUIET) == ([0], False)
