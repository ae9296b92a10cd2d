"""The random programs of the test suite find each planted mistake."""

import pytest

from tests.fuzz.agreement import differences
from tests.fuzz.faults import FAULTS
from tests.fuzz.programs import random_program
from tests.fuzz.test_programs import SEEDS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_is_found(fault):
    programs = [(kind, seed) for kind in fault.kinds for seed in SEEDS]
    with fault.planted():
        assert any(_differs(random_program(*found)) for found in programs)


def _differs(program):
    try:
        return bool(differences(program))
    except (IndexError, KeyError, ValueError):  # a fault may also break the making of a program
        return True
