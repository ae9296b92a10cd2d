"""Compiled, as Python text, eager and by differences: random programs have one value and gradient.

Each program is made from its kind and a fixed seed; what fails is printed as a text that can be
run by itself.  Longer runs: ``python bench/fuzz.py``.
"""

import pytest

from tests.fuzz.agreement import differences
from tests.fuzz.programs import KINDS, random_program
from tests.fuzz.shortening import shortened

SEEDS = range(32)
NUM_BATCHES = 4
COMPILED_EVERY = 16
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
