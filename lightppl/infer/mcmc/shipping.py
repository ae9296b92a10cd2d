"""A chain on its way to a worker of an executor and back: what travels, and what happens there.

Reading order: `packed` (the run, as bytes), `Task`, `run_task` (in the worker), `Answer`.
"""

import pickle
import threading
import time
from contextlib import suppress

from lightppl.errors import ArgumentError, LightPPLError
from lightppl.infer.mcmc.blas_threads import single_threaded_blas
from lightppl.infer.mcmc.chains import ChainsProgress, advance_chain
from lightppl.records import record
from lightppl.settings import is_validation_enabled, validation_enabled

try:
    import cloudpickle as pickler  # pickles functions of scripts and notebooks too
except ImportError:
    pickler = pickle


@record
class Task:
    """What a worker is asked to do with one chain.

    Attributes
    ----------
    job : str
        Name of the run, by its content.
    index : int
        Of the chain.
    snapshot : ChainSnapshot
        Where the chain is, without rows.
    goal : int
        Iterations of the chain when it is done.
    seconds : float
        After which it is sent back.
    content : object
        Sampler and plan, pickled or as they are; None for a worker that should have the run.
    """

    job: str
    index: int
    snapshot: object
    goal: int
    seconds: float
    content: object = None


@record
class Answer:
    """What a worker sends back.

    Attributes
    ----------
    snapshot : ChainSnapshot or None
        Where the chain is, with the rows since the task was given.
    error : bytes or None
        The pickled exception that ended the chain.
    words : str
        What it says, if it cannot be read here.
    has_run : bool
        False if the worker does not have the run, and has done nothing.
    """

    snapshot: object = None
    error: object = None
    words: str = ""
    has_run: bool = True


def run_task(task):
    """Advance a chain, in a worker.

    Parameters
    ----------
    task : Task

    Returns
    -------
    Answer
    """
    if getattr(_kept, "job", None) != task.job:
        if task.content is None:
            return Answer(has_run=False)
        _kept.job = None
        try:
            _kept.run, _kept.is_validating = _run_of(task.content)
        except Exception as error:
            return _failure(error)
        _kept.job = task.job
    chain = _kept.run.chains[task.index]
    try:
        with validation_enabled(_kept.is_validating), single_threaded_blas():
            chain.restore(task.snapshot)
            progress, until = ChainsProgress([chain], task.goal), time.monotonic() + task.seconds

            def after_block(_):
                if time.monotonic() >= until:
                    progress.request_stop()

            progress.after_block = after_block
            advance_chain(progress, 0)
    except Exception as error:
        return _failure(error)
    return Answer(chain.snapshot(task.snapshot.first_row))


_kept = threading.local()
"""The run that a worker has, because it was asked for its chains before."""


def packed(sampler, plan):
    """Return sampler and plan as bytes.

    Raises
    ------
    ArgumentError
        If something cannot be pickled; says what.
    """
    try:
        return pickler.dumps((sampler, plan, is_validation_enabled()))
    except Exception as error:
        parts = {
            "the sampler, or its model,": sampler,
            **{f"argument {number} of the model": x for number, x in enumerate(plan.model_args)},
            **{f"argument {name!r} of the model": x for name, x in plan.model_kwargs.items()},
            "init_params": plan.init_params,
            "post_warmup_state": plan.states,
        }
        culprit = next((name for name, x in parts.items() if not _can_pickle(x)), "The plan")
        remedy = (
            "Install cloudpickle, or define models at the top of a module."
            if pickler is pickle
            else "Make it of functions, numbers and arrays."
        )
        culprit = culprit[0].upper() + culprit[1:]
        raise ArgumentError(
            f"{culprit} cannot be sent to the workers of an executor: {error}. {remedy}"
        ) from error


def _can_pickle(value):
    try:
        pickler.dumps(value)
    except Exception:
        return False
    return True


def _run_of(content):
    is_validating = is_validation_enabled()
    if isinstance(content, bytes):
        sampler, plan, is_validating = pickle.loads(content)
    else:
        sampler, plan = content
    with validation_enabled(is_validating):
        return sampler.start_run(plan), is_validating


def _failure(error):
    """Return the answer that carries an exception, whether it can be pickled or not."""
    words = f"{type(error).__name__}: {error}"
    try:
        content = pickler.dumps(error)
        is_whole = type(pickle.loads(content)) is type(error)
    except Exception:
        is_whole = False
    return Answer(error=content if is_whole else None, words=words)


def error_in(answer):
    """Return the exception of an answer, or one with its words."""
    with suppress(Exception):
        if answer.error is not None:
            return pickle.loads(answer.error)
    return LightPPLError(f"A chain failed in its worker: {answer.words}")
