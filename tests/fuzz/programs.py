"""Random tensor programs: the text of one function of a flat vector, made from a kind and a seed."""

from dataclasses import dataclass

import numpy as np

from tests.fuzz import (
    contraction, elementwise, indexing, linear_algebra, loops, movement, reduction,
)
from tests.fuzz.pool import Pool, Rejected
from tests.fuzz.words import WORDS

FORMS = {
    "elementwise": elementwise.FORMS,
    "movement": movement.FORMS,
    "contraction": contraction.FORMS,
    "indexing": indexing.FORMS,
    "reduction": reduction.FORMS,
    "linear algebra": linear_algebra.FORMS,
    "loops": loops.FORMS,
}
_END_OF_MODEL = ("", "", "program = density_of(model)")
_GLUE = [form for kind in FORMS for form in FORMS[kind] if kind not in ("loops", "linear algebra")]
SIZES = (6, 12, 24, 40)
"""Dimensions of the flat vector."""


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


def random_program(kind, seed):
    """Return the random tensor program of a kind and a seed."""
    rng = np.random.default_rng([list(FORMS).index(kind), seed])
    pool = Pool(rng)
    size = pool.choose(SIZES)
    point = np.random.default_rng(seed).uniform(-1.0, 1.0, size)
    pool.keep("", {"q": point})
    for shape in ((size,), (3,), (2, 3), (2, size // 2), ()):
        start = pool.integer(0, size - int(np.prod(shape)))
        stop = start + int(np.prod(shape))
        pool.add(f"np.reshape(q[{start}:{stop}], {shape})" if shape else f"q[{start}]")
    for _ in range(pool.integer(3, 12)):
        form = pool.choose(FORMS[kind] if pool.chance(0.6) else _GLUE)
        try:
            if form in loops.FORMS:
                form(pool)
            else:
                pool.add(form(pool))
        except (Rejected, ValueError, IndexError):
            continue
    blocks = [*pool.blocks[1:], "total = 0.5 * np.sum(q * q)", *_terms(pool)]
    return Program(kind, seed, size, tuple(pool.data), tuple(blocks), pool.chance(0.3))


def _terms(pool):
    """Return statements that add something of each variable that nothing else reads."""
    names = pool.names[1:]
    text = "\n".join(pool.blocks)
    ends = [n for n in names if text.count(n) == 1 or pool.chance(0.25)]
    for name in ends or names[-1:]:
        weight = pool.numbers(*np.shape(pool.values[name]))
        yield "total = total + " + pool.choose([
            f"np.sum({weight} * {name})", f"np.sum({weight} * {name} ** 2)",
            f"np.sum(np.tanh({name}))", f"np.sum({weight} * np.sin({name}))",
            f"np.sum({name} * {name})", f"0.3 * np.sum({name})",
        ])
