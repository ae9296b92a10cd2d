"""Random NumPy programs: a list of small steps on a pool of arrays, for property tests.

Every step takes arrays of any shape and keeps values of moderate size,
    so that any list of steps is a
smooth enough program.  `numbers` steer the choices: which operands, which axis, which slice.
"""

import numpy as np
from hypothesis import strategies as st

from lightppl import linalg, special

Q_SIZE = 12
Q = np.linspace(-0.9, 1.1, Q_SIZE) ** 3 + 0.05
OTHER_Q = np.cos(np.arange(Q_SIZE) * 1.3) * 0.8
DATA = {
    (): np.float64(0.7), (2,): np.array([0.4, -1.1]), (3,): np.array([0.3, 0.0, -0.6]),
    (3, 1): np.array([[0.5], [-0.2], [0.9]]), (2, 3): np.linspace(-1.0, 1.0, 6).reshape(2, 3),
    (4, 3): np.sin(np.arange(12.0)).reshape(4, 3), (20, 3): np.cos(np.arange(60.0)).reshape(20, 3),
}
MAX_SIZE = 200


def _axis(x, number):
    return number % np.ndim(x)


def _some_slice(x, number):
    n = np.shape(x)[0]
    forms = [slice(None, None, -1), slice(1, None), slice(None, None, 2), slice(0, max(1, n // 2))]
    return x[forms[number % 4]] if n > 1 else x


def _matmul(x, number):
    x = x if np.ndim(x) == 2 else np.reshape(x, (1, -1))
    forms = [lambda: x @ x.T, lambda: x.T @ x, lambda: x @ np.sum(x, 0), lambda: x[0] @ x.T]
    return np.tanh(forms[number % 4]())


def _definite(x):
    flat = np.ravel(x)[:2]
    return np.outer(flat, flat) + np.diag(np.linspace(1.0, 2.0, np.shape(flat)[0]))


def _triangular(x, number):
    factor = np.linalg.cholesky(_definite(x))
    column = np.arange(1.0, np.shape(factor)[0] + 1.0)
    forms = [
        lambda: factor, lambda: linalg.solve_triangular(factor, column),
        lambda: np.log(np.diag(factor)),
            lambda: linalg.solve_triangular(factor, column, trans=True),
    ]
    return forms[number % 4]()


ANY = [
    lambda x, k: np.tanh(x), lambda x, k: np.sin(x), lambda x, k: np.exp(-(x**2)),
    lambda x, k: special.expit(x), lambda x, k: special.softplus(x), lambda x, k: -x,
    lambda x, k: np.abs(x), lambda x, k: np.square(x) / (1.0 + x**2), lambda x, k: np.log1p(x**2),
    lambda x, k: np.sqrt(1.0 + x * x) - 1.0, lambda x, k: x * (0.5, 2.0, -1.0, 0.3)[k % 4],
    lambda x, k: x / (2.0, 1.7, -4.0, 0.5)[k % 4], lambda x, k: (1.0, 0.0, 0.2)[k % 3] - x,
    lambda x, k: np.where(x > 0.1, x, 0.5 * x), lambda x, k: np.maximum(x, 0.25),
    lambda x, k: (x > 0.0) * x, lambda x, k: np.log(np.exp(x) + 0.5), lambda x, k: np.sum(x),
    lambda x, k: np.mean(x), lambda x, k: np.reshape(x, (-1,)), lambda x,
        k: np.expand_dims(x, k % 2 - 1),
    lambda x, k: np.logaddexp(x, 0.0) - special.log_expit(x), lambda x, k: x**3 / (1.0 + x**4),
]
AXES = [
    lambda x, k: np.sum(x, axis=_axis(x, k)), lambda x, k: np.sum(x, _axis(x, k), keepdims=True),
    lambda x, k: np.max(x, axis=_axis(x, k)), lambda x, k: np.mean(x, axis=_axis(x, k)),
    lambda x, k: special.logsumexp(x, axis=_axis(x, k)), lambda x,
        k: special.softmax(x, _axis(x, k)),
    lambda x, k: np.cumsum(x, axis=_axis(x, k)) * 0.3, lambda x, k: np.flip(x, _axis(x, k)),
    lambda x, k: np.prod(np.tanh(x), axis=_axis(x, k)), lambda x, k: np.sort(x, axis=_axis(x, k)),
    lambda x, k: np.swapaxes(x, 0, -1), _some_slice, lambda x, k: x[k % np.shape(x)[0]],
    lambda x, k: x[np.array([0, -1, 0])], lambda x, k: x[..., None] * x[..., None, :],
    lambda x, k: np.concatenate([x, x[:1]], axis=0), lambda x, k: np.stack([x, 0.5 * x], k % 2),
    lambda x, k: np.roll(x, k % 3, _axis(x, k)), lambda x, k: x - np.mean(x, 0), _matmul,
        _triangular,
    lambda x, k: special.set_at(x, k % np.shape(x)[0], 0.3), lambda x, k: np.tril(_matmul(x, 0)),
    lambda x, k: np.diag(np.ravel(x)[:3]), lambda x, k: np.take(x, [1, 0, 0], mode="raise", axis=0)
    if np.shape(x)[0] > 1 else x,
]
PAIRS = [
    lambda x, y, k: x + y, lambda x, y, k: x - y, lambda x, y, k: x * y,
    lambda x, y, k: x / (1.0 + y**2), lambda x, y, k: np.where(x > y, x, 0.5 * y),
    lambda x, y, k: np.maximum(x, y), lambda x, y, k: np.logaddexp(x, y),
    lambda x, y, k: np.exp(-0.5 * (x - y) ** 2), lambda x, y, k: np.hypot(1.0 + x**2, y),
]


def steps(max_size):
    """Strategy for lists of steps."""
    numbers = st.tuples(*[st.integers(0, 999)] * 4)
    return st.lists(numbers, min_size=3, max_size=max_size)


def random_steps(seed, size):
    """Return a fixed random list of steps."""
    return [tuple(row) for row in np.random.default_rng(seed).integers(0, 999, (size, 4)).tolist()]


def program(found):
    """Return the scalar function of (Q_SIZE,) that a list of steps describes."""

    def run(q):
        pool = [q, np.reshape(q[:6], (2, 3)), q[6], q[7:10], np.reshape(q[3:], (3, 3))]
        pool += list(DATA.values())
        for step in found:
            result = _apply(pool, *step)
            if 0 < np.size(result) <= MAX_SIZE:
                pool.append(result)
        made = pool[5 + len(DATA) :]
        total = 0.5 * np.sum(q * q)
        for k, x in enumerate(made):
            total = total + (0.2 + 0.1 * (k % 5)) * np.sum(np.tanh(x))
        return total

    return run


def _apply(pool, kind, first, second, number):
    x = pool[-1 - first % len(pool)]
    if kind % 3 == 0:
        return ANY[kind // 3 % len(ANY)](x, number)
    if kind % 3 == 1:
        return AXES[kind // 3 % len(AXES)](x if np.ndim(x) else np.reshape(x, (1,)), number)
    y = pool[-1 - second % len(pool)]
    try:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y))
    except ValueError:
        return x + np.sum(y)
    if np.prod(shape, dtype=int) > MAX_SIZE:
        return x + np.sum(y)
    return PAIRS[kind // 3 % len(PAIRS)](x, y, number)
