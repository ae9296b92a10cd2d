"""Four ways to a value and a gradient: compiled, the emitted text as Python, eager, differences.

The schedule between them must be legal.

A function is recorded at one point and compared at that point and at others.  Eager autograd is
what the emitted text and the machine code are compared with, as close as the function's own
sensitivity to rounding allows; differences of the function's values are what eager autograd is
compared with.
"""

from contextlib import ExitStack, contextmanager
from unittest import mock

import numpy as np

from lightppl.autodiff.check import value_and_gradient
from lightppl.compiler import processor
from lightppl.compiler.build import Potential, build_function
from lightppl.compiler.write.program import emit_program
from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.graph.verify import verify_graph
from lightppl.compiler.schedule.verify import verify_schedule
from lightppl.errors import LightPPLError

TOLERANCE = 1e-9
STEPS = (1e-3, 1e-4, 1e-5, 1e-6)
SMOOTH_POINTS = (0, 2)
"""Where a function changes slowly enough to be compared with its differences."""
_OFFSETS = (1, 2, 3)
_WEIGHTS = (0.75, -0.15, 1.0 / 60.0)


def differences(program, is_compiled=False):
    """Return what disagrees about a program, as sentences.

    Parameters
    ----------
    program : Program
    is_compiled : bool
        Whether machine code is made and compared, too.

    Returns
    -------
    list of str

    Raises
    ------
    UnsupportedOperationError, TracingError
        If the program cannot be recorded.
    """
    function, points = program.function(), program.points()
    with np.errstate(all="ignore"):
        graph = record_value_and_gradient(function, points[0])
    verify_graph(graph)
    optimized = optimize_graph(graph, lambda _, after: verify_graph(after))
    with blocks_of(program):
        schedule = schedule_graph(optimized)
        emitted = emit_program(schedule)
    ways = {"the recorded graph": lambda q: evaluate_graph(graph, q),
            "the optimized graph": lambda q: evaluate_graph(optimized, q),
            "the emitted text": Rehearsal(emitted, program.size)}
    if is_compiled:
        ways["the machine code"] = _machine_code(emitted, program.size)
    found = _illegal(schedule)
    for number, q in enumerate(points):
        eager, where = _eager(function, q), f"at point {number}"
        if eager is None:
            continue
        found += _differences_at(function, q, eager, ways, where)
        if number in SMOOTH_POINTS:
            found += _unlike_differences(function, q, eager, where)
    return found


def _illegal(schedule):
    try:
        verify_schedule(schedule)
    except LightPPLError as error:
        return [f"the schedule: {error}"]
    return []


def _machine_code(emitted, size):
    function = build_function(emitted.source)
    arrays = emitted.float_data, emitted.int_data
    return Potential(function, size, *arrays, emitted.workspace_size, emitted.streams)


@contextmanager
def blocks_of(program):
    """Chunks of 16 rows, and data of 32 elements read where they are, if a program asks for it."""
    with ExitStack() as stack:
        if program.is_in_small_blocks:
            for name in ("CHUNK_ELEMENTS", "MIN_CHUNK", "CHUNK_OF_MATRIX"):
                stack.enter_context(mock.patch.object(processor, name, 16))
            stack.enter_context(mock.patch.object(processor, "STREAM_FROM", 32))
        yield


def _differences_at(function, q, eager, ways, where):
    found = []
    for name, way in reversed(ways.items()):
        if name.endswith("graph") and not found:
            break  # graphs are asked only where a difference comes from
        try:
            value, gradient = way(q)
        except Exception as error:  # whatever is raised is a difference
            found.append(f"{where}: {name} raises {type(error).__name__}: {error}")
            continue
        found += _unequal(function, q, eager, (value, gradient), f"{where}: {name}")
    return found


def _eager(function, q):
    """Return value and gradient by autograd, None where the value is no number."""
    with np.errstate(all="ignore"):
        try:
            value, gradient = value_and_gradient(function, q)
        except np.linalg.LinAlgError:
            return None
    return (value, gradient) if np.isfinite(value) else None


def _unequal(function, q, eager, other, name):
    value, gradient = float(other[0]), np.asarray(other[1])
    known = np.isfinite(eager[1])  # NaN of a derivative that is none may be a number elsewhere
    scale = np.max(np.abs(eager[1][known]), initial=1e-3)
    bad_value = not abs(value - eager[0]) <= TOLERANCE * max(1.0, abs(eager[0]))
    error = np.max(np.abs(gradient - eager[1])[known], initial=0.0)
    bad_gradient = not error <= TOLERANCE * scale
    if not (bad_value or bad_gradient):
        return []
    noise = _sensitivity(function, q, eager)
    if abs(value - eager[0]) <= noise[0] and error <= noise[1]:
        return []
    if bad_value:
        return [f"{name} has value {value!r}, not {eager[0]!r}"]
    return [f"{name} has a gradient wrong by {error:.3g} of {scale:.3g}"]


def _sensitivity(function, q, eager):
    """Return by how much value and gradient change when the point is rounded differently."""
    rng, value, gradient = np.random.default_rng(0), 0.0, 0.0
    for _ in range(6):
        moved = _eager(function, q * (1.0 + 1e-13 * rng.normal(size=q.shape)))
        if moved is None:
            return np.inf, np.inf
        value = max(value, abs(moved[0] - eager[0]))
        change = np.abs(moved[1] - eager[1])
        gradient = max(gradient, np.max(change[np.isfinite(eager[1])], initial=0.0))
    return 20.0 * value, 20.0 * gradient


def _unlike_differences(function, q, eager, where):
    """Compare eager autograd with differences, here and nearby: a kink has no derivative."""
    if not np.all(np.isfinite(eager[1])):
        return []
    error = _error_of_direction(function, q, eager[1], 0)
    if error is None:
        return []
    for seed in (1, 2):
        moved = q + 1e-2 * np.random.default_rng(seed).normal(size=q.shape)
        eager = _eager(function, moved)
        if eager is None or _error_of_direction(function, moved, eager[1], seed) is None:
            return []
    return [f"{where}: eager autograd differs from differences of the function: {error}"]


def _error_of_direction(function, q, gradient, seed):
    """Return how the derivative in one direction is wrong, None if it is right."""
    rng = np.random.default_rng(seed)
    direction = rng.choice((-1.0, 1.0), q.shape) * rng.uniform(0.5, 1.5, q.shape)
    direction *= np.maximum(np.abs(q), 0.1)
    expected = np.sum(gradient * direction)
    scale = np.sum(np.abs(gradient * direction))
    shown = []
    for step in STEPS:
        found, size = _directional_difference(function, q, direction, step)
        if not np.isfinite(found):
            return None
        allowed = 1e-6 * scale + 1e-13 * size / step
        if abs(found - expected) <= allowed:
            return None
        shown.append(found)
    if not any(abs(a - b) <= 1e-5 * abs(a) for a, b in zip(shown, shown[1:])):
        return None  # differences say nothing of a function that changes so fast
    return f"{expected:.8g}, not {' or '.join(f'{x:.8g}' for x in shown)}"


def _directional_difference(function, q, direction, step):
    total, size = 0.0, 0.0
    with np.errstate(all="ignore"):
        for offset, weight in zip(_OFFSETS, _WEIGHTS):
            move = offset * step * direction
            try:
                ahead, behind = float(function(q + move)), float(function(q - move))
            except np.linalg.LinAlgError:
                return np.nan, np.nan
            total += weight * (ahead - behind)
            size = max(size, abs(ahead), abs(behind))
    return total / step, size
