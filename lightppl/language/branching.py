"""Branches in models: cond.

Outside inference it is a Python ``if``.  While a model is traced, both functions are run once and
written down as programs, and the branch becomes one operation.  A function that cannot be written
down, because Python asks for a value in it, is run as it is.
"""

from contextlib import nullcontext

from lightppl.autodiff import as_array, is_traced
from lightppl.autodiff.cond import choose_program
from lightppl.autodiff.operation import is_recorded, is_tracing
from lightppl.errors import ControlFlowError, ModelError, ShapeError, UnsupportedOperationError
from lightppl.language.body_sites import BodySites
from lightppl.language.recorded_step import RecordedStep, by_site, site_results
from lightppl.language.stack import current_stack
from lightppl.language.structure import leaves_of, rebuild


def cond(pred, true_fun, false_fun, operand):
    """Run one of two functions.

    A predicate that depends on a latent value chooses at run time, and only the chosen function is
    computed, with its gradient.  The two return arrays of the same structure and shapes.

    Parameters
    ----------
    pred : bool
    true_fun, false_fun : callable
        ``fun(operand)``; may contain statements, then both the same sites.
    operand : object
        An array, or a tuple, list, dict of arrays.

    Returns
    -------
    object
        What the chosen function returns.

    Examples
    --------
    >>> float(cond(True, lambda x: x + 1.0, lambda x: -x, 2.0))
    3.0
    """
    if not (is_tracing() and is_traced(pred)):
        return true_fun(operand) if pred else false_fun(operand)
    sites = BodySites() if current_stack() else None
    branches = [_Branch(fun, operand) for fun in (true_fun, false_fun)]
    try:
        chosen = branches[0]
        results, found = _recorded_choice(pred, branches, sites)
    except (ControlFlowError, UnsupportedOperationError):
        if is_recorded(pred):
            raise
        chosen = branches[0 if pred else 1]
        results, found = _plain_choice(chosen, sites), None
    if sites is not None:
        sites.tell(found)
    return rebuild(chosen.structure, iter(results))


class _Branch:
    """One function of a choice, on flat lists of arrays."""

    def __init__(self, fun, operand):
        self.fun, self.operand = fun, operand
        self.leaves = [as_array(x, keep_int=True) for x in leaves_of(operand)]
        self.structure = None

    def __call__(self, operands):
        self.structure = self.fun(rebuild(self.operand, iter(operands)))
        return [as_array(x, keep_int=True) for x in leaves_of(self.structure)]


def _plain_choice(branch, sites):
    with nullcontext() if sites is None else sites.restart().at_step(0):
        return branch(branch.leaves)


def _recorded_choice(pred, branches, sites):
    """Return the results of the choice, and value and log density of each site by name."""
    # recording needs autograd, which takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import joined_programs, recording

    recorded, site_names = [], []
    for branch in branches:
        with recording(is_branch=True) as tape:
            step = RecordedStep(tape, None)
            with nullcontext() if sites is None else sites.restart().at_step(0, step):
                results = branch([tape.input(x) for x in branch.leaves])
            if sites is not None:
                site_names.append({name for name, a in sites.asked.items() if a.steps})
                _check_same_sites(site_names)
                results += site_results(sites)
            recorded.append((tape.program(results), tape.captured))
    programs, captured = joined_programs(recorded, len(branches[0].leaves))
    if programs[0].output_shapes != programs[1].output_shapes:
        raise ShapeError(
            "The two functions of a cond returned arrays of different structure or shapes: "
            f"{programs[0].output_shapes} and {programs[1].output_shapes}."
        )
    values = choose_program(pred, *programs, [*branches[0].leaves, *captured])
    count = 0 if sites is None else 2 * len(sites.asked)
    return values[: len(values) - count], by_site(sites, values[len(values) - count :])


def _check_same_sites(site_names):
    if site_names[0] != site_names[-1]:
        raise ModelError(
            "The two functions of a cond must contain the same sites; one has "
            f"{sorted(site_names[0])}, the other {sorted(site_names[-1])}."
        )
