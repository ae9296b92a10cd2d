"""At the borders of its functions, a compiled density equals NumPy, runs eagerly, or says no."""

import numpy as np
import pytest

from lightppl.compiler.build import Potential
from lightppl.density import potential
from lightppl.density.potential import compile_objective
from lightppl.errors import FallbackWarning, TracingError, UnsupportedOperationError
from tests.compiler.borders import GOOD, cases, name_of, outcome

CASES = cases(ranks=(0, 1, 2))
CHOSEN = np.random.default_rng(4).permutation(len(CASES))[:240]


@pytest.mark.parametrize("part", range(4))
def test_no_border_is_a_crash_or_another_number(part, monkeypatch):
    found = {name_of(CASES[k]): outcome(monkeypatch, *CASES[k]) for k in CHOSEN[part::4]}
    assert {name: what for name, what in found.items() if what not in GOOD} == {}


def test_most_borders_are_compiled(monkeypatch):
    found = [outcome(monkeypatch, *CASES[k]) for k in CHOSEN[:40]]
    assert found.count("equal") >= 30


@pytest.mark.parametrize(
    "objective",
    [
        lambda q: np.sum(q > 0.1),
        lambda q: np.any(q > 0.1),
        lambda q: (q[0] > 0.1) & (q[1] > 0.1),
        lambda q: np.sum(np.exp(q[:0])) + np.sum(q * q),
        lambda q: np.add.reduce(q[0], axis=0),
        lambda q: np.where(q[0] > 0, np.uint8(3), np.uint8(4)) * q[1],
    ],
    ids=["integer", "boolean", "both", "no elements", "a number's only row", "uint8"],
)
def test_objectives_of_every_kind_compile(objective):
    q = np.array([0.5, -0.25, 0.0])
    compiled = compile_objective(objective, q)
    assert isinstance(compiled, Potential)
    for found, expected in zip(compiled(q), compile_objective(objective, q, jit=False)(q)):
        np.testing.assert_allclose(found, expected)


def test_an_array_is_no_objective():
    with pytest.raises(TracingError, match=r"shape \(1,\), expected a number"):
        compile_objective(lambda q: np.sum(q * q, keepdims=True), np.ones(3))


def test_what_cannot_run_eagerly_either_is_refused_at_once():
    with pytest.raises(UnsupportedOperationError, match="lightppl.register_primitive"):
        compile_objective(lambda q: np.sum(np.nextafter(q, 1.0)), np.ones(3))


def test_a_fault_of_the_compiler_falls_back_with_a_warning(monkeypatch):
    def fail(graph, after_pass):
        raise KeyError("axes")

    monkeypatch.setattr(potential, "optimize_graph", fail)
    with pytest.warns(FallbackWarning, match="fault of lightppl .KeyError: 'axes'."):
        found = compile_objective(lambda q: np.sum(q * q), np.ones(3))
    value, gradient = found(np.ones(3))
    assert (value, gradient.tolist()) == (3.0, [2.0, 2.0, 2.0])


def test_an_error_of_the_function_is_not_a_fault_of_the_compiler():
    with pytest.raises(KeyError, match="of the user"):
        compile_objective(_failing, np.ones(3))


def _failing(q):
    raise KeyError("of the user")
