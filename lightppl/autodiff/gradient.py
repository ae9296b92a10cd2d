"""Value and gradient of a scalar function by autograd's reverse mode.

autograd numbers nested traces with one counter per process: whoever traces holds a lock, and the
counter is put back whatever happens.
"""

import threading
from contextlib import contextmanager

from autograd.extend import VJPNode
from autograd.tracer import new_box, notrace_primitives, trace_stack
from autograd.util import toposort

from lightppl.autodiff import boxes  # noqa: F401  registers traced arrays with autograd
from lightppl.autodiff.autograd_functions import meant_call
from lightppl.autodiff.frozen import end_snapshots, held, start_snapshots
from lightppl.autodiff.operation import A_TRACED_VALUE, is_traced, trace_purpose
from lightppl.errors import LightPPLError, TracingError
from lightppl.when_used import module_when_used

remedies = module_when_used("lightppl.autodiff.remedies")
user_expression = module_when_used("lightppl.autodiff.user_expression")

_lock = threading.RLock()


@contextmanager
def misuse_named():
    """Turn errors of other libraries about a traced value into one that names line and remedy.

    NumPy hides that a traced value refused to be a number: behind an error of its own about an
    array element, or a shape that is no integer; SciPy does so in optimizers.
    """
    try:
        yield
    except LightPPLError:
        raise
    except (TypeError, ValueError, KeyError, IndexError) as error:
        if _is_about_traced(error):
            remedy, place = remedies.remedy_after(error), user_expression.location_of_error(error)
            raise TracingError(
                f"{remedy.what} at {place} needs a plain value, and was given {A_TRACED_VALUE}. "
                f"Instead, {remedy.sentence}."
            ) from error
        raise _refusal_behind(error) or error


def _refusal_behind(error):
    """Return the error of a traced value that led to another library's error, or None."""
    while error is not None and not isinstance(error, TracingError):
        error = error.__cause__ or error.__context__
    return error


def _is_about_traced(error):
    return (
        "setting an array element with a sequence" in str(error)
        or "<traced array" in str(error)
        or any(is_traced(x) for x in error.args)
    )


@contextmanager
def tracing(purpose=None):
    """Hold the lock, and leave autograd's counter as it was found.

    Parameters
    ----------
    purpose : {"values", "graph"}, optional
        Whether values matter while tracing, or only the graph that is recorded; by default what
        matters to whoever is tracing already, else values.
    """
    with _lock:
        before = trace_stack.top
        token = trace_purpose.set(purpose or trace_purpose.get() or "values")
        snapshots = start_snapshots()
        try:
            yield
        finally:
            end_snapshots(snapshots)
            trace_stack.top = before
            trace_purpose.reset(token)


watchers = []
"""Called, the last one only, with whatever a node is made of, by each node that is made."""


class DifferentiatingNode(VJPNode):
    """Keeps, for the backward pass, operands as they were when the operation ran."""

    __slots__ = ["results"]

    def __init__(self, value, fun, args, kwargs, parent_argnums, parents):
        call = meant_call(value, fun, args, kwargs, parent_argnums, parents)
        self.results = call.results
        if call.results is not None:
            return
        fun, args, kwargs = call.fun, tuple(held(x) for x in call.args), call.kwargs
        parent_argnums, parents = call.parent_argnums, call.parents
        VJPNode.__init__(self, value, fun, args, kwargs, parent_argnums, parents)
        if watchers:
            watchers[-1](self, value, fun, args, kwargs, parent_argnums, parents)


notrace_primitives[DifferentiatingNode] = notrace_primitives[VJPNode]


def differentiate(fun, x, seed=1.0):
    """Return value and gradient of a scalar function; the caller is `tracing`.

    Parameters
    ----------
    fun : callable
    x : array or traced array
    seed : float or traced 1.0
        Where the backward pass starts; traced, so that the pass is recorded from its first step.

    Returns
    -------
    value, gradient
        The gradient is 0.0 when the value does not depend on `x`.
    """
    trace_stack.top += 1
    root = DifferentiatingNode.new_root()
    box = new_box(x, trace_stack.top, root)
    try:
        result = fun(box)
    finally:
        trace_stack.top -= 1
    if not is_traced(result) or result._trace != box._trace:
        return result, 0.0
    return result._value, _gradients_of(result._node, seed).get(root, 0.0)


def pull_back(fun, points, cotangents):
    """Return the gradients of ``sum_k <cotangents[k], fun(*points)[k]>``; the caller is `tracing`.

    Parameters
    ----------
    fun : callable
        ``fun(*points)`` returns a list of arrays.
    points : list of array or traced array
    cotangents : list of array or traced array, or None
        One per result; None for a result that does not count.

    Returns
    -------
    list of array
        One per point; None where nothing depends on it.
    """
    trace_stack.top += 1
    level = trace_stack.top
    roots = [DifferentiatingNode.new_root() for _ in points]
    try:
        results = fun(*(new_box(x, level, root) for x, root in zip(points, roots)))
    finally:
        trace_stack.top -= 1
    reached = [
        (result._node, g)
        for result, g in zip(results, cotangents)
        if g is not None and is_traced(result) and result._trace == level
    ]
    gradients = _gradients_of(_Ends(*zip(*reached)), None) if reached else {}
    return [gradients.get(root) for root in roots]


class _Ends:
    """What stands after several results: the start of a backward pass with several seeds."""

    def __init__(self, nodes, seeds):
        self.parents = nodes
        self.vjp = lambda g: seeds


def _gradients_of(end_node, seed):
    """Return the gradients of the nodes without parents, by node."""
    gradients, roots = {end_node: seed}, {}
    for node in toposort(end_node):
        gradient = gradients.pop(node)
        if not node.parents:
            roots[node] = gradient
        for parent, part in zip(node.parents, node.vjp(gradient)):
            known = gradients.get(parent)
            gradients[parent] = part if known is None else known + part
    return roots
