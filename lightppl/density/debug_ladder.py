"""What ``LIGHTPPL_DEBUG`` shows on standard error while a density is compiled.

Level 1 names each stage with its time, and checks that graphs and schedules are legal; 2 adds what
the passes do, the graphs, as they are recorded and after each pass, and the schedule; 3 the emitted
source; 4 says of each pass, and of the source run as Python, that it has the value and the gradient
of the recorded graph, or stops where it has not, or where a pass changed what the body of a loop or
of a branch gives.
"""

import sys

from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.graph.verify import checked_after_pass, require_equal_graphs
from lightppl.compiler.passes import PASSES
from lightppl.settings import debug_level

TOLERANCE_OF_SOURCE = 1e-8
"""Sums are taken in another order than in the graph."""


def show_seconds(stage, seconds):
    """Say how long a stage took, from level 1 on."""
    if debug_level() >= 1:
        _show(f"{stage}: {seconds:.3f} s")


def show_graph(name, graph):
    """Show a graph, from level 2 on."""
    if debug_level() >= 2:
        _show(f"graph, {name}:\n{graph}")


def show_schedule(schedule):
    """Check that a schedule is legal, from level 1 on, and show it, from level 2 on.

    Parameters
    ----------
    schedule : Schedule

    Raises
    ------
    LightPPLError
        If some work reads what is not there, or an array is not filled.
    """
    if debug_level() >= 1:
        # this check is as long as scheduling itself, and loaded by those who ask for it only
        from lightppl.compiler.schedule.verify import verify_schedule

        verify_schedule(schedule)
    if debug_level() >= 2:
        _show(f"schedule:\n{schedule}")


def show_source(source):
    """Show emitted source, from level 3 on."""
    if debug_level() >= 3:
        _show(f"source:\n{source}")


def shown_after_pass(graph, q, held=()):
    """Return what `optimize_graph` should call after each pass.

    Parameters
    ----------
    graph : Graph
        As recorded.
    q : (D,) float64
        Where values are compared at level 4.
    held : sequence of (H,) float64

    Returns
    -------
    callable or None
    """
    check = checked_after_pass(graph, q, held)
    if check is None:
        return None
    if debug_level() >= 2:
        _show("\n".join(["passes:", *map(str, PASSES)]))

    def show(name, after):
        show_graph(f"after {name}", after)
        check(name, after)
        if debug_level() >= 4:
            _show(f"{name}: value and gradient are those of the recorded graph")

    return show


def check_source(program, graph, q, held=()):
    """Compare emitted source, run as Python, with a graph, at level 4.

    Parameters
    ----------
    program : Program
    graph : Graph
    q : (D,) float64
    held : sequence of (H,) float64

    Raises
    ------
    LightPPLError
        If they differ, or the source touches memory that it should not.
    """
    if debug_level() >= 4:
        # the runtime functions in Python are loaded by those who ask for them only
        from lightppl.compiler.rehearsal import Rehearsal

        for values in held or [()]:
            found = Rehearsal(program, len(q))(q, values)
            expected = evaluate_graph(graph, q, values)
            require_equal_graphs("emit", expected, found, TOLERANCE_OF_SOURCE)
        _show("emit: value and gradient are those of the recorded graph")


def _show(text):
    print(f"lightppl: {text}", file=sys.stderr, flush=True)
