"""Nodes with an axis of rows, written in coordinates of the rows.

A *form* is linear in columns of data: data themselves, a number (or any node) times a column, a
gather ``a[group]``, sums and differences of forms, forms times what is constant along the rows.  In
coordinates it is the same operations on the coordinates of the columns.  Its axis of rows holds
first a coefficient of ones for each weight of the rows, then coordinates: numbers that are added to
all rows are added to each other before they meet the data, as ``(y - c) - (a - c)``.

A *weight* is a column by which a form is multiplied element by element; it is handed down to the
columns of data that the form is made of.
"""

import math
from functools import wraps

from lightppl.compiler.graph.ops import ELEMENTWISE
from lightppl.compiler.passes.rewriting import is_literal
from lightppl.compiler.passes.row_weights import (
    Scale, axis_behind, inverted, joined, with_size,
)

MOST_DEPTH = 100
"""How deep expressions are followed."""

MOST_WEIGHTS = 12
"""How many columns of data may be multiplied with each other: sums of such products are many."""

MAX_COLUMNS = 256
"""With more columns binding the data takes longer than it may save."""

MOST_COLUMNS = 16
"""With how many columns of data a matrix of gathered values may be multiplied."""


class NotLinear(Exception):
    """A node needs the rows one by one."""


def remembered(method):
    """Keep what a method finds out about a node: a node may be reached on very many ways.

    Raises `NotLinear` where expressions are too deep.
    """

    @wraps(method)
    def found(self, *arguments):
        key = method, *arguments
        if key not in self._known:
            if self._depth > MOST_DEPTH:
                raise NotLinear
            self._depth += 1
            try:
                self._known[key] = method(self, *arguments)
            finally:
                self._depth -= 1
        return self._known[key]

    return found


class StandIn:
    """Notes what columns are asked for, in place of a basis of known size.

    Attributes
    ----------
    generators : dict
        Number of columns by key, of those that forms are made of.
    others : dict
        Of those that are only projected.
    leads : tuple
        Weights by which something constant is multiplied.
    rank : int
        Number of coordinates.
    """

    rank = 2

    def __init__(self):
        self.generators, self.others, self._leads, self.leads = {}, {}, {}, ()

    def lead(self, builder, weights):
        """Return a node of one column."""
        self._leads[weights] = 1
        return self.form(builder, ("column", weights), 1)

    def form(self, builder, key, count):
        """Return a node of the right number of columns."""
        self.generators[key] = count
        return self._asked(builder, count)

    def projection(self, builder, key, count):
        """Return a node of the right number of columns."""
        self.others[key] = count
        return self._asked(builder, count)

    def asked_leads(self):
        """Return the weights by which something constant was multiplied."""
        return self._leads

    def _asked(self, builder, count):
        if sum((self.generators | self.others).values()) > MAX_COLUMNS:
            raise NotLinear
        return builder.intern("data", (), {"key": -1}, (2, count), "float64")


class LinearForms:
    """Writes forms in coordinates of a basis.

    Parameters
    ----------
    builder : GraphBuilder
        Makes nodes on top of those of the graph.
    basis : StandIn or object with its methods
        Gives nodes of the coordinates of columns by key.
    num_rows : int
        Rows of the data.

    Attributes
    ----------
    visited : set of int
        Indices of forms that depend on the input.
    """

    def __init__(self, builder, basis, num_rows):
        self.builder, self.basis, self.num_rows = builder, basis, num_rows
        self.visited = set()
        self._known, self._depth = {}, 0
        self._location = None

    def make(self, op, *inputs, **attrs):
        """Return the node of an operation."""
        return self.builder.make(op, inputs, self._location, **attrs)

    # --- what does not vary from row to row

    @remembered
    def _constant(self, x, axis):
        """Return x with one row in place of equal ones, or None if rows may differ.

        An axis below 0 means that x has no axis of rows.
        """
        if axis < 0 or x.shape[axis] == 1:
            return x
        if x.op == "broadcast_to":
            y = x.inputs[0]
            y = self._constant(y, axis - (x.ndim - y.ndim))
            return None if y is None else self._whole(y, with_size(x.shape, axis, 1))
        if x.op in ELEMENTWISE:
            inputs = [self._constant(y, axis - (x.ndim - y.ndim)) for y in x.inputs]
            return None if None in inputs else self.make(x.op, *inputs)
        if x.op in ("reshape", "transpose"):
            inner = axis_behind(x, axis)
            y = None if inner is None else self._constant(x.inputs[0], inner)
            return None if y is None else self._view(x, y, axis, 1)
        return None

    def _whole(self, x, shape):
        return x if x.shape == shape else self.make("broadcast_to", x, shape=shape)

    def _view(self, x, y, axis, num_rows):
        if x.op == "transpose":
            return self.make("transpose", y, axes=x["axes"])
        return self.make("reshape", y, shape=with_size(x.shape, axis, num_rows))

    # --- forms

    @remembered
    def _form(self, x, axis, weights):
        """Return the coordinates of a form, in the place of its rows."""
        flat = self._constant(x, axis)
        if flat is not None:
            ones = self._placed(self.basis.lead(self.builder, weights), (), x.ndim, axis)
            flat = self._whole(flat, with_size(x.shape, axis, 1))
            return self.make("multiply", ones, flat)
        if x.depends_on_input:
            self.visited.add(x.index)
        elif x.op not in _SEEN_THROUGH or axis_behind(x, axis) is None:
            return self._leaf("form", x, axis, weights)
        rule = _FORMS.get(x.op)
        if rule is None:
            raise NotLinear
        return rule(self, x, axis, weights)

    def _columns(self, role, key, count):
        return getattr(self.basis, role)(self.builder, key, count)

    def _leaf(self, role, x, axis, weights):
        rest = x.shape[:axis] + x.shape[axis + 1 :]
        count = math.prod(rest)
        key = ("matrix", weights, x, axis)
        if count == 1:
            key = ("column", self._joined(weights, (("times", x, axis),)))
        return self._placed(self._columns(role, key, count), rest, x.ndim, axis)

    def _placed(self, columns, rest, ndim, axis):
        """Return columns as an array of `ndim` axes, with the rows at one of them."""
        rest = rest or (1,) * (ndim - 1)
        columns = self.make("reshape", columns, shape=(columns.shape[0], *rest))
        order = (*range(1, axis + 1), 0, *range(axis + 1, ndim))
        return self.make("transpose", columns, axes=order) if axis else columns

    def _operand(self, x, y, axis, weights):
        """The form of an operand of an elementwise operation, of the same number of axes."""
        inner = axis - (x.ndim - y.ndim)
        if self._constant(y, inner) is None:
            return self._form(y, inner, weights)
        shape = (1,) * (x.ndim - y.ndim) + y.shape
        y = self._constant(y, inner)
        return self._form(self.make("reshape", y, shape=with_size(shape, axis, 1)), axis, weights)

    def _form_of_sum(self, x, axis, weights):
        return self.make(x.op, *(self._operand(x, y, axis, weights) for y in x.inputs))

    def _form_of_negative(self, x, axis, weights):
        return self.make("negative", self._form(x.inputs[0], axis, weights))

    def _form_of_product(self, x, axis, weights):
        for y, other in (x.inputs, x.inputs[::-1]):
            scale = self._scale(x, other, axis)
            if scale is not None:
                form = self._operand(x, y, axis, self._joined(weights, scale.columns))
                return self._scaled(form, scale, "multiply")
        y, other = x.inputs
        if other.depends_on_input:
            y, other = other, y
        return self._form_of_matrix_product(x, y, other, axis, weights)

    def _form_of_quotient(self, x, axis, weights):
        y, other = x.inputs
        scale = self._scale(x, other, axis)
        if scale is None:
            raise NotLinear
        form = self._operand(x, y, axis, self._joined(weights, inverted(scale.columns)))
        return self._scaled(form, scale, "divide")

    def _form_of_matrix_product(self, x, y, other, axis, weights):
        """The form of a product with a matrix of data, column by column."""
        is_matrix = x.ndim == 2 and axis == 0 and x.shape == y.shape == other.shape
        if other.depends_on_input or not is_matrix or x.shape[1] > MOST_COLUMNS:
            raise NotLinear
        parts = []
        for k in range(x.shape[1]):
            one, column = (self._cut(z, 1, k, 1) for z in (y, other))
            parts.append(self._form(one, 0, self._weighted(weights, "times", one, column, 0)))
        return self.make("concatenate", *parts, axis=1)

    def _cut(self, x, axis, start, size):
        if (start, size) == (0, x.shape[axis]):
            return x
        return self.make(
            "slice", x, starts=with_size((0,) * x.ndim, axis, start),
            sizes=with_size(x.shape, axis, size), steps=(1,) * x.ndim,
        )

    def _form_of_choice(self, x, axis, weights):
        condition, y, z = x.inputs
        parts = (
            self._operand(x, y, axis, self._weighted(weights, "where", x, condition, axis)),
            self._operand(x, z, axis, self._weighted(weights, "unless", x, condition, axis)),
        )
        return self.make("add", *parts)

    @remembered
    def _scale(self, x, y, axis):
        """Return an operand of x as a product of something constant and columns of data, if it is.
        """
        inner = axis - (x.ndim - y.ndim)
        flat = self._constant(y, inner)
        if flat is not None:
            return Scale(flat, ())
        if self._is_column(x, y, axis):
            return Scale(None, (("times", y, inner),))
        if y.op not in ("multiply", "divide", "negative"):
            return None
        a, *b = (self._scale(y, z, inner) for z in y.inputs)
        if a is None or None in b:
            return None
        if not b:
            return Scale(None if a.flat is None else self.make("negative", a.flat), a.columns)
        (b,) = b
        columns = a.columns + (b.columns if y.op == "multiply" else inverted(b.columns))
        if a.flat is None and y.op == "divide" and b.flat is not None:
            return Scale(self.make("divide", self.builder.literal(1.0), b.flat), columns)
        flats = [z.flat for z in (a, b) if z.flat is not None]
        return Scale(self.make(y.op, *flats) if len(flats) == 2 else (flats or [None])[0], columns)

    def _scaled(self, form, scale, op):
        return form if scale.flat is None else self.make(op, form, scale.flat)

    def _is_column(self, x, other, axis):
        """Whether an operand of x is known and varies along the axis of the rows only."""
        inner = axis - (x.ndim - other.ndim)
        is_column = inner >= 0 and other.size == other.shape[inner] == self.num_rows
        return is_column and not other.depends_on_input

    def _weighted(self, weights, use, x, other, axis):
        if not self._is_column(x, other, axis):
            raise NotLinear
        return self._joined(weights, ((use, other, axis - (x.ndim - other.ndim)),))

    def _joined(self, weights, columns):
        weights = joined(weights, columns)
        if len(weights) > MOST_WEIGHTS:
            raise NotLinear
        return weights

    def _form_of_view(self, x, axis, weights):
        inner = axis_behind(x, axis)
        if inner is None:
            raise NotLinear
        form = self._form(x.inputs[0], inner, weights)
        return self._view(x, form, axis, form.shape[inner])

    def _form_of_broadcast(self, x, axis, weights):
        y = x.inputs[0]
        form = self._form(y, axis - (x.ndim - y.ndim), weights)
        num_rows = form.shape[axis - (x.ndim - y.ndim)]
        return self._whole(form, with_size(x.shape, axis, num_rows))

    def _form_of_partial_sum(self, x, axis, weights):
        kept = [k for k in range(x.inputs[0].ndim) if k not in x["axes"]]
        return self.make("sum", self._form(x.inputs[0], kept[axis], weights), axes=x["axes"])

    def _form_of_matmul(self, x, axis, weights):
        a, b = x.inputs
        if axis == x.ndim - 2:
            return self.make("matmul", self._form(a, a.ndim - 2, weights), b)
        if axis == x.ndim - 1:
            return self.make("matmul", a, self._form(b, b.ndim - 1, weights))
        raise NotLinear

    def _form_of_take(self, x, axis, weights):
        """The form of gathered values: the first for all rows, and how others differ from it.

        So values that are far from 0, all of them, meet data that are.
        """
        y, index = x.inputs
        if axis != 0 or x["axis"] != 0 or index.ndim != 1 or index.depends_on_input:
            raise NotLinear
        size, rest = y.shape[0], y.shape[1:]
        columns = self._columns("form", ("positions", weights, index, size), size)
        values = self.make("reshape", y, shape=(size, math.prod(rest)))
        first = self._cut(values, 0, 0, 1)
        differences = self.make("matmul", columns, self.make("subtract", values, first))
        ones = self.make("multiply", self.basis.lead(self.builder, weights), first)
        form = self.make("add", ones, differences)
        return self.make("reshape", form, shape=(columns.shape[0], *rest))

    def _form_of_power(self, x, axis, weights):
        if not is_literal(x.inputs[1], 1.0):
            raise NotLinear
        return self._operand(x, x.inputs[0], axis, weights)

    def _form_of_slice(self, x, axis, weights):
        starts, steps, (y,) = x["starts"], x["steps"], x.inputs
        if (starts[axis], steps[axis]) != (0, 1) or x.shape[axis] != y.shape[axis]:
            raise NotLinear
        form = self._form(y, axis, weights)
        sizes = with_size(x.shape, axis, form.shape[axis])
        return self.make("slice", form, starts=starts, sizes=sizes, steps=steps)


_SEEN_THROUGH = ("negative", "reshape", "transpose", "broadcast_to")
"""Operations on data alone that do not make other columns."""

_FORMS = {
    "add": LinearForms._form_of_sum,
    "subtract": LinearForms._form_of_sum,
    "negative": LinearForms._form_of_negative,
    "multiply": LinearForms._form_of_product,
    "divide": LinearForms._form_of_quotient,
    "power": LinearForms._form_of_power,
    "where": LinearForms._form_of_choice,
    "reshape": LinearForms._form_of_view,
    "transpose": LinearForms._form_of_view,
    "broadcast_to": LinearForms._form_of_broadcast,
    "slice": LinearForms._form_of_slice,
    "sum": LinearForms._form_of_partial_sum,
    "matmul": LinearForms._form_of_matmul,
    "take": LinearForms._form_of_take,
}
