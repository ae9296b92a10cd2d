"""seed."""

import numpy as np
import pytest

import lightppl as lp
import lightppl.distributions as dist
from lightppl import handlers
from lightppl.random import PRNGKey, as_generator


def model():
    x = lp.sample("x", dist.Normal(0.0, 1.0))
    with lp.plate("data", 20, subsample_size=5) as index:
        y = lp.sample("y", dist.Normal(x, 1.0))
    return x, y, index


def flat(result):
    return np.concatenate([np.ravel(part) for part in result])


@pytest.mark.parametrize("make_key", [lambda: 3, lambda: np.random.SeedSequence(3), lambda:
PRNGKey(3),
                                      lambda: np.random.default_rng(3)])
def test_seed_makes_two_runs_equal(make_key):
    first = flat(handlers.seed(model, make_key())())
    np.testing.assert_array_equal(first, flat(handlers.seed(model, make_key())()))
    lp.set_rng_seed(99)
    np.testing.assert_array_equal(first, flat(handlers.seed(model, make_key())()))


def test_different_seeds_differ_and_sites_differ():
    assert handlers.seed(model, 0)()[0] != handlers.seed(model, 1)()[0]
    with handlers.seed(rng_seed=0):
        draws = [float(lp.sample(f"x{i}", dist.Normal(0.0, 1.0))) for i in range(100)]
    assert len(set(draws)) == 100


def test_keys_depend_on_order_not_on_names():
    with handlers.seed(rng_seed=0):
        a = lp.sample("a", dist.Normal(0.0, 1.0))
    with handlers.seed(rng_seed=0):
        assert lp.sample("b", dist.Normal(0.0, 1.0)) == a


def test_observed_sites_take_no_key():
    def observing(obs):
        lp.sample("x", dist.Normal(0.0, 1.0), obs=obs)
        return lp.sample("y", dist.Normal(0.0, 1.0))

    def first():
        return lp.sample("y", dist.Normal(0.0, 1.0))

    assert handlers.seed(observing, 0)(1.0) == handlers.seed(first, 0)()


def test_the_inner_of_two_seeds_wins():
    assert handlers.seed(handlers.seed(model, 1), 2)()[0] == handlers.seed(model, 1)()[0]


def test_a_seeded_model_draws_anew_at_each_call():
    seeded = handlers.seed(model, 0)
    assert seeded()[0] != seeded()[0]


def test_a_generator_is_used_directly_and_advances():
    class Recording:
        def __init__(self):
            self.calls = []
            self.rng = np.random.default_rng(0)

        def standard_normal(self, size):
            self.calls.append(size)
            return self.rng.standard_normal(size)

        def random(self, size):
            self.calls.append(size)
            return self.rng.random(size)

    recording = Recording()
    handlers.seed(model, recording)()
    assert recording.calls == [(), 20, (5,)]


def test_hidden_types_get_no_key():
    lp.set_rng_seed(0)
    with handlers.seed(rng_seed=0, hide_types=["sample"]):
        first, second = (lp.sample("x", dist.Normal(0.0, 1.0)) for _ in range(2))
    lp.set_rng_seed(0)
    assert lp.sample("x", dist.Normal(0.0, 1.0)) == first != second


def drawing_in_every_way():
    with lp.plate("rows", 10, subsample_size=3) as rows:
        x = lp.sample("x", dist.Normal(0.0, 1.0))
    return np.concatenate([rows, x, [as_generator(lp.prng_key()).random()]])


class Hide(handlers.Messenger):
    """A handler of a user's own that hides everything."""

    def process_message(self, msg):
        msg.stop = True


@pytest.mark.parametrize(
    "hidden",
    [
        handlers.block(drawing_in_every_way),
        handlers.block(drawing_in_every_way, hide=["x"]),
        handlers.block(handlers.scope(handlers.block(drawing_in_every_way), prefix="a")),
        Hide(drawing_in_every_way),
    ],
    ids=["all", "by name", "twice", "by a user's handler"],
)
def test_what_is_hidden_is_still_drawn_from_the_seed(hidden):
    first, second = handlers.seed(hidden, 0)(), handlers.seed(hidden, 0)()
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(handlers.seed(hidden, 1)(), first)


def test_hidden_sites_do_not_share_a_key():
    with handlers.seed(rng_seed=0), handlers.block():
        draws = [lp.sample("x", dist.Normal(0.0, 1.0)) for _ in range(3)]
    assert len(set(map(float, draws))) == 3
