"""Source text of operations on whole arrays: one call of a runtime function per matrix."""

from functools import reduce
from itertools import product

import numpy as np

from lightppl.compiler import processor
from lightppl.compiler.write.index import affine_index
from lightppl.compiler.write.data_products import consume_statements, produce_statements
from lightppl.compiler.memory.columns import column_stride
from lightppl.compiler.memory.homes import plus
from lightppl.compiler.graph.array_operations import AxisCall
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS
from lightppl.compiler.graph.shapes import data_matrix, operand_of_call
from lightppl.compiler.graph.strided_view import view_of_itself
from lightppl.compiler.schedule.schedule import Home


def call_statements(node, memory):
    """Return the statements of a call.

    Parameters
    ----------
    node : Node
    memory : Memory

    Returns
    -------
    list of str
    """
    if node.op == "matmul":
        return _matmul(node, memory)
    call = ARRAY_OPERATIONS[node.op].call
    write = _along_axis if isinstance(call, AxisCall) else _matrix_call
    return write(node, call, memory)


def row_call_statements(node, memory):
    """Return the statements of a product with a data matrix, for one chunk of its rows.

    Parameters
    ----------
    node : Node
        For which `row_call` is not None.
    memory : Memory

    Returns
    -------
    before, inside : list of str
        What precedes the pass, and what each chunk does.
    """
    (_, b), out = _operands(node, memory), _Operand(view_of_itself(node), memory)
    matrix, is_transposed = data_matrix(node.inputs[0])
    is_produced, (num_rows, num_columns) = not is_transposed, matrix.shape
    array, offset = memory.array(matrix)
    columns = memory.header.name(num_columns)
    before = [] if is_produced else fill_lines(out.name, out.offset, columns)
    if memory.is_by_columns(matrix):
        write = produce_statements if is_produced else consume_statements
        vector = (b.name, b.offset if is_produced else b.row_offset("k0"))
        target = (out.name, out.row_offset("k0") if is_produced else out.offset)
        name = memory.header.name
        stride = name(column_stride(num_rows))
        return before, write((array, offset), vector, target, stride, num_columns, name)
    rows = "chunk_end - chunk"
    matrix = f"view2({array}, {offset} + chunk * {columns}, {rows}, {columns})"
    if is_produced:
        target = f"view1({out.name}, {out.row_offset('chunk')}, {rows})"
        vector = f"view1({b.name}, {b.offset}, {columns})"
        return before, [f"gemv_into({matrix}, {vector}, {target}, False)"]
    vector = f"view1({b.name}, {b.row_offset('chunk')}, {rows})"
    target = f"view1({out.name}, {out.offset}, {columns})"
    return before, [f"gemv_add_into({matrix}, {vector}, {target}, True)"]


def fill_lines(name, offset, count):
    """Return the statements that set `count` elements from `offset` on to zero."""
    return [f"for i in range({count}):", f"    {name}[{offset} + i] = 0.0"]


def _matmul(node, memory):
    (a, b), out = _operands(node, memory), _Operand(view_of_itself(node), memory)
    batch = node.shape[:-2]
    m, k = a.matrix_shape
    n = b.matrix_shape[1]
    if 0 < m * k * n <= processor.SMALL_PRODUCT:
        return _over_batch(_product_in_line(a, b, out), batch, (a, b, out), memory)
    if n == 1:
        call = f"gemv_into({a.view()}, {b.flat_view(k)}, {out.flat_view(m)}, {a.is_transposed})"
    elif m == 1:
        call = f"gemv_into({b.view()}, {a.flat_view(k)}, {out.flat_view(n)}, {not b.is_transposed})"
    else:
        call = (
            f"gemm_into({a.view()}, {b.view()}, {out.view()}, {a.is_transposed}, {b.is_transposed})"
        )
    return _over_batch([call], batch, (a, b, out), memory)


def _product_in_line(a, b, out):
    """Return one statement per element of a product: a call would take longer than the work."""
    m, k = a.matrix_shape
    n = b.matrix_shape[1]
    lines = []
    for i, j in product(range(m), range(n)):
        terms = [f"({a.element(i, l)} * {b.element(l, j)})" for l in range(k)]
        lines.append(f"{out.element(i, j)} = {sum_text(terms)}")
    return lines


def sum_text(terms):
    """Return source text of a sum whose terms may be added in any order."""
    return reduce("add_reassoc({}, {})".format, terms)


def _matrix_call(node, call, memory):
    operands = _operands(node, memory)
    parts = call.parts(*node.inputs[0].shape[-2:]) if call.parts else None
    out = _Operand(view_of_itself(node), memory, 0 if call.is_number else 1 if parts else 2)
    views = [x.view() for x in operands]
    if parts:
        views += out.views_of_parts(parts)
    elif not call.is_number:
        views.append(out.view())
    views += _scratch(node, call, memory)
    views += [str(node[name]) for name in call.attributes]
    text = f"{call.function(node.op)}({', '.join(views)})"
    text = f"{out.number()} = {text}" if call.is_number else text
    return _over_batch([text], node.inputs[0].shape[:-2], (*operands, out), memory)


def _along_axis(node, call, memory):
    x = node.inputs[0]
    axis = node["axis"]
    outer = int(np.prod(x.shape[:axis], dtype=np.int64))
    inner = int(np.prod(x.shape[axis + 1 :], dtype=np.int64))
    operands = [*_operands(node, memory), _Operand(view_of_itself(node), memory)]
    arguments = [text for operand in operands for text in (operand.name, operand.offset)]
    arguments += _scratch(node, call, memory)
    arguments += [memory.header.name(n) for n in (outer, x.shape[axis], inner)]
    return [f"{call.function(node.op)}({', '.join(arguments)})"]


def _scratch(node, call, memory):
    """Return the argument that is scratch space, if there is any."""
    size = call.scratch_size(node)
    if not size:
        return []
    size = memory.header.name(size)
    return [f"view1({memory.scratch_array}, {memory.offset(node, 'scratch')}, {size})"]


def _operands(node, memory):
    kept = memory.schedule.kept
    return [_Operand(operand_of_call(node, x, kept), memory) for x in node.inputs]


class _Operand:
    """An array in memory as an argument of a call; a matrix may be the transpose of what is there.

    Its last `num_axes` axes are what one call works on.
    """

    def __init__(self, view, memory, num_axes=2):
        self.memory, self.where, self.num_axes = memory, view, num_axes
        self.is_transposed = num_axes == 2 and not view.has_matrices
        self.name, offset = memory.array(view.base)
        self.offset = plus(offset, memory.header.name(view.offset))

    @property
    def matrix_shape(self):
        return self.where.shape[-2:]

    def number(self):
        """Return source text of the number that an operand without axes is."""
        return f"{self.name}[{self._at()}]"

    def element(self, i, j):
        """Return source text of one element of the matrix."""
        m, n = self.matrix_shape
        position = j * m + i if self.is_transposed else i * n + j
        return f"{self.name}[{self._at()} + {position}]"

    def view(self):
        m, n = self.matrix_shape[::-1] if self.is_transposed else self.matrix_shape
        header = self.memory.header
        return f"view2({self.name}, {self._at()}, {header.name(m)}, {header.name(n)})"

    def views_of_parts(self, shapes):
        """Return views of the parts of a packed result."""
        header, views, start = self.memory.header, [], 0
        for shape in shapes:
            sizes = ", ".join(header.name(n) for n in shape)
            at = f"{self._at()} + {header.name(start)}"
            views.append(f"view{len(shape)}({self.name}, {at}, {sizes})")
            start += int(np.prod(shape, dtype=np.int64))
        return views

    def flat_view(self, size):
        return f"view1({self.name}, {self._at()}, {self.memory.header.name(size)})"

    def _at(self):
        return f"{self.offset} + {{at_{id(self)}}}"

    def row_offset(self, row):
        """Return where a row of a vector stands: local arrays hold nothing but the chunk."""
        if self.memory.schedule.home(self.where.base) is Home.CHUNK:
            return self.offset if row == "chunk" else f"{self.offset} + ({row} - chunk)"
        return f"{self.offset} + {row}"

    def place(self, call, batch):
        """Fill in where the operand's matrix of the current batch index starts."""
        return call.replace(f"{{at_{id(self)}}}", self._position(batch))

    def _position(self, batch):
        strides = self.where.strides[: len(self.where.shape) - self.num_axes]
        strides = (0,) * (len(batch) - len(strides)) + strides
        terms = [(step, (f"b{k}", 0)) for k, step in enumerate(strides) if step != 0]
        return affine_index(self.memory.header, terms)[0]


def _over_batch(calls, batch, operands, memory):
    for operand in operands:
        calls = [operand.place(call, batch) for call in calls]
    lines = []
    for k, n in enumerate(batch):
        lines.append("    " * k + f"for b{k} in range({memory.header.name(n)}):")
    return [*lines, *("    " * len(batch) + call for call in calls)]
