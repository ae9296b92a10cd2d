"""A function in parts is the function: what one part gives, the next one finds."""

import ast

import numpy as np
import pytest

from lightppl.compiler.build import Potential, definitions_of
from lightppl.compiler.write.program import emit_program
from lightppl.compiler.lower import module, parts
from lightppl.compiler.lower.module import lower_program
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.contrib.control_flow import scan
from lightppl.density.potential import compile_objective
from lightppl.machine_code.object_code import compile_llvm, load_machine_code
from tests.fuzz.programs import KINDS, random_program


Q = np.linspace(-0.9, 1.1, 12) ** 3 + 0.05


def objective_and_points(kind):
    """Return a function to compile, where it is recorded, and another point."""
    if kind == "looping":
        return looping, Q, np.cos(np.arange(12) * 1.3) * 0.8
    made = random_program(kind, 3)
    return made.function(), *made.points()[:2]


def compiled_now(objective, q):
    """Return a potential that is compiled here, whatever is on disk, and LLVM's text of it."""
    made = emit_program(schedule_graph(optimize_graph(record_value_and_gradient(objective, q))))
    text, symbols = lower_program(made.source, definitions_of(made.source))
    addresses = {x.symbol: x.address for x in symbols}
    code = load_machine_code(compile_llvm(text), "potential", addresses)
    arrays = made.float_data, made.int_data, made.workspace_size, made.streams
    return Potential(code, len(q), *arrays), text


def looping(q):
    """A loop with a body, truth values and integers that live long, and sums over rows."""
    rows = np.sin(np.linspace(0.0, 1.0, 40) * q[1])
    last, _ = scan(lambda c, x: (0.5 * c + np.sum(x * q), c), q[0], rows)
    count = np.sum(q > 0.1)
    total = last * count
    for k in range(30):
        total = np.where(q[k % 12] > 0.0, total + np.exp(q[k % 3]), 0.9 * total)
    return total + np.sum(rows) * count + np.sum(np.where(q > 0.1, q, 0.0))


@pytest.mark.parametrize("kind", ["looping", *KINDS])
def test_parts_of_any_size_give_the_same_numbers(kind, monkeypatch):
    objective, q, other_q = objective_and_points(kind)
    expected = compile_objective(objective, q)
    monkeypatch.setattr(parts, "LONG", 0)
    for size in (1, 7):
        monkeypatch.setattr(parts, "PART_SIZE", size)
        found, text = compiled_now(objective, q)
        assert text.count('define internal void @"lightppl.density.part') >= 1
        for point in (q, other_q):
            for one, other in zip(found(point), expected(point)):
                np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-12)


def test_functions_that_are_called_give_the_same_numbers(monkeypatch):
    expected = compile_objective(looping, Q)
    monkeypatch.setattr(module, "MOST_INLINED", 0)
    found, text = compiled_now(looping, Q)
    assert " noinline" in text
    for one, other in zip(found(Q), expected(Q)):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_names_that_a_loop_gives_are_not_known_behind_it():
    body = ast.parse("a = 1\nfor i in range(n):\n    b = a + c\n    c = b\nd = b").body
    names = parts._Names(body)
    assert names.given == {"a", "i", "b", "c", "d"}
    assert names.read_early == {"n", "range", "c", "b"}
