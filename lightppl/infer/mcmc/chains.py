"""Running chains: in threads that never hold the GIL, in blocks, until done or until Ctrl-C.

Chains are those of `run`: what is used here is ``advance(start, stop)``, ``num_done`` and
``describe()``.  Compiled chains run in worker threads while the calling thread draws progress and
listens to Ctrl-C; chains in Python run in the calling thread.

A run has *goals*: numbers of iterations at which all chains meet, so that what is decided there
(whether there are enough draws) depends on draws alone, and not on how fast each chain is.

Whatever ends a run early (Ctrl-C, a request, an error in one chain) ends it between blocks:
`run_chains` returns when no chain is in the middle of one, and tells how far each of them is.
"""

import queue
import threading
import time
from contextlib import suppress
from contextvars import copy_context
from dataclasses import field

from lightppl.infer.mcmc.blas_threads import single_threaded_blas
from lightppl.records import record

BLOCK_SECONDS = 0.05
"""Duration of a block: short enough for progress and Ctrl-C, long against its overhead."""

FIRST_BLOCK = 4
MOST_GROWTH = 8.0
"""Factor from one block to the next, at most: the first iterations say little about the next."""

REFRESH_SECONDS = 0.1

PATIENCE_SECONDS = 5.0
"""Ctrl-C waits for the blocks that are running; after so long, another Ctrl-C gives up."""


def no_action(index):
    """Do nothing after a block."""


@record(frozen=False)
class ChainsProgress:
    """How far the chains of a run are; shared between threads.

    Attributes
    ----------
    chains : list of chains
    num_iterations : int
        Of each chain.
    goal : int
        How many iterations each chain does before all of them meet.
    num_done : list of int
        Iterations done by each chain; at the start those of a chain that was restored.
    block_lengths : list of int
        Iterations of the next block of each chain.
    first_blocks : list of (int, float), or None
        For each chain how many iterations its first block had and when it ended, in seconds of
        `time.time`: what comes before, such as compilation, says nothing about its speed.
    errors : dict of int to Exception
        What ended a chain.
    was_interrupted : bool
        Whether Ctrl-C ended the run.
    was_stopped : bool
        Whether somebody asked for its end, with `request_stop`.
    is_enough : bool
        Whether the run ended at a goal because there were enough draws.
    is_stopping : bool
        Whether no chain may begin another block.
    remarks : list of str
        What went wrong without ending the run.
    after_block : callable
        Called with the index of a chain after each of its blocks, in the thread that runs it.
    """

    chains: list
    num_iterations: int
    goal: int = field(init=False)
    num_done: list = field(init=False)
    block_lengths: list = field(init=False)
    first_blocks: list = field(init=False)
    errors: dict = field(default_factory=dict)
    was_interrupted: bool = False
    was_stopped: bool = False
    is_enough: bool = False
    is_stopping: bool = False
    remarks: list = field(default_factory=list)
    after_block: object = no_action

    def __post_init__(self):
        self.goal = self.num_iterations
        self.num_done = [getattr(chain, "num_done", 0) for chain in self.chains]
        self.block_lengths = [FIRST_BLOCK] * len(self.chains)
        self.first_blocks = [None] * len(self.chains)

    def request_stop(self):
        """End the run after the blocks that are running now; from any thread."""
        self.was_stopped = self.is_stopping = True

    @property
    def ended_early(self):
        """Whether something else than the plan ended the run."""
        return self.was_interrupted or self.was_stopped or bool(self.errors)


@record(frozen=False)
class Worker:
    """What a thread has reached, in plain attributes, and a queue that wakes who waits for it.

    Ctrl-C may arrive anywhere in the calling thread, also inside of Python's own waiting.  Python
    3.11 then takes a thread for ended in ``join`` and ``is_alive``, and the lock of an Event or a
    Condition is left in the wrong state.  The queue is safe, being one call of C; a message that is
    lost all the same costs no more than `REFRESH_SECONDS`.
    """

    progress: ChainsProgress
    waiting: queue.SimpleQueue
    news: queue.SimpleQueue
    has_begun: bool = False
    has_ended: bool = False


def run_chains(progress, *, run_leg, display, goals=(), is_enough=None):
    """Run all chains, until they are done, or Ctrl-C or an error in one of them stops all.

    Parameters
    ----------
    progress : ChainsProgress
        Overwritten.  Errors of chains are put into it, not raised: the draws of the other chains
        are good.
    run_leg : callable
        ``(progress, display)``, brings all chains to ``progress.goal``; from `in_threads`, or an
        `ExecutorLeg`.
    display : ProgressDisplay
    goals : sequence of int
        Increasing numbers of iterations at which chains meet, before the last one.
    is_enough : callable, optional
        Called with each of `goals` when all chains are there; True ends the run.

    Raises
    ------
    KeyboardInterrupt
        If blocks take long, and Ctrl-C is pressed again after `PATIENCE_SECONDS`.
    """
    with single_threaded_blas(), display:
        display.start()
        try:
            for goal in (*goals, progress.num_iterations):
                progress.goal = goal
                run_leg(progress, display)
                if progress.is_stopping or goal == progress.num_iterations:
                    break
                if is_enough(goal):
                    progress.is_enough = True
                    break
        except KeyboardInterrupt:  # between two legs, or of somebody who lost patience
            if progress.is_stopping:
                raise
            progress.was_interrupted = progress.is_stopping = True
        display.update(progress)


def in_threads(num_threads):
    """Return the function that brings chains to a goal in threads of this process.

    Parameters
    ----------
    num_threads : int
        0 runs them one after the other in the calling thread.
    """

    def run_leg(progress, display):
        if num_threads == 0:
            _run_here(progress, display)
        else:
            _run_in_threads(progress, display, num_threads)

    return run_leg


def _run_here(progress, display):
    for index in _unfinished(progress):
        if not progress.is_stopping:
            try:
                advance_chain(progress, index, lambda: display.update(progress))
            except KeyboardInterrupt:
                progress.was_interrupted = progress.is_stopping = True
            except Exception as error:
                progress.errors[index] = error
                progress.is_stopping = True


def _run_in_threads(progress, display, num_threads):
    waiting = queue.SimpleQueue()
    unfinished = _unfinished(progress)
    for index in unfinished:
        waiting.put(index)
    num_workers = min(num_threads, len(unfinished))
    news = queue.SimpleQueue()
    workers = [Worker(progress, waiting, news) for _ in range(num_workers)]
    try:
        num_started = _start(workers, progress)
        if num_started == 0:
            _run_here(progress, display)
        while not all(worker.has_ended for worker in workers[:num_started]):
            _wait_for_news(news)
            display.update(progress)
    except KeyboardInterrupt:
        progress.was_interrupted = progress.is_stopping = True
    _wait_for_blocks(workers, progress)


def _unfinished(progress):
    """Return the chains that are not at the goal yet."""
    return [c for c, num_done in enumerate(progress.num_done) if num_done < progress.goal]


def _start(workers, progress):
    """Start threads, and return how many of them the system allowed."""
    for count, worker in enumerate(workers):
        # Handlers and settings live in context variables, which an eager model needs to see.
        context = copy_context()
        try:
            threading.Thread(target=context.run, args=(_work, worker), daemon=True).start()
        except RuntimeError as error:
            progress.remarks.append(
                f"Only {count} of {len(workers)} threads could be started ({error}); the chains "
                "ran in those, or one after the other."
            )
            return count
    return len(workers)


def _wait_for_blocks(workers, progress):
    """Wait until no worker is in a block; no worker begins another one.

    A worker that has not begun yet need not be waited for: it will find that all is stopping.
    """
    began = time.monotonic()
    for worker in workers:
        while worker.has_begun and not worker.has_ended:
            try:
                _wait_for_news(worker.news)
            except KeyboardInterrupt:
                progress.was_interrupted = progress.is_stopping = True
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise


def _wait_for_news(news):
    """Wait until a worker ends, at most for `REFRESH_SECONDS`."""
    with suppress(queue.Empty):
        news.get(timeout=REFRESH_SECONDS)


def _work(worker):
    worker.has_begun = True  # before the look at is_stopping: who stops all may rely on it
    progress = worker.progress
    try:
        while not progress.is_stopping:
            index = worker.waiting.get_nowait()
            try:
                advance_chain(progress, index)
            except BaseException as error:  # it is raised again in the calling thread
                progress.errors[index] = error
                progress.is_stopping = True
    except queue.Empty:
        return
    finally:
        worker.has_ended = True
        worker.news.put(None)


def advance_chain(progress, index, after_block=lambda: None):
    """Advance one chain to the goal, in blocks that last about `BLOCK_SECONDS`.

    Parameters
    ----------
    progress : ChainsProgress
        Overwritten.
    index : int
        Of the chain.
    after_block : callable
        Called after each block, when it is known how far the chain is.
    """
    chain, start = progress.chains[index], progress.num_done[index]
    while start < progress.goal and not progress.is_stopping:
        length = progress.block_lengths[index]
        stop = min(start + length, progress.goal)
        began = time.perf_counter()
        try:
            chain.advance(start, stop)
        except BaseException:
            progress.num_done[index] = chain.num_done  # an error in the middle of a block
            raise
        seconds = time.perf_counter() - began
        if progress.first_blocks[index] is None:
            progress.first_blocks[index] = stop, time.time()
        factor = BLOCK_SECONDS * (stop - start) / max(seconds * length, 1e-9)
        factor = min(max(factor, 1.0 / MOST_GROWTH), MOST_GROWTH)
        progress.block_lengths[index] = max(1, int(length * factor))
        progress.num_done[index] = start = stop
        progress.after_block(index)
        after_block()
