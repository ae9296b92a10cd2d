"""Random programs of which some coordinates are held: value and gradient stay what they are."""

from functools import partial

import numpy as np
import pytest

from lightppl.compiler.graph.evaluate import evaluate_graph
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.write.program import emit_program
from tests.fuzz.agreement import _differences_at, _eager, blocks_of
from tests.fuzz.programs import KINDS, random_program

SEEDS = range(500, 505)


@pytest.mark.parametrize("kind", KINDS)
def test_programs_agree_with_coordinates_that_are_held(kind):
    for seed in SEEDS:
        found = differences_with_held(random_program(kind, seed))
        assert not found, f"{kind} {seed}: {found[0]}"


def differences_with_held(program):
    """Return what disagrees when the first third of the coordinates are held, as sentences."""
    whole, points = program.function(), program.points()
    num_held = max(program.size // 3, 1)
    if num_held == program.size:
        return []

    def function(q, held):
        return whole(np.concatenate([held, q]))

    parts = [np.split(point, [num_held]) for point in points]
    with np.errstate(all="ignore"):
        graph = record_value_and_gradient(function, *parts[0][::-1])
    optimized = optimize_graph(graph)
    with blocks_of(program):
        emitted = emit_program(schedule_graph(optimized), num_held)
    text = Rehearsal(emitted, program.size - num_held)
    found = []
    for number, (held, q) in enumerate(parts):
        at = partial(function, held=held)
        eager = _eager(at, q)
        if eager is not None:
            ways = {
                "the optimized graph": partial(evaluate_graph, optimized, held=held),
                "the emitted text": partial(text, held=held),
            }
            found += _differences_at(at, q, eager, ways, f"at point {number}")
    return found
