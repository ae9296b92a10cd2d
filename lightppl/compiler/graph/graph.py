"""The graph: immutable, hash-consed nodes, and the builder that makes them.

A `Graph` is an expression of a few outputs in terms of a flat input vector, a vector of held values
(which change between calls, and are not differentiated), arrays of data, and structural numbers.
Nodes with the same operation, inputs and attributes are one object, so common subexpressions never
exist twice.
"""

import math
from dataclasses import field

import numpy as np

from lightppl.autodiff.frozen import place_of
from lightppl.autodiff.operation import as_int64, refuse_complex
from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE, STRUCTURAL_NUMBERS
from lightppl.records import record


@record(eq=False)
class Node:
    """One operation with its inputs.

    Attributes
    ----------
    op : str
        A name of `lightppl.compiler.graph.ops`.
    inputs : tuple of Node
    attrs : tuple of (str, object)
        Static facts, sorted by name; hashable.
    shape : tuple of int
    dtype : {"float64", "int64", "bool"}
    index : int
        Order of creation: inputs come before users.
    depends_on_input : bool
        Whether the flat vector, or the held one, is among the ancestors; if not, the node is known
        from data alone.
    location : str or None
        The user's file and line.
    """

    op: str
    inputs: tuple
    attrs: tuple
    shape: tuple
    dtype: str
    index: int
    depends_on_input: bool
    location: object = None

    def __getitem__(self, name):
        return dict(self.attrs)[name]

    @property
    def ndim(self):
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self):
        """Number of elements."""
        return math.prod(self.shape)

    def __repr__(self):
        given = [f"%{node.index}" for node in self.inputs]
        given += [f"{name}={value}" for name, value in self.attrs if name != "key"]
        shown = ", ".join(given)
        return f"%{self.index} = {self.op}({shown}) : {self.dtype}{list(self.shape)}"


@record(frozen=False)
class Graph:
    """Outputs as functions of the flat vector and data.

    Attributes
    ----------
    outputs : tuple of Node
    arrays : dict of int to numpy.ndarray
        Data by key; only keys of reachable ``data`` nodes matter.
    is_body : bool
        Whether this is the body of a loop or a branch while it is made: its data are nodes of the
        graph around it.
    """

    outputs: tuple
    arrays: dict = field(default_factory=dict)
    is_body: bool = False

    def nodes(self):
        """Return all reachable nodes, inputs before users."""
        seen, stack = {}, list(self.outputs)
        while stack:
            node = stack.pop()
            if node.index not in seen:
                seen[node.index] = node
                stack.extend(node.inputs)
        return [seen[k] for k in sorted(seen)]

    def __str__(self):
        lines = [repr(node) for node in self.nodes()]
        outputs = ", ".join(f"%{node.index}" for node in self.outputs)
        lines.append(f"return {outputs}")
        for body in self.bodies():
            lines += ["", f"{body!r}:", *("    " + x for x in str(body.graph).split("\n"))]
        return "\n".join(lines)

    def bodies(self):
        """Return the bodies of loops and branches, each once."""
        values = (value for node in self.nodes() for _, value in node.attrs)
        bodies = (x for x in values if isinstance(getattr(x, "graph", None), Graph))
        return list(dict.fromkeys(bodies))


class GraphBuilder:
    """Makes nodes, each combination once, and keeps the data arrays.

    Parameters
    ----------
    arrays : dict, optional
        Data pool to continue.
    """

    def __init__(self, arrays=None):
        self._nodes = {}
        self._identity = {}
        self.arrays = {} if arrays is None else arrays
        self.count = 0

    def make(self, op, inputs=(), location=None, **attrs):
        """Return the node of an operation.

        Parameters
        ----------
        op : str
        inputs : sequence of Node
        location : str, optional
        **attrs : hashable
        """
        inputs = tuple(inputs)
        is_commutative = op in ELEMENTWISE and ELEMENTWISE[op].is_commutative
        if is_commutative and inputs[0].index > inputs[1].index:
            inputs = inputs[::-1]
        shape, dtype = infer(op, inputs, attrs)
        return self.intern(op, inputs, attrs, shape, dtype, location)

    def intern(self, op, inputs, attrs, shape, dtype, location=None):
        """Return the node with exactly these facts."""
        attrs = tuple(sorted(attrs.items()))
        key = (op, tuple(node.index for node in inputs), attrs, shape, dtype)
        node = self._nodes.get(key)
        if node is None:
            depends = op in _VARYING or any(n.depends_on_input for n in inputs)
            node = Node(op, inputs, attrs, shape, dtype, self.count, depends, location)
            self.count += 1
            self._nodes[key] = node
        return node

    def input(self, shape):
        """Return the node of the flat input vector."""
        return self.intern("input", (), {}, tuple(shape), "float64")

    def held(self, size):
        """Return the node of the vector of held values."""
        return self.intern("held", (), {}, (size,), "float64")

    def literal(self, value):
        """Return the node of a structural number."""
        dtype = {"b": "bool", "i": "int64"}.get(np.asarray(value).dtype.kind, "float64")
        return self.intern("literal", (), {"value": value}, (), dtype)

    def data(self, array):
        """Return the node of a data array; the same elements in memory give the same node.

        The graph does not copy them: who records a function of somebody else's arrays passes what
        `lightppl.autodiff.frozen.held` returns.

        The transpose of a matrix in row order is a view of that matrix, also when it comes as an
        array of its own: reverse mode transposes design matrices.
        """
        is_transposed = isinstance(array, np.ndarray) and array.ndim == 2 and (
            array.flags.f_contiguous and not array.flags.c_contiguous
        )
        if is_transposed:
            return self.make("transpose", [self._pooled(array.T)], axes=(1, 0))
        return self._pooled(array)

    def _pooled(self, array):
        identity = _identity_of(array)
        key = self._identity.get(identity)
        if key is None:
            key = len(self.arrays)
            while key in self.arrays:
                key += 1
            self.arrays[key] = _as_pool_array(array)
            self._identity[identity] = key
            self._identity[("keep", key)] = array
        pool = self.arrays[key]
        return self.intern("data", (), {"key": key}, pool.shape, pool.dtype.name)

    def constant(self, value, is_whole=False):
        """Return the node of a constant: a literal for structural Python numbers, else data.

        Parameters
        ----------
        value : array_like
        is_whole : bool
            Whether a Python int stays one: where it meets integers only.
        """
        if type(value) in (bool, int, float):
            if type(value) is bool or float(value) in STRUCTURAL_NUMBERS:
                is_kept = type(value) is bool or (type(value) is int and is_whole)
                return self.literal(value if is_kept else float(value))
            return self.data(np.float64(value) if type(value) is float else np.int64(value))
        return self.data(value)


def infer(op, inputs, attrs):
    """Return shape and dtype of the result of an operation."""
    if op in ELEMENTWISE:
        return _broadcast_shape(inputs), _common_dtype(op, inputs)
    return ARRAY_OPERATIONS[op].shape(inputs, attrs)


def _broadcast_shape(inputs):
    shape = ()
    for node in inputs:
        if node.shape != shape and node.shape != ():
            shape = node.shape if shape == () else np.broadcast_shapes(shape, node.shape)
    return shape


def _common_dtype(op, inputs):
    result = ELEMENTWISE[op].result
    if result != "same":
        return result
    found = {node.dtype for node in (inputs[1:] if op == "where" else inputs)}
    result = next(name for name in _DTYPES if name in found)
    return "int64" if result == "bool" and op in ("add", "subtract", "multiply") else result


_DTYPES = ("float64", "int64", "bool")
_VARYING = ("input", "held", "random")


def _identity_of(array):
    """What makes two arrays the same: memory, which views share; of numbers, the object."""
    return place_of(array) if isinstance(array, np.ndarray) else id(array)


def _as_pool_array(array):
    """The array as compiled code reads it; what is frozen, and in order, is not copied."""
    array = np.asarray(array)
    if array.dtype.kind in "iu":
        array = as_int64(array)
    refuse_complex(array)
    kind = {"f": np.float64, "b": np.bool_, "i": np.int64}[array.dtype.kind]
    return np.require(array, kind, "CA")
