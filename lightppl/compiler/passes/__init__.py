"""The passes: graph to graph, in this order.

1. `algebra`, `views`, `reductions`, `size_one`, `products`, `gaussian` together, swept until
nothing changes: they feed each other (a sum moves inward, a sign comes out, a division becomes a
product with something known, the gradient of a Gaussian density can be recognised).  Work on data
alone is done during the sweep, so it must run before scheduling sees the data pool.  After each
sweep `blocks` adds what is placed at the same position.
2. `scan_split`: what a loop need not do step by step leaves it, and is simplified with the rest.
3. `shared_exponential`: pairs of functions that need the same exponential are written in terms of
it; after the sweep, because it undoes the compact names that the algebra matches on.
"""

from lightppl.compiler.passes import (
    algebra, gaussian, products, reductions, scan_split, shared_exponential, size_one, views,
)
from lightppl.compiler.passes.blocks import merge_blocks
from lightppl.compiler.passes.rewriting import rewrite
from lightppl.compiler.passes.sufficient_statistics import summarize_rows

MAX_SWEEPS = 4


def _joined(*tables):
    rules = {}
    for table in tables:
        for op, found in table.items():
            rules.setdefault(op, []).extend(found)
    return rules


SIMPLIFY = _joined(
    algebra.RULES, views.RULES, reductions.RULES, size_one.RULES, products.RULES, gaussian.RULES
)

PASSES = (
    ("sufficient statistics", summarize_rows),
    ("simplify", lambda graph: _until_stable(graph, SIMPLIFY)),
    ("loops", lambda graph: _with_short_loops(graph)),
    ("share", shared_exponential.share_exponentials),
)
"""Name and function of each pass."""


def optimize_graph(graph, after_pass=None):
    """Return an equal, smaller graph.

    Parameters
    ----------
    graph : Graph
    after_pass : callable, optional
        Called with the name of each pass and the graph it made.

    Returns
    -------
    Graph
    """
    for name, run in PASSES:
        graph = run(graph)
        if after_pass is not None:
            after_pass(name, graph)
    return graph


def _with_short_loops(graph):
    if not any(node.op == "scan" for node in graph.nodes()):
        return graph
    graph = scan_split.split_loops(graph, SIMPLIFY, lambda body: _until_stable(body, SIMPLIFY))
    return _until_stable(graph, SIMPLIFY)


def _until_stable(graph, rules):
    size = None
    for _ in range(MAX_SWEEPS):
        graph = merge_blocks(rewrite(graph, rules))
        found = len(graph.nodes())
        if found == size:
            return graph
        size = found
    return graph
