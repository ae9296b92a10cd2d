"""Sums over rows of products of two forms, from the coordinates of the forms.

The sum of the products is the inner product of the coordinates.  One factor may be data that are
not among the columns that forms are made of: their projection into the space of these is enough.
"""

import math

import numpy as np

from lightppl.compiler.passes.linear_forms import LinearForms, NotLinear, remembered
from lightppl.compiler.passes.rewriting import is_literal
from lightppl.compiler.passes.row_weights import axis_behind, inverted, with_size


class RowSums(LinearForms):
    """Writes sums over rows in coordinates of a basis."""

    def sink(self, x, axis):
        """Return a node equal to one that sums over the rows.

        Parameters
        ----------
        x : Node
            A sum, a product of matrices, or values added up at positions.
        axis : int
            The axis of the rows in its first input.

        Returns
        -------
        Node

        Raises
        ------
        NotLinear
            If it is no sum of products of two forms.
        """
        self._location = x.location
        a = x.inputs[0]
        if x.op == "sum":
            total = self._whole(self._inner(a, axis, ()), with_size(a.shape, axis, 1))
            return self.make("sum", total, axes=x["axes"])
        if x.op == "matmul":
            b = x.inputs[1]
            a, b = self._projected(a, axis, ()), self._projected(b, b.ndim - 2, ())
            return self.make("matmul", a, b)
        return self._added_at(x, a, axis)

    def _added_at(self, x, a, axis):
        index, size = x.inputs[1], x["size"]
        if axis != 0 or index.ndim != 1 or index.depends_on_input:
            raise NotLinear
        key = ("positions", (), index, size)
        columns = self._columns("projection", key, size)
        columns = self.make("transpose", columns, axes=(1, 0))
        values = self._projected(a, 0, ())
        values = self.make("reshape", values, shape=(values.shape[0], math.prod(a.shape[1:])))
        return self.make("reshape", self.make("matmul", columns, values), shape=x.shape)

    def _projected(self, x, axis, weights):
        """Return the coordinates of a form, ones included, or of the projection of data."""
        if not x.depends_on_input and self._constant(x, axis) is None:
            return self._projected_data(x, axis, weights)
        form = self._form(x, axis, weights)
        leads = self.basis.leads
        total = self._cut(form, axis, len(leads), self.basis.rank)
        for k, lead in enumerate(leads):
            column = self._columns("projection", ("column", lead), 1)
            column = self._placed(column, (), x.ndim, axis)
            part = self.make("multiply", column, self._cut(form, axis, k, 1))
            total = self.make("add", total, part)
        return total

    def _projected_data(self, x, axis, weights):
        inner = axis_behind(x, axis) if x.op in ("reshape", "transpose") else None
        if inner is None:
            return self._leaf("projection", x, axis, weights)
        values = self._projected_data(x.inputs[0], inner, weights)
        return self._view(x, values, axis, values.shape[inner])

    @remembered
    def _inner(self, x, axis, weights):
        """Return the sum of x, a product of two forms, over the rows, with one row."""
        flat = self._constant(x, axis)
        if flat is not None:
            return self.make("multiply", self._total(weights), flat)
        if not x.depends_on_input:
            return self._total_of_data(x, axis, weights)
        is_form = x.op not in _PEELED and self._degree(x, axis) <= 1
        rule = None if is_form else _PRODUCTS.get(x.op)
        if rule is not None:
            return rule(self, x, axis, weights)
        column = self._columns("projection", ("column", weights), 1)
        form = self._projected(x, axis, _choices(weights))
        return self._dot(self._placed(column, (), x.ndim, axis), form, axis)

    def _total_of_data(self, x, axis, weights):
        if self._is_column(x, x, axis):
            return self._total(self._weighted(weights, "times", x, x, axis))
        if weights:
            raise NotLinear
        total = self.make("sum", x, axes=(axis,))
        return self.make("reshape", total, shape=with_size(x.shape, axis, 1))

    @remembered
    def _degree(self, x, axis):
        """Return how many forms that depend on the input are multiplied with each other."""
        if not x.depends_on_input or axis < 0 or x.shape[axis] == 1:
            return 0
        if x.op not in _PRODUCTS or x.op == "sum":
            return 1
        if x.op in ("reshape", "transpose"):
            inner = axis_behind(x, axis)
            return 1 if inner is None else self._degree(x.inputs[0], inner)
        degrees = [self._degree(y, axis - (x.ndim - y.ndim)) for y in x.inputs]
        if x.op == "multiply":
            return max(1, sum(degrees))
        if x.op == "square" or x.op == "power" and not is_literal(x.inputs[1], 1.0):
            return 2 * degrees[0]
        return max(1, *degrees) if x.op != "log" else 2

    def _total(self, weights):
        """Return the sum of the weights: the number of rows, if there are none."""
        if not weights:
            return self.builder.data(np.float64(self.num_rows))
        one, zero = self.builder.literal(1.0), self.builder.literal(0.0)
        product = one
        for use, x, _ in weights:
            x = self.make("reshape", x, shape=(self.num_rows,))
            factor = {
                "times": lambda x=x: x,
                "over": lambda x=x: self.make("divide", one, x),
                "where": lambda x=x: self.make("where", x, one, zero),
                "unless": lambda x=x: self.make("where", x, zero, one),
            }[use]()
            product = self.make("multiply", product, factor)
        return self.make("sum", product, axes=(0,))

    def _dot(self, a, b, axis):
        product = self.make("square", a) if a is b else self.make("multiply", a, b)
        total = self.make("sum", product, axes=(axis,))
        return self.make("reshape", total, shape=with_size(product.shape, axis, 1))

    def _inner_operand(self, x, y, axis, weights):
        inner = axis - (x.ndim - y.ndim)
        if self._constant(y, inner) is not None:
            return self.make("multiply", self._total(weights), self._constant(y, inner))
        return self._inner(y, inner, weights)

    def _inner_of_sum(self, x, axis, weights):
        return self.make(x.op, *(self._inner_operand(x, y, axis, weights) for y in x.inputs))

    def _inner_of_negative(self, x, axis, weights):
        return self.make("negative", self._inner(x.inputs[0], axis, weights))

    def _inner_of_product(self, x, axis, weights):
        a, b = x.inputs
        for y, other in ((a, b), (b, a)):
            scale = self._scale(x, other, axis)
            if scale is not None:
                total = self._inner_operand(x, y, axis, self._joined(weights, scale.columns))
                return self._scaled(total, scale, "multiply")
        return self._product(x, *((b, a) if b.depends_on_input else (a, b)), axis, weights)

    def _inner_of_quotient(self, x, axis, weights):
        y, other = x.inputs
        scale = self._scale(x, other, axis)
        if scale is None:
            raise NotLinear
        total = self._inner_operand(x, y, axis, self._joined(weights, inverted(scale.columns)))
        return self._scaled(total, scale, "divide")

    def _inner_of_logarithm(self, x, axis, weights):
        """``log(s w)`` is ``log(s) + log(w)`` if s is positive."""
        scale = self._scale(x, x.inputs[0], axis)
        if scale is None or scale.flat is None or not _is_positive(scale.flat):
            raise NotLinear
        total = self.make("multiply", self._total(weights), self.make("log", scale.flat))
        for use, y, inner in scale.columns:
            entry = ("times", self.make("log", y), inner)
            op = "add" if use == "times" else "subtract"
            total = self.make(op, total, self._total(self._joined(weights, (entry,))))
        return total

    def _product(self, x, a, b, axis, weights):
        """Return the sum of the product of two forms, the second of which may be data.

        Choices among the rows are made in both, since they may be no numbers elsewhere.
        """
        a_axis, b_axis = axis - (x.ndim - a.ndim), axis - (x.ndim - b.ndim)
        a_form = self._projected(a, a_axis, _choices(weights))
        return self._dot(a_form, self._projected(b, b_axis, weights), axis)

    def _inner_of_square(self, x, axis, weights):
        (y,) = x.inputs
        return self._product(x, y, y, axis, weights)

    def _inner_of_power(self, x, axis, weights):
        y, exponent = x.inputs
        if not is_literal(exponent, 2.0):
            raise NotLinear
        return self._product(x, y, y, axis, weights)

    def _inner_of_choice(self, x, axis, weights):
        condition, y, z = x.inputs
        parts = []
        for use, part in (("where", y), ("unless", z)):
            chosen = self._weighted(weights, use, x, condition, axis)
            parts.append(self._inner_operand(x, part, axis, chosen))
        return self.make("add", *parts)

    def _inner_of_view(self, x, axis, weights):
        inner = axis_behind(x, axis)
        if inner is None or inner < 0:
            raise NotLinear
        return self._view(x, self._inner(x.inputs[0], inner, weights), axis, 1)

    def _inner_of_broadcast(self, x, axis, weights):
        total = self._inner(x.inputs[0], axis_behind(x, axis), weights)
        return self._whole(total, with_size(x.shape, axis, 1))

    def _inner_of_partial_sum(self, x, axis, weights):
        y = x.inputs[0]
        kept = [k for k in range(y.ndim) if k not in x["axes"]]
        total = self._inner(y, kept[axis], weights)
        total = self._whole(total, with_size(y.shape, kept[axis], 1))
        return self.make("sum", total, axes=x["axes"])


def _choices(weights):
    """Return the weights that choose rows, which may be applied more than once."""
    return tuple(entry for entry in weights if entry[0] in ("where", "unless"))


def _is_positive(x):
    if x.op in ("multiply", "divide", "reciprocal"):
        return all(map(_is_positive, x.inputs))
    if x.op in ("reshape", "broadcast_to", "sqrt"):
        return _is_positive(x.inputs[0])
    return x.op in ("exp", "softplus") or x.op == "literal" and x["value"] > 0


_PEELED = ("multiply", "divide", "negative")
"""Operations whose constant or known operands are taken out of any sum."""

_PRODUCTS = {
    "add": RowSums._inner_of_sum,
    "subtract": RowSums._inner_of_sum,
    "negative": RowSums._inner_of_negative,
    "multiply": RowSums._inner_of_product,
    "square": RowSums._inner_of_square,
    "power": RowSums._inner_of_power,
    "log": RowSums._inner_of_logarithm,
    "divide": RowSums._inner_of_quotient,
    "where": RowSums._inner_of_choice,
    "reshape": RowSums._inner_of_view,
    "transpose": RowSums._inner_of_view,
    "broadcast_to": RowSums._inner_of_broadcast,
    "sum": RowSums._inner_of_partial_sum,
}
