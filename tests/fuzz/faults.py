"""Mistakes planted in the compiler and in autograd's rules, to see that random programs find them.

Each replaces one function or one entry of a table of the code itself by a version that is wrong in
the way in which such code goes wrong.
"""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np

from lightppl.autodiff import derivatives, structural
from lightppl.compiler.graph import ops, shapes, strided_view
from lightppl.compiler.memory import homes, pools
from lightppl.compiler.schedule import blocks, keeping
from lightppl.compiler.write import array_calls, control_flow, index, nest, program, scan


@dataclass(frozen=True)
class Fault:
    """A mistake that can be planted.

    Attributes
    ----------
    name : str
    kinds : tuple of str
        Programs in which it is looked for.
    planted : callable
        Returns a context within which the mistake is there.
    shown_in : set of {"schedule", "text"}
        Where it must be seen.
    """

    name: str
    kinds: tuple
    planted: object
    shown_in: frozenset = frozenset({"text"})


IN_SCHEDULE = frozenset({"schedule", "text"})


def _patched(*targets):
    """Return a fault's context: pairs of an object with the name of an attribute, and its value."""

    @contextmanager
    def planted():
        patches = [mock.patch.object(*target) for target in targets]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()

    return planted


def _entry(table, name, value):
    return lambda: mock.patch.dict(table, {name: value})


def _reshaped_as_if_in_order(view, node):
    """A reshape outside of a transposition is looked through."""
    return replace(view, shape=node.shape, strides=strided_view.row_major(node.shape))


def _sliced_from_the_start(view, node):
    return replace(_slice(view, node), offset=view.offset)


def _transposed_in_shape_only(view, node):
    found = _transpose(view, node)
    is_possible = all(n > 1 for n in node.shape)
    return replace(found, strides=view.strides) if is_possible else found


class _NeverTransposed(array_calls._Operand):
    def __init__(self, view, memory, num_axes=2):
        super().__init__(view, memory, num_axes)
        m, n = self.matrix_shape if len(view.shape) > 1 else (1, 1)
        self.is_transposed = self.is_transposed and m != n


def _shifted_without_step(header, i, start, step=1):
    return _shifted(header, i, start, abs(step) if step == -1 else step)


def _first_gap_anywhere(self, busy, size, position):
    return position


def _ends_one_level_early(schedule):
    return [replace(x, last=max(x.first, x.last - 2)) for x in _requests(schedule)]


def _written_only(node, terms):
    found = _plan_placement(node, terms)
    return replace(found, is_added=tuple(False for _ in found.is_added))


def _without_fills(node, terms):
    return replace(_plan_placement(node, terms), fills=())


def _range_off_by_one(self, axis):
    return _range(self, axis).replace("range(", "range(-1 + ")


def _aligned_to_the_left(x, idx):
    own = idx[: x.ndim]
    return tuple(index.ZERO if n == 1 else i for n, i in zip(x.shape, own))


def _affine_in_other_order(header, terms, start=0):
    steps = [step for step, _ in terms]
    return _affine_index(header, list(zip(steps[::-1], (i for _, i in terms))), start)


def _row_of_the_step_before(self, k, step):
    return _row(self, k, 0)


def _edited(write, edit):
    """A function that writes into a block, after which its statements are edited."""

    def edited(*args):
        block = next(x for x in args if isinstance(x, nest.Nest))
        start = len(block.body[-1])
        write(*args)
        block.body[-1][start:] = [edit(line) for line in block.body[-1][start:]]

    return edited


def _other_branch(line):
    return f"if not ({line[3:-1]}):" if line.startswith("if ") else line


def _unbounded_chunk(line):
    if "chunk_end = min(" not in line:
        return line
    return line.split("= min(")[0] + "= " + line.split("min(")[1].split(",")[0]


def _blocks_from_the_start(reader, step, idx):
    return idx


def _spread_along_other_axis(g, shape, axes):
    is_square = len(shape) == 2 and shape[0] == shape[1] and len(axes) == 1
    return _spread(g, shape, (1 - axes[0],) if is_square else axes)


@contextmanager
def _sine_without_sign():
    derivatives.unary(np.cos, lambda ans, x: np.sin(x))
    try:
        yield
    finally:
        derivatives.unary(np.cos, lambda ans, x: -np.sin(x))


_shifted, _affine_index = index.shifted, index.affine_index
_slice, _transpose = strided_view._slice, strided_view._transpose
_requests, _plan_placement = homes.requests_of, blocks.plan_placement
_range, _row = nest.Nest._range, scan.TimeLoop._row
_write_branch, _write_chunks = control_flow._write_branch, program._write_chunks
_spread = structural.spread
_where = replace(ops.ELEMENTWISE["where"], source="select({0}, {2}, {1})")

FAULTS = [
    Fault("a reshape outside of a transposition is looked through", ("contraction",),
          _entry(strided_view._RULES, "reshape", _reshaped_as_if_in_order)),
    Fault("a slice starts at the start", ("movement",),
          _entry(strided_view._RULES, "slice", _sliced_from_the_start)),
    Fault("a transposition leaves the strides as they are", ("movement", "contraction"),
          _entry(strided_view._RULES, "transpose", _transposed_in_shape_only)),
    Fault("a matrix is read as if it were not transposed", ("contraction",),
          _patched((array_calls, "_Operand", _NeverTransposed))),
    Fault("a parenthesis is missing in an index", ("movement", "reduction"),
          _patched((index, "_factor", lambda text: text))),
    Fault("a negative step is taken as a positive one", ("movement",),
          _patched((index, "shifted", _shifted_without_step))),
    Fault("a stride is off by one", ("contraction",),
          _patched((array_calls, "column_stride", lambda n: shapes.SMALL + n))),
    Fault("the strides of a view are exchanged", ("movement",),
          _patched((index, "affine_index", _affine_in_other_order))),
    Fault("two arrays share memory", ("contraction", "movement"),
          _patched((pools.Workspace, "_first_gap", _first_gap_anywhere))),
    Fault("a lifetime ends too early", ("contraction", "movement"),
          _patched((homes, "requests_of", _ends_one_level_early))),
    Fault("a scatter overwrites where it should add", ("indexing",),
          _patched((keeping, "plan_placement", _written_only)), IN_SCHEDULE),
    Fault("a buffer keeps what was in it", ("indexing",),
          _patched((keeping, "plan_placement", _without_fills)), IN_SCHEDULE),
    Fault("blocks that are joined all start at the same place", ("movement",),
          lambda: mock.patch.dict(index._MAPS, {"concatenate": _blocks_from_the_start})),
    Fault("a bound of a loop is off by one", ("elementwise",),
          _patched((nest.Nest, "_range", _range_off_by_one))),
    Fault("a last chunk goes on beyond the last row", ("elementwise", "movement", "contraction"),
          _patched((program, "_write_chunks", _edited(_write_chunks, _unbounded_chunk)))),
    Fault("broadcasting counts axes from the left", ("elementwise",),
          _patched((nest, "aligned", _aligned_to_the_left))),
    Fault("where takes the other branch", ("elementwise",),
          _entry(ops.ELEMENTWISE, "where", _where)),
    Fault("a condition runs the other branch", ("loops",),
          _patched((control_flow, "_write_branch", _edited(_write_branch, _other_branch)))),
    Fault("a scan reads the state of another step", ("loops",),
          _patched((scan.TimeLoop, "_row", _row_of_the_step_before))),
    Fault("rounds that add to one element are called independent", ("indexing", "movement"),
          _patched((nest, "are_disjoint", lambda items, schedule: True))),
    Fault("a derivative has the wrong sign", ("elementwise",), _sine_without_sign),
    Fault("the gradient of a sum is spread along the wrong axis", ("reduction", "contraction"),
          _patched((structural, "spread", _spread_along_other_axis))),
]
