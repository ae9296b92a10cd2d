"""Operations on whole arrays, one record each: all that the compiler knows of one is in its row.

A new one that is a call, on each matrix or along one axis, is a row of `ARRAY_OPERATIONS` and a
function of `runtime`.  Its derivative belongs to the function that is traced, in
`lightppl.autodiff`.

Shape rules take the inputs and attributes of a node and return shape and dtype of the result.
"""

import numpy as np

from lightppl.autodiff import cond, decompositions, linalg, march, scan, special, structural
from lightppl.compiler.runtime import scratch
from lightppl.records import record


@record
class MatrixCall:
    """A call of a function of `runtime` for each matrix of a stack.

    It takes a view of each argument, a view of the result or of its parts, scratch space, and some
    attributes; NumPy's function takes stacks of matrices.

    Parameters
    ----------
    module : str
        Of `runtime`.
    attributes : tuple of str
        Names of those that are passed.
    parts : callable or None
        From the shape of the first matrix to the shapes of the factors that stand one after another
        in the result.
    is_number : bool
        Whether the function returns the result, one number a matrix.
    scratch : callable or None
        From shapes of the matrices to the number of float64 of scratch space.
    """

    module: str
    attributes: tuple = ()
    parts: object = None
    is_number: bool = False
    scratch: object = None

    def function(self, op):
        """Return the name of the function of `runtime`."""
        return op if self.is_number else f"{op}_into"

    def scratch_size(self, node):
        """Return how many float64 of scratch space one call needs."""
        return self.scratch(*(x.shape[-2:] for x in node.inputs)) if self.scratch else 0


@record
class AxisCall:
    """A call of a function of `runtime` that works along the attribute ``axis``.

    It takes array and offset of each argument and of the result, scratch space, and three sizes:
    before, along and after the axis.

    Parameters
    ----------
    module : str
        Of `runtime`.
    scratch : callable or None
        From the size along the axis to the number of float64 of scratch space.
    """

    module: str
    scratch: object = None

    def function(self, op):
        """Return the name of the function of `runtime`."""
        return f"{op}_into"

    def scratch_size(self, node):
        """Return how many float64 of scratch space the call needs."""
        return self.scratch(node.inputs[0].shape[node["axis"]]) if self.scratch else 0


@record
class ArrayOperation:
    """An operation on whole arrays.

    Parameters
    ----------
    group : {"view", "reduction", "accumulation", "call", "control flow"}
        Another way to look at the elements of an array; elements put together along axes; blocks
        written, or added, into a new array; work on arrays in memory, without and with a body.
    value : callable
        On arrays, with attributes as keywords: the definition.
    shape : callable
        ``shape(inputs, attrs)`` gives shape and dtype of the result.
    call : MatrixCall, AxisCall or None
        How a call is written; None if it has a writer of its own.
    """

    group: str
    value: object
    shape: object
    call: MatrixCall | AxisCall | None = None


def _view(operation, shape):
    return ArrayOperation("view", operation.value, shape)


def _reduction(operation, shape):
    return ArrayOperation("reduction", operation.value, shape)


def _accumulation(operation, shape):
    return ArrayOperation("accumulation", operation.value, shape)


def _on_matrices(operation, shape, module, *attributes, **facts):
    return ArrayOperation("call", operation.value, shape, MatrixCall(module, attributes, **facts))


def _along_axis(operation, shape, **facts):
    return ArrayOperation("call", operation.value, shape, AxisCall("scans", **facts))


def _given(inputs, attrs):
    return attrs["shape"], inputs[0].dtype


def _transposed(inputs, attrs):
    (x,) = inputs
    return tuple(x.shape[k] for k in attrs["axes"]), x.dtype


def _sliced(inputs, attrs):
    return attrs["sizes"], inputs[0].dtype


def _taken(inputs, attrs):
    x, index = inputs
    axis = attrs["axis"]
    return x.shape[:axis] + index.shape + x.shape[axis + 1 :], x.dtype


def _reduced(inputs, attrs):
    (x,) = inputs
    return tuple(n for k, n in enumerate(x.shape) if k not in attrs["axes"]), x.dtype


def _total(inputs, attrs):
    shape, dtype = _reduced(inputs, attrs)
    return shape, "int64" if dtype == "bool" else dtype


def _truth(inputs, attrs):
    return _reduced(inputs, attrs)[0], "bool"


def _scattered(inputs, attrs):
    x, index = inputs
    axis = attrs["axis"]
    return x.shape[:axis] + (attrs["size"],) + x.shape[axis + index.ndim :], "float64"


def _concatenated(inputs, attrs):
    axis = attrs["axis"]
    total = sum(node.shape[axis] for node in inputs)
    shape = inputs[0].shape
    dtype = str(np.result_type(*(node.dtype for node in inputs)))
    return shape[:axis] + (total,) + shape[axis + 1 :], dtype


def _multiplied(inputs, attrs):
    a, b = inputs
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return tuple(batch) + (a.shape[-2], b.shape[-1]), "float64"


def _like_first(inputs, attrs):
    return inputs[0].shape, "float64"


def _like_second(inputs, attrs):
    return inputs[1].shape, "float64"


def _number_a_matrix(inputs, attrs):
    return inputs[0].shape[:-2], "float64"


def _packed(size):
    """The rule of a decomposition whose factors of `size` elements stand one after another."""
    return lambda inputs, attrs: (
        (*inputs[0].shape[:-2], size(*inputs[0].shape[-2:])), "float64"
    )


def _running(inputs, attrs):
    dtype = inputs[0].dtype
    return inputs[0].shape, "int64" if dtype == "bool" else dtype


def _positions(inputs, attrs):
    return inputs[0].shape, "int64"


def _position(inputs, attrs):
    shape, axis = inputs[0].shape, attrs["axis"]
    return shape[:axis] + shape[axis + 1 :], "int64"


def _of_scan(inputs, attrs):
    names = ("body", "num_carry", "length", "keeps_rows")
    return (scan.pieces_of(*(attrs[name] for name in names))[-1].stop,), "float64"


def _of_cond(inputs, attrs):
    return (cond.result_pieces(attrs["true"], attrs["false"])[-1].stop,), "float64"


def _of_march(inputs, attrs):
    names = ("trial", "num_state", "max_trials")
    return (march.march_pieces(*(attrs[name] for name in names))[-1].stop,), "float64"


ARRAY_OPERATIONS = {
    "reshape": _view(structural.reshape, _given),
    "transpose": _view(structural.transpose, _transposed),
    "broadcast_to": _view(structural.broadcast_to, _given),
    "slice": _view(structural.slice_, _sliced),
    "take": _view(structural.take, _taken),
    "sum": _reduction(structural.sum_, _total),
    "max": _reduction(structural.max_, _reduced),
    "min": _reduction(structural.min_, _reduced),
    "prod": _reduction(structural.prod, _total),
    "all": _reduction(structural.all_, _truth),
    "any": _reduction(structural.any_, _truth),
    "place": _accumulation(structural.place, _given),
    "scatter_add": _accumulation(structural.scatter_add, _scattered),
    "concatenate": _accumulation(structural.concatenate, _concatenated),
    "matmul": ArrayOperation("call", structural.matmul.value, _multiplied),
    "cholesky": _on_matrices(linalg.cholesky, _like_first, "linalg"),
    "cholesky_inverse": _on_matrices(linalg.cholesky_inverse, _like_first, "cholesky"),
    "cholesky_pullback": _on_matrices(linalg.cholesky_pullback, _like_first, "cholesky"),
    "solve_triangular": _on_matrices(
        linalg._solve_triangular_operation, _like_second, "linalg", "lower", "trans"
    ),
    "inv": _on_matrices(linalg.inv, _like_first, "factorizations", scratch=scratch.scratch_of_inv),
    "solve": _on_matrices(
        linalg._solve_operation, _like_second, "factorizations", scratch=scratch.scratch_of_solve
    ),
    "log_abs_det": _on_matrices(
        linalg.log_abs_det, _number_a_matrix, "factorizations",
        is_number=True, scratch=scratch.scratch_of_determinant,
    ),
    "sign_det": _on_matrices(
        linalg.sign_det, _number_a_matrix, "factorizations",
        is_number=True, scratch=scratch.scratch_of_determinant,
    ),
    "eigh": _on_matrices(
        decompositions.eigh_operation, _packed(decompositions.eigh_size), "factorizations",
        parts=lambda m, n: ((n,), (n, n)), scratch=scratch.scratch_of_eigh,
    ),
    "svd": _on_matrices(
        decompositions.svd_operation, _packed(decompositions.svd_size), "factorizations",
        parts=lambda m, n: ((m, min(m, n)), (min(m, n),), (min(m, n), n)),
        scratch=scratch.scratch_of_svd,
    ),
    "qr": _on_matrices(
        decompositions.qr_operation, _packed(decompositions.qr_size), "factorizations",
        parts=lambda m, n: ((m, min(m, n)), (min(m, n), n)), scratch=scratch.scratch_of_qr,
    ),
    "cumsum": _along_axis(structural.cumsum, _running),
    "cumprod": _along_axis(structural.cumprod, _running),
    "logcumsumexp": _along_axis(special.logcumsumexp, _like_first),
    "linear_recurrence": _along_axis(structural.linear_recurrence, _like_first),
    "argsort": _along_axis(structural.argsort, _positions, scratch=scratch.scratch_of_argsort),
    "argmax": _along_axis(structural.argmax, _position),
    "scan": ArrayOperation("control flow", scan.scan.value, _of_scan),
    "cond": ArrayOperation("control flow", cond.choose, _of_cond),
    "march": ArrayOperation("control flow", march.march.value, _of_march),
}
