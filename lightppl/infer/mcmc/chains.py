"""Running chains: in threads that never hold the GIL, in blocks, until done or until Ctrl-C.

A *chain* has ``advance(start, stop)`` and ``describe()``.  Compiled chains run in worker threads
while the calling thread draws progress and listens to Ctrl-C; chains in Python run in the calling
thread.
"""

import queue
import threading
import time
from contextvars import copy_context

from lightppl.infer.mcmc.blas_threads import single_threaded_blas

BLOCK_SECONDS = 0.05
"""Duration of a block: short enough for progress and Ctrl-C, long against its overhead."""

FIRST_BLOCK = 4
REFRESH_SECONDS = 0.1


class ChainsProgress:
    """How far the chains of a run are; shared between threads.

    Attributes
    ----------
    num_done : list of int
        Iterations done by each chain.
    is_stopping : bool
        Set by Ctrl-C or by an error in one chain.
    """

    def __init__(self, chains, num_iterations):
        self.chains, self.num_iterations = chains, num_iterations
        self.num_done = [0] * len(chains)
        self.is_stopping = False
        self.error = None


def run_chains(chains, num_iterations, *, num_threads, display):
    """Run all chains and return how many iterations each of them did.

    Parameters
    ----------
    chains : list of chains
    num_iterations : int
    num_threads : int
        0 runs them one after the other in the calling thread.
    display : ProgressDisplay

    Returns
    -------
    num_done : list of int
    was_interrupted : bool
        Whether Ctrl-C ended the run; the draws made so far are kept.
    """
    progress = ChainsProgress(chains, num_iterations)
    with single_threaded_blas(), display:
        display.start(progress)
        if num_threads == 0:
            was_interrupted = _run_here(progress, display)
        else:
            was_interrupted = _run_in_threads(progress, display, num_threads)
        display.update(progress)
    if progress.error is not None:
        raise progress.error
    return progress.num_done, was_interrupted


def _run_here(progress, display):
    try:
        for index in range(len(progress.chains)):
            _run_chain(progress, index, lambda: display.update(progress))
    except KeyboardInterrupt:
        return True
    return False


def _run_in_threads(progress, display, num_threads):
    waiting = queue.SimpleQueue()
    for index in range(len(progress.chains)):
        waiting.put(index)
    workers = [
        # Handlers and settings live in context variables, which an eager model needs to see.
        threading.Thread(
            target=copy_context().run, args=(_work, progress, waiting), daemon=True
        )
        for _ in range(min(num_threads, len(progress.chains)))
    ]
    was_interrupted = False
    try:
        for worker in workers:
            worker.start()
        _watch(workers, progress, display)
    except KeyboardInterrupt:
        was_interrupted = True
        progress.is_stopping = True
        for worker in workers:
            worker.join()
    return was_interrupted


def _watch(workers, progress, display):
    for worker in workers:
        while worker.is_alive():
            worker.join(REFRESH_SECONDS)
            display.update(progress)


def _work(progress, waiting):
    try:
        while not progress.is_stopping:
            _run_chain(progress, waiting.get_nowait(), lambda: None)
    except queue.Empty:
        return
    except BaseException as error:  # it is raised again in the calling thread
        progress.error = error
        progress.is_stopping = True


def _run_chain(progress, index, after_block):
    """Advance one chain in blocks that last about `BLOCK_SECONDS`."""
    chain, length, start = progress.chains[index], FIRST_BLOCK, 0
    while start < progress.num_iterations and not progress.is_stopping:
        stop = min(start + length, progress.num_iterations)
        began = time.perf_counter()
        chain.advance(start, stop)
        seconds = time.perf_counter() - began
        progress.num_done[index] = start = stop
        # At most eight times longer: the first iterations say little about the next.
        factor = min(max(BLOCK_SECONDS / max(seconds, 1e-9), 0.125), 8.0)
        length = max(1, int(length * factor))
        after_block()
