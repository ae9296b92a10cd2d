"""The passes: graph to graph, in the order of `PASSES`, where each says what it does and why.

The parts of the first are swept together until nothing changes, because they feed each other: a
sum moves inward, a sign comes out, a division becomes a product with something known.  Work on data
alone is done during the sweep, so it must run before scheduling sees the data pool.  Bodies of
loops and branches go through the same passes when they are recorded, and once more when a loop is
taken apart.
"""

from functools import partial
from textwrap import indent

from lightppl.compiler.graph.verify import check_body
from lightppl.compiler.passes import (
    algebra, products, reductions, scan_split, shared_exponential, size_one, views,
)
from lightppl.compiler.passes.blocks import merge_blocks
from lightppl.compiler.passes.rewriting import rewrite
from lightppl.compiler.passes.sufficient_statistics import summarize_rows
from lightppl.errors import LightPPLError
from lightppl.records import record

MAX_SWEEPS = 4


@record
class Pass:
    """A step from a graph to an equal one.

    Attributes
    ----------
    name : str
    does : str
        What it does, and why, in one sentence.
    run : callable
        From a graph to a graph.
    parts : tuple of Pass
        The passes that it sweeps together; each keeps the meaning of a graph by itself, too.
    """

    name: str
    does: str
    run: object
    parts: tuple = ()

    def __str__(self):
        lines = [f"{self.name}: {self.does}", *(indent(str(part), "    ") for part in self.parts)]
        return "\n".join(lines)


def optimize_graph(graph, after_pass=None):
    """Return an equal, smaller graph.

    Parameters
    ----------
    graph : Graph
        Also one of a body, which is checked by the debug level.
    after_pass : callable, optional
        Called with the name of each pass and the graph it made; raises if that is wrong.

    Returns
    -------
    Graph
    """
    for each in PASSES:
        graph = _run(each, graph, after_pass)
    return graph


def _run(each, graph, after_pass=None):
    """Run a pass; if a check of it fails, the error names the part that fails by itself."""

    def check(name, after):
        if graph.is_body:
            check_body(name, graph, after)
        if after_pass is not None:
            after_pass(name, after)

    after = each.run(graph)
    try:
        check(each.name, after)
    except LightPPLError:
        for part in each.parts:
            check(f"{each.name}: {part.name}", part.run(graph))
        raise
    return after


def _until_stable(graph):
    size = None
    for _ in range(MAX_SWEEPS):
        graph = merge_blocks(rewrite(graph, SIMPLIFY))
        found = len(graph.nodes())
        if found == size:
            return graph
        size = found
    return graph


def _with_short_loops(graph):
    if not any(node.op == "scan" for node in graph.nodes()):
        return graph
    return _until_stable(scan_split.split_loops(graph, SIMPLIFY, partial(_run, SWEEP)))


def _joined(*tables):
    rules = {}
    for table in tables:
        for op, found in table.items():
            rules.setdefault(op, []).extend(found)
    return rules


SIMPLIFY = _joined(
    algebra.RULES, views.RULES, reductions.RULES, size_one.RULES, products.RULES
)
"""All tables of rules; of one operation, those of the first table are tried first."""


def _table(name, module, does):
    return Pass(name, does, partial(rewrite, rules=module.RULES))


_PARTS = (
    _table(
        "algebra", algebra, "Signs and numbers come out of elementwise work, and divisions and "
        "powers become products, because products are cheap and join with others.",
    ),
    _table(
        "views", views, "Views of views become one and broadcasting moves outward, so that work is "
        "done on as few elements as there are.",
    ),
    _table(
        "reductions", reductions, "Sums move inward past what does not vary, so that what is known "
        "from data is summed once.",
    ),
    _table(
        "size_one", size_one, "Matrices and axes of size one become arithmetic, because one number "
        "lives in a variable, which no call can read.",
    ),
    _table(
        "products", products, "A tall, narrow data matrix is multiplied column by column within "
        "the pass over its rows, because a call would be mostly overhead; numbers leave solutions.",
    ),
    Pass(
        "blocks", "Blocks placed at one position are added before they are placed, because the "
        "gradient by an element read a thousand times is a sum of a thousand arrays of zeros.",
        merge_blocks,
    ),
)

SWEEP = Pass(
    "simplify", "What follows is swept until nothing changes, because each feeds the others.",
    _until_stable, _PARTS,
)

PASSES = (
    Pass(
        "statistics", "Gaussian likelihoods whose means are linear in the latents are written in "
        "terms of few statistics of the data, first, because the sweep takes their sums apart.",
        summarize_rows,
    ),
    SWEEP,
    Pass(
        "loops", "What a loop need not do step by step leaves it, because the work of all steps at "
        "once is vectorised and joins the work around the loop.",
        _with_short_loops,
    ),
    Pass(
        "share", "Functions that need one exponential are written in terms of it, last, because "
        "that undoes the compact names that algebra matches on.",
        shared_exponential.share_exponentials,
    ),
)
"""All passes in their order; ``print(*PASSES, sep="\\n")`` shows them."""
