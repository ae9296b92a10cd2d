import numpy as np
import pytest
import scipy.linalg

from lightppl.compiler.runtime import linalg
from tests.machine import compiled

cholesky_into, gemm_into = compiled(linalg.cholesky_into), compiled(linalg.gemm_into)
gemv_into = compiled(linalg.gemv_into)
solve_triangular_into = compiled(linalg.solve_triangular_into)

SIZES = [0, 1, 2, 5, 12, 13, 17, 40]
BOTH = [False, True]


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def positive_definite(n):
    x = random(n, n + 3)
    return x @ x.T + 0.1 * np.eye(n)


@pytest.mark.parametrize("n", SIZES)
def test_cholesky_is_numpys_and_reads_the_lower_triangle(n):
    a = positive_definite(n)
    expected = np.linalg.cholesky(a)
    a[np.triu_indices(n, 1)] = np.nan
    out = np.empty((n, n))
    cholesky_into(a, out)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-13)
    cholesky_into(a, a)
    np.testing.assert_array_equal(a, out)


@pytest.mark.parametrize("n", [1, 5, 40])
@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_a_failed_cholesky_is_nan_everywhere(n, bad):
    a = positive_definite(n)
    a[n - 1, n - 1] = bad
    out = np.zeros((n, n))
    cholesky_into(a, out)
    assert np.isnan(out).all()


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("num_columns", [1, 3])
@pytest.mark.parametrize("lower", BOTH)
@pytest.mark.parametrize("trans", BOTH)
def test_triangular_solutions_are_scipys_and_read_one_triangle(n, num_columns, lower, trans):
    a = random(n, n) + 4.0 * np.eye(n)
    b = random(n, num_columns)
    expected = scipy.linalg.solve_triangular(a, b, lower=lower, trans=int(trans)) if n else b
    a[np.triu_indices(n, 1) if lower else np.tril_indices(n, -1)] = np.nan
    out = np.empty_like(b)
    solve_triangular_into(a, b, out, lower, trans)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12)
    solve_triangular_into(a, b, b, lower, trans)
    np.testing.assert_array_equal(b, out)


@pytest.mark.parametrize("m", [0, 1, 4, 50])
@pytest.mark.parametrize("n", [0, 1, 7, 30])
@pytest.mark.parametrize("trans", BOTH)
def test_matrix_vector_products_are_numpys(m, n, trans):
    a = random(m, n)
    x = random(m if trans else n)
    out = np.full(n if trans else m, np.nan)
    gemv_into(a, x, out, trans)
    np.testing.assert_allclose(out, (a.T if trans else a) @ x, atol=1e-13)


@pytest.mark.parametrize("m, k, n", [(0, 2, 3), (2, 0, 3), (1, 1, 1), (2, 3, 4), (20, 7, 13)])
@pytest.mark.parametrize("trans_a", BOTH)
@pytest.mark.parametrize("trans_b", BOTH)
def test_matrix_products_are_numpys(m, k, n, trans_a, trans_b):
    a, b = random(m, k), random(k, n)
    expected = a @ b
    a = np.ascontiguousarray(a.T) if trans_a else a
    b = np.ascontiguousarray(b.T) if trans_b else b
    out = np.full((m, n), np.nan)
    gemm_into(a, b, out, trans_a, trans_b)
    np.testing.assert_allclose(out, expected, atol=1e-13)
