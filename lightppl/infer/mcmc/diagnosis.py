"""What a run knows about itself that its draws do not tell, handed to the diagnostics.

`diagnose_run` answers a user who asks; `warning_of_run` looks at every run, and is silent unless
something is clearly wrong.
"""

import numpy as np

from lightppl.diagnostics.quick_look import quick_look
from lightppl.infer.mcmc.samples import by_name
from lightppl.settings import get_num_threads
from lightppl.when_used import module_when_used

diagnosis = module_when_used("lightppl.diagnostics.diagnosis")


def diagnose_run(samples, statistics, sampler, last_state, max_tree_depth=None):
    """Return the `Diagnosis` of a run.

    Parameters
    ----------
    samples : structure of (C, N, ...) arrays
    statistics : dict of str to (C, N) array
    sampler : MCMCKernel
        Its ``target_accept_prob``, if it has one, is what acceptance is compared with, and
        ``adapt_step_size`` tells what can be done about that.
    last_state : state
        Its ``adapt_state`` may tell ``step_size`` and ``metric_misfit`` by chain.
    max_tree_depth : (int, int), optional

    Returns
    -------
    Diagnosis
    """
    adapted = getattr(last_state, "adapt_state", None)
    return diagnosis.diagnose(
        by_name(samples),
        statistics=statistics,
        max_tree_depth=max_tree_depth,
        target_accept_prob=getattr(sampler, "target_accept_prob", None),
        adapt_step_size=getattr(sampler, "adapt_step_size", True),
        step_size=_by_chain(adapted, "step_size"),
        metric_misfit=_by_chain(adapted, "metric_misfit"),
    )


def warning_of_run(samples, statistics, max_tree_depth=None):
    """Return one sentence on what is clearly wrong with a run, or None.

    Parameters
    ----------
    samples : structure of (C, N, ...) arrays
    statistics : dict of str to (C, N) array
    max_tree_depth : (int, int), optional

    Returns
    -------
    str or None
    """
    arrays = {name: x for name, x in by_name(samples).items() if x.dtype.kind in "fiub"}
    phrases = quick_look(arrays, statistics, max_tree_depth, get_num_threads())
    if not phrases:
        return None
    found = "; ".join(phrases)
    return f"{found[0].upper()}{found[1:]}. mcmc.diagnose() says where, and what to do."


def _by_chain(adapted, name):
    value = getattr(adapted, name, None)
    if isinstance(adapted, list):
        value = [getattr(x, name, None) for x in adapted]
    try:
        array = np.atleast_1d(np.asarray(value, np.float64))
    except (TypeError, ValueError):
        return None
    return array if value is not None and np.all(np.isfinite(array)) else None
