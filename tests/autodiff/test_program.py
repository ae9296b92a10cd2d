"""A program repeats a function, finds what it captured, and pulls gradients back."""

import numpy as np
import pytest

from lightppl.autodiff.check import value_and_gradient
from lightppl.autodiff.program import joined_programs, record_program, recording
from lightppl.errors import ControlFlowError


def test_a_program_repeats_the_function():
    program, captured = record_program(
        lambda x, y: [np.sin(x) * y, np.sum(x), np.ones(2)], [np.ones(3), np.float64(2.0)]
    )
    assert captured == [] and program.output_shapes == ((3,), (), (2,))
    x, y = np.arange(3.0), 0.5
    found = program(x, y)
    np.testing.assert_allclose(found[0], np.sin(x) * y)
    assert found[1] == 3.0


def test_calls_that_no_result_needs_are_left_out():
    def fun(x):
        np.exp(x)
        return [x + 1.0]

    program, _ = record_program(fun, [np.ones(2)])
    assert len(program.calls) == 1


def test_traced_values_of_the_surroundings_become_inputs():
    def outer(q):
        program, captured = record_program(lambda x: [x * q[0] + q[1]], [np.float64(1.0)])
        assert len(program.inputs) == 1 + len(captured) == 3
        return program(q[2], *captured)[0]

    value, gradient = value_and_gradient(outer, [2.0, 3.0, 5.0])
    assert value == 13.0
    np.testing.assert_array_equal(gradient, [5.0, 1.0, 2.0])


def test_gradients_are_pulled_back():
    program, _ = record_program(lambda x, y: [x * y, x**2], [np.float64(1.0), np.float64(1.0)])
    found = program.pull_back([0, 1], [3.0, 4.0], [1.0, 10.0])
    assert found == [4.0 + 60.0, 3.0]
    assert program.dependents([1]) == {0}


def test_python_control_flow_cannot_be_written_down():
    with pytest.raises(ControlFlowError, match="test_program.py"):
        record_program(lambda x: [x if x > 0 else -x], [np.float64(1.0)])


def test_joined_programs_take_the_same_inputs():
    def outer(q):
        recorded = []
        for factor in (q[0], q[1]):
            with recording() as tape:
                x = tape.input(np.float64(1.0))
                recorded.append((tape.program([x * factor]), tape.captured))
        programs, captured = joined_programs(recorded, 1)
        return sum(program(q[2], *captured)[0] for program in programs)

    value, gradient = value_and_gradient(outer, [2.0, 3.0, 5.0])
    assert value == 25.0
    np.testing.assert_array_equal(gradient, [5.0, 5.0, 5.0])
