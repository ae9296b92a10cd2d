"""The handler that hands out random keys: seed."""

from lightppl.keys import as_key, nth_split
from lightppl.language.stack import Messenger


class seed(Messenger):
    """Give each random statement its own key, derived from one key and the order of statements.

    Sites that have a value need no key and take none.

    Parameters
    ----------
    fn : callable, optional
    rng_seed : int, SeedSequence, Key or Generator
        A generator is used directly by every site, and advances.
    hide_types : list of str, optional
        Types of sites that get no key.

    Examples
    --------
    >>> import lightppl as lp, lightppl.distributions as dist
    >>> def model():
    ...     return lp.sample("x", dist.Normal(0, 1))
    >>> bool(seed(model, 0)() == seed(model, 0)())
    True
    """

    def __init__(self, fn=None, rng_seed=None, hide_types=None):
        if rng_seed is None:
            raise TypeError("seed needs rng_seed: an int, a key or a numpy Generator.")
        self.generator = rng_seed if hasattr(rng_seed, "standard_normal") else None
        self.rng_key = None if self.generator is not None else as_key(rng_seed)
        self.num_keys = 0
        self.hide_types = () if hide_types is None else tuple(hide_types)
        super().__init__(fn)

    def process_message(self, msg):
        if "rng_key" not in msg.kwargs or msg.type in self.hide_types:
            return
        if msg.value is None and msg.kwargs["rng_key"] is None:
            msg.kwargs["rng_key"] = self.next_key()

    def next_key(self):
        """Return a key never returned before, or the generator."""
        if self.generator is not None:
            return self.generator
        # The number of keys given so far, not a chain of splits, keeps key paths short.
        key = nth_split(self.rng_key, self.num_keys)
        self.num_keys += 1
        return key
