"""Every form of index."""

import numpy as np

from lightppl import special
from tests.autodiff.catalogue.row import real, row

_ROWS_INDEX = np.array([2, 0, 2, -1])
_MASK = np.array([True, False, True, True])
_GRID = np.array([[0, 3], [1, 1]])

_FORMS = {
    "integer": np.s_[1], "negative integer": np.s_[-2], "slice": np.s_[1:3], "step": np.s_[::2],
    "reversed": np.s_[::-1], "reversed step": np.s_[3:0:-2], "empty": np.s_[2:2], "all": np.s_[:],
    "ellipsis": np.s_[..., 1], "new axis": np.s_[:, None, 1:], "two integers": np.s_[1, -1],
    "integer and slice": np.s_[1, 1:], "list": [0, 2], "array": _ROWS_INDEX, "mask": _MASK,
    "mask of all": np.arange(12).reshape(4, 3) % 2 == 0, "grid of rows": _GRID,
    "array and slice": (_ROWS_INDEX, slice(1, None)), "slice and array": np.s_[1:, [0, 2]],
    "two arrays": (_ROWS_INDEX, np.array([0, 1, 2, 2])), "outer arrays": (_GRID[:, :1], [0, 2]),
    "array and integer": (_ROWS_INDEX, 1), "integer and array": (1, [2, 2, 0]),
    "array and new axis": (_ROWS_INDEX, None), "mask and integer": (_MASK, 2),
    "numpy integer": np.int64(2),
}

_CUBE_FORMS = {
    "arrays apart": (np.array([0, 1]), slice(None), np.array([2, 0])),
    "arrays together": (slice(None), np.array([0, 2]), np.array([1, 0])),
    "array in the middle": (slice(None), np.array([[0, 2]]), slice(0, 2)),
    "ellipsis and array": (Ellipsis, np.array([1, 1])),
    "integer, slice, array": (1, slice(None), np.array([1, 0])),
    "new axis first": (None, 1, Ellipsis, np.array([0])),
}


def _get(idx):
    return lambda x: x[idx]


def _loop(x):
    total = 0.0
    for element in x:
        total = total * 0.5 + element**2
    return total


ROWS = [
    *(row(f"index: {name}", _get(idx), (real, 4, 3)) for name, idx in _FORMS.items()),
    *(
        row(f"index of a cube: {name}", _get(idx), (real, 2, 3, 3))
        for name, idx in _CUBE_FORMS.items()
    ),
    row("index of a constant by a traced array",
        lambda x: special.take(np.array([1.0, 3.0, 5.0]), (x > 0).astype(int)) * x, (real, 3)),
    row("index by a traced integer", lambda x: x[np.argmax(x)] * x, [0.3, 1.2, -0.4]),
    row("index by traced rows and columns",
        lambda x: x[np.argsort(x[:, 0]), np.argsort(x[:, 1])], [[0.3, 1.2], [0.1, -0.4]]),
    row("unpacking", lambda x: np.prod([*x][1:][0] * x[0]), (real, 3)),
    row("iteration", _loop, (real, 3)),
    row("gather and scatter", lambda a, x: np.sum(a[np.array([0, 1, 1, 2, 0, 0])] * x),
        (real, 3), (real, 6)),
    row("gather rows", lambda a, x: np.sum(a[np.array([0, 1, 1])] * x, axis=-1), (real, 2, 3),
        (real, 3, 3)),
]
