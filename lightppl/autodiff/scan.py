"""A loop as one operation: its body is a program, and its derivative is a loop that runs backwards.

``carry_t, y_t = body(carry_{t-1}, x_t, consts)`` for t = 1..T.  The state before each step is
kept, so that the backward loop can go from the last step to the first (reverse mode with all
states stored).

Legend: T is the number of steps.  The result of the operation is one flat vector: for each part
of the carry its *rows* (T + 1 states, in the order of time, the initial one included) or, if its
rows are not wanted, its last state; then the T values of each y.

Reference: Griewank & Walther (2008), "Evaluating Derivatives", 2nd ed., sec. 3.2 and 12.
"""

import numpy as np

from lightppl.autodiff.operation import (
    Operation, is_traced, needs_values, refuse_inexact_integers, run_on_data,
)
from lightppl.autodiff.structural import convert, zeros
from lightppl.errors import UnsupportedOperationError
from lightppl.records import record


@record
class Piece:
    """Where a part of the flat result stands.

    Attributes
    ----------
    start : int
    shape : tuple of int
        With the axis of time, if there is one.
    kind : str
    """

    start: int
    shape: tuple
    kind: str

    @property
    def stop(self):
        """Where the next part starts."""
        return self.start + int(np.prod(self.shape, dtype=np.int64))

    def read(self, flat):
        """Return the part."""
        part = np.reshape(flat[self.start : self.stop], self.shape)
        return part if self.kind == "float64" else convert(part, self.kind)


def pieces_of(body, num_carry, length, keeps_rows):
    """Return where the parts of the result of a loop stand.

    Parameters
    ----------
    body : Program
        Anything with ``output_shapes`` and ``output_kinds``.
    num_carry : int
    length : int
    keeps_rows : tuple of bool
        For each part of the carry: all its states, or the last.

    Returns
    -------
    list of Piece
    """
    pieces, start = [], 0
    for k, (shape, kind) in enumerate(zip(body.output_shapes, body.output_kinds)):
        if k >= num_carry:
            shape = (length, *shape)
        elif keeps_rows[k]:
            shape = (length + 1, *shape)
        pieces.append(Piece(start, tuple(shape), kind))
        start = pieces[-1].stop
    return pieces


def scan_program(body, carry, xs, consts, *, length, reverse=False, keeps_rows=None, count=None):
    """Run a program as the body of a loop.

    Parameters
    ----------
    body : Program
        ``body(*carry, *x, *consts)`` returns the new carry, then y.
    carry : list of array
    xs : list of (T, ...) array
    consts : list of array
    length : int
        T, positive.
    reverse : bool
        From the last x to the first.
    keeps_rows : tuple of bool, optional
        For each part of the carry, whether all its states are wanted.
    count : int or traced number, optional
        Only the first so many of the x take part; for loops without y that keep no rows.

    Returns
    -------
    carry : list of array
        Rows, shape (T + 1, ...), of the parts that keep them; else the last state.
    ys : list of (T, ...) array
    """
    keeps_rows = (True,) * len(carry) if keeps_rows is None else tuple(keeps_rows)
    static = {
        "body": body, "num_carry": len(carry), "num_xs": len(xs), "length": int(length),
        "reverse": bool(reverse), "keeps_rows": keeps_rows, "is_counted": count is not None,
    }
    arguments = [*carry, *xs, *consts, *([] if count is None else [count])]
    pieces = pieces_of(body, len(carry), length, keeps_rows)
    if any(map(is_traced, arguments)):
        if "int64" in body.output_kinds:
            refuse_inexact_integers(*arguments)
        flat = scan(*arguments, **static)
        parts = [p.read(flat) for p in pieces]
    else:
        parts = [np.zeros(p.shape, p.kind) for p in pieces]
        run_on_data(lambda: _fill(parts, arguments, **static))
    return parts[: len(carry)], parts[len(carry) :]


def _scan(*args, **static):
    """The loop itself: its results one after another."""
    names = ("body", "num_carry", "length", "keeps_rows")
    pieces = pieces_of(*(static[name] for name in names))
    flat = np.zeros(pieces[-1].stop if pieces else 0)
    _fill([flat[p.start : p.stop].reshape(p.shape) for p in pieces], args, **static)
    return flat


def _fill(
    views, args, *, body, num_carry, num_xs, length, reverse, keeps_rows, is_counted=False
):
    """Run step by step; if it is counted, the last argument is the number of steps."""
    if is_counted:
        *args, count = args
        length = min(int(count), length)
    carry = list(args[:num_carry])
    xs, consts = args[num_carry : num_carry + num_xs], args[num_carry + num_xs :]
    rows = [view for view, is_kept in zip(views, keeps_rows) if is_kept]
    steps = range(length - 1, -1, -1) if reverse else range(length)
    before, after = (1, 0) if reverse else (0, 1)
    kept = [k for k in range(num_carry) if keeps_rows[k]]
    for view, k in zip(rows, kept):
        view[steps[0] + before] = carry[k]
    with np.errstate(all="ignore"):
        for t in steps if needs_values() else steps[:1]:
            results = body(*carry, *(x[t] for x in xs), *consts)
            carry = results[:num_carry]
            for view, k in zip(rows, kept):
                view[t + after] = carry[k]
            for view, y in zip(views[num_carry:], results[num_carry:]):
                view[t] = y
    for k in range(num_carry):
        if not keeps_rows[k]:
            views[k][...] = carry[k]
    if not needs_values():  # any plausible numbers will do
        for view in rows + views[num_carry:]:
            view[...] = view[steps[0] + after if view.shape[0] > length else steps[0]]


def _derivative(positions, ans, args, kwargs):
    """One backward loop for the gradients of all arguments at `positions`."""
    if kwargs["is_counted"]:
        raise UnsupportedOperationError("Second derivatives of a loop of variable length.")
    body, num_carry, num_xs = kwargs["body"], kwargs["num_carry"], kwargs["num_xs"]
    length, reverse = kwargs["length"], kwargs["reverse"]
    num_forward = num_carry + num_xs

    def pull_back(g):
        keeps_rows = kwargs["keeps_rows"]
        plan = backward_plan(body, num_carry, num_xs, tuple(positions), keeps_rows)
        pieces = pieces_of(body, num_carry, length, keeps_rows)
        full = pieces_of(body, num_carry, length, (True,) * num_carry)
        flat = ans if all(keeps_rows) else scan(
            *args, **{**kwargs, "keeps_rows": (True,) * num_carry}
        )
        first, last = (slice(1, None), 0) if reverse else (slice(None, -1), -1)
        states = [p.read(flat)[first] for p in full[:num_carry]]
        seeds, added = [], []
        for k in plan.carry:
            g_state = pieces[k].read(g)
            seeds.append(g_state[last] if keeps_rows[k] else g_state)
            if keeps_rows[k]:
                added.append(g_state[first])
        g_ys = [pieces[num_carry + k].read(g) for k in plan.ys]
        sums = [zeros(np.shape(args[k])) for k in plan.consts]
        finals, g_xs = scan_program(
            plan.program,
            seeds + sums,
            [*states, *args[num_carry:num_forward], *added, *g_ys],
            list(args[num_forward:]),
            length=length,
            reverse=not reverse,
            keeps_rows=(False,) * len(seeds + sums),
        )
        found = dict(zip((*plan.carry, *plan.consts, *plan.xs), finals + g_xs))
        return tuple(
            found[k] if k in found else zeros(np.shape(args[k])) for k in positions
        )

    return pull_back


scan = Operation("scan", _scan, joint_derivative=_derivative)


@record
class BackwardPlan:
    """The body of a backward loop, and which arguments of the loop it finds gradients of.

    Attributes
    ----------
    program : Program
        Carry: the gradient of the carry, then sums of gradients of constants.  x: the state before
        the step, x of the step, the cotangents of the states that are kept and of y.  y: gradients
        of x.
    carry, xs, consts : tuple of int
        Positions of arguments.
    ys : tuple of int
        Which y gradients come through.
    """

    program: object
    carry: tuple
    xs: tuple
    consts: tuple
    ys: tuple


def backward_plan(body, num_carry, num_xs, positions, keeps_rows):
    """Return the backward body of a loop for gradients of the arguments at `positions`."""
    key = ("backward", num_carry, num_xs, positions, keeps_rows)
    if key not in body.derivatives:
        body.derivatives[key] = _make_plan(body, num_carry, num_xs, positions, keeps_rows)
    return body.derivatives[key]


def _make_plan(body, num_carry, num_xs, positions, keeps_rows):
    # recording programs needs autograd, which takes a moment to load
    from lightppl.autodiff.program import record_program

    is_float = [slot.kind == "float64" for slot in body.inputs]
    wanted = [k for k in positions if is_float[k]]
    carry = _active_carry(body, num_carry, wanted, is_float)
    reached = body.dependents([*carry, *wanted])
    xs = tuple(k for k in wanted if num_carry <= k < num_carry + num_xs)
    consts = tuple(k for k in wanted if k >= num_carry + num_xs)
    ys = tuple(k - num_carry for k in sorted(reached) if k >= num_carry)
    forward = [np.asarray(x) for x in body.examples]
    num_forward = num_carry + num_xs
    g_carry = [np.ones(np.shape(forward[k])) for k in carry]
    sums = [np.ones(np.shape(forward[k])) for k in consts]
    g_rows = [g for k, g in zip(carry, g_carry) if keeps_rows[k]]
    g_ys = [np.ones(body.output_shapes[num_carry + k]) for k in ys]

    def backward(*values):
        values = iter(values)
        g_carry_now = [next(values) for _ in carry]
        sums_now = [next(values) for _ in consts]
        arguments = [next(values) for _ in range(num_forward)]
        g_rows = [next(values) if keeps_rows[k] else 0.0 for k in carry]
        g_ys_now = [next(values) for _ in ys]
        arguments += values
        cotangents = [None] * len(body.outputs)
        for k, g in zip(carry, g_carry_now):
            cotangents[k] = g
        for k, g in zip(ys, g_ys_now):
            cotangents[num_carry + k] = g
        gradients = body.pull_back([*carry, *consts, *xs], arguments, cotangents)
        g_states = [g + h for g, h in zip(gradients[: len(carry)], g_rows)]
        g_consts = gradients[len(carry) : len(carry) + len(consts)]
        g_sums = [total + g for total, g in zip(sums_now, g_consts)]
        return g_states + g_sums + gradients[len(carry) + len(consts) :]

    examples = g_carry + sums + forward[:num_forward] + g_rows + g_ys + forward[num_forward:]
    program, _ = record_program(backward, examples)
    return BackwardPlan(program, carry, xs, consts, ys)


def _active_carry(body, num_carry, wanted, is_float):
    """Return the parts of the carry through which gradients reach what is wanted."""
    active = {k for k in wanted if k < num_carry}
    while True:
        reached = {k for k in body.dependents([*wanted, *active]) if k < num_carry and is_float[k]}
        if reached <= active:
            return tuple(sorted(active))
        active |= reached
