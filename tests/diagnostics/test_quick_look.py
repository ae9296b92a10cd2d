"""The look at the end of each run: cheap, and silent unless something is clearly wrong."""

import tracemalloc

import numpy as np
import pytest

from lightppl.diagnostics import split_gelman_rubin
from lightppl.diagnostics.quick_look import classic_rhat, quick_look


@pytest.fixture
def draws():
    return {"mu": np.random.default_rng(0).standard_normal((4, 500)),
            "b": np.random.default_rng(1).standard_normal((4, 500, 2, 3))}


@pytest.mark.parametrize("shape", [(1, 100), (4, 101, 3), (3, 50, 2, 2)])
def test_the_cheap_measure_is_the_classic_one(shape):
    x = np.cumsum(np.random.default_rng(2).standard_normal(shape), axis=1)
    np.testing.assert_allclose(classic_rhat(x), split_gelman_rubin(x), rtol=1e-12)


def test_nothing_is_said_of_good_chains(draws):
    good = {"diverging": np.zeros((4, 500), bool), "num_steps": np.full((4, 500), 7),
            "energy": np.random.default_rng(3).standard_normal((4, 500))}
    assert quick_look(draws, good, (10, 10)) == []


def test_each_trouble_has_a_phrase(draws):
    draws["b"][2, :, 1, 2] += 9.0
    bad = {
        "diverging": np.arange(2000).reshape(4, 500) < 9,
        "tree_depth": np.full((4, 500), 10),
        "energy": np.linspace(0, 1, 2000).reshape(4, 500),
    }
    phrases = quick_look(draws, bad, (10, 10))
    assert phrases[0] == "9 of 2000 draws diverged"
    assert phrases[1].startswith("the chains do not agree (R-hat") and "b[1,2]" in phrases[1]
    assert phrases[2] == "2000 of 2000 trajectories reached max_tree_depth"
    assert phrases[3] == "E-BFMI is low in chain 0, 1, 2, 3"


def test_a_single_chain_is_compared_with_itself():
    drifting = np.linspace(0.0, 10.0, 500) + np.random.default_rng(5).standard_normal((1, 500))
    (phrase,) = quick_look({"x": drifting}, {})
    assert phrase.startswith("the halves of the chain do not agree (R-hat")


def test_few_divergences_in_a_thousand_draws_are_left_to_the_summary(draws):
    for count, phrases in ((5, []), (6, ["6 of 2000 draws diverged"])):
        diverging = np.arange(2000).reshape(4, 500) < count
        assert quick_look(draws, {"diverging": diverging}) == phrases


def test_trials_and_constants_are_left_alone(draws):
    few = {name: x[:, :99] for name, x in draws.items()}
    assert quick_look(few, {"diverging": np.ones((4, 99), bool)}) == []
    assert quick_look({"one": np.ones((4, 500)), "no": np.ones((4, 500, 0))}, {}) == []
    assert quick_look({}, {}) == []


def test_chance_hardly_ever_speaks():
    rng = np.random.default_rng(4)
    spoke = [quick_look({"x": rng.standard_normal((4, 100, 10))}, {}) for _ in range(50)]
    assert sum(map(bool, spoke)) == 0


def test_large_draws_are_not_copied():
    x = {"x": np.random.default_rng(5).standard_normal((4, 200, 2000))}
    tracemalloc.start()
    quick_look(x, {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.2 * x["x"].nbytes


def test_threads_make_no_difference():
    x = np.random.default_rng(2).standard_normal((4, 30_000, 5))
    expected = classic_rhat(x)
    np.testing.assert_array_equal(classic_rhat(x, num_threads=3), expected)
    draws = {"a": x, "b": x[..., 0] + np.arange(4)[:, None]}
    assert quick_look(draws, {}, num_threads=3) == quick_look(draws, {})
