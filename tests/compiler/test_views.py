"""Source text of indices means the position that it stands for, however indices are composed."""

import numpy as np
import pytest

from lightppl.compiler.memory.pools import Header
from lightppl.compiler.graph.shapes import SMALL
from lightppl.compiler.write.index import linear_index, shifted

COUNTERS = {"k0": 3, "k1": 2, "k2": 5}


def value_of(header, text):
    names = {name.split(" = ")[0]: n for name, n in zip(header.prologue(), header.values)}
    return eval(text, {**COUNTERS, **names})


@pytest.mark.parametrize("seed", range(40))
def test_composed_indices_are_positions(seed):
    rng, header = np.random.default_rng(seed), Header()
    known = [((name, 1), value) for name, value in COUNTERS.items()]
    known += [((str(k), 0), k) for k in (0, 1, 7)]
    for _ in range(12):
        if rng.uniform() < 0.6:
            index, value = known[rng.integers(len(known))]
            start, step = rng.integers(0, 3 * SMALL), rng.choice([1, -1, 2, -3, 40])
            made, expected = shifted(header, index, int(start), int(step)), start + step * value
        else:
            parts = [known[k] for k in rng.integers(len(known), size=rng.integers(1, 4))]
            shape = tuple(int(n) for n in rng.choice([1, 2, 5, 30], size=len(parts)))
            made = linear_index(header, shape, [index for index, _ in parts])
            expected = 0
            for n, (index, value) in zip(shape, parts):
                expected = expected * n + value
        assert value_of(header, made[0]) == expected
        known.append((made, int(expected)))


def test_an_index_can_be_multiplied_and_subtracted_from():
    header = Header()
    position, _ = linear_index(header, (2, 3), [("k0", 1), ("k1", 2)])
    found, _ = shifted(header, (position, 2), 11, -1)
    assert value_of(header, found) == 11 - (3 * 3 + 2)
