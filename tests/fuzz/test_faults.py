"""The random programs of the test suite find each planted mistake."""

import pytest

from tests.fuzz.agreement import differences
from tests.fuzz.faults import FAULTS
from tests.fuzz.programs import random_program
from tests.fuzz.test_programs import SEEDS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_is_found(fault):
    programs = [(kind, seed) for kind in fault.kinds for seed in SEEDS]
    places = set()
    with fault.planted():
        for found in programs:
            places |= _places(random_program(*found))
            if places >= fault.shown_in:
                break
    assert places >= fault.shown_in


def _places(program):
    """Return where something is seen to be wrong: in the schedule, in the text, or in both."""
    try:
        found = differences(program)
    except (IndexError, KeyError, ValueError):  # a fault may also break the making of a program
        return {"text"}
    return {"schedule" if x.startswith("the schedule: ") else "text" for x in found}
