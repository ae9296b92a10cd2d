"""A rehearsal gives what compiled code gives, and sees what compiled code would not."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from lightppl.compiler.write.program import emit_program
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import GuardedArray, Rehearsal, RehearsalError
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.density.potential import compile_objective

Q = np.linspace(-1.0, 1.0, 20)
ROWS = np.cos(np.arange(400.0)).reshape(20, 20)


def objective(q):
    return np.sum(np.cumsum(ROWS @ q) ** 2) + np.sum(1.0 / (2.0 + np.sin(q[::2]) ** 2))


def program_of(fun):
    graph = optimize_graph(record_value_and_gradient(fun, Q))
    return emit_program(schedule_graph(graph))


def test_equals_machine_code():
    value, gradient = Rehearsal(program_of(objective), Q.size)(Q)
    expected, expected_gradient = compile_objective(objective, Q)(Q)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10)


def test_division_by_zero_is_that_of_the_machine():
    value, gradient = Rehearsal(program_of(lambda q: np.sum(1.0 / q)), 20)(np.zeros(20))
    assert value == np.inf
    assert np.all(gradient == -np.inf)


@pytest.mark.parametrize("old, new, message", [
    (r"in independent\((n\d)\)", r"in range(\1 + 1)", r"reads q\[20\] of 20"),
    (r"in independent\((n\d)\)", r"in range(-1, \1)", r"reads q\[-1\] of 20"),
    (r"in independent\((n\d)\)", r"in range(1, \1)", "leaves 1 elements of grad out"),
    (r"grad\[k0\] =", "q[k0] =", r"writes q\[0\], which is data"),
    (r"= q\[k0\]", "= grad[k0]", r"reads grad\[0\], which nothing has written"),
])
def test_wrong_text_is_seen(old, new, message):
    program = program_of(lambda q: np.sum(q**4))
    source, count = re.subn(old, new, program.source)
    assert count
    with pytest.raises(RehearsalError, match=message):
        Rehearsal(replace(program, source=source), 20)(Q)


def test_a_loop_that_is_called_independent_must_be():
    """Neighbours share an element of the gradient: rounds in another order could lose a term."""
    program = program_of(lambda q: np.sum((q[1:] - q[:-1]) ** 2 * np.exp(q[1:])))
    shared = "for k0 in range("
    assert shared in program.source
    changed = replace(program, source=program.source.replace(shared, "for k0 in independent("))
    with pytest.raises(RehearsalError, match=r"grad\[1\], which another round touches"):
        Rehearsal(changed, 20)(Q)


def test_parts_of_guarded_memory_stay_inside():
    memory = GuardedArray("workspace", np.arange(6.0))
    assert list(memory.part(4, 2)) == [4.0, 5.0]
    for offset, count in ((5, 2), (-1, 2)):
        with pytest.raises(RehearsalError, match="passes on"):
            memory.part(offset, count)


def test_computed_nan_is_no_unwritten_memory():
    memory = GuardedArray.unwritten("local", 2)
    memory[0] = math.inf - math.inf
    assert np.isnan(memory[0])
    assert memory.num_unwritten() == 1
