"""Products with data matrices equal NumPy's, by columns or by BLAS, and small ones in line."""

import numpy as np
import pytest

from lightppl.compiler.build import compile_counts
from lightppl.compiler.graph.shapes import operand_of_call
from lightppl.compiler.graph.strided_view import is_view
from lightppl.compiler.memory.columns import column_stride
from lightppl.compiler.passes import optimize_graph
from lightppl.compiler.record.record import record_value_and_gradient
from lightppl.compiler.schedule.plan import schedule_graph
from lightppl.compiler.schedule.verify import verify_schedule
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


def test_matrices_of_a_stack_are_read_where_they_are():
    def objective(q):
        stack = np.reshape(q, (6, 3, 4))
        product = stack[::2] @ np.swapaxes(stack[1:4, ::-1][:, ::-1], -1, -2)
        return np.sum(np.tanh(product) ** 3) + np.sum(np.cos(stack[4] @ stack[5].T))

    q = normal(72)
    assert_equals_eager(objective, q)
    schedule = schedule_graph(optimize_graph(record_value_and_gradient(objective, q)))
    verify_schedule(schedule)
    operands = [(node, x) for node in schedule.calls for x in node.inputs]
    views = [operand_of_call(node, x, schedule.kept) for node, x in operands]
    assert sum(view.base.op == "input" for view in views) >= 8
    assert sum(view.offset > 0 for view in views) >= 6
    assert not any(x.index in schedule.kept and is_view(x) for _, x in operands)


def test_products_in_another_order_of_axes():
    X = normal(5, 7, 3)

    def objective(q):
        return np.sum(np.tanh(np.einsum("gni,gi->ng", X, np.reshape(q, (5, 3)))))

    assert_equals_eager(objective, normal(15))
