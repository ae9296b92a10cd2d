"""``softplus(x)`` and ``expit(x)`` of one argument share the exponential of ``-|x|``.

With ``e = exp(-|x|)``: ``softplus(x) = max(x, 0) + log1p(e)``, e within [0, 1], and
``expit(x) = (x >= 0 ? 1 : e) / (1 + e)``.  A logistic regression needs both at every observation.
"""

from lightppl.compiler.passes.rewriting import rewrite

_PAIR = {"softplus", "expit"}


def share_exponentials(graph):
    """Return the graph with such pairs written in terms of one exponential.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Graph
    """
    users = {}
    for node in graph.nodes():
        if node.op in _PAIR and node.depends_on_input:
            users.setdefault(_argument(node).index, set()).add((node.op, node.inputs[0].op))
    pairs = {
        index
        for index, found in users.items()
        if {op for op, _ in found} == _PAIR or len(found) > 1
    }
    if not pairs:
        return graph
    shared = _Shared(graph, pairs)
    return rewrite(graph, {"softplus": [shared.softplus], "expit": [shared.expit]})


def _argument(node):
    (x,) = node.inputs
    return x.inputs[0] if x.op == "negative" else x


class _Shared:
    """Rules for the arguments that occur in pairs, recognised by their place in the old graph."""

    def __init__(self, graph, pairs):
        self.num_elements = {
            _key(_argument(n))
            for n in graph.nodes()
            if n.op in _PAIR and _argument(n).index in pairs
        }

    def _applies(self, x):
        bare = x.inputs[0] if x.op == "negative" else x
        return x.depends_on_input and _key(bare) in self.num_elements

    def _exponential(self, r, x):
        bare = x.inputs[0] if x.op == "negative" else x
        return r.make("exp", r.make("negative", r.make("absolute", bare)))

    def softplus(self, r, inputs, attrs):
        (x,) = inputs
        if not self._applies(x):
            return None
        positive = r.make("maximum", x, r.literal(0.0))
        return r.make("add", positive, r.make("log1p_unit", self._exponential(r, x)))

    def expit(self, r, inputs, attrs):
        (x,) = inputs
        if not self._applies(x):
            return None
        e = self._exponential(r, x)
        is_positive = r.make("greater_equal", x, r.literal(0.0))
        top = r.make("where", is_positive, r.literal(1.0), e)
        return r.make("divide", top, r.make("add", r.literal(1.0), e))


def _key(node):
    return (node.op, node.shape, node.attrs)
