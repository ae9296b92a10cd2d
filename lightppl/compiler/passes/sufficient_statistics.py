"""Likelihoods that see many rows of data through inner products alone get them from few numbers.

With a mean that is linear in the latent values, ``sum((y - X b)**2)`` and its gradient contain the
rows only in combinations of given columns (of X, of y, of ones) that are added, multiplied by
numbers, and in the end multiplied with each other and summed over the rows.  Such sums stay the
same under any orthogonal change of the rows.  In an orthonormal basis of what the columns span,
their coordinates (`row_basis`) have as many rows as there are columns, and the same operations on
these give the same sums: N rows become P.

A node is *constant* along an axis of rows, a *form*, linear in columns of data, or a product of two
forms that is summed over the rows, which makes it a *sink*.  If anything else needs a form, row by
row, nothing is gained and all stays as it is.  What columns there are depends on the graph and its
shapes, never on values: the coordinates are data like others, computed when data are bound.

This comes first: later a sum over rows is moved inward and split.
"""

import numpy as np

from lightppl.compiler.graph.evaluate import evaluate_node
from lightppl.compiler.graph.graph import Graph, GraphBuilder
from lightppl.compiler.graph.shapes import SMALL
from lightppl.compiler.passes.linear_forms import MAX_COLUMNS, NotLinear, StandIn
from lightppl.compiler.passes.row_basis import Columns, coordinates, offset_of
from lightppl.compiler.passes.row_sums import RowSums
from lightppl.records import record

MIN_ROWS = SMALL + 1
"""Fewer rows are left as they are: code is written for their number."""


@record(eq=False)
class Statistics:
    """A part of a graph in which rows can be replaced by coordinates.

    Attributes
    ----------
    sinks : dict of Node to int
        Sums over the rows, and the axis of the rows in what they sum.
    forms : frozenset of int
        Indices of the nodes with rows that they are computed from.
    generators, others : dict
        Keys of the columns, by which their coordinates are asked for.
    leads : dict
        The weights of the rows by which something constant is multiplied.
    num_rows, num_columns : int
    """

    sinks: dict
    forms: frozenset
    generators: dict
    others: dict
    leads: dict
    num_rows: int

    @property
    def num_columns(self):
        """Number of columns that span the space of the rows."""
        return sum(self.generators.values())

    @property
    def is_worth(self):
        """Whether coordinates are less work than rows, in which a gather is one column."""
        work = sum(1 if key[0] == "positions" else n for key, n in self.generators.items())
        return 0 < self.num_columns <= MAX_COLUMNS and (
            self.num_columns**2 <= self.num_rows * work
        )

    @property
    def location(self):
        """The user's line of the first sum."""
        return min(self.sinks, key=lambda node: node.index).location


def summarize_rows(graph):
    """Return an equal graph whose Gaussian likelihoods with linear means have few rows.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    Graph
    """
    if graph.is_body:
        return graph
    builder, replaced = _extended(graph), {}
    found = _found(graph, builder)
    if not found:
        return graph
    for statistics in found:
        basis = _basis_of(graph, statistics)
        sums = RowSums(builder, basis, statistics.num_rows)
        for node, axis in statistics.sinks.items():
            replaced[node.index] = sums.sink(node, axis)
    return _rebuilt(graph, replaced, builder.arrays)


def find_statistics(graph):
    """Return the parts of a graph in which rows can be replaced by coordinates.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    list of Statistics
    """
    return [] if graph.is_body else _found(graph, _extended(graph))


def _found(graph, builder):
    attempts = [x for node in graph.nodes() for x in _attempted(builder, node)]
    found = [x for x in _joined(attempts) if x[0].is_worth]
    while found:
        replaced = {k: new for _, news in found for k, new in news.items()}
        live = _reached(graph.outputs, replaced)
        kept = [x for x in found if not x[0].forms & live]
        if len(kept) == len(found):
            break
        found = kept
    return [statistics for statistics, _ in found]


def _extended(graph):
    """A builder of nodes on top of those of a graph."""
    builder = GraphBuilder(dict(graph.arrays))
    builder.count = 1 + max(node.index for node in graph.outputs)
    return builder


def _attempted(builder, node):
    """Yield how a node becomes a sum over coordinates, if it does."""
    if not node.depends_on_input:
        return
    for axis, num_rows in _axes_of_rows(node):
        basis = StandIn()
        sums = RowSums(builder, basis, num_rows)
        try:
            new = sums.sink(node, axis)
        except NotLinear:
            continue
        if sums.visited:
            statistics = Statistics(
                {node: axis}, frozenset(sums.visited), basis.generators, basis.others,
                basis.asked_leads(), num_rows,
            )
            yield statistics, {node.index: new}
            return


def _axes_of_rows(node):
    """Return axes over which a node may sum rows, the longest first, and their lengths."""
    if node.op == "sum":
        axes, shape = node["axes"], node.inputs[0].shape
    elif node.op == "matmul":
        shape = node.inputs[0].shape
        axes = (len(shape) - 1,)
    elif node.op == "scatter_add" and node.inputs[1].ndim == 1:
        shape, axes = node.inputs[0].shape, (node["axis"],)
    else:
        return []
    found = [(axis, shape[axis]) for axis in axes if shape[axis] >= MIN_ROWS]
    return sorted(found, key=lambda item: -item[1])


def _joined(attempts):
    """Return attempts that share forms as one."""
    groups = []
    for statistics, new in attempts:
        apart = []
        for other, others in groups:
            if other.num_rows == statistics.num_rows and other.forms & statistics.forms:
                statistics = Statistics(
                    {**other.sinks, **statistics.sinks}, other.forms | statistics.forms,
                    {**other.generators, **statistics.generators},
                    {**other.others, **statistics.others}, {**other.leads, **statistics.leads},
                    statistics.num_rows,
                )
                new = {**others, **new}
            else:
                apart.append((other, others))
        groups = [*apart, (statistics, new)]
    return groups


def _reached(outputs, replaced):
    """Return the indices of the nodes that outputs need when some nodes are replaced."""
    seen, stack = set(), list(outputs)
    while stack:
        node = stack.pop()
        if node.index not in seen:
            seen.add(node.index)
            node = replaced.get(node.index, node)
            seen.add(node.index)
            stack.extend(node.inputs)
    return seen


def _rebuilt(graph, replaced, arrays):
    """Return the graph with nodes replaced, in an order in which inputs come before users."""
    builder, new, stack = GraphBuilder(dict(arrays)), {}, list(graph.outputs)
    while stack:
        node = stack[-1]
        source = replaced.get(node.index, node)
        waiting = [x for x in source.inputs if x.index not in new]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        inputs = tuple(new[x.index] for x in source.inputs)
        new[node.index] = builder.intern(
            source.op, inputs, dict(source.attrs), source.shape, source.dtype, source.location
        )
    return Graph(tuple(new[x.index] for x in graph.outputs), builder.arrays, graph.is_body)


class _Basis:
    """Coordinates of columns, by their keys; see `StandIn`."""

    def __init__(self, found, leads, rank):
        self._found, self.leads, self.rank = found, leads, rank

    def lead(self, builder, weights):
        """Return the node of a column as a form, (leads + rank, 1)."""
        return self.form(builder, ("column", weights), 1)

    def form(self, builder, key, count):
        """Return the node of columns as a form, (leads + rank, P)."""
        return builder.data(self._found["form", key])

    def projection(self, builder, key, count):
        """Return the node of the coordinates of columns, (rank, P)."""
        return builder.data(self._found["projection", key])


def _basis_of(graph, statistics):
    """Compute the coordinates of all columns."""
    value_of, leads = _Values(graph.arrays), tuple(statistics.leads)
    is_lead = lambda key: key[0] == "column" and key[1] in statistics.leads  # noqa: E731
    keys = sorted(statistics.generators, key=lambda key: not is_lead(key))
    others = [key for key in statistics.others if key not in statistics.generators]
    columns = [_columns(key, value_of, statistics) for key in [*keys, *others]]
    parts = coordinates(columns[: len(keys)], columns[len(keys) :])
    rank, found = parts[0].shape[0], {}
    for key, column, part in zip([*keys, *others], columns, parts):
        coefficients = np.zeros((len(leads), column.count))
        found["projection", key] = part
        if is_lead(key):
            coefficients[leads.index(key[1])] = 1.0
            part = np.zeros_like(part)
        elif column.shift is not None:
            lead, shift = column.shift
            coefficients[leads.index(lead)] = shift
            found["projection", key] = part + found["projection", ("column", lead)] * shift
        found["form", key] = np.concatenate([coefficients, part])
    return _Basis(found, leads, rank)


def _columns(key, value_of, statistics):
    """Return the columns of a key, less what lies far from 0 in them, a multiple of a lead."""
    kind, weights, *rest = key
    num_rows, shift = statistics.num_rows, None
    if kind == "positions":
        x, count = rest
        values = np.asarray(value_of(x), np.int64)
        return Columns(values, count, *_weight_and_mask(weights, value_of))
    if kind == "matrix":
        x, axis = rest
        values = np.moveaxis(value_of(x), axis, 0).reshape(num_rows, -1)
    elif weights in statistics.leads:
        values = np.broadcast_to(1.0, (num_rows, 1))
    else:
        values, weights = _column_and_lead(weights, value_of, statistics)
    values = np.asarray(values, np.float64)
    weight, mask = _weight_and_mask(weights, value_of)
    if key[1] != weights or kind == "matrix" and weights in statistics.leads:
        shift = weights, offset_of(values, _counts(weight, mask))
    return Columns(values, values.shape[1], weight, mask, shift)


def _counts(weight, mask):
    """Return which rows count."""
    counts = True if mask is None else mask
    return counts if weight is None else counts & (weight != 0)


def _column_and_lead(weights, value_of, statistics):
    """Return one column of a product of columns, and the others."""
    for k, (use, x, _) in enumerate(weights):
        others = (*weights[:k], *weights[k + 1 :])
        if use == "times" and others in statistics.leads:
            return value_of(x).reshape(-1, 1), others
    return np.broadcast_to(1.0, (statistics.num_rows, 1)), weights


def _weight_and_mask(weights, value_of):
    weight, mask = None, None
    for use, x, _ in weights:
        values = value_of(x).ravel()
        if use in ("where", "unless"):
            chosen = values != 0 if use == "where" else values == 0
            mask = chosen if mask is None else mask & chosen
            continue
        with np.errstate(all="ignore"):
            values = 1.0 / values if use == "over" else np.asarray(values, np.float64)
            weight = values if weight is None else weight * values
    return weight, mask


class _Values:
    """Values of nodes that are known from data alone."""

    def __init__(self, arrays):
        self._arrays, self._known = arrays, {}

    def __call__(self, node):
        if node.op == "data":
            return self._arrays[node["key"]]
        if node.index not in self._known:
            arguments = [self(x) for x in node.inputs]
            with np.errstate(all="ignore"):
                self._known[node.index] = evaluate_node(node, arguments)
        return self._known[node.index]
