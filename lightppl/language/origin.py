"""Traced arrays that remember the names of the sites they were computed from."""

import numpy as np
from autograd.tracer import Node, new_box

from lightppl.autodiff import boxes, derivatives  # noqa: F401  registers operations
from lightppl.autodiff.operation import is_traced, plain_value

# autograd numbers the traces it opens 0, 1, ...; this one lies below all of them, so that a model
# may differentiate inside.
_TRACE_BELOW_ALL = -0.5


class OriginNode(Node):
    """The union of the names of all arguments."""

    __slots__ = ["names"]

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
        self.names = frozenset().union(*(parent.names for parent in parents))

    def initialize_root(self, names):
        self.names = frozenset(names)


def mark(value, name):
    """Return `value` as a traced array that comes from site `name`."""
    value = np.asarray(plain_value(value))
    if value.dtype.kind not in "biuf":
        return value
    return new_box(value, _TRACE_BELOW_ALL, OriginNode.new_root([name]))


def origins_of(value):
    """Return the names of the sites that `value` was computed from."""
    names = frozenset()
    while is_traced(value):
        if isinstance(value._node, OriginNode):
            names |= value._node.names
        value = value._value
    return names
