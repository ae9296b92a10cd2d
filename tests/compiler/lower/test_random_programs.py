"""Random programs of the emitted language: compiled, they return what Python returns."""

import importlib.util
import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.machine import compiled

NAMES = ("a", "b", "x", "y")
INT_NAMES, FLOAT_NAMES = NAMES[:2], NAMES[2:]
_numbers = itertools.count()


@st.composite
def expressions(draw, is_float, depth=2):
    """Source text of a number."""
    if depth == 0 or draw(st.booleans()):
        literals = ("0.5", "-1.25", "math.nan", "math.inf") if is_float else ("0", "3", "-2")
        return draw(st.sampled_from((FLOAT_NAMES if is_float else INT_NAMES) + literals))
    left, right = (draw(expressions(is_float, depth - 1)) for _ in range(2))
    forms = [f"({left} + {right})", f"({left} - {right})", f"abs({left})", f"(-{left})"]
    forms += [f"min({left}, {right})", f"max({left}, {right})"]
    forms += [f"({left} if {draw(conditions(depth - 1))} else {right})"]
    if is_float:
        forms += [f"(0.5 * {left})", f"float({draw(expressions(False, depth - 1))})"]
    else:
        forms += [f"({left} // 3)", f"({left} % -4)", f"({left} % 5 * ({right} % 7))"]
        forms += [f"int({draw(conditions(depth - 1))})"]
    return draw(st.sampled_from(forms))


@st.composite
def conditions(draw, depth=1):
    """Source text of a condition."""
    is_float = draw(st.booleans())
    sign = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
    left, right = (draw(expressions(is_float, depth)) for _ in range(2))
    one = f"{left} {sign} {right}"
    if depth == 0 or draw(st.booleans()):
        return f"({one})"
    other = draw(conditions(depth - 1))
    return draw(st.sampled_from([f"({one} and {other})", f"({one} or {other})", f"(not {one})"]))


@st.composite
def blocks(draw, depth=2, in_loop=False):
    """Lines of statements."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["set", "change", "if", "for", "while"] if depth else ["set"]))
        name = draw(st.sampled_from(NAMES))
        value = draw(expressions(name in FLOAT_NAMES))
        if kind in ("set", "change"):
            lines.append(f"{name} {'=' if kind == 'set' else '+='} {value}")
            continue
        inside = [f"    {line}" for line in draw(blocks(depth - 1, in_loop or kind != "if"))]
        if kind == "if":
            if in_loop and draw(st.booleans()):
                inside.append(draw(st.sampled_from(["    break", "    continue"])))
            lines += [f"if {draw(conditions())}:", *inside]
            if draw(st.booleans()):
                lines += ["else:", *(f"    {x}" for x in draw(blocks(depth - 1, in_loop)))]
        elif kind == "for":
            bounds = draw(st.sampled_from(["3", "a % 4", "4, -1, -2", "0, b % 5, 2"]))
            lines += [f"for i{depth} in range({bounds}):", *inside, f"    a += i{depth}"]
        else:
            count = f"n{depth}"
            lines += [f"{count} = 0", f"while {count} < 3 and {draw(conditions())}:"]
            lines += [f"    {count} += 1", *inside]
        if in_loop and depth and draw(st.integers(0, 9)) == 0:
            lines += [f"if {draw(conditions())}:", "    return x + a"]
    return lines


def function_of(lines, folder):
    """The function of a file with these lines."""
    path = folder / f"program_{next(_numbers)}.py"
    text = ["import math", "", "", "def program(a, b, x, y):", *(f"    {x}" for x in lines)]
    path.write_text("\n".join([*text, "    return x + 2.0 * y + 4.0 * a + 8.0 * b", ""]))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.program


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("programs")


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(blocks(), st.integers(-9, 9), st.integers(-9, 9), st.floats(-9, 9), st.floats(-9, 9))
def test_compiled_programs_do_what_python_does(folder, lines, a, b, x, y):
    program = function_of(lines, folder)
    expected, found = program(a, b, x, y), compiled(program)(a, b, x, y)
    is_same = math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    assert is_same or math.isnan(found) and math.isnan(expected), lines
