"""trace, replay, block; models with recursion and stochastic control flow under them."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers


def model(y=None):
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("data", 3):
        return lp.sample("y", dist.Normal(x, 1.0), obs=y)


def geometric(p, depth=0):
    """Count failures before the first success, by recursion: the set of sites is random."""
    if lp.sample(f"success_{depth}", dist.Normal(0.0, 1.0)) > p:
        return depth
    return geometric(p, depth + 1)


def test_replay_reproduces_a_run():
    tr = handlers.trace(model).get_trace()
    again = handlers.trace(handlers.replay(model, tr)).get_trace()
    for name in tr:
        np.testing.assert_array_equal(again[name].value, tr[name].value)


def test_replay_keeps_new_observations():
    tr = handlers.trace(model).get_trace(np.zeros(3))
    again = handlers.trace(handlers.replay(model, tr)).get_trace(np.ones(3))
    assert again["x"].value == tr["x"].value
    np.testing.assert_array_equal(again["y"].value, np.ones(3))


def test_replay_draws_sites_that_the_trace_lacks():
    tr = handlers.trace(handlers.block(model, hide=["x"])).get_trace()
    again = handlers.trace(handlers.replay(model, tr)).get_trace()
    assert "x" in again
    np.testing.assert_array_equal(again["y"].value, tr["y"].value)


def test_a_trace_handler_starts_afresh_each_time():
    handler = handlers.trace(model)
    first = handler.get_trace()
    second = handler.get_trace()
    assert first is not second and list(first) == list(second)


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ({}, []),
        ({"hide": ["x"]}, ["data", "y"]),
        ({"expose": ["x"]}, ["x"]),
        ({"expose_types": ["plate"]}, ["data"]),
        ({"hide_fn": lambda site: site["name"] == "y"}, ["x", "data"]),
    ],
)
def test_block_hides(choice, left):
    assert list(handlers.trace(handlers.block(model, **choice)).get_trace()) == left


def test_block_leaves_inner_handlers_alone():
    with handlers.trace() as outer, handlers.block(), handlers.trace() as inner:
        model()
    assert list(outer) == [] and list(inner) == ["x", "data", "y"]


def test_recursion_is_seeded_and_traced():
    counts = {len(handlers.trace(handlers.seed(geometric, i)).get_trace(0.5)) for i in range(30)}
    assert len(counts) > 2, "the number of sites is random"
    for i in range(10):
        first = handlers.trace(handlers.seed(geometric, i)).get_trace(0.5)
        second = handlers.trace(handlers.seed(geometric, i)).get_trace(0.5)
        assert list(first) == list(second)


def test_recursion_is_replayed():
    tr = handlers.trace(handlers.seed(geometric, 5)).get_trace(0.8)
    again = handlers.trace(handlers.replay(geometric, tr)).get_trace(0.8)
    assert list(again) == list(tr)
    assert [s.value for s in again.values()] == [s.value for s in tr.values()]


def test_recursion_of_the_geometric_distribution_has_its_mean():
    lp.set_rng_seed(0)
    draws = [geometric(0.0) for _ in range(4000)]
    assert abs(np.mean(draws) - 1.0) < 5 * np.sqrt(2.0 / 4000)


def test_branches_may_have_sites_of_their_own():
    def branching():
        if lp.sample("left", dist.Normal(0.0, 1.0)) > 0:
            return lp.sample("a", dist.Normal(0.0, 1.0))
        return lp.sample("b", dist.Normal(100.0, 1.0))

    seen = set()
    for i in range(20):
        tr = handlers.trace(handlers.seed(branching, i)).get_trace()
        value = handlers.replay(branching, tr)()
        assert value == list(tr.values())[1].value
        seen.add(tuple(tr))
    assert seen == {("left", "a"), ("left", "b")}
