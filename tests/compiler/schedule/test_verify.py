"""Schedules of random programs are legal, and one that a mistake was planted in is not."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.schedule.schedule import Home, Level, Pass
from lightppl.compiler.schedule.verify import verify_schedule
from lightppl.errors import LightPPLError
from tests.fuzz.agreement import blocks_of
from tests.fuzz.programs import KINDS, random_program

SEEDS = range(40)


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


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_mistake_is_found(name):
    num_planted = num_found = 0
    for kind, seed in product(KINDS, range(12)):
        for faulty in FAULTS[name](schedule_of(kind, seed)):
            num_planted += 1
            try:
                verify_schedule(faulty)
            except (LightPPLError, KeyError):
                num_found += 1
    assert num_planted >= 20
    assert num_found >= 0.9 * num_planted, (num_found, num_planted)
