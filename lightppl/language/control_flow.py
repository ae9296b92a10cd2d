"""Loops and branches in models: scan, cond.

Outside inference they are a Python loop and a Python ``if``.  While a model is traced, the body
is run once and written down as a program, and the loop becomes one operation, whatever its
length.  A body that cannot be written down, because Python asks for a value in it, is unrolled.
"""

from contextlib import nullcontext

import numpy as np

from lightppl.autodiff import as_array, is_traced, plain_value
from lightppl.autodiff.branches import choose_program
from lightppl.autodiff.loops import scan_program
from lightppl.autodiff.operation import is_recorded, is_tracing
from lightppl.autodiff.structural import convert
from lightppl.errors import (
    ControlFlowError, ModelError, ShapeError, TracingError, UnsupportedOperationError,
)
from lightppl.language.body_sites import BodySites
from lightppl.language.stack import current_stack
from lightppl.language.structure import leaves_of, paths_and_leaves, rebuild


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
        except (ControlFlowError, UnsupportedOperationError):
            pass  # unrolled below
        except TracingError:
            if _is_part_of_a_trace():
                raise
            # a plain array met a traced slice of xs, as in locs[k]: a Python loop needs no trace
    if carry is None:
        carry, ys = _plain_loop(body, steps, reverse, sites)
    if sites is not None:
        sites.tell(found)
    return rebuild(init, iter(carry)), rebuild(body.y_structure, iter(ys))


def cond(pred, true_fun, false_fun, operand):
    """Run one of two functions.

    A predicate that depends on a latent value chooses at run time, and only the chosen function is
    computed, with its gradient.  The two return arrays of the same structure and shapes.

    Parameters
    ----------
    pred : bool
    true_fun, false_fun : callable
        ``fun(operand)``; may contain statements, then both the same sites.
    operand : object
        An array, or a tuple, list, dict of arrays.

    Returns
    -------
    object
        What the chosen function returns.

    Examples
    --------
    >>> float(cond(True, lambda x: x + 1.0, lambda x: -x, 2.0))
    3.0
    """
    if not (is_tracing() and is_traced(pred)):
        return true_fun(operand) if pred else false_fun(operand)
    sites = BodySites() if current_stack() else None
    branches = [_Branch(fun, operand) for fun in (true_fun, false_fun)]
    try:
        chosen = branches[0]
        results, found = _recorded_choice(pred, branches, sites)
    except (ControlFlowError, UnsupportedOperationError):
        if is_recorded(pred):
            raise
        chosen = branches[0 if pred else 1]
        results, found = _plain_choice(chosen, sites), None
    if sites is not None:
        sites.tell(found)
    return rebuild(chosen.structure, iter(results))


# ---- loops ---------------------------------------------------------------------------------------


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
    for _ in range(2):  # integers in the first carry may turn out to become floats
        done = _try_recorded_loop(body, steps, reverse, sites)
        if done is not None:
            return done
    raise UnsupportedOperationError("A carry whose type changes from step to step.")


def _try_recorded_loop(body, steps, reverse, sites):
    # recording needs autograd, which takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import recording

    with recording() as tape:
        step = _RecordedStep(tape, steps)
        carry = [tape.input(x) for x in body.carry]
        x = [step.slice_of(x) for x in body.xs]
        with nullcontext() if sites is None else sites.restart().at_step(0, step):
            new, ys = body(carry, x)
        results = [*ys, *([] if sites is None else _site_results(sites))]
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
    return final, found[: len(ys)], _by_site(sites, found[len(ys) :])


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


def _site_results(sites):
    """Values and log densities of the sites of a recorded step, as arrays of that step."""
    results = []
    for asked in sites.asked.values():
        (step,) = asked.steps
        if asked.msg.type == "sample":
            shape = step.fn.shape()
            is_whole = np.shape(step.value) == shape
            value = step.value if is_whole else np.broadcast_to(step.value, shape)
            results += [value, step.log_prob()]
        else:
            results += [step.value, 0.0]
    return results


def _by_site(sites, found):
    if sites is None:
        return None
    pairs = zip(found[::2], found[1::2])
    return dict(zip(sites.asked, pairs))


class _RecordedStep:
    """What the statements of a body need while it is recorded once for all steps.

    Attributes
    ----------
    xs : list of (T, ...) array
        What the loop goes along.
    """

    def __init__(self, tape, length):
        self.tape, self.length = tape, length
        self.xs = []
        self._whole = {}

    def slice_of(self, array):
        """Return the traced value of an array at the present step."""
        value = self.tape.input(np.asarray(plain_value(array))[0])
        self.xs.append(array)
        self._whole[value._node.slot] = array
        return value

    def whole_of(self, value):
        """Return the array of which a value is the slice, or None."""
        slot = self.tape.slot_of(value)
        if isinstance(slot, np.ndarray):
            return np.broadcast_to(slot, (self.length, *slot.shape))
        return self._whole.get(slot)

    def is_inside(self, value):
        """Return whether a value is known inside the body only."""
        return is_traced(value) and value._trace >= self.tape.level

    def draws(self, rng):
        """Return a generator that draws for all steps at once."""
        return _DrawsOfSteps(rng, self)


class _DrawsOfSteps:
    """Looks like a generator; draws are made outside of the body, for all steps at once."""

    def __init__(self, rng, step):
        self._rng, self._step = rng, step

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        draw = getattr(self._rng, method)

        def draw_all(*args, **kwargs):
            if "size" not in kwargs or any(self._step.is_inside(x) for x in args):
                raise UnsupportedOperationError(f"Generator.{method} in the body of a loop.")
            if self._step.length is None:  # a branch: the draw is made whether it is taken or not
                return draw(*args, **kwargs)
            size = () if kwargs["size"] is None else kwargs["size"]
            size = (size,) if np.ndim(size) == 0 else tuple(size)
            kwargs["size"] = (self._step.length, *size)
            return self._step.slice_of(draw(*args, **kwargs))

        return draw_all


# ---- branches ------------------------------------------------------------------------------------


class _Branch:
    """One function of a choice, on flat lists of arrays."""

    def __init__(self, fun, operand):
        self.fun, self.operand = fun, operand
        self.leaves = [as_array(x, keep_int=True) for x in leaves_of(operand)]
        self.structure = None

    def __call__(self, operands):
        self.structure = self.fun(rebuild(self.operand, iter(operands)))
        return [as_array(x, keep_int=True) for x in leaves_of(self.structure)]


def _plain_choice(branch, sites):
    with nullcontext() if sites is None else sites.restart().at_step(0):
        return branch(branch.leaves)


def _recorded_choice(pred, branches, sites):
    """Return the results of the choice, and value and log density of each site by name."""
    # recording needs autograd, which takes a moment to load and is loaded when there is tracing
    from lightppl.autodiff.program import joined_programs, recording

    recorded, site_names = [], []
    for branch in branches:
        with recording() as tape:
            step = _RecordedStep(tape, None)
            with nullcontext() if sites is None else sites.restart().at_step(0, step):
                results = branch([tape.input(x) for x in branch.leaves])
            if sites is not None:
                site_names.append({name for name, a in sites.asked.items() if a.steps})
                _check_same_sites(site_names)
                results += _site_results(sites)
            recorded.append((tape.program(results), tape.captured))
    programs, captured = joined_programs(recorded, len(branches[0].leaves))
    if programs[0].output_shapes != programs[1].output_shapes:
        raise ShapeError(
            "The two functions of a cond returned arrays of different structure or shapes: "
            f"{programs[0].output_shapes} and {programs[1].output_shapes}."
        )
    values = choose_program(pred, *programs, [*branches[0].leaves, *captured])
    count = 0 if sites is None else 2 * len(sites.asked)
    return values[: len(values) - count], _by_site(sites, values[len(values) - count :])


def _check_same_sites(site_names):
    if site_names[0] != site_names[-1]:
        raise ModelError(
            "The two functions of a cond must contain the same sites; one has "
            f"{sorted(site_names[0])}, the other {sorted(site_names[-1])}."
        )
