"""Random keys: one independent stream per chain and purpose, on `numpy.random.SeedSequence`.

A key is a value: using it never changes it, so the same key gives the same draws.  Wherever the
library takes an ``rng_key`` it accepts None, an int, a `SeedSequence`, a `Generator` or a `Key`;
only a `Generator` advances.

Reference: O'Neill (2015), "Developing a seed_seq alternative", the design behind SeedSequence.
"""

from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from lightppl.arguments import check_count, shown
from lightppl.errors import ArgumentError

_default_generator = ContextVar("lightppl_default_generator", default=None)


@dataclass(frozen=True)
class Key:
    """An immutable random key: entropy and the path of splits that led here.

    Parameters
    ----------
    entropy : int
        Seed of the whole family of keys.
    path : tuple of int
        Position in the tree of splits.
    """

    entropy: int
    path: tuple = ()

    def seed_sequence(self):
        """Return the equivalent `numpy.random.SeedSequence`."""
        return np.random.SeedSequence(self.entropy, spawn_key=self.path)


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
    parent = _with_short_path(as_key(key))
    return [Key(parent.entropy, parent.path + (i,)) for i in range(num)]


def fold_in(key, data):
    """Return a key derived from `key` and an integer.

    Parameters
    ----------
    key : Key, int, SeedSequence, Generator or None
    data : int
        Not negative.

    Returns
    -------
    Key
        Differs from every key that `split` gives.

    Examples
    --------
    >>> fold_in(PRNGKey(0), 3) == fold_in(PRNGKey(0), 3)
    True
    """
    data = check_count(data, "data")
    parent = _with_short_path(as_key(key))
    return Key(parent.entropy, parent.path + (_FOLD_MARK, data))


def as_key(rng_key):
    """Return `rng_key` as a `Key`.

    A `Generator` is advanced, and None draws from the default generator.
    """
    if isinstance(rng_key, Key):
        return rng_key
    if isinstance(rng_key, np.random.SeedSequence):
        return Key(_entropy_of(rng_key), tuple(rng_key.spawn_key))
    if rng_key is None:
        rng_key = default_generator()
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
    return np.random.Generator(np.random.SFC64(as_key(rng_key).seed_sequence()))


def set_rng_seed(rng_seed):
    """Seed the default generator, which draws when no key is given.

    Parameters
    ----------
    rng_seed : int

    Examples
    --------
    >>> set_rng_seed(0)
    """
    _default_generator.set(as_generator(PRNGKey(rng_seed)))


def default_generator():
    """Return the default generator of this context, seeded by the system at first use."""
    generator = _default_generator.get()
    if generator is None:
        generator = np.random.Generator(np.random.SFC64(np.random.SeedSequence()))
        _default_generator.set(generator)
    return generator


_FOLD_MARK = 0xF01D0000
_LONGEST_PATH = 32


def _with_short_path(key):
    """Return a key whose path is short: one that is split in every step of a loop stays fast."""
    if len(key.path) < _LONGEST_PATH:
        return key
    words = key.seed_sequence().generate_state(4, np.uint64)
    return Key(int.from_bytes(words.tobytes(), "little"))


def _entropy_of(sequence):
    entropy = sequence.entropy
    if isinstance(entropy, (int, np.integer)):
        return int(entropy)
    return int.from_bytes(np.asarray(entropy, dtype=np.uint32).tobytes(), "little")
