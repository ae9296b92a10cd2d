"""Loops in models: scan.

Outside inference it is a Python loop.  While a model is traced, the body is run once and written
down as a program, and the loop becomes one operation, whatever its length.  A body that cannot be
written down, because Python asks for a value in it, is unrolled.
"""

from contextlib import nullcontext

import numpy as np

from lightppl.autodiff import as_array
from lightppl.autodiff.scan import scan_program
from lightppl.autodiff.operation import is_tracing
from lightppl.autodiff.remarks import remark
from lightppl.autodiff.structural import convert
from lightppl.errors import (
    ControlFlowError, ModelError, ShapeError, TracingError, UnsupportedOperationError,
)
from lightppl.language.body_sites import BodySites
from lightppl.language.traced_index import indexable
from lightppl.language.recorded_step import RecordedStep, by_site, site_results
from lightppl.language.stack import current_stack
from lightppl.language.structure import leaves_of, paths_and_leaves, rebuild
from lightppl.user_line import at_user_line


def scan(f, init, xs=None, length=None, reverse=False, history=1):
    """Run a loop that carries a state along and collects results.

    ``carry, y = f(carry, x)`` for each ``x`` along the first axis of `xs`.  Statements in the body
    are allowed: a site appears once in the trace, with an axis of time in front; handlers around
    the loop (condition, substitute, ...) give it values with that axis.

    Parameters
    ----------
    f : callable
        ``f(carry, x) -> (carry, y)``.  The carry keeps its structure and shapes.
    init : array, or tuple, list, dict of arrays
        The first carry.
    xs : array, or tuple, list, dict of arrays, optional
        Each of shape ``(T, ...)``.
    length : int, optional
        T; needed without `xs`.
    reverse : bool
        From the last x to the first; results keep the order of `xs`.
    history : int
        Accepted for NumPyro's sake; of use for discrete sites that are summed out only.

    Notes
    -----
    The body may index plain arrays by its step, as in ``y[t]`` with ``xs = np.arange(T)``, if it
    reads them as variables of the functions around it or of its module, also in a dict or list.
    An attribute of an object is indexed by ``lightppl.special.take(self.y, t)``.

    Returns
    -------
    carry
        The last one.
    ys
        Like y, with an axis of length T in front.

    Examples
    --------
    >>> carry, ys = scan(lambda total, x: (total + x, total), 0.0, np.array([1.0, 2.0, 3.0]))
    >>> float(carry), ys
    (6.0, array([0., 1., 3.]))
    """
    body = _Body(f, init, xs)
    steps = _num_steps(body.xs, length)
    sites = BodySites(steps) if current_stack() else None
    carry, ys, found = None, None, None
    if is_tracing():
        try:
            carry, ys, found = _recorded_loop(body, steps, reverse, sites)
        except (ControlFlowError, UnsupportedOperationError) as error:  # unrolled below
            remark(f"The scan{at_user_line()} is unrolled into {steps} steps. {error.message}")
        except TracingError:
            if _is_part_of_a_trace():
                raise
            # a plain array met a traced slice of xs, as in locs[k]: a Python loop needs no trace
    if carry is None:
        carry, ys = _plain_loop(body, steps, reverse, sites)
    if sites is not None:
        sites.tell(found)
    return rebuild(init, iter(carry)), rebuild(body.y_structure, iter(ys))


class _Body:
    """A body as a function of flat lists of arrays.

    Attributes
    ----------
    carry, xs : list of array
        Leaves of the first carry and of xs.
    y_structure : object
        Structure of y, known after the first call.
    """

    def __init__(self, f, init, xs):
        self.f = f
        self.init, self.x_structure = init, xs
        self.carry = [as_array(x, keep_int=True) for x in leaves_of(init)]
        self.xs = [as_array(x, keep_int=True) for x in leaves_of(xs)]
        self.y_structure = None

    def __call__(self, carry, x):
        """Return leaves of the new carry and of y."""
        result = self.f(rebuild(self.init, iter(carry)), rebuild(self.x_structure, iter(x)))
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise ModelError(
                f"The body of a scan must return (carry, y), found {type(result).__name__}. "
                "Without results to collect, return (carry, None)."
            )
        new, y = result
        self.y_structure = y
        return self._like_init(new), [as_array(leaf, keep_int=True) for leaf in leaves_of(y)]

    def _like_init(self, new):
        found = dict(paths_and_leaves(new))
        expected = [path for path, _ in paths_and_leaves(self.init)]
        if set(found) != set(expected):
            raise ShapeError(
                f"The body of a scan returned a carry with the parts {sorted(map(str, found))}, "
                f"the first carry has {sorted(map(str, expected))}. Keep the structure."
            )
        leaves = []
        for path, old in zip(expected, self.carry):
            leaf = as_array(found[path], keep_int=True)
            if np.shape(leaf) != np.shape(old):
                raise ShapeError(
                    f"The body of a scan returned a carry of shape {np.shape(leaf)}{_at(path)}, "
                    f"the first carry has {np.shape(old)}. Give `init` the shape that it keeps."
                )
            leaves.append(leaf)
        return leaves


def _at(path):
    return f" at {'.'.join(map(str, path))}" if path else ""


def _num_steps(xs, length):
    lengths = {np.shape(x)[0] if np.ndim(x) else None for x in xs}
    if length is not None:
        lengths.add(int(length))
    if len(lengths) != 1 or None in lengths:
        raise ShapeError(
            "A scan needs xs whose first axes have one length, or `length`; found "
            f"{[np.shape(x) for x in xs]} and length={length}."
        )
    steps = lengths.pop()
    if steps < 1:
        raise ShapeError("A scan needs at least one step.")
    return steps


def _plain_loop(body, steps, reverse, sites):
    """The loop in Python."""
    carry, collected = body.carry, [None] * steps
    if sites is not None:
        sites.restart()
    for t in range(steps - 1, -1, -1) if reverse else range(steps):
        with nullcontext() if sites is None else sites.at_step(t):
            # copies: ``carry += x`` in a body must not change `init` or results of earlier steps
            carry, collected[t] = body([_own(c) for c in carry], [_own(x[t]) for x in body.xs])
    return carry, [np.stack(leaves) for leaves in zip(*collected)]


def _own(x):
    return x.copy() if type(x) is np.ndarray else x


def _recorded_loop(body, steps, reverse, sites):
    """The loop as one operation; also returns what it found out about sites."""
    try:
        return _recorded_as_it_is(body, steps, reverse, sites)
    except ControlFlowError:
        raise
    except TracingError:  # perhaps of y[t], with a plain array y
        f, body.f = body.f, indexable(body.f)
        try:
            return _recorded_as_it_is(body, steps, reverse, sites)
        finally:
            body.f = f


def _recorded_as_it_is(body, steps, reverse, sites):
    for _ in range(2):  # integers in the first carry may turn out to become floats
        done = _try_recorded_loop(body, steps, reverse, sites)
        if done is not None:
            return done
    raise UnsupportedOperationError("A carry whose type changes from step to step.")


def _try_recorded_loop(body, steps, reverse, sites):
    # recording needs autograd, which takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import recording

    with recording() as tape:
        step = RecordedStep(tape, steps)
        carry = [tape.input(x) for x in body.carry]
        x = [step.slice_of(x) for x in body.xs]
        with nullcontext() if sites is None else sites.restart().at_step(0, step):
            new, ys = body(carry, x)
        results = [*ys, *([] if sites is None else site_results(sites))]
        plain = [step.whole_of(y) for y in results]
        computed = [y for y, whole in zip(results, plain) if whole is None]
        program = tape.program([*new, *computed])
        captured = tape.captured
    kinds = program.output_kinds[: len(new)]
    if _promote(body, kinds):
        return None
    rows, found = scan_program(
        program, body.carry, step.xs, captured, length=steps, reverse=reverse
    )
    found = iter(found)
    found = [next(found) if whole is None else whole.copy() for whole in plain]
    final = [row[0] if reverse else row[-1] for row in rows]
    return final, found[: len(ys)], by_site(sites, found[len(ys) :])


def _is_part_of_a_trace():
    # autograd takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import is_inside_a_trace

    return is_inside_a_trace()


def _promote(body, kinds):
    """Turn parts of the first carry into the kind that the body makes; return whether any was."""
    order = ("bool", "int64", "float64")
    has_changed = False
    for k, (old, kind) in enumerate(zip(body.carry, kinds)):
        if order.index(kind) > order.index(str(old.dtype)):
            body.carry[k] = convert(old, kind)
            has_changed = True
    return has_changed
