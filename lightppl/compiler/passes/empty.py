"""Work on arrays without elements: nothing of it remains.

A loop nest over no elements has no first index to write, and a reduction over none has no first
value; so the result is what NumPy says it is, and what stands behind it is dropped.
"""

import math

from lightppl.compiler.graph.graph import infer
from lightppl.compiler.graph.ops import CONTROL_FLOW, REDUCTIONS

_NOTHING = {"float64": 0.0, "int64": 0, "bool": False}
_VALUES = {"prod": 1.0, "sign_det": 1.0, "max": -math.inf, "min": math.inf, "all": True}
"""Results other than zero; extremes of nothing are errors of NumPy before a graph is written."""


def without_elements(r, op, inputs, attrs):
    """Return the result of an operation, some of whose inputs have no elements.

    Parameters
    ----------
    r : Rewriter
    op : str
    inputs : tuple of Node
    attrs : dict

    Returns
    -------
    Node or None
        None if the operation is to be done as it stands.
    """
    if op in CONTROL_FLOW:
        return None
    shape, dtype = infer(op, inputs, attrs)
    if op == "concatenate" and math.prod(shape):
        rest = [x for x in inputs if x.size]
        rest = [x if x.dtype == dtype else r.make(_CASTS[dtype], x) for x in rest]
        return r.make("concatenate", *rest, **attrs)
    is_over_nothing = op in REDUCTIONS or op == "sign_det"
    value = _VALUES.get(op) if is_over_nothing and math.prod(shape) else None
    number = r.literal(_NOTHING[dtype] if value is None else type(_NOTHING[dtype])(value))
    return r.make("broadcast_to", number, shape=shape) if shape else number


_CASTS = {"float64": "to_float", "int64": "to_int", "bool": "to_bool"}
