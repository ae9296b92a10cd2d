"""Values that are not drawn: each entry is an affine function of one entry of a site.

An undrawn value is a traced array ``coef * x[index] + offset`` with ``x`` the flat value of one
site.  Selecting, reshaping, repeating, shifting and scaling keep that form; anything else loses it,
and the operation that lost it is remembered for the error message.
"""

import numpy as np
from autograd.tracer import Node, new_box

from lightppl.autodiff import boxes, derivatives  # noqa: F401  registers operations

# autograd numbers the traces it opens 0, 1, ...; this one lies above all of them, because what
# others trace enters as coefficients.
_TRACE_ABOVE_ALL = 1e9

_MOVES = ("reshape", "transpose", "broadcast_to", "slice", "take")


class AffineNode(Node):
    """An affine function of the entries of one undrawn site.

    Attributes
    ----------
    site : object
        Whom the value belongs to.
    index : int array
        Entry of the site's flat value, for each entry of this value.
    coef, offset : array or None
        None stands for 1 and 0.
    lost_at : str or None
        The operation that made it something else.
    """

    __slots__ = ["site", "index", "coef", "offset", "lost_at"]

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
        parent = parents[0]
        self.site, self.lost_at = parent.site, parent.lost_at
        self.index, self.coef, self.offset = parent.index, parent.coef, parent.offset
        name = boxes.name_of_primitive(fun)
        if self.lost_at is not None:
            return
        if len(parents) > 1 or parent_argnums[0] > 1:
            self.lost_at = f"{name} of several of its entries"
        elif name in _MOVES and parent_argnums[0] == 0:
            self._move(fun, args[1:], kwargs)
        elif not self._calculate(name, parent_argnums[0], args):
            self.lost_at = name
        elif np.shape(self.index) != np.shape(value):
            self.index = np.broadcast_to(self.index, np.shape(value))

    def initialize_root(self, site, index):
        self.site, self.index = site, index
        self.coef = self.offset = self.lost_at = None

    def _move(self, fun, rest, kwargs):
        shape = np.shape(self.index)
        self.index = fun(self.index, *rest, **kwargs)
        for part in ("coef", "offset"):
            old = getattr(self, part)
            if old is not None and np.ndim(old) > 0:
                setattr(self, part, fun(np.broadcast_to(old, shape), *rest, **kwargs))

    def _calculate(self, name, argnum, args):
        """Follow one elementwise operation; return whether the value is still affine."""
        coef = 1.0 if self.coef is None else self.coef
        offset = 0.0 if self.offset is None else self.offset
        other = args[1 - argnum] if len(args) == 2 else None
        if name == "add":
            self.offset = offset + other
        elif name == "subtract" and argnum == 0:
            self.offset = offset - other
        elif name == "subtract":
            self.coef, self.offset = -coef, other - offset
        elif name == "negative":
            self.coef, self.offset = -coef, None if self.offset is None else -offset
        elif name == "multiply":
            self.coef = coef * other
            self.offset = None if self.offset is None else offset * other
        elif name in ("divide", "true_divide") and argnum == 0:
            self.coef = coef / other
            self.offset = None if self.offset is None else offset / other
        else:
            return False
        return True


def undrawn_value(site, prototype):
    """Return a traced array for the value of a site that is not drawn.

    Parameters
    ----------
    site : object
    prototype : array
        Of the value's shape; stands in where a plain number is needed.
    """
    index = np.arange(np.size(prototype)).reshape(np.shape(prototype))
    return new_box(prototype, _TRACE_ABOVE_ALL, AffineNode.new_root(site, index))


def affine_node_of(x):
    """Return the `AffineNode` behind a value, or None."""
    node = getattr(x, "_node", None)
    return node if isinstance(node, AffineNode) else None
