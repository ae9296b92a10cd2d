"""Products with data matrices equal NumPy's, by columns or by BLAS, and small ones in line."""

import numpy as np
import pytest

from lightppl.compiler.build import compile_counts
from lightppl.compiler.memory.columns import column_stride
from lightppl.density.potential import compile_objective
from tests.compiler.test_nest import assert_equals_eager, normal


def regression(X, y):
    def objective(q):
        eta = X @ q
        return np.sum(np.logaddexp(0.0, eta)) - np.sum(y * eta)

    return objective


@pytest.mark.parametrize("num_columns", (1, 2, 7, 8, 16, 17, 20, 24, 31, 65))
@pytest.mark.parametrize("num_rows", (17, 511, 513, 1024, 2050))
def test_regressions_of_any_size(num_rows, num_columns):
    X, y = normal(num_rows, num_columns), normal(num_rows, seed=1)
    assert_equals_eager(regression(X, y), normal(num_columns, seed=2) / 4)


@pytest.mark.parametrize("shape", [(17, 17), (20, 50), (300, 299)])
def test_matrices_that_are_wide(shape):
    X, y = normal(*shape), normal(shape[0], seed=1)
    assert_equals_eager(regression(X, y), normal(shape[1], seed=2) / 8)


@pytest.mark.parametrize("num_columns", (5, 20))
def test_matrices_that_others_read_too(num_columns):
    X = normal(400, num_columns)

    def objective(q):
        return np.sum(np.exp(-((X @ q) ** 2))) + np.sum(np.cos(X * q) @ q) + np.sum(X[3] * q**2)

    assert_equals_eager(objective, normal(num_columns) / 4)


@pytest.mark.parametrize("num_columns", (4, 30))
def test_transposed_matrices(num_columns):
    X = normal(num_columns, 200)

    def objective(q):
        return np.sum(np.tanh(X.T @ q[:num_columns])) + np.sum(np.tanh(X @ q[num_columns:]))

    assert_equals_eager(objective, normal(num_columns + 200) / 4)


@pytest.mark.parametrize("dtype", (int, bool))
def test_matrices_that_are_not_floats(dtype):
    X = (np.arange(40 * 20).reshape(40, 20) % 3).astype(dtype)
    assert_equals_eager(regression(X, normal(40)), normal(20) / 4)


def test_several_products_with_one_matrix():
    X = normal(600, 25)

    def objective(q):
        return np.sum(np.exp(0.1 * (X @ q[:25])) * np.cos(X @ q[25:]))

    assert_equals_eager(objective, normal(50) / 4)


def test_numbers_that_are_none_stay_in_their_column():
    X = normal(600, 20)
    X[300, 4] = np.nan

    def objective(q):
        return np.sum(np.where(np.isnan(X @ q), 0.0, 1.0)) + np.sum((X @ q)[:300] ** 2)

    value, gradient = compile_objective(objective, np.ones(20))(np.ones(20))
    assert np.isfinite(value)
    assert np.flatnonzero(np.isnan(gradient)).tolist() == [4]


def test_code_does_not_depend_on_the_number_of_rows():
    compile_objective(regression(normal(1000, 20), normal(1000)), np.zeros(20))
    compile_objective(regression(normal(1000, 5), normal(1000)), np.zeros(5))
    before = compile_counts()
    for num_rows in (70, 1024, 1040):
        for num_columns in (20, 5):
            X, y = normal(num_rows, num_columns), normal(num_rows, seed=1)
            assert_equals_eager(regression(X, y), normal(num_columns) / 4)
    assert compile_counts() == before


def test_columns_start_at_different_places_of_a_page():
    for num_rows in range(17, 5000):
        stride = column_stride(num_rows)
        assert num_rows < stride <= num_rows + 16
        assert stride % 8 == 0 and stride % 256 != 0


@pytest.mark.parametrize(
    "shapes",
    [((4, 4), (4, 1)), ((1, 3), (3, 4)), ((4, 4), (4, 4)), ((4, 4), (4, 5)), ((2, 3), (3, 2)),
     ((3, 2, 3), (3, 1)), ((2, 1, 3, 2), (4, 2, 2))],
)
@pytest.mark.parametrize("is_transposed", (False, True))
def test_small_products(shapes, is_transposed):
    sizes = [int(np.prod(shape)) for shape in shapes]

    def objective(q):
        a, b = np.reshape(q[: sizes[0]], shapes[0]), np.reshape(q[sizes[0] :], shapes[1])
        product = np.swapaxes(b, -1, -2) @ np.swapaxes(a, -1, -2) if is_transposed else a @ b
        return np.sum(np.tanh(product) ** 3)

    assert_equals_eager(objective, normal(sum(sizes)))
