"""Short programs that were wrong once, each for a reason of its own: four ways agree on them."""

import pytest

from tests.fuzz.agreement import differences
from tests.fuzz.program import Program

_DATA = (
    "w = numbers(1, 5, 4)", "X = numbers(2, 4, 5, 3)", "M = numbers(3, 3, 17)",
    "i = positions(4, 2, 1, 4)", "j = positions(5, 1, 20)", "k = counts(6, 3, 20, 2)",
    "one = np.array([0])", "grid = np.zeros((2, 3), int)", "row = positions(8, 2, 3)",
    "T = numbers(9, 2, 1, 3)", "S = numbers(10, 7, 3)",
)
FOUND = {
    "a reshape outside of a transposition":
        'total = np.sum(w * np.einsum("gni,gi->ng", X, np.reshape(q, (4, 3))) ** 2)',
    "steps of a reshaped array, flat":
        "total = np.sum(np.cumsum(np.reshape(q, (3, 4))[::-1, ::-1].ravel()[::2]) ** 3)",
    "steps of a reshaped array, in a scan": """
def step(c, x):
    y = np.cumsum(np.reshape(x, (3, 4))[:, ::-2].ravel())
    return 0.5 * c + np.sum(y ** 2), y[::-1]
last, rows = scan(step, 0.1, np.stack([q, q ** 2]))
total = last + np.sum(rows ** 3)""",
    "a branch that reads one row for all": """
a = np.broadcast_to(q[:3], (4, 3))
b = cond(q[5] > 0.0, lambda x: x ** 2, lambda x: 2.0 * x, a)
total = np.sum(np.sin(b) * w[:4, :3])""",
    "a column, broadcast, along time": """
a = np.broadcast_to(q[:3, None], (3, 3))
last, rows = scan(lambda c, x: (0.5 * c + np.sum(x ** 2), x * c), 0.3, a)
total = last + np.sum(rows ** 2)""",
    "one number for all elements of what a product in a scan reads": """
a = np.broadcast_to(q[3], (4, 3))
last, rows = scan(lambda c, x: (np.tanh(x @ M[:, :3] + c), x @ M), q[:3], a)
total = np.sum(last) + np.sum(rows ** 2)""",
    "one number for all elements of what a scan in a branch reads": """
a = np.broadcast_to(q[3], (4,))
inner = lambda x: scan(lambda c, y: (np.tanh(c + np.sum(y)), c), x, x)[1][0]
b = cond(q[0] > -9.0, lambda x: np.sum(inner(x)) * x, lambda x: x, a)
total = np.sum(b ** 2)""",
    "an array that its own loop reads back by position": """
a = np.reshape(q[:6], (2, 3))[i, ::-1]
b = special.set_at(a, one, 0.5 * a[one] ** 2)[j, 1]
total = np.sum(np.take_along_axis(b, k, axis=-1) ** 2) + 0.3 * np.sum(b[..., row])""",
    "a value that is known before the loop in which it is kept": """
a = q[:3][one][grid][row]
total = np.sum(np.tanh(a)) + np.sum(np.ravel(a)[positions(7, 9, 3, 2)] ** 2)""",
    "a number of the outside that is divided by as a matrix transposed": """
a = np.reshape(2.0 + q[:3] ** 2, (3, 1, 1))
solve = lambda x: np.linalg.solve(a, np.reshape(x, (1, 1)))
last, rows = scan(lambda c, x: (0.5 * c + np.sum(solve(x)), c * x), 0.3, q)
total = np.sum(rows ** 2) + last""",
    "a flat view of joined blocks, read twice": """
a = np.ravel(np.concatenate([np.reshape(np.sin(q), (2, 6)), np.reshape(np.cos(q), (2, 6))]))
b = np.concatenate([a, q[:3] ** 2])
total = np.sum(b ** 3) + np.sum((a[:12] * a[12:]) ** 2)""",
}


@pytest.mark.parametrize("reason", FOUND)
@pytest.mark.parametrize("is_in_small_blocks", [False, True], ids=["whole", "small blocks"])
def test_is_right(reason, is_in_small_blocks):
    blocks = tuple(FOUND[reason].strip().split("\n"))
    assert not differences(Program("found", 1, 12, _DATA, blocks, is_in_small_blocks))
