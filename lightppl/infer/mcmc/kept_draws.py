"""What is kept of a run that ended early, by Ctrl-C, by request or by an error in one chain.

Draws are handed out as rectangles, chains by draws.  Chains that have hardly begun are dropped, the
others cut to the shortest of them.  A chain that failed is dropped too, unless no other has draws.
"""

import signal
import threading
from contextlib import contextmanager

import numpy as np

SMALLEST_SHARE = 0.1
"""A chain with a smaller share of the draws of the longest one is dropped."""


def what_is_kept(run, plan, progress):
    """Drop the chains of a run that are not kept, and tell how many draws the others have.

    Parameters
    ----------
    run : Run
        Its `chains` are replaced by those that are kept.
    plan : RunPlan
    progress : ChainsProgress

    Returns
    -------
    num_rows : int
        Draws of each chain; 0 if it was warmup only, or if the user stopped it before.
    remarks : list of str
        What the user should know.

    Raises
    ------
    KeyboardInterrupt or Exception
        What ended the run, if there are no draws.
    """
    if not progress.ended_early:
        return plan.num_rows_after(progress.goal), _failed_searches(run.chains)
    failed = sorted(progress.errors)
    num_rows, kept = longest_rectangle(plan, progress.num_done, failed)
    if num_rows == 0 and (failed or not progress.was_stopped):
        raise progress.errors[failed[0]] if failed else KeyboardInterrupt
    cause = "Interrupted" if progress.was_interrupted else "Stopped"
    cause = f"Chain {failed[0]} failed" if failed else cause
    walkers = getattr(run, "num_walkers", 1)  # of an ensemble, which are the chains of the user
    remark = (
        f"{cause}: {num_rows} of {plan.num_rows} draws of {len(kept) * walkers} of "
        f"{len(run.chains) * walkers} chains are kept."
    )
    remarks = [remark, *_failed_searches(run.chains)]
    run.chains = [run.chains[c] for c in kept]
    return num_rows, remarks


def longest_rectangle(plan, num_done, failed=()):
    """Return how many draws are kept of a run that ends now, and of which chains.

    Parameters
    ----------
    plan : RunPlan
    num_done : sequence of int
        Iterations of each chain so far.
    failed : sequence of int
        Chains with an error.

    Returns
    -------
    num_rows : int
    kept : list of int
        All chains that have not failed, if there are no draws yet.

    Examples
    --------
    >>> from lightppl.infer.mcmc.plan import RunPlan
    >>> plan = RunPlan([None] * 3, None, num_warmup=10, num_samples=90)
    >>> longest_rectangle(plan, [100, 60, 12])
    (50, [0, 1])
    """
    lengths = np.array([plan.num_rows_after(count) for count in num_done])
    if np.any(np.delete(lengths, failed)):
        lengths[list(failed)] = 0
    elif not np.any(lengths):
        return 0, [c for c in range(len(lengths)) if c not in failed]
    num_rows = int(lengths[lengths >= SMALLEST_SHARE * lengths.max()].min())
    return num_rows, np.flatnonzero(lengths >= num_rows).tolist()


@contextmanager
def undisturbed(*, must_raise=True):
    """Let Ctrl-C wait until the end of a ``with`` block, in which draws are stored.

    Parameters
    ----------
    must_raise : bool
        Whether it is raised then; it need not be if it is the second one of an impatient user.

    Raises
    ------
    KeyboardInterrupt
        At the end of the block; at once, if Ctrl-C is pressed twice inside of it.
    """
    pressed = []

    def note(*_):
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # Ctrl-C goes elsewhere, or means something else
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if pressed and must_raise:
        raise KeyboardInterrupt


def _failed_searches(chains):
    failed = [c for c, x in enumerate(chains) if getattr(x, "search_failed", False)]
    if not failed:
        return []
    return [
        f"No first step size was found in chains {failed}: one leapfrog step of any size is "
        "accepted, or none. Is the density flat, or not finite nearly everywhere?"
    ]
