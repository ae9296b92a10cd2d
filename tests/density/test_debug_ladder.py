"""Each level of LIGHTPPL_DEBUG shows what the settings promise, on standard error."""

from dataclasses import replace

import numpy as np
import pytest

from lightppl.compiler.graph import ops
from lightppl.compiler.graph.elementwise import Elementwise
from lightppl.compiler.passes import PASSES, SIMPLIFY
from lightppl.density import potential
from lightppl.density.potential import compile_objective
from lightppl.errors import LightPPLError

STAGES = ("record", "optimize", "schedule", "emit", "build")
DATA = np.arange(20.0)


def objective(q):
    return np.sum((DATA - np.exp(q[0])) ** 2) + 0.5 * np.sum(q * q)


@pytest.fixture
def shown_at(monkeypatch, capsys):
    """What is shown at a level, while a density is compiled that is on disk already."""

    def show(level):
        compile_objective(objective, np.zeros(2))
        capsys.readouterr()
        monkeypatch.setenv("LIGHTPPL_DEBUG", str(level))
        compile_objective(objective, np.zeros(2))
        return capsys.readouterr().err

    return show


def test_level_0_is_quiet(shown_at):
    assert shown_at(0) == ""


def test_level_1_names_stages_with_their_times(shown_at):
    lines = shown_at(1).splitlines()
    times = {line.split()[1].rstrip(":"): float(line.split()[2]) for line in lines}
    assert set(STAGES) <= times.keys()
    assert all(line.startswith("lightppl: ") and line.endswith(" s") for line in lines)
    assert min(times.values()) >= 0.0


def test_level_2_adds_the_graph_as_recorded_and_after_each_pass(shown_at):
    text = shown_at(2)
    assert text.count("graph, recorded:\n%0 = input() : float64[2]") == 1
    for each in PASSES:
        assert text.count(str(each)) == 1
        assert text.count(f"graph, after {each.name}:\n%") == 1
    assert text.count("schedule:\nlevel 0\n") == 1
    assert "def density(" not in text


def test_level_3_adds_the_source(shown_at):
    text = shown_at(3)
    assert text.count("def density(") == 1
    assert "recorded graph" not in text


def test_level_4_compares_each_pass_and_the_source(shown_at):
    text = shown_at(4)
    for name in [*(each.name for each in PASSES), "emit"]:
        assert f"lightppl: {name}: value and gradient are those of the recorded graph" in text


def test_level_1_finds_an_illegal_schedule(monkeypatch):
    monkeypatch.setenv("LIGHTPPL_DEBUG", "1")
    made = potential.schedule_graph

    def without_numbers(graph):
        found = made(graph)
        first, *others = found.levels
        return replace(found, levels=[replace(first, numbers=[]), *others])

    monkeypatch.setattr(potential, "schedule_graph", without_numbers)
    with pytest.raises(LightPPLError, match="that are not there"):
        compile_objective(objective, np.zeros(2))


def test_level_4_finds_a_wrong_rule(monkeypatch):
    monkeypatch.setenv("LIGHTPPL_DEBUG", "4")
    wrong = lambda r, inputs, attrs: r.make("square", r.make("expm1", inputs[0]))  # noqa: E731
    monkeypatch.setitem(SIMPLIFY, "tanh", [wrong])
    with pytest.raises(LightPPLError, match="The pass 'simplify' changed an output"):
        compile_objective(lambda q: np.sum(np.tanh(q)), np.array([0.3, 0.4]))


def test_level_4_finds_wrong_source(monkeypatch):
    monkeypatch.setenv("LIGHTPPL_DEBUG", "4")
    wrong = Elementwise(np.floor_divide, "(({0} // {1}) + 1.0)", "same", 6)
    monkeypatch.setitem(ops.ELEMENTWISE, "floor_divide", wrong)
    with pytest.raises(LightPPLError, match="The pass 'emit' changed an output"):
        compile_objective(lambda q: np.sum(q // 0.3), np.array([0.31, 0.4]))
