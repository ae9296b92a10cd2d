"""Random tensor programs: the text of one function of a flat vector, from a kind and a seed."""

import numpy as np

from tests.fuzz import (
    assorted, contraction, elementwise, indexing, linear_algebra, loops, movement, reduction,
)
from tests.fuzz.pool import Pool, Rejected
from tests.fuzz.program import Program

FORMS = {
    "elementwise": elementwise.FORMS,
    "movement": movement.FORMS,
    "contraction": contraction.FORMS,
    "indexing": indexing.FORMS,
    "reduction": reduction.FORMS,
    "linear algebra": linear_algebra.FORMS,
    "assorted": assorted.FORMS,
    "loops": loops.FORMS,
}
_SLOW = ("loops", "linear algebra")
_GLUE = [form for kind in FORMS if kind not in _SLOW for form in FORMS[kind]]
"""What programs of all kinds consist of, besides the forms of their own kind."""
SIZES = (6, 12, 24, 40)
"""Dimensions of the flat vector."""


def random_tensor_program(kind, seed):
    """Return the random tensor program of a kind and a seed."""
    rng = np.random.default_rng([list(FORMS).index(kind), seed])
    pool = Pool(rng)
    size = pool.choose(SIZES)
    point = np.random.default_rng(seed).uniform(-1.0, 1.0, size)
    pool.keep("", {"q": point})
    matrix = pool.choose([(2, size // 2), (2, 2)])
    for shape in ((size,), (3,), (2, 3), matrix, ()):
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
