"""Random keys: one independent stream per chain and purpose, on `numpy.random.SeedSequence`.

A key is a value: using it never changes it, so the same key gives the same draws.  Wherever the
library takes an ``rng_key`` it accepts None, an int, a `SeedSequence`, a `Generator` or a `Key`;
only a `Generator` advances.

Different keys must give `SeedSequence` different words of 32 bits.  It joins entropy and
``spawn_key`` without a mark between them, writes an integer in as many words as it happens to need,
and fills up to four words with zeros.  So a key hands over one sequence that can be read back:

    a seed below 2**128 alone     its four words; the same stream as of ``SeedSequence(seed)``
    every other key               n, the n >= 4 words of the seed, then for each step of the path
                                  its kind with the number of its words, and these words

Sequences of the second form have five words or more, which numpy does not fill up.

Reference: O'Neill (2015), "Developing a seed_seq alternative", the design behind SeedSequence.
"""

from contextvars import ContextVar
from enum import Enum, IntEnum

import numpy as np

from lightppl.arguments import check_count, shown
from lightppl.errors import ArgumentError
from lightppl.records import record

_default_generator = ContextVar("lightppl_default_generator", default=None)


class Step(IntEnum):
    """How a key was derived from another one."""

    SPLIT = 1
    FOLD = 2
    PURPOSE = 3
    SPAWN = 4


class Purpose(Enum):
    """What the library itself derives a key for; `fold_in` takes one in place of an integer.

    No integer that a user folds in gives the same key.
    """

    START = 1
    """Where a chain starts."""
    STEPS = 2
    """The transitions of a chain."""
    SITES = 3
    """The run of a model that finds its sites, and the points at which a density is checked."""
    STATE_AFTER = 4
    """What the last state of a run carries."""
    PATHS = 5
    """The paths of Pathfinder."""
    RESAMPLING = 6
    """The choice among weighted draws."""


@record
class Key:
    """An immutable random key: entropy and the path of splits that led here.

    Parameters
    ----------
    entropy : int
        Seed of the whole family of keys; not negative.
    path : tuple of (Step, int)
        Position in the tree of keys.
    """

    entropy: int
    path: tuple = ()

    def words(self):
        """Return what `SeedSequence` is given: an array of uint32, another one for each key.

        Returns
        -------
        (W,) uint32 array, W >= 4

        Examples
        --------
        >>> PRNGKey(2**32 + 5).words().tolist()
        [5, 1, 0, 0]
        >>> split(PRNGKey(5))[1].words().tolist()
        [4, 5, 0, 0, 0, 257, 1]
        """
        seed = _words_of(self.entropy)
        seed += [0] * (_SEED_WORDS - len(seed))
        if not self.path and len(seed) == _SEED_WORDS:
            return np.array(seed, np.uint32)
        found = [len(seed), *seed]
        for step, number in self.path:
            digits = _words_of(number)
            found += [int(step) + (len(digits) << _STEP_BITS), *digits]
        return np.array(found, np.uint32)

    def seed_sequence(self):
        """Return the equivalent `numpy.random.SeedSequence`."""
        return np.random.SeedSequence(self.words())

    def generator(self):
        """Return the generator of this key, at the beginning of its stream."""
        return np.random.Generator(np.random.SFC64(self.seed_sequence()))

    def derived(self, step, number):
        """Return the key that one more step of the path leads to."""
        parent = self.with_short_path()
        return Key(parent.entropy, (*parent.path, (step, number)))

    def with_short_path(self):
        """Return a key whose path is short: one that each step of a loop splits stays fast."""
        if len(self.path) < _LONGEST_PATH:
            return self
        words = self.seed_sequence().generate_state(4, np.uint64)
        return Key(int.from_bytes(words.tobytes(), "little"))


def PRNGKey(seed):
    """Return the key of an integer seed.

    Parameters
    ----------
    seed : int
        Not negative.

    Returns
    -------
    Key

    Examples
    --------
    >>> PRNGKey(0) == PRNGKey(0)
    True
    """
    return Key(check_count(seed, "seed"))


def split(key, num=2):
    """Return `num` independent keys derived from `key`.

    Parameters
    ----------
    key : Key, int, SeedSequence, Generator or None
    num : int
        At least 1.

    Returns
    -------
    list of Key

    Examples
    --------
    >>> first, second = split(PRNGKey(0))
    >>> first == second
    False
    """
    num = check_count(num, "num", least=1)
    parent = as_key(key).with_short_path()
    return [parent.derived(Step.SPLIT, i) for i in range(num)]


def nth_split(key, index):
    """Return ``split(key, num)[index]``, for any `num` above `index`, without the others.

    Parameters
    ----------
    key : Key, int, SeedSequence, Generator or None
    index : int

    Examples
    --------
    >>> nth_split(PRNGKey(0), 2) == split(PRNGKey(0), 5)[2]
    True
    """
    return as_key(key).derived(Step.SPLIT, check_count(index, "index"))


def fold_in(key, data):
    """Return a key derived from `key` and an integer.

    Parameters
    ----------
    key : Key, int, SeedSequence, Generator or None
    data : int or Purpose
        Not negative, of any size.

    Returns
    -------
    Key
        Differs from every key that `split` or another integer gives.

    Examples
    --------
    >>> fold_in(PRNGKey(0), 3) == fold_in(PRNGKey(0), 3)
    True
    >>> fold_in(PRNGKey(0), Purpose.START) == fold_in(PRNGKey(0), Purpose.START.value)
    False
    """
    if isinstance(data, Purpose):
        return as_key(key).derived(Step.PURPOSE, data.value)
    return as_key(key).derived(Step.FOLD, check_count(data, "data"))


def as_key(rng_key):
    """Return `rng_key` as a `Key`.

    A `Generator` is advanced, and None draws from the default generator.
    """
    if isinstance(rng_key, Key):
        return rng_key
    if isinstance(rng_key, np.random.SeedSequence):
        path = tuple((Step.SPAWN, int(number)) for number in rng_key.spawn_key)
        return Key(_entropy_of(rng_key), path)
    if rng_key is None:
        rng_key = default_generator()
    if hasattr(rng_key, "next_key"):  # a generator that has no numbers yet
        return rng_key.next_key()
    if hasattr(rng_key, "integers"):
        return Key(int(rng_key.integers(0, 2**63 - 1)))
    is_seed = isinstance(rng_key, (int, np.integer)) and not isinstance(rng_key, bool)
    if is_seed and rng_key >= 0:
        return Key(int(rng_key))
    raise ArgumentError(
        "rng_key must be None, an int of at least 0, a numpy SeedSequence or Generator, or a key "
        f"from lightppl.random, found {shown(rng_key)}."
    )


def as_generator(rng_key):
    """Return a generator for `rng_key`: itself when it draws, else a fresh one of that key.

    Parameters
    ----------
    rng_key : None, int, SeedSequence, Generator or Key
        None means the default generator, see `set_rng_seed`.

    Returns
    -------
    numpy.random.Generator

    Examples
    --------
    >>> bool(as_generator(3).random() == as_generator(3).random())
    True
    """
    if rng_key is None:
        return default_generator()
    if hasattr(rng_key, "standard_normal"):
        return rng_key
    return as_key(rng_key).generator()


def set_rng_seed(rng_seed=None):
    """Seed the default generator, which draws when no key is given.

    Parameters
    ----------
    rng_seed : int, optional
        Without it, the system seeds.

    Examples
    --------
    >>> set_rng_seed(0)
    """
    _default_generator.set(None if rng_seed is None else as_generator(PRNGKey(rng_seed)))


def default_generator():
    """Return the default generator of this context, seeded by the system at first use."""
    generator = _default_generator.get()
    if generator is None:
        generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence()))
        _default_generator.set(generator)
    return generator


_LONGEST_PATH = 32
_SEED_WORDS = 4
_STEP_BITS = 8
_WORD_BITS = 32


def _words_of(number):
    """Return the words of 32 bits of an integer, the lowest first, as few as it needs."""
    words = [number & (2**_WORD_BITS - 1)]
    while number := number >> _WORD_BITS:
        words.append(number & (2**_WORD_BITS - 1))
    return words


def _entropy_of(sequence):
    """Return the entropy of a `SeedSequence` as one integer; several are joined as numpy does."""
    entropy = sequence.entropy
    if isinstance(entropy, (int, np.integer)):
        return int(entropy)
    words = [word for number in np.ravel(entropy).tolist() for word in _words_of(int(number))]
    return sum(word << (_WORD_BITS * k) for k, word in enumerate(words))
