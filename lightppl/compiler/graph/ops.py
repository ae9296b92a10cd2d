"""The closed set of operations of the compiler's graphs, and its groups.

What is known of each stands in one record: of `elementwise`, or of `array_operations`.  Every
operation has a NumPy meaning, used by the reference interpreter, so it is the definition.
"""

from lightppl.autodiff.special_functions import PUBLIC_NAMES
from lightppl.compiler.graph.array_operations import ARRAY_OPERATIONS
from lightppl.compiler.graph.elementwise import ELEMENTWISE

__all__ = [
    "ACCUMULATIONS", "ARRAY_OPERATIONS", "CALLS", "CONTROL_FLOW", "ELEMENTWISE", "LEAVES",
    "NAMES_ELSEWHERE", "REDUCTIONS", "STRUCTURAL_NUMBERS", "VIEWS", "is_supported",
]


def _group(*names):
    return tuple(op for op, x in ARRAY_OPERATIONS.items() if x.group in names)


LEAVES = ("input", "held", "data", "literal")
"""The flat vector, the vector of held values, an array of the data pool, a structural number."""

VIEWS = _group("view")
REDUCTIONS = _group("reduction")
ACCUMULATIONS = _group("accumulation")
CALLS = _group("call", "control flow")
CONTROL_FLOW = _group("control flow")

STRUCTURAL_NUMBERS = (0.0, 1.0, 2.0, 3.0, 4.0, 0.5, 0.25, -0.5, -1.0, -2.0)
"""Numbers that code may depend on; all others are data."""


NAMES_ELSEWHERE = {
    **PUBLIC_NAMES, **{name: op for op, x in ELEMENTWISE.items() for name in x.other_names},
}
"""What NumPy or SciPy calls a function of elements, if not by the name of its operation."""


def is_supported(op):
    """Return whether the compiler knows an operation."""
    return op in ELEMENTWISE or op in ARRAY_OPERATIONS or op in LEAVES
