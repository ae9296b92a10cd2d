"""Schedules of random programs are legal, and one that a mistake was planted in is not."""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest

from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.rehearsal import Rehearsal
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.schedule.schedule import Home, Level, Pass
from lightppl.compiler.schedule.verify import verify_schedule
from lightppl.compiler.write.program import emit_program
from lightppl.errors import LightPPLError
from tests.fuzz.agreement import blocks_of
from tests.fuzz.programs import KINDS, random_program

SEEDS = range(30)
MOST_FAULTS = 4
"""Of one kind in one schedule."""


@cache
def schedule_of(kind, seed):
    program = random_program(kind, seed)
    with np.errstate(all="ignore"):
        graph = optimize_graph(
            record_value_and_gradient(program.function(), program.points()[0])
        )
    with blocks_of(program):
        return schedule_graph(graph)


@pytest.mark.parametrize("kind", KINDS)
def test_schedules_of_random_programs_are_legal(kind):
    for seed in SEEDS:
        schedule = schedule_of(kind, seed)
        verify_schedule(schedule)
        assert str(schedule).startswith("level 0")


def with_home(schedule, before, after):
    """Let something live elsewhere."""
    for index, home in schedule.homes.items():
        if home is before:
            yield replace(schedule, homes={**schedule.homes, index: after})


def without_fill(schedule):
    for index, placement in schedule.placements.items():
        if placement.fills:
            changed = replace(placement, fills=placement.fills[1:])
            yield replace(schedule, placements={**schedule.placements, index: changed})


def written_where_it_should_be_added(schedule):
    for index, placement in schedule.placements.items():
        if any(placement.is_added):
            changed = replace(placement, is_added=(False,) * len(placement.is_added))
            yield replace(schedule, placements={**schedule.placements, index: changed})


def with_short_lifetime(schedule):
    for index, (first, last) in schedule.lifetimes.items():
        if last > first:
            yield replace(
                schedule, lifetimes={**schedule.lifetimes, index: (first, last - 1)}
            )


def in_another_order(schedule):
    """Exchange neighbouring levels."""
    levels = schedule.levels
    for k in range(len(levels) - 1):
        yield replace(
            schedule, levels=[*levels[:k], levels[k + 1], levels[k], *levels[k + 2 :]]
        )


def with_groups_turned_round(schedule):
    for k, level in enumerate(schedule.levels):
        for j, found in enumerate(level.passes):
            if len(found.groups) > 1:
                turned = Pass(found.rows, found.groups[::-1], found.chunk)
                passes = [*level.passes[:j], turned, *level.passes[j + 1 :]]
                changed = Level(level.numbers, level.filled, level.placed, passes)
                yield replace(
                    schedule, levels=[*schedule.levels[:k], changed, *schedule.levels[k + 1 :]]
                )


def with_something_left_out(schedule):
    for k, level in enumerate(schedule.levels):
        if level.numbers:
            changed = Level(level.numbers[1:], level.filled, level.placed, level.passes)
            yield replace(
                schedule, levels=[*schedule.levels[:k], changed, *schedule.levels[k + 1 :]]
            )


FAULTS = {
    "a kept array is thought to be in a register":
        lambda s: with_home(s, Home.WORKSPACE, Home.REGISTER),
    "a fill is left out": without_fill,
    "a block is written over another one": written_where_it_should_be_added,
    "a lifetime ends too early": with_short_lifetime,
    "levels are exchanged": in_another_order,
    "a pass goes backwards": with_groups_turned_round,
    "a number is left out": with_something_left_out,
}


def answers_of(schedule, program):
    """Return value and gradient at two points by the text of a schedule, None if it has none."""
    try:
        with blocks_of(program):
            rehearsal = Rehearsal(emit_program(schedule), program.size)
        found = [rehearsal(q) for q in program.points()[:2]]
    except Exception:  # a mistake may break anything that comes later
        return None
    return np.array([(value, *gradient) for value, gradient in found])


def is_found(schedule):
    try:
        verify_schedule(schedule)
    except (LightPPLError, KeyError):
        return True
    return False


@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_mistake_that_changes_an_answer_is_found(name):
    num_wrong = num_found = 0
    for kind, seed in product(KINDS, SEEDS[:7]):
        program, schedule = random_program(kind, seed), schedule_of(kind, seed)
        faulty = [x for _, x in zip(range(MOST_FAULTS), FAULTS[name](schedule))]
        right = answers_of(schedule, program) if faulty else None
        for changed in faulty:
            given = answers_of(changed, program)
            is_wrong = given is None or not np.allclose(given, right, 1e-9, 1e-9, equal_nan=True)
            num_wrong += is_wrong
            num_found += is_wrong and is_found(changed)
    assert num_wrong >= 5
    assert num_found == num_wrong
