"""Whole chains in the workers of an executor: other processes, or other machines.

What travels is a `ChainSnapshot`.  A worker makes the same run from the same plan, puts the chain
where the snapshot says, advances it for some seconds and sends back a snapshot with the new rows;
here they are put into the chain that the run of this process has of it.  So draws are those of
threads, bit by bit, whoever has which chain when, and everything else (fields, checkpoints, rules
for the end, Ctrl-C) sees no difference.

A worker that is lost loses the seconds since its last snapshot: the chain is sent again.

Legend: ``C`` chains.
"""

import dataclasses
import hashlib
import queue
import time
from concurrent.futures import (
    BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor, ThreadPoolExecutor,
)
from contextlib import suppress

from lightppl.arguments import shown
from lightppl.errors import ArgumentError, LightPPLError
from lightppl.infer.mcmc.chains import PATIENCE_SECONDS
from lightppl.infer.mcmc.shipping import Task, error_in, packed, run_task
from lightppl.language.stack import current_stack

SEGMENT_SECONDS = 2.0
"""How long a worker keeps a chain; chains of samplers in Python are kept to the end, because such a
sampler may keep things in itself between two transitions."""

MOST_LOSSES = 3
"""How often in a row a chain may lose its worker."""

REFRESH_SECONDS = 0.1


def check_executor(executor):
    """Return an executor after a look at what it is.

    Raises
    ------
    ArgumentError
        If it is something else than a ``concurrent.futures.Executor``.
    """
    if executor is None or isinstance(executor, Executor):
        return executor
    remedy = " Of a dask Client pass client.get_executor()." if _is_of_dask(executor) else ""
    raise ArgumentError(
        "executor must be a concurrent.futures.Executor, such as ProcessPoolExecutor(4), found "
        f"{shown(executor)}.{remedy}"
    )


class ExecutorLeg:
    """Brings chains to a goal in the workers of an executor; called as ``(progress, display)``.

    Parameters
    ----------
    executor : concurrent.futures.Executor
    sampler : MCMCKernel
    run : Run
    plan : RunPlan
    """

    def __init__(self, executor, sampler, run, plan):
        self.executor, self.run, self.plan = executor, run, plan
        self.seconds = SEGMENT_SECONDS if run.runs_in_threads else float("inf")
        self.losses, self._replacement = [0] * len(run.chains), None
        travelling = dataclasses.replace(plan, has_snapshots=True)
        is_shared = isinstance(executor, ThreadPoolExecutor) and run.runs_in_threads
        if is_shared:
            self.content, self.job = (sampler, travelling), f"here {id(run)}"
        else:
            _refuse_handlers()
            self.content = packed(sampler, travelling)
            self.job = hashlib.sha256(self.content).hexdigest()

    def __call__(self, progress, display):
        news = queue.SimpleQueue()
        running = {}
        try:
            for index, num_done in enumerate(progress.num_done):
                if num_done < progress.goal:
                    self._submit(progress, running, news, index, with_content=True)
            while running:
                _wait_for_news(news)
                self._take_answers(progress, running, news)
                display.update(progress)
                if progress.is_stopping:
                    break
        except KeyboardInterrupt:
            progress.was_interrupted = progress.is_stopping = True
        self._wait_for_answers(progress, running, news)

    def close(self):
        """Shut down the pool that took the place of a broken one."""
        if self._replacement is not None:
            self._replacement.shutdown(wait=False, cancel_futures=True)

    def _submit(self, progress, running, news, index, *, with_content):
        chain = progress.chains[index]
        first_row = self.plan.num_rows_after(chain.num_done)
        task = Task(
            self.job, index, chain.snapshot(first_row), progress.goal, self.seconds,
            self.content if with_content else None,
        )  # fmt: skip
        executor = self.executor
        try:
            future = executor.submit(run_task, task)
        except BrokenExecutor as error:
            self._lose(progress, index, error, executor)
            if progress.is_stopping:
                return
            executor = self.executor
            future = executor.submit(run_task, task)
        running[index] = future, executor
        future.add_done_callback(lambda _: news.put(None))

    def _take_answers(self, progress, running, news):
        for index in [index for index, (future, _) in running.items() if future.done()]:
            future, executor = running.pop(index)
            try:
                answer = future.result()
            except KeyboardInterrupt:  # here or in the worker, which gets it too from a terminal
                progress.was_interrupted = progress.is_stopping = True
                continue
            except BaseException as error:  # of the executor: those of a chain are in an answer
                if not _is_loss(error):
                    _end_chain(progress, index, error)
                    continue
                if not progress.is_stopping:
                    self._lose(progress, index, error, executor)
                if not progress.is_stopping:
                    self._submit(progress, running, news, index, with_content=True)
                continue
            self._take(progress, index, answer)
            if not progress.is_stopping and progress.num_done[index] < progress.goal:
                self._submit(progress, running, news, index, with_content=not answer.has_run)

    def _take(self, progress, index, answer):
        """Put what a worker did into the chain of this process."""
        if answer.snapshot is not None:
            progress.chains[index].restore(answer.snapshot)
            progress.num_done[index] = answer.snapshot.num_done
            self.losses[index] = 0
            if progress.first_blocks[index] is None:
                progress.first_blocks[index] = progress.num_done[index], time.time()
            try:
                progress.after_block(index)
            except Exception as error:
                _end_chain(progress, index, error)
        if answer.error is not None or answer.words:
            _end_chain(progress, index, error_in(answer))

    def _lose(self, progress, index, error, executor):
        """Note that a chain lost its worker, and see to it that there are others."""
        self.losses[index] += 1
        if self.losses[index] > MOST_LOSSES:
            found = LightPPLError(
                f"Chain {index} lost its worker {self.losses[index]} times in a row "
                f"({type(error).__name__}: {error}). Look for what ends workers, such as too "
                "little memory; with checkpoint= the same call goes on from what is done."
            )
            found.__cause__ = error
            _end_chain(progress, index, found)
            return
        if isinstance(error, BrokenExecutor) and executor is self.executor:
            self._replace(progress, index, error)
        progress.remarks.append(
            f"Chain {index} lost its worker ({type(error).__name__}) and was sent again from "
            f"iteration {progress.num_done[index]}."
        )

    def _replace(self, progress, index, error):
        """Take a new pool of processes instead of a broken one, which never works again."""
        broken = self.executor
        if not _is_pool(broken):
            _end_chain(progress, index, error)
            return
        self.close()
        # Python has no public way to ask a pool how it was made; without an answer, its defaults
        self._replacement = self.executor = ProcessPoolExecutor(
            max_workers=getattr(broken, "_max_workers", None),
            mp_context=getattr(broken, "_mp_context", None),
            initializer=getattr(broken, "_initializer", None),
            initargs=getattr(broken, "_initargs", ()),
        )

    def _wait_for_answers(self, progress, running, news):
        """Take what workers that are in the middle of a task send back, if it comes in time."""
        until = time.monotonic() + self.seconds_of_patience
        while running and time.monotonic() < until:
            for index in [index for index, (future, _) in running.items() if future.cancel()]:
                del running[index]
            try:
                self._take_answers(progress, running, news)
                if running:
                    _wait_for_news(news)
            except KeyboardInterrupt:
                progress.was_interrupted = True
                return

    @property
    def seconds_of_patience(self):
        """How long workers are waited for when all stops."""
        return min(self.seconds, PATIENCE_SECONDS) + PATIENCE_SECONDS


def _end_chain(progress, index, error):
    progress.errors[index] = error
    progress.is_stopping = True


def _is_loss(error):
    """Return whether an exception of an executor says that a worker was lost."""
    # dask is not imported to ask for its class
    return isinstance(error, (BrokenExecutor, CancelledError)) or (
        type(error).__name__ in ("KilledWorker", "FutureCancelledError")
    )


def _is_pool(executor):
    return isinstance(executor, ProcessPoolExecutor)


def _is_of_dask(value):
    return type(value).__module__.partition(".")[0] in ("dask", "distributed")


def _refuse_handlers():
    handlers = current_stack()
    if handlers:
        names = ", ".join(type(handler).__name__ for handler in handlers)
        raise ArgumentError(
            f"MCMC runs inside of {names}, which the workers of an executor do not see. Put the "
            "handlers around the model: NUTS(handler(model, ...))."
        )


def _wait_for_news(news):
    """Wait until a future is done, at most for `REFRESH_SECONDS`."""
    with suppress(queue.Empty):
        news.get(timeout=REFRESH_SECONDS)
