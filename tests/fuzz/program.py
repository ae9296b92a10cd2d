"""The text of a random program, and where it is compared."""

from dataclasses import dataclass

import numpy as np

from tests.fuzz.words import WORDS

_END_OF_MODEL = ("", "", "program = density_of(model)")


@dataclass(frozen=True)
class Program:
    """The text of a function ``program(q)``, or of a model that has one as its density.

    Attributes
    ----------
    kind : str
    seed : int
    size : int
        Dimension of q.
    data : tuple of str
        Statements before the function.
    blocks : tuple of str
        Statements of the function before its result.
    is_in_small_blocks : bool
        Whether it is compiled with chunks of few rows, and with small arrays read where they are.
    """

    kind: str
    seed: int
    size: int
    data: tuple
    blocks: tuple
    is_in_small_blocks: bool = False

    @property
    def text(self):
        """The whole text, which runs by itself with `tests.fuzz.words.WORDS`."""
        lines = ["    " + line for block in self.blocks for line in block.split("\n")]
        lines = ["    # compiled in small blocks", *lines] if self.is_in_small_blocks else lines
        if self.kind == "models":
            return "\n".join([*self.data, "", "def model():", *lines, *_END_OF_MODEL])
        return "\n".join([*self.data, "", "def program(q):", *lines, "    return total"])

    def function(self):
        """Return the function."""
        names = dict(WORDS)
        with np.errstate(all="ignore"):
            exec(self.text, names)
        return names["program"]

    def points(self):
        """Return where it is recorded, and three other points: near, elsewhere, far."""
        rng = np.random.default_rng(self.seed)
        first = rng.uniform(-1.0, 1.0, self.size)
        near = first + 0.02 * rng.normal(size=self.size)
        return [first, near, rng.uniform(-1.5, 1.5, self.size), 4.0 * rng.normal(size=self.size)]
