"""Keys: values that never change, and of which no two give the same stream."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lightppl.keys import (
    Key, PRNGKey, Purpose, Step, as_generator, as_key, fold_in, nth_split, split,
)

NEAR_POWERS = st.builds(
    lambda power, offset: max(2**power + offset, 0),
    st.sampled_from([0, 8, 16, 32, 33, 64, 96, 127, 128, 160, 200]),
    st.integers(-2, 2),
)
NUMBERS = st.one_of(st.integers(0, 5), NEAR_POWERS, st.integers(0, 2**200))
STEPS = st.one_of(
    st.tuples(st.sampled_from([Step.SPLIT, Step.FOLD, Step.SPAWN]), NUMBERS),
    st.tuples(st.just(Step.PURPOSE), st.sampled_from([x.value for x in Purpose])),
)
KEYS = st.builds(Key, NUMBERS, st.lists(STEPS, max_size=5).map(tuple))


def as_numpy_sees(words):
    """What `SeedSequence` mixes: fewer than four words are filled up with zeros."""
    return tuple(words) + (0,) * (4 - len(words))


def read_back(words):
    """The key that a sequence of words belongs to, found by reading it from left to right."""
    words = [int(word) for word in words]

    def joined(digits):
        return sum(digit << (32 * k) for k, digit in enumerate(digits))

    if len(words) == 4:
        return Key(joined(words))
    place = 1 + words[0]
    entropy, path = joined(words[1:place]), []
    while place < len(words):
        step, size = Step(words[place] % 256), words[place] // 256
        path.append((step, joined(words[place + 1 : place + 1 + size])))
        place += 1 + size
    return Key(entropy, tuple(path))


@given(KEYS)
@settings(max_examples=300, deadline=None)
def test_a_key_can_be_read_back_from_its_words(key):
    words = key.words()
    assert words.dtype == np.uint32 and len(words) >= 4
    assert read_back(words) == key


@given(KEYS, KEYS)
@settings(max_examples=300, deadline=None)
def test_different_keys_have_different_words(one, two):
    assert (one == two) == (as_numpy_sees(one.words()) == as_numpy_sees(two.words()))


def old_words(key):
    """Words as numpy joins entropy and ``spawn_key``, with a mark before what was folded in."""

    def words_of(number):
        found = [number % 2**32]
        while number := number >> 32:
            found.append(number % 2**32)
        return found

    seed, path = words_of(key.entropy), []
    for step, number in key.path:
        path += ([0xF01D0000] if step == Step.FOLD else []) + words_of(number)
    return as_numpy_sees(seed) + tuple(path) if path else as_numpy_sees(seed)


COLLISIONS = {
    "fold of a large number, split of a fold": (
        fold_in(PRNGKey(0), 2**32 + 1), split(fold_in(PRNGKey(0), 1), 2)[1],
    ),
    "large seed, child of a small one": (PRNGKey(2**128), split(PRNGKey(0), 2)[1]),
    "split of a split, fold of nothing": (
        split(nth_split(PRNGKey(3), 0xF01D0000), 8)[7], fold_in(PRNGKey(3), 7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("one, two", COLLISIONS.values(), ids=COLLISIONS)
def test_keys_that_plain_joining_confuses_are_told_apart(one, two):
    assert old_words(one) == old_words(two), "the check sees the fault"
    assert as_numpy_sees(one.words()) != as_numpy_sees(two.words())
    assert as_generator(one).integers(2**62) != as_generator(two).integers(2**62)


def test_the_model_of_numpy_s_filling_is_right():
    for words in ([5], [5, 1], [5, 1, 0]):
        filled = np.random.SeedSequence(as_numpy_sees(words)).generate_state(4)
        np.testing.assert_array_equal(np.random.SeedSequence(words).generate_state(4), filled)
    longer = np.random.SeedSequence([5, 1, 0, 0, 0]).generate_state(4)
    assert np.any(longer != np.random.SeedSequence([5, 1]).generate_state(4))


def test_streams_of_a_whole_tree_differ():
    keys, seen = [PRNGKey(0), PRNGKey(1), PRNGKey(2**128), PRNGKey(2**32)], set()
    for _ in range(2):
        keys += [child for key in keys for child in (*split(key, 3), fold_in(key, 0),
                                                     fold_in(key, 2**32), fold_in(key, 2**64 + 1),
                                                     fold_in(key, Purpose.START))]
    seen = {int(as_generator(key).integers(2**62)) for key in set(keys)}
    assert len(set(keys)) > 200 and len(seen) == len(set(keys))


@pytest.mark.parametrize("purpose", Purpose)
def test_no_integer_of_a_user_means_a_purpose(purpose):
    key = PRNGKey(4)
    others = [fold_in(key, k) for k in range(20)] + split(key, 20)
    assert fold_in(key, purpose) not in others
    assert len({fold_in(key, x) for x in Purpose}) == len(Purpose)


def test_seeds_alone_have_the_stream_of_numpy():
    for seed in (0, 7, 2**32, 2**128 - 1):
        expected = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed))).random(3)
        np.testing.assert_array_equal(as_generator(seed).random(3), expected)


def test_seed_sequences_are_keys_by_their_place_in_the_tree():
    parent = np.random.SeedSequence(11)
    first, second = parent.spawn(2)
    assert as_key(parent) == PRNGKey(11) == as_key(np.random.SeedSequence([11]))
    assert as_key(first) == Key(11, ((Step.SPAWN, 0),)) != as_key(second)
    assert as_key(np.random.SeedSequence([2**40, 3])) == Key(2**40 + 3 * 2**64)


def test_the_nth_split_is_that_of_any_number():
    key = fold_in(PRNGKey(1), 5)
    assert split(key, 7)[:3] == split(key, 3) == [nth_split(key, k) for k in range(3)]


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
