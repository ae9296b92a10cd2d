"""Chains that are not where the others are, named by number."""

import numpy as np
import pytest

from lightppl.diagnostics import rhat
from lightppl.diagnostics.stray_chains import find_modes, find_stuck_chains


def rows_of(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def measured(rows):
    return np.array([rhat(row) for row in rows])


@pytest.mark.parametrize("chain", range(4))
def test_a_chain_that_does_not_move_is_named(chain):
    rows = rows_of(3, 4, 200)
    rows[:, chain] = rows[:, chain, :1]
    rows[:, chain, 150:] += 1.0  # it moved once
    found = find_stuck_chains(rows)
    assert found.chains == (chain,)
    assert f"Chain {chain} moved in 0.5 % of its iterations: it is stuck" in found.what


def test_a_chain_that_diverges_most_of_the_time_is_stuck():
    diverging = np.zeros((12, 1000), bool)
    diverging[5, 1:] = True
    diverging[:, :100] = True  # no others
    found = find_stuck_chains(rows_of(2, 12, 1000), diverging)
    assert found.chains == (5,) and "diverged in 100 %" in found.what


def test_chains_that_repeat_draws_now_and_then_are_not_stuck():
    rows = np.repeat(rows_of(2, 4, 100), 10, axis=2)  # a tenth of proposals accepted
    assert find_stuck_chains(rows) is None
    assert find_stuck_chains(rows_of(2, 4, 100), np.zeros((4, 100), bool)) is None


@pytest.mark.parametrize(
    "shifts, away, words",
    [
        ([5, 5, 20, 5], (2,), "2 different places, as x[1] shows: chains 0, 1, 3 near 5; chain 2 "),
        ([5, 20, 5, 20], (1, 3), "chains 0, 2 near 5; chains 1, 3 near 20."),
        ([5, 20, 40, 5], (1, 2), "chains 0, 3 near 5; chain 1 near 20; chain 2 near 40."),
    ],
)
def test_chains_in_another_mode_are_named(shifts, away, words):
    rows = rows_of(3, 4, 400)
    rows[1] += np.array(shifts)[:, None] - rows[1].mean(axis=1, keepdims=True)
    found = find_modes(["a", "x[1]", "b"], rows, measured(rows))
    assert found.chains == away and found.sites == ("x[1]",)
    assert words in found.what


def test_the_energy_of_each_place_is_told():
    rows, energy = rows_of(1, 4, 400), np.full((4, 400), 2.5)
    rows[0, 3] += 30.0 - rows[0, 3].mean()
    energy[3] = 102.5
    found = find_modes(["x"], rows, measured(rows), energy)
    assert "(mean energy 2.5); chain 3 near 30 (mean energy 102.5)." in found.what


def test_stuck_chains_are_no_mode():
    rows = rows_of(1, 4, 400)
    rows[0, 3] += 30.0
    assert find_modes(["x"], rows, measured(rows), left_out=(3,)) is None


def test_slow_chains_that_wander_apart_are_no_modes():
    steps = rows_of(1, 4, 400)
    rows = np.cumsum(steps, axis=2)
    assert measured(rows)[0] > 1.1
    assert find_modes(["x"], rows, measured(rows)) is None


def test_chains_that_agree_have_no_modes():
    rows = rows_of(5, 4, 400)
    assert find_modes(list("abcde"), rows, measured(rows)) is None
