"""Functions of a flat vector that contain loops and branches, each with a `scan` and `cond` to use.

`CASES` maps a name to ``(make, size)``; ``make(scan, cond)`` returns the function.
"""

import numpy as np

from lightppl import special

DATA = np.random.default_rng(3).normal(size=(23, 2))
MATRIX = np.random.default_rng(4).normal(size=(3, 3)) / 2
GROUPS = np.random.default_rng(5).integers(0, 3, size=23)


def autoregression(scan, cond):
    def total(q):
        def step(x, e):
            x = np.tanh(q[0] * x + q[1] + e * np.exp(q[2]))
            return x, x**2

        last, ys = scan(step, q[3], DATA[:, 0])
        return last + np.sum(ys * DATA[:, 1])

    return total


def volatility(scan, cond):
    def total(q):
        a, b = np.exp(q[0]), special.expit(q[1])

        def step(v, y):
            density = -0.5 * y**2 / v - 0.5 * np.log(v)
            return a + b * v + 0.1 * (y - q[2]) ** 2, density

        return np.sum(scan(step, np.float64(0.25), DATA[:, 0])[1])

    return total


def forward_algorithm(scan, cond):
    def total(q):
        rows = q[:9].reshape(3, 3)
        rows = rows - special.logsumexp(rows, axis=1, keepdims=True)

        def step(alpha, y):
            return special.logsumexp(alpha[:, None] + rows, axis=0) - (y - q[9:12]) ** 2, None

        alpha, _ = scan(step, np.zeros(3), DATA[:, 0])
        return special.logsumexp(alpha, axis=0)

    return total


def structures(scan, cond):
    def total(q):
        def step(carry, x):
            position, (count, velocity) = carry["p"], carry["rest"]
            velocity = velocity - 0.1 * position * x["scale"] + q[2:5] * x["push"]
            new = {"p": position + velocity, "rest": (count + 1, velocity)}
            return new, (position[0] * count, {"v": velocity})

        init = {"p": q[:3], "rest": (2, np.ones(3))}
        xs = {"scale": DATA[:, 1], "push": q[5:28]}
        carry, (first, rest) = scan(step, init, xs)
        count, velocity = carry["rest"]
        return np.sum(carry["p"] * velocity) * count + np.sum(np.cos(first)) + np.sum(rest["v"][4])

    return total


def backwards(scan, cond):
    def total(q):
        def step(x, row):
            x = np.sin(x) * q[0] + row @ q[1:3]
            return x, x * row

        last, ys = scan(step, q[3], DATA, reverse=True)
        return last * 2.0 + np.sum(ys[2]) + np.sum(ys[:, 1] ** 2)

    return total


def linear_system(scan, cond):
    def total(q):
        def step(x, u):
            x = MATRIX @ x + q[:3] * u + q[3] * x
            return x, np.linalg.cholesky(np.eye(3) * 2.0 + 0.1 * np.outer(x, x))[2]

        last, ys = scan(step, q[4:7], DATA[:, 0])
        return np.sum(last) + np.sum(ys**2)

    return total


def indexing(scan, cond):
    def total(q):
        def step(carry, k):
            level, i = carry
            return (0.5 * level + q[k] * q[3 + i % 2], i + k), np.where(i > 3, level, 0.0)

        (level, i), ys = scan(step, (np.float64(1.0), 0), GROUPS)
        return level * i + np.sum(ys)

    return total


def without_xs(scan, cond):
    def total(q):
        def step(carry, _):
            a, b = carry
            return (b, q[0] * a + q[1] * b), b

        (a, b), ys = scan(step, (q[2], q[3]), None, length=6)
        return a * b + np.sum(ys)

    return total


def branches(scan, cond):
    def total(q):
        def step(x, e):
            small = cond(x < 0.2, lambda z: (np.exp(z) * q[0], z), lambda z: (z - q[1], z**2), x)
            return small[0] + 0.3 * e, small[1]

        last, ys = scan(step, q[2], DATA[:, 0])
        top = cond(np.sum(q) > 0.0, lambda z: z * last, lambda z: np.log1p(z**2), q)
        return last + np.sum(ys**2) + np.sum(top)

    return total


def nested(scan, cond):
    def total(q):
        def row(level, xs):
            def cell(inner, x):
                inner = np.tanh(inner * q[0] + x * q[1] + level)
                return inner, inner * x

            inner, ys = scan(cell, level * q[2], xs)
            return 0.5 * level + inner, np.sum(ys)

        last, sums = scan(row, q[3], DATA)
        return last + np.sum(np.exp(sums))

    return total


def accumulation(scan, cond):
    def total(q):
        def step(carry, row):
            sums, largest = carry
            return (sums + np.outer(row, q[:2]), np.maximum(largest, row @ q[2:4])), None

        (sums, largest), _ = scan(step, (np.zeros((2, 2)), np.float64(-9.0)), DATA)
        return np.sum(np.sin(sums)) * largest

    return total


def wide_state(scan, cond):
    def total(q):
        kernel = np.exp(-np.abs(np.arange(40)[:, None] - np.arange(40)) * np.exp(q[0]))

        def step(x, u):
            x = np.tanh(kernel @ x * 0.2 + q[1:41] * u)
            return x, (np.sum(x**2), x[3:30])

        last, (norms, parts) = scan(step, np.linspace(0.0, 1.0, 40) * q[41], DATA[:, 0])
        return np.sum(last) + np.sum(norms * DATA[:, 1]) + np.sum(parts[:, 2] ** 2)

    return total


def kalman_filter(scan, cond):
    def total(q):
        drift, noise = np.exp(q[0]), np.exp(q[1])
        F = np.stack([np.stack([np.ones(()), q[2]]), np.stack([0.0 * q[2], q[3]])])

        def step(carry, y):
            mean, cov = carry
            mean, cov = F @ mean, F @ cov @ F.T + drift * np.eye(2)
            spread = cov[0, 0] + noise
            gain = cov[:, 0] / spread
            error = y - mean[0]
            density = -0.5 * (np.log(spread) + error**2 / spread)
            return (mean + gain * error, cov - np.outer(gain, cov[0])), density

        return np.sum(scan(step, (np.zeros(2), np.eye(2)), DATA[:, 0])[1])

    return total


CASES = {
    "autoregression": (autoregression, 4),
    "volatility": (volatility, 3),
    "forward_algorithm": (forward_algorithm, 12),
    "structures": (structures, 28),
    "backwards": (backwards, 4),
    "linear_system": (linear_system, 7),
    "indexing": (indexing, 5),
    "without_xs": (without_xs, 4),
    "branches": (branches, 3),
    "nested": (nested, 4),
    "accumulation": (accumulation, 4),
    "wide_state": (wide_state, 42),
    "kalman_filter": (kalman_filter, 4),
}
