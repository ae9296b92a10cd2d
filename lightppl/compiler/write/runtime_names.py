"""Which runtime module holds each function that emitted code may call."""

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS, ELEMENTWISE

RUNTIME = "lightppl.compiler.runtime"

_MODULE_OF_PART = {
    name: module
    for module, names in {
        "linalg": "gemv_into gemv_add_into gemm_into",
        "reduction": "add_reassoc",
        "memory": "independent pointer_at floats_at ints_at view1 view2 copy_into",
    }.items()
    for name in names.split()
}
"""Functions that no record of an operation names."""


def modules_of_functions():
    """Return the module of each function, by name: that of operations stands in their records."""
    found = dict(_MODULE_OF_PART)
    for operation in ELEMENTWISE.values():
        if operation.module:
            found[operation.function] = operation.module
    for op, operation in ARRAY_OPERATIONS.items():
        if operation.call:
            found[operation.call.function(op)] = operation.call.module
    return found


def import_lines(words):
    """Return the import statements for the runtime functions among some words.

    Parameters
    ----------
    words : set of str

    Returns
    -------
    list of str
    """
    module_of, needed = modules_of_functions(), {}
    for name in sorted(words & module_of.keys()):
        needed.setdefault(module_of[name], []).append(name)
    return [
        f"from {RUNTIME}.{module} import {', '.join(names)}"
        for module, names in sorted(needed.items())
    ]
