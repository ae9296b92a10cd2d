"""One run from the call to the draws: `Execution` starts it, says how far it is, stops it, waits.

`MCMC.run` performs an execution in the calling thread, `MCMC.start` behind it, in a thread that
takes the place of the calling one: there the model is compiled, the chains are watched (`chains`)
and what they give is read (`results`) and stored.
"""

import copy
import queue
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import copy_context

import numpy as np

from lightppl.errors import LightPPLError, LightPPLWarning, SamplingWarning
from lightppl.infer.mcmc.chains import ChainsProgress, in_threads, run_chains
from lightppl.infer.mcmc.diagnosis import warning_of_run
from lightppl.infer.mcmc.kept_draws import longest_rectangle, undisturbed, what_is_kept
from lightppl.infer.mcmc.progress import ProgressDisplay
from lightppl.infer.mcmc.results import read_results, read_samples
from lightppl.infer.mcmc.samples import join_chains
from lightppl.infer.mcmc.site_store import store_for
from lightppl.infer.mcmc.until import Looking, looks
from lightppl.language.structure import map_leaves
from lightppl.records import record
from lightppl.user_line import point_here, warn
from lightppl.when_used import module_when_used

checkpoint = module_when_used("lightppl.infer.mcmc.checkpoint")
same_call = module_when_used("lightppl.infer.mcmc.same_call")

LOOK_SECONDS = 0.1
"""How long a wait lasts at most before it looks whether the run has ended."""


@record
class ExecutionOptions:
    """How a run is executed, whatever is sampled.

    Attributes
    ----------
    what : WhatIsRead
    num_threads : int
        For chains that may run in threads.
    is_parallel : bool
        Whether they do.
    is_shown : bool
        Whether progress is drawn.
    until : tuple of rules
        From `lightppl.infer.until`; empty for a fixed number of draws.
    checkpoint : str or None
        Path of the file that keeps draws and states while the run goes on.
    executor : concurrent.futures.Executor or None
        Whose workers advance the chains, instead of threads of this process.
    """

    what: object
    num_threads: int
    is_parallel: bool = True
    is_shown: bool = False
    until: tuple = ()
    checkpoint: object = None
    executor: object = None


@record
class RunProgress:
    """How far a run was when it was asked.

    Attributes
    ----------
    stage : {"preparing", "warmup", "sampling", "storing", "ended"}
        Models are compiled while "preparing"; it is "warmup" until there are draws.
    num_done : tuple of int
        Iterations of each chain so far, warmup included; empty while "preparing".
    num_iterations : int
        Of each chain in all; with ``until=`` at most so many.
    num_draws : int
        Draws of each chain that `Execution.samples` would return.
    seconds : float
        Since the start, to the end if it has ended.
    """

    stage: str
    num_done: tuple
    num_iterations: int
    num_draws: int
    seconds: float


class Execution:
    """A run of an `MCMC` that goes on while its user does other things; `MCMC.start` returns it.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> from lightppl.infer import MCMC, NUTS
    >>> def model():
    ...     lp.sample("x", dist.Normal(0.0, 1.0))
    >>> mcmc = MCMC(NUTS(model), num_warmup=200, num_samples=300, num_chains=2, progress_bar=False)
    >>> handle = mcmc.start(0)
    >>> handle.wait()
    True
    >>> handle.progress.stage, handle.progress.num_done, mcmc.get_samples()["x"].shape
    ('ended', (500, 500), (600,))
    """

    def __init__(self, sampler, plan, options, store):
        self._sampler, self._plan, self._options, self._store = sampler, plan, options, store
        self._run = self._chains = self._sites = self._results = self._error = None
        self._must_stop = self._is_storing = self._has_ended = False
        self._remarks, self._news = [], queue.SimpleQueue()
        self._thread = threading.current_thread()
        self._began, self._ended = time.monotonic(), None

    def perform(self):
        """Do all of it in the calling thread, where Ctrl-C ends sampling and keeps the draws.

        Raises
        ------
        Exception
            What ended a chain, when the draws of the others are stored.
        """
        try:
            self._perform()
        except Exception as error:
            self._error = error
        finally:
            self._end()
        self._tell()

    def start(self):
        """Begin to do it in a thread of its own, and return this execution."""
        context = copy_context()
        context.run(point_here)
        self._thread = threading.Thread(
            target=context.run, args=(self._perform_behind,), daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError:  # the system has no more threads
            self._end()
            raise
        return self

    @property
    def is_running(self):
        """Whether it has not ended yet."""
        return not self._has_ended

    @property
    def is_of_this_thread(self):
        """Whether it is performed by the thread that asks."""
        return self._thread is threading.current_thread()

    @property
    def progress(self):
        """The `RunProgress` of now."""
        ended = time.monotonic() if self._ended is None else self._ended
        chains, num_iterations = self._chains, self._plan.num_iterations
        seconds = ended - self._began
        if chains is None:
            stage = "ended" if self._has_ended else "preparing"
            return RunProgress(stage, (), num_iterations, 0, seconds)
        num_done = tuple(chains.num_done)
        num_rows, _ = longest_rectangle(self._plan, num_done)
        return RunProgress(self._stage(num_rows), num_done, num_iterations, num_rows, seconds)

    def samples(self, group_by_chain=False):
        """Return the draws made so far by site, equally many of each chain.

        Parameters
        ----------
        group_by_chain : bool

        Returns
        -------
        dict of str to array
            Each (C * N, ...), or (C, N, ...) if grouped by chain; what `stop` would keep if it were
            called now, so chains that have hardly begun are not in it.  Empty before the first
            draw.
        """
        results, chains = self._results, self._chains
        if results is not None:
            found = results.samples
        elif chains is None:
            found = None
        else:
            num_rows, kept = longest_rectangle(self._plan, tuple(chains.num_done))
            view = copy.copy(self._run)
            view.chains = [chains.chains[c] for c in kept]
            found = None
            if num_rows:
                what = self._options.what
                found = read_samples(view, self._plan, what, num_rows, self._sites)
                found = map_leaves(np.array, found)  # whoever writes into it harms nothing
        if found is None:
            return {}
        return found if group_by_chain else join_chains(found)

    def stop(self):
        """End the run after the blocks that chains are in, and return when its draws are stored.

        What remains of warmup is not done, so there may be no draws.

        Raises
        ------
        Exception
            What ended a chain before.
        """
        self._must_stop = True  # first: the run may be about to begin
        if self._chains is not None:
            self._chains.request_stop()
        self.wait()

    def wait(self, timeout=None):
        """Wait until the run has ended and its draws are stored.

        Ctrl-C ends the wait and not the run; `stop` ends that.

        Parameters
        ----------
        timeout : float, optional
            In seconds.

        Returns
        -------
        bool
            Whether it has ended.

        Raises
        ------
        Exception
            Of the model, or what ended a chain; draws of other chains are stored by then.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while not self._has_ended:
            seconds = LOOK_SECONDS if until is None else min(LOOK_SECONDS, until - time.monotonic())
            if seconds <= 0:
                return False
            # a queue is safe where Ctrl-C comes at any moment; who is woken wakes the next
            with suppress(queue.Empty):
                self._news.put(self._news.get(timeout=seconds))
        self._tell()
        return True

    def _perform_behind(self):
        try:
            self._perform()
        except BaseException as error:  # it is raised again where somebody waits
            self._error = error
        finally:
            self._end()

    def _end(self):
        self._ended, self._has_ended = time.monotonic(), True
        self._news.put(None)

    def _perform(self):
        plan, options = self._plan, self._options
        on_disk = self._checkpoint()  # first: a run may change the sampler
        self._run = run = self._sampler.start_run(plan)
        self._sites = sites = store_for(run, plan, options.what)
        if on_disk is not None:
            on_disk.open(run.chains, *(() if sites is None else (sites.put_away,)))
        self._chains = chains = ChainsProgress(run.chains, plan.num_iterations)
        chains.after_block = self._after_block(on_disk)
        if self._must_stop:
            chains.request_stop()
        display = ProgressDisplay(options.is_shown, plan.num_warmup)
        looking = Looking(options.until)
        with self._leg() as run_leg:
            run_chains(
                chains, run_leg=run_leg, display=display, goals=_goals(plan, options.until),
                is_enough=lambda goal: looking.is_enough(self._samples_at(goal)),
            )  # fmt: skip
        self._is_storing = True
        try:
            with undisturbed(must_raise=not chains.was_interrupted):
                if on_disk is not None:
                    on_disk.close(chains.num_done)
                num_rows, remarks = what_is_kept(run, plan, chains)
                self._results = read_results(run, plan, options.what, num_rows, sites)
                self._store(self._results, is_complete=not chains.ended_early)
            if options.until and not (chains.is_enough or chains.ended_early):
                remarks = [*remarks, *_what_is_missing(looking, self._results, num_rows)]
            troubles = (x.trouble for x in (display, on_disk) if x is not None)
            for remark in (*remarks, *chains.remarks, *filter(None, troubles)):
                self._remarks.append((remark, LightPPLWarning))
            if plan.num_samples and num_rows:
                self._look_at_draws()
        finally:  # whatever else went wrong, this is the cause
            if chains.errors:
                raise chains.errors[min(chains.errors)]

    def _after_block(self, on_disk):
        """Return what is done after each block of a chain, in the thread that runs it."""
        plan, chains, sites = self._plan, self._run.chains, self._sites

        def after_block(index):
            if on_disk is not None:
                on_disk.after_block(index)
            if sites is None:
                return
            num_rows = plan.num_rows_after(chains[index].num_done)
            if not sites.is_full(index, num_rows):
                return
            if on_disk is not None:
                if on_disk.num_rows(index) < num_rows:
                    on_disk.save(index)
                num_rows = min(num_rows, on_disk.num_rows(index))
            sites.put_away(index, num_rows)

        return after_block

    @contextmanager
    def _leg(self):
        """Yield what brings chains to a goal: threads, or the workers of an executor."""
        options, run = self._options, self._run
        if options.executor is None:
            is_threaded = options.is_parallel and run.runs_in_threads
            yield in_threads(options.num_threads if is_threaded else int(run.runs_in_threads))
            return
        # loads multiprocessing, which only those need who have an executor
        from lightppl.infer.mcmc.executors import ExecutorLeg

        leg = ExecutorLeg(options.executor, self._sampler, run, self._plan)
        try:
            yield leg
        finally:
            leg.close()

    def _look_at_draws(self):
        results = self._results
        samples = results.described(exclude_deterministic=True)
        trouble = warning_of_run(samples, results.statistics, **results.limits)
        if trouble is not None:
            self._remarks.append((trouble, SamplingWarning))

    def _checkpoint(self):
        path, plan = self._options.checkpoint, self._plan
        if path is None:
            return None
        call = same_call.digests_of_call(self._sampler, plan, self._options)
        return checkpoint.Checkpoint(path, call, [plan.keys, plan.key_after])

    def _samples_at(self, num_iterations):
        plan = self._plan
        num_rows = plan.num_rows_after(num_iterations)
        return read_samples(self._run, plan, self._options.what, num_rows, self._sites)

    def _stage(self, num_rows):
        if self._has_ended:
            return "ended"
        if self._is_storing:
            return "storing"
        return "sampling" if num_rows else "warmup"

    def _tell(self):
        """Show warnings at the line that called `MCMC.run`, each once, and raise what went wrong.
        """
        try:
            while self._remarks:
                with suppress(OSError, ValueError):  # of a standard error that nobody can write to
                    warn(*self._remarks.pop(0))
        finally:  # a warning may be an error, but this is the cause
            if self._error is not None:
                raise self._error


def refuse_second_run(execution):
    """Raise an error if an execution has not ended: two runs cannot share what one MCMC keeps."""
    # one of this thread was broken off by Ctrl-C before it could note that it has ended
    if execution is not None and execution.is_running and not execution.is_of_this_thread:
        raise LightPPLError(
            "A run of this MCMC was started and has not ended: call stop() or wait() of its handle "
            "first, or use another MCMC."
        )


def _goals(plan, until):
    """Return after how many iterations rules are looked at."""
    rows = looks(plan.num_rows) if until else ()
    return [plan.first_recorded + plan.thinning * count for count in rows]


def _what_is_missing(looking, results, num_rows):
    if looking.is_enough(results.samples):
        return []
    return [f"until= was not reached in {num_rows} draws of each chain: {looking.missing}."]
