"""Keys: values that never change, of which each split is another stream."""

import numpy as np

from lightppl.random import PRNGKey, as_generator, fold_in, split


def test_a_key_that_is_split_in_every_step_keeps_a_short_path():
    key, seen = PRNGKey(0), set()
    for _ in range(200):
        key, used = split(key)
        assert len(key.path) <= 40
        seen |= {key, used, fold_in(key, 3)}
    assert len(seen) == 600
    assert len({as_generator(x).integers(2**62) for x in seen}) == 600


def test_the_same_splits_give_the_same_draws():
    def walk():
        key = PRNGKey(7)
        for _ in range(70):
            key, used = split(key)
            yield as_generator(used).normal()

    first, second = np.array(list(walk())), np.array(list(walk()))
    np.testing.assert_array_equal(first, second)
    assert abs(first.mean()) < 0.5 and 0.7 < first.std() < 1.4
