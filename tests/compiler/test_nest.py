"""Loops over rows with unrolled columns equal eager autograd, whatever the sizes and layouts."""

import numpy as np
import pytest

from lightppl.compiler.processor import MAX_COLUMNS
from lightppl.contrib.control_flow import scan
from lightppl.density.potential import compile_objective
from lightppl.special import logsumexp, softmax

NUM_ROWS = (16, 17, 300, 1024, 1025)
"""Just below and above what counts as rows; around a chunk."""


def assert_equals_eager(objective, q, rtol=1e-10):
    stages = {}
    compiled = compile_objective(objective, q, stages=stages)
    eager = compile_objective(objective, q, jit=False)
    for point in (q, 0.7 * q - 0.1):
        value, gradient = compiled(point)
        expected, expected_gradient = eager(point)
        np.testing.assert_allclose(value, expected, rtol=rtol)
        scale = np.max(np.abs(expected_gradient[np.isfinite(expected_gradient)]), initial=0.0)
        np.testing.assert_allclose(gradient, expected_gradient, rtol=rtol, atol=rtol * scale)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("num_rows", NUM_ROWS)
@pytest.mark.parametrize("num_columns", (1, 2, 5, MAX_COLUMNS, MAX_COLUMNS + 1))
def test_mixtures_of_any_size(num_rows, num_columns):
    y = normal(num_rows, 1)

    def objective(q):
        means, scales = q[:num_columns], np.exp(q[num_columns:])
        return np.sum(logsumexp(-(((y - means) / scales) ** 2) - np.log(scales), axis=1))

    assert_equals_eager(objective, normal(2 * num_columns))


@pytest.mark.parametrize("num_rows", NUM_ROWS)
def test_columns_that_are_kept_for_later(num_rows):
    """Several arrays of one loop are read after it, at other rows, so they must be in memory."""
    y = normal(num_rows, 1)

    def objective(q):
        x = np.exp(-((y - q[:3]) ** 2))
        top, total = np.max(x, axis=1), np.sum(x, axis=1)
        return (
            np.sum(np.cumsum(x, axis=0) * q[3])
            + np.sum(np.cumsum(top) * np.cumsum(total))
            + np.sum(np.flip(softmax(x, 1), 0) * x)
        )

    assert_equals_eager(objective, normal(4))


@pytest.mark.parametrize("shape", [(40, 3), (40, 1, 3), (40, 3, 1), (1, 40, 4), (40, 2, 2)])
def test_views_of_columns(shape):
    data = normal(*shape, seed=1)
    index = np.array([1, 0, 1])

    def objective(q):
        x = np.tanh(np.reshape(q, shape)) * data
        rows = np.reshape(x, (40, -1))
        chosen = np.take(rows, index, axis=1)
        return (
            np.sum(np.flip(rows, 1) * np.exp(rows))
            + np.sum(rows[:, 1:] * rows[:, :-1] ** 2)
            + np.sum(np.sum(chosen, axis=1) ** 2)
            + np.sum(np.prod(1.0 + 0.1 * np.swapaxes(x, 0, -1), axis=0))
        )

    assert_equals_eager(objective, normal(int(np.prod(shape))))


def test_rows_seen_in_another_shape():
    def objective(q):
        x = np.exp(np.reshape(q, (30, 4)))
        pairs = np.reshape(x, (30, 2, 2))
        return np.sum(np.sum(pairs, axis=2) ** 2) + np.sum(x) + np.sum(np.reshape(x, (60, 2))[1:])

    assert_equals_eager(objective, normal(120))


def test_blocks_of_parameters_with_columns():
    """Gradients of both blocks go into one array, at a stride."""
    data = normal(50, 3, seed=2)

    def objective(q):
        a, b, c = np.reshape(q[:150], (50, 3)), np.reshape(q[150:300], (50, 3)), q[300:]
        return np.sum(np.exp(-((a - data) ** 2)) * b) + np.sum(np.sum(a * b, axis=1) * c)

    assert_equals_eager(objective, normal(350))


def test_reductions_over_rows_keep_columns():
    data = normal(70, 2, 3, seed=3)

    def objective(q):
        x = np.tanh(data * np.reshape(q, (2, 3)))
        largest, smallest = np.max(x, axis=0), np.min(x, axis=0)
        return np.sum(np.sum(x, axis=0) ** 2) + np.sum(largest * smallest) + np.sum(np.mean(x, 1))

    assert_equals_eager(objective, normal(6))


@pytest.mark.parametrize("dtype", (int, bool))
def test_data_that_are_not_floats(dtype):
    data = normal(90, 3, seed=4) > 0 if dtype is bool else np.arange(270).reshape(90, 3) % 5

    def objective(q):
        x = np.where(data > 0, q[:3], 0.5 * q[3:])
        row = np.any(x > 0.3, axis=1) * 1.0 + np.all(data * 1 < 4, axis=1) * q[0]
        return np.sum(row) + np.sum(data * x**2) + np.sum(np.sum(data, axis=1) * x[:, 0])

    assert_equals_eager(objective, normal(6))


def test_ties_share_a_gradient():
    data = np.round(normal(64, 4, seed=5))

    def objective(q):
        return np.sum(np.max(data, axis=1) * q[4]) + np.sum(np.max(data * 0.0 + q[:4], axis=1))

    assert_equals_eager(objective, np.ones(5))


@pytest.mark.parametrize("bad", (np.nan, np.inf))
def test_numbers_that_are_none_stay_in_their_column(bad):
    data = normal(40, 3, seed=6)
    data[7, 1] = bad

    def objective(q):
        x = q * data
        return np.sum(np.max(x, axis=1)) + np.sum(np.sum(x, axis=0)[::2])

    found, gradient = compile_objective(objective, np.ones(3))(np.ones(3))
    expected, expected_gradient = compile_objective(objective, np.ones(3), jit=False)(np.ones(3))
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12)


def test_functions_that_branch_stand_apart():
    data = np.abs(normal(50, 2, seed=7))

    def objective(q):
        angle = np.arctan(data * q)
        return np.sum(np.exp(np.sum(angle, axis=1))) + np.sum(np.arcsinh(data + q) * angle)

    assert_equals_eager(objective, normal(2))


def test_groups_of_rows_scatter_and_gather():
    group = np.random.default_rng(8).integers(0, 7, 500)
    data = normal(500, 3, seed=8)

    def objective(q):
        a, b = np.reshape(q[:21], (7, 3)), q[21:]
        eta = np.sum(a[group] * data, axis=1) + b[group]
        return np.sum(np.logaddexp(0.0, eta)) + np.sum(np.exp(-(a[group] ** 2)))

    assert_equals_eager(objective, normal(28))


@pytest.mark.parametrize("size", (1, 2, 4, 5, 16, 17))
def test_small_arrays_in_loops_over_time(size):
    """Work on a few numbers is unrolled at each step."""
    xs = normal(30, size, seed=9)

    def objective(q):
        matrix = np.reshape(q[size:], (size, size))

        def step(state, x):
            drift = matrix @ state
            weights = softmax(drift * x, 0)
            state = np.tanh(drift + weights) / (1.0 + np.sum(weights**2))
            largest = np.max(state * x) + np.prod(1.0 + 0.1 * x)
            return state, largest + np.sum(np.cos(matrix * x) @ state)

        last, kept = scan(step, q[:size], xs)
        return np.sum(last) + np.sum(kept) + 1.0 * np.any(kept > 1e9)

    assert_equals_eager(objective, normal(size * (size + 1)) / 4)


def test_rows_in_loops_over_time():
    data = normal(25, 40, 3, seed=10)

    def objective(q):
        def step(state, x):
            columns = np.exp(-((x - state) ** 2))
            weights = columns / np.sum(columns, axis=1, keepdims=True)
            return np.sum(weights * x, axis=0) / 40, np.max(columns, axis=1) * columns[:, 0]

        last, kept = scan(step, q, data)
        return np.sum(last) + np.sum(kept[1:] * kept[:-1])

    assert_equals_eager(objective, normal(3) / 4)
