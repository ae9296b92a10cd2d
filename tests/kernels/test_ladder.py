"""Swaps on a ladder leave the joint distribution of all rungs invariant: by enumeration."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from lightppl.jit import python_function
from lightppl.kernels import ladder

ENERGIES = np.array([0.0, 1.3, 0.4, 2.2])
"""Of four states, at inverse temperature 1."""

BETAS = np.array([1.0, 0.6, 0.5, 0.2])


def swapped(places, parity, u, betas=BETAS, sign=1.0):
    """Return where rungs are after a round of swaps, and the probability of that."""
    R = len(betas)
    work = SimpleNamespace(
        betas=betas, energies=sign * ENERGIES[list(places)], swap_probs=np.zeros(R - 1),
        is_swapped=np.ones(R, bool),
    )  # fmt: skip
    uniforms = iter(u)
    python_function(ladder.decide_swaps)(
        work, parity, SimpleNamespace(random=lambda: next(uniforms))
    )
    places, probability = list(places), 1.0
    for k, number in zip(range(parity, R - 1, 2), u):
        prob = work.swap_probs[k]
        assert work.is_swapped[k] == work.is_swapped[k + 1] == (number < prob)
        probability *= prob if number == 0.0 else 1.0 - prob
        if work.is_swapped[k]:
            places[k], places[k + 1] = places[k + 1], places[k]
    assert not any(work.is_swapped[:parity]) and next(uniforms, None) is None
    return tuple(places), probability


def balance_error(parity, **fault):
    """Return how much flow there and flow back differ, over all states of all rungs."""
    states = list(itertools.product(range(4), repeat=len(BETAS)))
    index = {state: k for k, state in enumerate(states)}
    P = np.zeros((len(states),) * 2)
    num_pairs = len(range(parity, len(BETAS) - 1, 2))
    for state in states:
        for u in itertools.product((0.0, 1.0), repeat=num_pairs):
            end, probability = swapped(state, parity, u, **fault)
            P[index[state], index[end]] += probability
    weights = np.array([np.exp(-np.sum(BETAS * ENERGIES[list(x)])) for x in states])
    flow = weights[:, None] / weights.sum() * P
    np.testing.assert_allclose(P.sum(axis=1), 1.0)
    return np.abs(flow - flow.T).max()


@pytest.mark.parametrize("parity", [0, 1])
def test_swaps_are_in_detailed_balance(parity):
    assert balance_error(parity) < 1e-17


@pytest.mark.parametrize("fault", [{"sign": -1.0}, {"betas": BETAS * 0.999}])
def test_the_check_sees_planted_faults(fault):
    assert balance_error(0, **fault) > 1e-6


def test_probabilities_are_those_of_all_neighbours_in_each_round():
    work = SimpleNamespace(
        betas=BETAS, energies=ENERGIES, swap_probs=np.zeros(3), is_swapped=np.zeros(4, bool)
    )
    python_function(ladder.decide_swaps)(work, 1, np.random.default_rng(0))
    expected = np.exp(np.minimum(np.diff(BETAS) * np.diff(ENERGIES), 0.0))
    np.testing.assert_allclose(work.swap_probs, expected)


def test_types_of_rungs_are_found_by_name():
    assert ladder.rungs_of((1, 2)) == (1, 2) and ladder.rungs_2._fields == ("rung_0", "rung_1")
    assert type(ladder.rungs_of((1, 2))) is ladder.rungs_2
    with pytest.raises(AttributeError, match="rungs_x"):
        ladder.rungs_x  # noqa: B018
