"""Compiled, as Python text, eager and by differences: random programs have one value and gradient.

Each program is made from its kind and a fixed seed; what fails is printed as a text that can be
run by itself.  Longer runs: ``python bench/fuzz.py``.
"""

from itertools import product

import numpy as np
import pytest

from lightppl.compiler.graph.ops import ARRAY_OPERATIONS
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from tests.fuzz.agreement import differences
from tests.fuzz.programs import KINDS, random_program
from tests.fuzz.shortening import shortened

SEEDS = range(28)
NUM_BATCHES = 4
COMPILED_EVERY = 14
"""Machine code takes longer to make than everything else."""


@pytest.mark.parametrize("batch", range(NUM_BATCHES))
@pytest.mark.parametrize("kind", KINDS)
def test_four_ways_agree(kind, batch):
    for seed in SEEDS[batch::NUM_BATCHES]:
        program = random_program(kind, seed)
        is_compiled = seed % COMPILED_EVERY == 0
        found = differences(program, is_compiled)
        if found:
            shorter = shortened(program, lambda x: bool(differences(x, is_compiled)))
            pytest.fail(f"{kind} {seed}: {found[0]}\n\n{shorter.text}")


def test_programs_use_every_operation_on_arrays():
    missing = set(ARRAY_OPERATIONS)
    for seed, kind in product(SEEDS, KINDS):
        program = random_program(kind, seed)
        with np.errstate(all="ignore"):
            graph = record_value_and_gradient(program.function(), program.points()[0])
        missing -= _operations_of(optimize_graph(graph))
        if not missing:
            return
    assert not missing


def _operations_of(graph):
    found = {node.op for node in graph.nodes()}
    return found.union(*(_operations_of(body.graph) for body in graph.bodies()))
